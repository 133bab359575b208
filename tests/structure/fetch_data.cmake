# scripts/fetch-data without internet: what cannot be had is said, what is damaged is refused, what is right is unpacked.
#
#   cmake -D PROJECT_DIR=... -D WORK_DIR=... -P fetch_data.cmake

cmake_policy(VERSION 3.22)

file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR}/scripts ${WORK_DIR}/archive/cifar-10-batches-bin)
foreach(name IN ITEMS data_batch_1.bin test_batch.bin)
    file(WRITE ${WORK_DIR}/archive/cifar-10-batches-bin/${name} "images of ${name}")
endforeach()
execute_process(COMMAND ${CMAKE_COMMAND} -E tar czf ${WORK_DIR}/cifar.tar.gz cifar-10-batches-bin
                WORKING_DIRECTORY ${WORK_DIR}/archive COMMAND_ERROR_IS_FATAL ANY)
file(MD5 ${WORK_DIR}/cifar.tar.gz sum)
# The same script with the checksum of this archive.
file(READ ${PROJECT_DIR}/scripts/fetch-data text)
string(REGEX REPLACE "cifar10_md5=[0-9a-f]+" "cifar10_md5=${sum}" changed "${text}")
if(changed STREQUAL text)
    message(FATAL_ERROR "fetch-data has no checksum")
endif()
file(WRITE ${WORK_DIR}/scripts/fetch-data "${changed}")

function(run script url expected_status expected_text)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env ALWANN_CIFAR10_URL=${url} bash ${script} cifar10 ${WORK_DIR}/here
                    RESULT_VARIABLE status OUTPUT_VARIABLE words ERROR_VARIABLE words)
    message("${words}")
    if(NOT status EQUAL expected_status OR NOT words MATCHES "${expected_text}")
        message(FATAL_ERROR "${url}: expected status ${expected_status} and '${expected_text}', found ${status}")
    endif()
    file(GLOB left ${WORK_DIR}/here/*)
    list(LENGTH left count)
    if(status AND count)
        message(FATAL_ERROR "left behind: ${left}")
    endif()
endfunction()

run(${PROJECT_DIR}/scripts/fetch-data file://${WORK_DIR}/nowhere.tar.gz 1 "seems to be offline")
run(${PROJECT_DIR}/scripts/fetch-data file://${WORK_DIR}/cifar.tar.gz 1 "expected a file with the MD5 sum c32a1d4a")
run(${WORK_DIR}/scripts/fetch-data file://${WORK_DIR}/cifar.tar.gz 0 "--test-dataset cifar10:.*/here/test_batch.bin")
file(READ ${WORK_DIR}/here/data_batch_1.bin found)
if(NOT found STREQUAL "images of data_batch_1.bin")
    message(FATAL_ERROR "unpacked: ${found}")
endif()
run(${PROJECT_DIR}/scripts/fetch-data file://${WORK_DIR}/nowhere.tar.gz 0 "--dataset") # it is there already
