# Install rules: the headers and the package that find_package(alwann) finds, all of it independent of the
# architecture, as component `alwann`; the program, if it is built, as component `alwann_program`.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/alwann)

install(
    DIRECTORY include/alwann
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT alwann
    FILES_MATCHING
    PATTERN "*.hpp")
install(TARGETS alwann EXPORT alwannTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT alwannTargets NAMESPACE alwann:: DESTINATION ${package_dir} COMPONENT alwann)

configure_package_config_file(cmake/alwannConfig.cmake.in ${PROJECT_BINARY_DIR}/alwannConfig.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/alwannConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(
    FILES ${PROJECT_BINARY_DIR}/alwannConfig.cmake ${PROJECT_BINARY_DIR}/alwannConfigVersion.cmake
          cmake/alwann_components.cmake
    DESTINATION ${package_dir}
    COMPONENT alwann)

configure_file(cmake/alwann.pc.in ${PROJECT_BINARY_DIR}/alwann.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/alwann.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig COMPONENT alwann)

if(TARGET alwann_program)
    install(TARGETS alwann_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT alwann_program OPTIONAL)
endif()

if(PROJECT_IS_TOP_LEVEL)
    include(cmake/alwann_package.cmake)
endif()
