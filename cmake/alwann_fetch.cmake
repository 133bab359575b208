# Downloads packages that find_package does not find (ALWANN_FETCH_DEPS=ON), at pinned releases. Boost, Protobuf,
# ONNX, oneTBB, zlib and liblzma are not among them: they are large, or they are everywhere.

include(FetchContent)

# Downloads <name> at the tag unless one of TARGETS exists or find_package(PACKAGE) makes one. Its headers
# become system headers: their warnings are not ours.
function(_alwann_fetch name repository tag)
    cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "TARGETS;PACKAGE")
    foreach(attempt IN ITEMS existing found fetched)
        if(attempt STREQUAL "found" AND arg_PACKAGE)
            find_package(${arg_PACKAGE} QUIET)
        elseif(attempt STREQUAL "fetched")
            message(STATUS "Downloading ${name} ${tag}")
            FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON)
            FetchContent_MakeAvailable(${name})
        endif()
        foreach(target IN LISTS arg_TARGETS)
            if(TARGET ${target})
                if(attempt STREQUAL "fetched")
                    _alwann_as_system(${target})
                endif()
                return()
            endif()
        endforeach()
    endforeach()
    message(FATAL_ERROR "${name} ${tag} was downloaded but defines none of the targets: ${arg_TARGETS}")
endfunction()

function(_alwann_as_system target)
    get_target_property(original ${target} ALIASED_TARGET)
    if(original)
        set(target ${original})
    endif()
    get_target_property(directories ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(directories)
        set_property(TARGET ${target} APPEND PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${directories})
    endif()
endfunction()

# xtl and xtensor come as a pair that fits together.
find_package(xtensor 0.24 CONFIG QUIET)
if(NOT TARGET xtensor AND NOT TARGET xtensor::xtensor)
    _alwann_fetch(xtl https://github.com/xtensor-stack/xtl.git 0.7.7 TARGETS xtl)
    _alwann_fetch(xtensor https://github.com/xtensor-stack/xtensor.git 0.25.0 TARGETS xtensor)
endif()
_alwann_fetch(xsimd https://github.com/xtensor-stack/xsimd.git 13.0.0
              TARGETS xsimd::xsimd xsimd PACKAGE xsimd CONFIG)
_alwann_fetch(nlohmann_json https://github.com/nlohmann/json.git v3.11.3
              TARGETS nlohmann_json::nlohmann_json PACKAGE nlohmann_json 3.9 CONFIG)
if(ALWANN_BUILD_EXAMPLES)
    _alwann_fetch(CLI11 https://github.com/CLIUtils/CLI11.git v2.4.2 TARGETS CLI11::CLI11 PACKAGE CLI11 CONFIG)
endif()
if(ALWANN_BUILD_TESTS)
    _alwann_fetch(Catch2 https://github.com/catchorg/Catch2.git v3.5.4
                  TARGETS Catch2::Catch2WithMain Catch2::Catch2 PACKAGE Catch2 CONFIG)
endif()
