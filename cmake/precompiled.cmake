# Headers that most files include, compiled once a target: half of an unoptimised build's time. Release
# builds do without, and so find the includes that a file lacks.
option(EDDY_PRECOMPILE "Precompile widely included headers" OFF)

# eddy_precompile(TARGET [HEADERS...]): the usual ones and these
function(eddy_precompile target)
  if(NOT EDDY_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional>
    <stdexcept> <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> ${ARGN})
  # Clang's is good for a cache of objects only without its time.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()
