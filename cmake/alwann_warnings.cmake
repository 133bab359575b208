# The target alwann_warnings: linked (PRIVATE) by tests, examples and benchmarks, never by the library. With it floats are
# rounded after each operation, also where processors have fused ones: results are the same everywhere.

add_library(alwann_warnings INTERFACE)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(
        alwann_warnings INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion
                                     # GCC 12 reports overlaps in its own operator+(const char*, std::string) (PR 105651)
                                     $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<BOOL:${ALWANN_WERROR}>:-Werror>)
endif()
