# The packages that alwann and its components stand on. The build uses this file, and it is installed for
# alwannConfig.cmake: what a component needs is written down once.
#
#   alwann_find_core(<out> <problem>)
#       Sets <out> to the targets that alwann::alwann links to.
#   alwann_find_component(<name> <problem> [GLOBAL])
#       Creates the target alwann::<name>. Beside ALWANN_COMPONENTS there is `separate`, which needs no package: the library
#       with what is no template compiled once, by the project that asks for it and with its flags. Together with another
#       component it makes alwann::separate_<component>, where that has something to compile.
#
# Both set <problem> to a text for the user if something is not there, else to the empty string.

cmake_policy(PUSH)
cmake_policy(VERSION 3.22...3.31)

set(ALWANN_COMPONENTS onnx tensorflow json compressed tbb sqlite pagmo mpi)
set(ALWANN_SEPARATE_COMPONENTS onnx tensorflow json compressed) # those with definitions that are compiled once

# Appends the first of TARGETS that exists to the caller's `targets`. If none does, PACKAGES are looked for one
# after the other, each a string of arguments of find_package. If that does not help either, NAME and its
# Debian package DEBIAN are appended to the caller's `missing` and `missing_debian`. With SEARCH a target that is
# there already does not count: FindMPI leaves one behind when it finds nothing.
#
# This is a function so that the variables of other packages do not reach ours.
function(_alwann_require name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SEARCH" "DEBIAN" "TARGETS;PACKAGES")
    foreach(package "" ${arg_PACKAGES})
        if(package)
            separate_arguments(package)
            find_package(${package} QUIET)
            list(GET package 0 found)
            if(NOT ${found}_FOUND)
                continue()
            endif()
        elseif(arg_SEARCH)
            continue()
        endif()
        foreach(target IN LISTS arg_TARGETS)
            if(TARGET ${target})
                set(targets ${targets} ${target} PARENT_SCOPE)
                return()
            endif()
        endforeach()
    endforeach()
    set(missing ${missing} ${name} PARENT_SCOPE)
    set(missing_debian ${missing_debian} ${arg_DEBIAN} PARENT_SCOPE)
endfunction()

function(_alwann_describe_missing who problem)
    if(missing)
        list(JOIN missing ", " missing)
        list(JOIN missing_debian " " missing_debian)
        set(${problem} "${who} needs packages that were not found: ${missing} \
(Debian, Ubuntu: apt install ${missing_debian})" PARENT_SCOPE)
    else()
        set(${problem} "" PARENT_SCOPE)
    endif()
endfunction()

function(alwann_find_core out problem)
    set(targets "")
    set(missing "")
    set(missing_debian "")
    _alwann_require(Boost.Hana DEBIAN libboost-dev TARGETS Boost::headers
                    PACKAGES "Boost 1.71 CONFIG" "Boost 1.71 MODULE")
    _alwann_require(xtensor DEBIAN libxtensor-dev TARGETS xtensor::xtensor xtensor PACKAGES "xtensor 0.24 CONFIG")
    # No version: some releases of xsimd call themselves compatible with the same major version only.
    _alwann_require(xsimd DEBIAN libxsimd-dev TARGETS xsimd::xsimd xsimd PACKAGES "xsimd CONFIG")
    _alwann_describe_missing("alwann" description)
    set(${out} "${targets}" PARENT_SCOPE)
    set(${problem} "${description}" PARENT_SCOPE)
endfunction()

# The static library alwann_separate<suffix>: a unit for each of include/alwann/separate/<name>.hpp.
function(_alwann_add_separate suffix)
    set(units "")
    foreach(name IN LISTS ARGN)
        set(unit ${CMAKE_CURRENT_BINARY_DIR}/alwann_separate/${name}.cpp)
        file(CONFIGURE OUTPUT ${unit} CONTENT "#include <alwann/separate/${name}.hpp>\n")
        list(APPEND units ${unit})
    endforeach()
    add_library(alwann_separate${suffix} STATIC EXCLUDE_FROM_ALL ${units})
    add_library(alwann::separate${suffix} ALIAS alwann_separate${suffix})
endfunction()

# alwann::separate_<component>, the component with its part of `separate`, as soon as both are there.
function(_alwann_join_separate name)
    if(name IN_LIST ALWANN_SEPARATE_COMPONENTS AND TARGET alwann::separate AND TARGET alwann::${name}
       AND NOT TARGET alwann::separate_${name})
        _alwann_add_separate(_${name} ${name})
        target_link_libraries(alwann_separate_${name} PUBLIC alwann::separate alwann::${name})
    endif()
endfunction()

function(alwann_find_component name problem)
    set(${problem} "" PARENT_SCOPE)
    if(NOT name IN_LIST ALWANN_COMPONENTS AND NOT name STREQUAL "separate")
        list(JOIN ALWANN_COMPONENTS ", " known)
        set(${problem} "alwann has no component '${name}'; there are: separate, ${known}" PARENT_SCOPE)
        return()
    endif()
    if(TARGET alwann::${name})
        return()
    endif()
    if(name STREQUAL "separate")
        _alwann_add_separate("" circuit kernel nn search)
        target_link_libraries(alwann_separate PUBLIC alwann::alwann)
        target_compile_definitions(alwann_separate PUBLIC ALWANN_SEPARATE)
        foreach(component IN LISTS ALWANN_SEPARATE_COMPONENTS)
            _alwann_join_separate(${component})
        endforeach()
        return()
    endif()

    set(targets "")
    set(missing "")
    set(missing_debian "")
    if(name STREQUAL "onnx")
        # Protobuf first: the targets of ONNX refer to it without looking for it.
        _alwann_require(Protobuf DEBIAN libprotobuf-dev TARGETS protobuf::libprotobuf
                        PACKAGES "Protobuf CONFIG" "Protobuf MODULE")
        if(NOT missing)
            # Only the messages; the checker and the shape inference in target `onnx` are not used.
            _alwann_require(ONNX DEBIAN libonnx-dev TARGETS ONNX::onnx_proto onnx_proto PACKAGES "ONNX CONFIG")
        else()
            list(APPEND missing_debian libonnx-dev)
        endif()
    elseif(name STREQUAL "tensorflow")
        # The messages are read field by field: no protoc, no generated classes.
        _alwann_require(Protobuf DEBIAN libprotobuf-dev TARGETS protobuf::libprotobuf
                        PACKAGES "Protobuf CONFIG" "Protobuf MODULE")
    elseif(name STREQUAL "json")
        _alwann_require(nlohmann_json DEBIAN nlohmann-json3-dev TARGETS nlohmann_json::nlohmann_json
                        PACKAGES "nlohmann_json 3.9 CONFIG")
    elseif(name STREQUAL "compressed")
        _alwann_require(zlib DEBIAN zlib1g-dev TARGETS ZLIB::ZLIB PACKAGES "ZLIB")
        _alwann_require(liblzma DEBIAN liblzma-dev TARGETS LibLZMA::LibLZMA PACKAGES "LibLZMA")
    elseif(name STREQUAL "tbb")
        _alwann_require(oneTBB DEBIAN libtbb-dev TARGETS TBB::tbb PACKAGES "TBB 2021 CONFIG")
    elseif(name STREQUAL "sqlite")
        _alwann_require(SQLite3 DEBIAN libsqlite3-dev TARGETS SQLite::SQLite3 PACKAGES "SQLite3 3.24")
    elseif(name STREQUAL "pagmo")
        # No version: its package file takes only an exact match.
        _alwann_require(pagmo2 DEBIAN libpagmo-dev TARGETS Pagmo::pagmo PACKAGES "pagmo CONFIG")
    elseif(name STREQUAL "mpi")
        _alwann_require(MPI SEARCH DEBIAN libopenmpi-dev TARGETS MPI::MPI_CXX PACKAGES "MPI COMPONENTS CXX")
    endif()

    _alwann_describe_missing("Component '${name}' of alwann" description)
    set(${problem} "${description}" PARENT_SCOPE)
    if(NOT missing)
        # Imported, as it belongs to no export set: whoever looks for the component makes it afresh.
        add_library(alwann::${name} INTERFACE IMPORTED ${ARGN})
        set_property(TARGET alwann::${name} PROPERTY INTERFACE_LINK_LIBRARIES alwann::alwann ${targets})
        _alwann_join_separate(${name})
    endif()
endfunction()

cmake_policy(POP)
