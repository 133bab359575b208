# Debian packages: `cpack -G DEB` in the build tree makes libalwann-dev (headers, CMake package, pkg-config file) and,
# where the program is built, alwann.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME alwann)
set(CPACK_PACKAGE_CONTACT "alwann maintainers <maintainers@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL alwann)

set(CPACK_DEBIAN_ALWANN_PACKAGE_NAME libalwann-dev)
set(CPACK_DEBIAN_ALWANN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_ALWANN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_ALWANN_PACKAGE_DEPENDS "libboost-dev, libxtensor-dev, libxsimd-dev")
set(CPACK_DEBIAN_ALWANN_PACKAGE_SUGGESTS
    "libonnx-dev, libprotobuf-dev, nlohmann-json3-dev, zlib1g-dev, liblzma-dev, libtbb-dev")

if(TARGET alwann_program)
    list(APPEND CPACK_COMPONENTS_ALL alwann_program)
    set(CPACK_DEBIAN_ALWANN_PROGRAM_PACKAGE_NAME alwann)
    set(CPACK_DEBIAN_ALWANN_PROGRAM_PACKAGE_SECTION science)
    set(CPACK_DEBIAN_ALWANN_PROGRAM_PACKAGE_SUGGESTS "dataset-fashion-mnist")
    find_program(ALWANN_DPKG_SHLIBDEPS dpkg-shlibdeps)
    mark_as_advanced(ALWANN_DPKG_SHLIBDEPS)
    if(ALWANN_DPKG_SHLIBDEPS) # else the package depends on nothing, and says nothing wrong
        set(CPACK_DEBIAN_ALWANN_PROGRAM_PACKAGE_SHLIBDEPS ON)
    endif()
endif()

include(CPack)
