# Conveniences for people who work on alwann itself. Included only where it is the top-level project,
# because all of this would reach into the project of a user.

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Less than half of the time to compile all; more to compile again after a change of one file.
option(ALWANN_UNITY "Compile some files of a test executable or of the program together, alwann.hpp ahead of them" OFF)

find_program(ALWANN_CCACHE ccache)
mark_as_advanced(ALWANN_CCACHE)
if(ALWANN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ALWANN_CCACHE})
endif()
