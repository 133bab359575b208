# SPDX-License-Identifier: MIT
#
# Checks in a program's machine code that no function of the baseline's namespace has AVX-512 instructions, but for
# those that say so in their name and are called only where the processor has them. Script mode; PROGRAM, OBJDUMP.

cmake_minimum_required(VERSION 3.22)

execute_process(COMMAND ${OBJDUMP} --disassemble --demangle --no-show-raw-insn ${PROGRAM} OUTPUT_VARIABLE code
                RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "${OBJDUMP} cannot read ${PROGRAM}")
endif()
string(REPLACE ";" "," code "${code}")
string(REGEX REPLACE "[][]" "|" code "${code}") # brackets would keep a list's elements together
string(REPLACE "\n\n" ";" functions "${code}")

set(baseline 0)
set(wide 0)
set(leaks "")
foreach(function IN LISTS functions)
    string(REGEX MATCH "<[^\n]*>:\n" name "${function}")
    string(REGEX MATCH "%zmm|%tmm" found "${function}")
    if(name MATCHES "alwann::v0_avx512::" AND found)
        math(EXPR wide "${wide} + 1")
    endif()
    if(name MATCHES "alwann::v0::" AND NOT name MATCHES "avx512|amx|vnni|vbmi|v0_avx512|columns|error_rows|byte_rows|planar_codes")
        math(EXPR baseline "${baseline} + 1")
        if(found)
            list(APPEND leaks "${name}")
        endif()
    endif()
endforeach()

if(baseline EQUAL 0 OR wide EQUAL 0)
    message(FATAL_ERROR "found ${baseline} functions of the baseline, ${wide} with wide registers: nothing to compare")
endif()
if(leaks)
    message(FATAL_ERROR "AVX-512 instructions in functions of the baseline:\n${leaks}")
endif()
message("${baseline} functions of the baseline without AVX-512, ${wide} functions of the other unit with it")
