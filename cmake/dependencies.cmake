# Debian packages: libhwy-dev libfmt-dev nlohmann-json3-dev libhdf5-dev libzip-dev libcurl4-openssl-dev
# libssl-dev libutf8proc-dev libcli11-dev libgtest-dev. Everything links privately.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
# libzip's own CMake files on Debian 12 ask for programs of another package; pkg-config does not.
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)  # SHA-256
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)

add_library(eddy_hdf5 INTERFACE)
target_include_directories(eddy_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(eddy_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

if(EDDY_CLI)
  find_package(CLI11 REQUIRED)
endif()
if(EDDY_TESTS)
  find_package(GTest REQUIRED)
endif()
