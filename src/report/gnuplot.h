// SPDX-License-Identifier: MIT
// gnuplot as a child process: script in, picture out. No shell, no file names in scripts.
#pragma once

#include <string>

namespace eddy {

// What gnuplot writes to its standard output for the script. Throws Error{io} when it is not
// installed, fails or writes nothing.
std::string run_gnuplot(const std::string& script);

// 'text' in single quotes, in which gnuplot interprets nothing.
std::string gnuplot_quoted(const std::string& text);

}  // namespace eddy
