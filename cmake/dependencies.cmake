# Debian packages: libhwy-dev libfmt-dev nlohmann-json3-dev libhdf5-dev libzip-dev zlib1g-dev
# libcurl4-openssl-dev libssl-dev libutf8proc-dev libcli11-dev libtomlplusplus-dev libgtest-dev
# libgmock-dev.
# Everything links privately. The `dev` script installs what is missing.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)  # add_subdirectory users link them too
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

# Target PkgConfig::NAME = the first of the pkg-config modules that is there. The installed
# eddyConfig.cmake goes through the same list for static libraries.
# (libzip's own CMake files on Debian 12 ask for programs of another package; pkg-config does not.)
set(EDDY_PKGCONFIG_MODULES "HWY:libhwy" "HDF5:hdf5-serial,hdf5" "ZIP:libzip" "CURL:libcurl"
    "ZLIB:zlib" "CRYPTO:libcrypto" "UTF8PROC:libutf8proc")
set(EDDY_PC_MODULES "fmt")  # for eddy.pc
foreach(entry IN LISTS EDDY_PKGCONFIG_MODULES)
  string(REGEX MATCH "^([^:]+):(.+)$" entry "${entry}")
  set(name ${CMAKE_MATCH_1})
  string(REPLACE "," ";" modules "${CMAKE_MATCH_2}")
  pkg_search_module(${name} REQUIRED IMPORTED_TARGET GLOBAL ${modules})
  string(APPEND EDDY_PC_MODULES " ${${name}_MODULE_NAME}")
endforeach()

if(EDDY_CLI)
  find_package(CLI11 REQUIRED)
  find_path(EDDY_TOMLPLUSPLUS toml++/toml.h REQUIRED)  # used as headers alone
endif()
if(EDDY_TESTS)
  find_package(GTest REQUIRED)
endif()
