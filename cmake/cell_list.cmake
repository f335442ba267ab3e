# cell_list.inc: one EDDY_CELL(lstm) line a file src/cells/<name>-inl.h that declares a CellSpec,
# sorted; cell_includes.inc includes them. A new cell file is picked up by layers, flags, files and
# tests from here.
file(GLOB cell_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cells/*-inl.h)
list(SORT cell_files)
set(cell_list "")
set(cell_includes "")
foreach(cell_file IN LISTS cell_files)
  file(STRINGS ${cell_file} is_cell REGEX "CellSpec kSpec")
  if(NOT is_cell)
    continue()  # the frame that cells share
  endif()
  cmake_path(GET cell_file STEM cell)
  string(REGEX REPLACE "-inl$" "" cell ${cell})
  string(APPEND cell_list "EDDY_CELL(${cell})\n")
  string(APPEND cell_includes "#include \"cells/${cell}-inl.h\"\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cell_list.inc CONTENT "${cell_list}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cell_includes.inc CONTENT "${cell_includes}")
