# Lists the cases that the unit tests skipped in their last run. LOGS: the folder with one file per test.

file(GLOB logs ${LOGS}/*.txt)
set(count 0)
foreach(log IN LISTS logs)
    file(STRINGS ${log} lines)
    foreach(line IN LISTS lines)
        message("${line}")
        math(EXPR count "${count} + 1")
    endforeach()
endforeach()
if(count GREATER 0)
    message("${count} cases were skipped")
endif()
