# The program of all consumers: links to the library and to each component there is.

add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/main.cpp)
target_link_libraries(consumer PRIVATE alwann::alwann)
if(CONSUMER_WHOLE) # the whole library, not two small headers
    target_compile_definitions(consumer PRIVATE CONSUMER_WHOLE)
endif()
foreach(component IN ITEMS onnx json compressed tbb sqlite)
    if(TARGET alwann::${component})
        target_link_libraries(consumer PRIVATE alwann::${component})
        target_compile_definitions(consumer PRIVATE CONSUMER_HAS_${component})
    endif()
endforeach()
if(CONSUMER_SEPARATE) # targets to link to
    # Two units that share definitions, which neither of them has.
    target_sources(consumer PRIVATE ${CMAKE_CURRENT_LIST_DIR}/second.cpp)
    foreach(target IN LISTS CONSUMER_SEPARATE)
        target_link_libraries(consumer PRIVATE alwann::${target})
        target_compile_definitions(consumer PRIVATE CONSUMER_HAS_${target})
    endforeach()
endif()
