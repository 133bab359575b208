# Runs a report's gnuplot script: it has to write a PDF and a PNG.
#
#   cmake -D GNUPLOT=... -D FOLDER=... -P gnuplot.cmake

cmake_policy(VERSION 3.22)

file(REMOVE ${FOLDER}/front.pdf ${FOLDER}/front.png)
execute_process(COMMAND ${GNUPLOT} front.gp WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE status ERROR_VARIABLE messages)
if(NOT status EQUAL 0 OR messages)
    message(FATAL_ERROR "${GNUPLOT}: ${status}: ${messages}")
endif()
file(READ ${FOLDER}/front.pdf pdf LIMIT 4 HEX)
file(READ ${FOLDER}/front.png png LIMIT 24 HEX)
if(NOT pdf STREQUAL "25504446") # %PDF
    message(FATAL_ERROR "front.pdf is no PDF: ${pdf}")
endif()
if(NOT png STREQUAL "89504e470d0a1a0a0000000d49484452000004b000000348") # a header that says 1200 x 840
    message(FATAL_ERROR "front.png is no PNG of 1200 x 840 pixels: ${png}")
endif()
