# The program of both consumers: links to the library and to each component there is.

add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/main.cpp)
target_link_libraries(consumer PRIVATE alwann::alwann)
foreach(component IN ITEMS onnx json compressed tbb sqlite)
    if(TARGET alwann::${component})
        target_link_libraries(consumer PRIVATE alwann::${component})
        target_compile_definitions(consumer PRIVATE CONSUMER_HAS_${component})
    endif()
endforeach()
