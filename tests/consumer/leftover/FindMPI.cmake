# SPDX-License-Identifier: MIT
# Finds nothing and leaves a target behind, as CMake's own module does on a machine without MPI.
if(NOT TARGET MPI::MPI_CXX)
    add_library(MPI::MPI_CXX INTERFACE IMPORTED)
endif()
set(MPI_FOUND FALSE)
