// SPDX-License-Identifier: MIT
/// @file
/// The instructions of AMX: eight registers, each a matrix of 16 rows of 64 bytes.
#pragma once

#include <alwann/core/config.hpp>

#if defined(__x86_64__)

#include <array>
#include <cstddef>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Makes the registers usable by this thread as long as it lives: all of them whole.
///
/// Intrinsics of g++ 12 do not tell the compiler which memory they touch; what follows does.
class amx_tiles {
public:
    static constexpr std::size_t rows = 16;
    static constexpr std::size_t row_bytes = 64;

    [[gnu::target("amx-tile")]] amx_tiles() {
        struct alignas(64) configuration {
            std::uint8_t palette = 1;
            std::uint8_t start_row = 0;
            std::array<std::uint8_t, 14> reserved{};
            std::array<std::uint16_t, 16> bytes{};
            std::array<std::uint8_t, 16> heights{};
        } tiles;
        static_assert(sizeof(tiles) == 64);
        for (std::size_t i = 0; i < 8; ++i) {
            tiles.bytes[i] = row_bytes;
            tiles.heights[i] = rows;
        }
        asm volatile("ldtilecfg %0" : : "m"(tiles));
    }
    [[gnu::target("amx-tile")]] ~amx_tiles() { asm volatile("tilerelease" : : : "memory"); }
    amx_tiles(const amx_tiles&) = delete;
    amx_tiles& operator=(const amx_tiles&) = delete;

    /// Register = the rows at `from`, `stride` bytes apart; 0 repeats the first.
    template <int Register>
    [[gnu::target("amx-tile"), gnu::always_inline]] static inline void load(const void* from,
                                                                            std::size_t stride) {
        asm volatile("{tileloadd (%0,%1,1), %%tmm%c2|tileloadd tmm%c2, [%0+%1*1]}"
                     :
                     : "r"(from), "r"(stride), "i"(Register)
                     : "memory");
    }

    /// Writes 16 rows of 64 bytes, `stride` bytes apart.
    template <int Register>
    [[gnu::target("amx-tile"), gnu::always_inline]] static inline void store(void* to, std::size_t stride) {
        asm volatile("{tilestored %%tmm%c2, (%0,%1,1)|tilestored [%0+%1*1], tmm%c2}"
                     :
                     : "r"(to), "r"(stride), "i"(Register)
                     : "memory");
    }

    /// sums[i][j] += sum over k below 64 of codes[i][k] (signed) * weights[k / 4][4 j + k % 4] (unsigned), in
    /// 32 bits that wrap around.
    template <int Sums, int Codes, int Weights>
    [[gnu::target("amx-int8"), gnu::always_inline]] static inline void multiply() {
        asm volatile("{tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0|tdpbsud tmm%c0, tmm%c1, tmm%c2}"
                     :
                     : "i"(Sums), "i"(Codes), "i"(Weights));
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#endif
