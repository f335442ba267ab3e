# The installed tree: library, public headers, program, find_package(eddy), pkg-config.
include(CMakePackageConfigHelpers)
set(EDDY_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/eddy)
get_target_property(EDDY_TYPE eddy TYPE)

install(TARGETS eddy EXPORT eddyTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/eddy ${PROJECT_BINARY_DIR}/include/eddy
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT eddyTargets NAMESPACE eddy:: DESTINATION ${EDDY_CMAKE_DIR})

configure_package_config_file(cmake/eddyConfig.cmake.in ${PROJECT_BINARY_DIR}/eddyConfig.cmake
                              INSTALL_DESTINATION ${EDDY_CMAKE_DIR})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/eddyConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/eddyConfig.cmake ${PROJECT_BINARY_DIR}/eddyConfigVersion.cmake
        DESTINATION ${EDDY_CMAKE_DIR})

# A static library leaves its dependencies to the user's link line, so pkg-config must name them.
if(EDDY_TYPE STREQUAL "STATIC_LIBRARY")
  set(EDDY_PC_REQUIRES "Requires")
  set(EDDY_PC_THREADS " -pthread")
else()
  set(EDDY_PC_REQUIRES "Requires.private")
  set(EDDY_PC_THREADS "")
endif()
# Relative to the file itself: the tree may be moved, and `cmake --install --prefix` names it late.
file(RELATIVE_PATH EDDY_PC_UP ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
cmake_path(APPEND EDDY_PC_LIBDIR "\${prefix}" ${CMAKE_INSTALL_LIBDIR})
cmake_path(APPEND EDDY_PC_INCLUDEDIR "\${prefix}" ${CMAKE_INSTALL_INCLUDEDIR})
configure_file(cmake/eddy.pc.in ${PROJECT_BINARY_DIR}/eddy.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/eddy.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
