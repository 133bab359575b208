// SPDX-License-Identifier: MIT
/// @file
/// The definitions of kernel/engine.hpp.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/core/error.hpp>
#include <alwann/kernel/engine.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE engine engine_from_string(std::string_view name) {
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

ALWANN_SEPARABLE bool is_available(engine which) noexcept {
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
    case engine::exact_amx:
        return features.amx_int8;
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

ALWANN_SEPARABLE engine requested_engine() {
    static const engine requested = [] {
        const char* name = std::getenv("ALWANN_ENGINE");
        try {
            return name == nullptr || *name == '\0' ? engine::automatic : engine_from_string(name);
        } catch (const name_error& problem) {
            throw name_error(std::string("ALWANN_ENGINE: ") + problem.what());
        }
    }();
    return requested;
}

} // namespace alwann::inline ALWANN_ABI
