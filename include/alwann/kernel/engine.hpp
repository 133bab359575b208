// SPDX-License-Identifier: MIT
/// @file
/// The engines by name, and which of them this processor can run.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/core/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
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
    error_rows      ///< an exact product and an error of 8 bits: AVX-512 VNNI and VBMI
};

/// Every engine with its name, in the order of the enumeration.
inline constexpr std::array<std::string_view, 11> engine_names = {
    "automatic", "reference",      "lookup",     "rows-portable", "rows-avx2", "rows-avx512",
    "columns",   "exact-portable", "exact-avx2", "exact-vnni",    "error-rows"};

/// Its name, as programs print it.
[[nodiscard]] constexpr std::string_view to_string(engine which) noexcept {
    return engine_names[static_cast<std::size_t>(which)];
}

/// The engine of that name. Throws name_error listing the names.
[[nodiscard]] inline engine engine_from_string(std::string_view name) {
    const auto found = std::find(engine_names.begin(), engine_names.end(), name);
    if (found == engine_names.end()) {
        std::string known;
        for (const auto each : engine_names) {
            known += (known.empty() ? "" : ", ") + std::string(each);
        }
        throw name_error("engine '" + std::string(name) + "': expected one of " + known);
    }
    return static_cast<engine>(found - engine_names.begin());
}

/// Whether this processor can run an engine.
[[nodiscard]] inline bool is_available(engine which) noexcept {
    static const cpu_features features = detect_cpu();
    switch (which) {
    case engine::rows_avx2:
    case engine::exact_avx2:
        return features.avx2;
    case engine::rows_avx512:
        return features.avx512bw && features.avx2;
    case engine::columns:
        return features.avx512vbmi;
    case engine::exact_vnni:
        return features.avx512vnni;
    case engine::error_rows:
        return features.avx512vnni && features.avx512vbmi;
    case engine::automatic:
    case engine::reference:
    case engine::lookup:
    case engine::rows_portable:
    case engine::exact_portable:
        break;
    }
    return true;
}

/// The engine that ALWANN_ENGINE asks for, read once; automatic if it is not set.
[[nodiscard]] inline engine requested_engine() {
    static const engine requested = [] {
        const char* name = std::getenv("ALWANN_ENGINE");
        return name == nullptr ? engine::automatic : engine_from_string(name);
    }();
    return requested;
}

} // namespace alwann::inline ALWANN_ABI
