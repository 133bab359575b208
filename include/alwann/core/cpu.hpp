// SPDX-License-Identifier: MIT
/// @file
/// What the processor at hand can execute.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace alwann::inline ALWANN_ABI {

/// Instruction sets that engines ask for. The check includes the operating system's support.
struct cpu_features {
    bool avx2 = false;           ///< AVX2
    bool avx512bw = false;       ///< AVX-512 F, BW, DQ, VL, and BMI2, which came long before
    bool avx512vbmi = false;     ///< byte permutes over two registers
    bool avx512vnni = false;     ///< 8-bit dot products
    bool amx_int8 = false;       ///< products of 8-bit matrices
    bool split_permutes = false; ///< byte permutes over two registers take several operations
};

namespace detail {

/// Whether the processor multiplies matrices of bytes and the system saves their registers. On Linux a
/// process has to ask for these registers; who asks again is told the same.
inline bool detect_amx() noexcept {
#if defined(__x86_64__) && defined(__linux__) && defined(SYS_arch_prctl)
    constexpr unsigned tiles_and_int8 = 3u << 24;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & tiles_and_int8) != tiles_and_int8) {
        return false;
    }
    constexpr long request_permission = 0x1023, tile_data = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}

} // namespace detail

/// Bytes of a core's second-level cache; 0 if the system does not tell.
inline std::size_t second_level_cache() noexcept {
#if defined(_SC_LEVEL2_CACHE_SIZE)
    static const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
#else
    return 0;
#endif
}

/// The features of the processor this program runs on.
inline cpu_features detect_cpu() noexcept {
    cpu_features features;
#if defined(__x86_64__)
    __builtin_cpu_init();
    features.avx2 = __builtin_cpu_supports("avx2") != 0;
    features.avx512bw = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                        __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                        __builtin_cpu_supports("bmi2") != 0;
    features.avx512vbmi = features.avx512bw && __builtin_cpu_supports("avx512vbmi") != 0;
    features.avx512vnni = features.avx512bw && __builtin_cpu_supports("avx512vnni") != 0;
    features.amx_int8 = features.avx512vnni && detail::detect_amx();
    features.split_permutes = __builtin_cpu_is("intel") != 0;
#endif
    return features;
}

} // namespace alwann::inline ALWANN_ABI
