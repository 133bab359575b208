// SPDX-License-Identifier: MIT
/// @file
/// What the processor at hand can execute.
#pragma once

#include <alwann/core/config.hpp>

namespace alwann::inline ALWANN_ABI {

/// Instruction sets that engines ask for. The check includes the operating system's support.
struct cpu_features {
    bool avx2 = false;           ///< AVX2
    bool avx512bw = false;       ///< AVX-512 F, BW, DQ, VL
    bool avx512vbmi = false;     ///< byte permutes over two registers
    bool avx512vnni = false;     ///< 8-bit dot products
    bool split_permutes = false; ///< byte permutes over two registers take several operations
};

/// The features of the processor this program runs on.
inline cpu_features detect_cpu() noexcept {
    cpu_features features;
#if defined(__x86_64__)
    __builtin_cpu_init();
    features.avx2 = __builtin_cpu_supports("avx2") != 0;
    features.avx512bw = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                        __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    features.avx512vbmi = features.avx512bw && __builtin_cpu_supports("avx512vbmi") != 0;
    features.avx512vnni = features.avx512bw && __builtin_cpu_supports("avx512vnni") != 0;
    features.split_permutes = __builtin_cpu_is("intel") != 0;
#endif
    return features;
}

} // namespace alwann::inline ALWANN_ABI
