# An overlay port that builds from this very checkout: vcpkg install alwann --overlay-ports=cmake/packages/vcpkg
set(VCPKG_BUILD_TYPE release) # headers only

get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS -DALWANN_BUILD_TESTS=OFF -DALWANN_BUILD_EXAMPLES=OFF -DALWANN_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/alwann)
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
