// SPDX-License-Identifier: MIT
/// @file
/// The instruction sets that the evolution of circuits can use.
#pragma once

#include <alwann/circuit/detail/evolve_avx2.hpp>
#include <alwann/circuit/detail/evolve_avx512.hpp>
#include <alwann/core/cpu.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Instruction sets of the evolution's inner loops. All give the same circuits; `automatic` takes the fastest
/// of the processor at hand.
enum class evolve_isa { automatic, portable, avx2, avx512, avx512_popcnt };

/// Every instruction set with its name, in the order of the enumeration.
inline constexpr std::array<std::string_view, 5> evolve_isa_names = {"automatic", "portable", "avx2",
                                                                     "avx512", "avx512-popcnt"};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(evolve_isa isa) noexcept {
    return evolve_isa_names[static_cast<std::size_t>(isa)];
}

/// Whether this processor has the instructions.
[[nodiscard]] inline bool is_available(evolve_isa isa) noexcept {
    static const cpu_features features = detect_cpu();
    switch (isa) {
    case evolve_isa::avx2:
        return features.avx2;
    case evolve_isa::avx512:
        return features.avx512bw && features.avx2;
    case evolve_isa::avx512_popcnt:
#if defined(__x86_64__)
        return features.avx512bw && features.avx2 && __builtin_cpu_supports("avx512vpopcntdq") != 0;
#else
        return false;
#endif
    default:
        return true;
    }
}

/// The instruction set that a request leads to. Throws value_error if the processor does not have it.
[[nodiscard]] inline evolve_isa active_evolve_isa(evolve_isa request = evolve_isa::automatic) {
    if (request == evolve_isa::automatic) {
        for (const evolve_isa isa : {evolve_isa::avx512_popcnt, evolve_isa::avx512, evolve_isa::avx2}) {
            if (is_available(isa)) {
                return isa;
            }
        }
        return evolve_isa::portable;
    }
    if (!is_available(request)) {
        throw value_error("evolution: this processor does not have the instructions '" +
                          std::string(to_string(request)) + "'");
    }
    return request;
}

namespace detail {

/// The inner loops that a request leads to.
[[nodiscard]] inline const evolve_kernel& evolve_kernel_of(evolve_isa request) {
    switch (active_evolve_isa(request)) {
#if defined(__x86_64__)
    case evolve_isa::avx512_popcnt:
        return kernel_of<evolve_avx512_popcnt>;
    case evolve_isa::avx512:
        return kernel_of<evolve_avx512>;
    case evolve_isa::avx2:
        return kernel_of<evolve_avx2>;
#endif
    default:
        return kernel_of<evolve_portable>;
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
