// SPDX-License-Identifier: MIT
// Calls the unit built for any processor and, where it can run, the one built for AVX-512.
#include <cstdint>
#include <cstdio>

std::int64_t baseline_unit();
std::int64_t avx512_unit();

int main() {
    const auto expected = baseline_unit();
    if (__builtin_cpu_supports("avx512f") == 0 || __builtin_cpu_supports("avx512bw") == 0 ||
        __builtin_cpu_supports("avx512dq") == 0 || __builtin_cpu_supports("avx512vl") == 0) {
        std::puts("no AVX-512: its unit is not called");
        return 0;
    }
    return avx512_unit() == expected ? 0 : 1;
}
