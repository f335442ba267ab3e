# Sources compiled several at a time, so that the headers they share are read once. Names in unnamed
# namespaces are therefore unique within a room; each test file has a namespace of its own.
option(EDDY_UNITY "Compile sources in groups" OFF)
set(EDDY_UNITY_SIZE 8 CACHE STRING "Sources of a group; 0: all of a target, which finds a name twice")

# eddy_unity(TARGET [ALONE FILES...])
function(eddy_unity target)
  cmake_parse_arguments(PARSE_ARGV 1 unity "" "" "ALONE")
  if(EDDY_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${EDDY_UNITY_SIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # It takes the sources of a group for headers, where unnamed namespaces are a mistake.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
    set_source_files_properties(${unity_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()
