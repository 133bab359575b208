# Compiles a file that must not compile, and looks for what it says in the first lines of the compiler's messages:
# each line `// says: <regular expression>` of the file.
#
#   cmake -D COMPILER=... -D OPTIONS=... -D FILE=... -P messages.cmake

cmake_policy(VERSION 3.22)

set(first_lines 25)
file(STRINGS "${FILE}" expected REGEX "^// says: ")
separate_arguments(options UNIX_COMMAND "${OPTIONS}")
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${options} "${FILE}"
                RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(status EQUAL 0)
    message(FATAL_ERROR "${FILE} compiles")
endif()
if(NOT expected)
    message(FATAL_ERROR "${FILE} does not say what is expected")
endif()
string(REPLACE ";" "," text "${text}")
string(REGEX REPLACE "\r?\n" ";" lines "${text}")
list(LENGTH lines count)
if(count GREATER first_lines)
    list(SUBLIST lines 0 ${first_lines} lines)
endif()
list(JOIN lines "\n" shown)
message("${shown}")
foreach(line IN LISTS expected)
    string(REPLACE "// says: " "" pattern "${line}")
    if(NOT shown MATCHES "${pattern}")
        message(FATAL_ERROR "'${pattern}' is not in the first ${first_lines} lines")
    endif()
endforeach()
