// SPDX-License-Identifier: MIT
/// @file
/// The engines by name, and which of them this processor can run.
#pragma once

#include <alwann/core/config.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// The ways to sum products. All give the same bits; `automatic` takes the fastest for the task at hand.
enum class engine {
    automatic,
    reference,      ///< plain loops: the oracle
    lookup,         ///< scalar look-ups, weight by weight
    rows_portable,  ///< rows of products, on the vectors of the unit's flags
    rows_avx2,      ///< the same with AVX2
    rows_avx512,    ///< the same with AVX-512 BW
    columns,        ///< look-ups in registers: AVX-512 VBMI
    exact_portable, ///< exact products of mapped operands: exact and low-rank tables
    exact_avx2,     ///< the same with AVX2
    exact_vnni,     ///< the same with AVX-512 VNNI
    exact_amx,      ///< the same with AMX: matrices of bytes
    error_rows      ///< an exact product and an error of 8 bits: AVX-512 VNNI and VBMI
};

/// Every engine with its name, in the order of the enumeration.
inline constexpr std::array<std::string_view, 12> engine_names = {
    "automatic", "reference",      "lookup",     "rows-portable", "rows-avx2", "rows-avx512",
    "columns",   "exact-portable", "exact-avx2", "exact-vnni",    "exact-amx", "error-rows"};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(engine which) noexcept {
    return engine_names[static_cast<std::size_t>(which)];
}

/// The engine of that name. Throws name_error listing the names.
[[nodiscard]] ALWANN_SEPARABLE engine engine_from_string(std::string_view name);

/// Whether this processor can run an engine.
[[nodiscard]] ALWANN_SEPARABLE bool is_available(engine which) noexcept;

/// The engine that ALWANN_ENGINE asks for, read once; automatic if it is not set.
[[nodiscard]] ALWANN_SEPARABLE engine requested_engine();

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/kernel/detail/define_engine.hpp>
#endif
