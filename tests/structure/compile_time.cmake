# Measures how long a compiler takes for a header, in milliseconds of processor time, prints it, and fails past twice the
# budget. A machine that takes more than 700 ms for some headers of the standard library is slow or busy: there, the
# limit grows in proportion. The best of at most three runs counts.
#
#   cmake -D COMPILER=... -D OPTIONS=... -D HEADER=... -D BUDGET=<milliseconds> -D FOLDER=<scratch> -P compile_time.cmake

cmake_policy(VERSION 3.22)

set(standard_budget 700)
separate_arguments(options UNIX_COMMAND "${OPTIONS}")

# Lowers the caller's <out> to what the file takes, if that is less.
function(measure file out)
    string(JOIN "' '" quoted ${COMPILER} -std=c++20 -fsyntax-only ${options} ${file})
    # The shell's `times`: the first figure of the second line is user time of what it has started, as 0m1.234s.
    execute_process(COMMAND sh -c "'${quoted}' && times" OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    if(NOT text MATCHES "\n([0-9]+)m([0-9]+)[.]([0-9][0-9])[0-9]*s ")
        message(FATAL_ERROR "times printed '${text}'")
    endif()
    math(EXPR milliseconds "${CMAKE_MATCH_1} * 60000 + ${CMAKE_MATCH_2} * 1000 + 1${CMAKE_MATCH_3} * 10 - 1000")
    if(milliseconds LESS ${out})
        set(${out} ${milliseconds} PARENT_SCOPE)
    endif()
endfunction()

file(WRITE ${FOLDER}/header.cpp "#include <${HEADER}>\n")
set(text "")
foreach(name IN ITEMS algorithm filesystem functional iostream map random regex thread)
    string(APPEND text "#include <${name}>\n")
endforeach()
file(WRITE ${FOLDER}/standard.cpp "${text}")
set(header_time 1000000)
set(standard_time 1000000)
foreach(run RANGE 2)
    measure(${FOLDER}/standard.cpp standard_time)
    measure(${FOLDER}/header.cpp header_time)
    math(EXPR limit "2 * ${BUDGET}")
    if(standard_time GREATER standard_budget)
        math(EXPR limit "${limit} * ${standard_time} / ${standard_budget}")
    endif()
    if(header_time LESS_EQUAL limit)
        break()
    endif()
endforeach()

message("${HEADER}: ${header_time} ms, budget ${BUDGET} ms, limit here ${limit} ms; standard headers: ${standard_time} ms")
if(header_time GREATER limit)
    message(FATAL_ERROR "${HEADER} takes more than twice its budget")
endif()
