# Warnings and sanitizers for our own code only; never part of what a user of the library gets.
option(EDDY_WARNINGS_AS_ERRORS "Treat warnings as errors" OFF)
set(EDDY_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")

add_library(eddy_developer_flags INTERFACE)
target_compile_options(eddy_developer_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  # Products and sums are fused only where the code says so: tile variants must agree bit for bit.
  -ffp-contract=off -fno-math-errno)
if(EDDY_WARNINGS_AS_ERRORS)
  target_compile_options(eddy_developer_flags INTERFACE -Werror)
endif()
if(EDDY_SANITIZE)
  target_compile_options(eddy_developer_flags INTERFACE -fsanitize=${EDDY_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(eddy_developer_flags INTERFACE -fsanitize=${EDDY_SANITIZE})
endif()

# For code that no one waits for but its compiler: the program's flags and messages, the tests.
function(eddy_not_hot target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Og> $<$<CONFIG:Debug>:-O0>)
endfunction()
