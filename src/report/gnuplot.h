// SPDX-License-Identifier: MIT
// gnuplot as a child process: script in, picture out. No shell, no file names in scripts.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace eddy {

// What gnuplot writes to its standard output for the script. Throws Error{io} when it is not
// installed, fails or writes nothing.
std::string run_gnuplot(const std::string& script);

// 'text' in single quotes, in which gnuplot interprets nothing.
std::string gnuplot_quoted(const std::string& text);

// One of the two files of a picture, and the sizes that look alike in both.
struct Surface {
  const char* ending;    // "svg"
  std::string terminal;  // for `set terminal`
  int title_size;        // of its font
  bool is_png;
};
// The .svg, then the .png. Sizes are those of the picture in pixels, and of its fonts.
std::array<Surface, 2> surfaces(int width, int height, int svg_font, int png_font);

// PREFIX-NAME, without the dash for no prefix and one that ends in '/'.
std::string picture_stem(const std::string& prefix, const std::string& name);
// Draws and writes STEM.svg and STEM.png, each whole or not at all. Returns the paths.
std::vector<std::filesystem::path> write_pictures(
    const std::string& stem, const std::array<Surface, 2>& files,
    const std::function<std::string(const Surface&)>& script);

}  // namespace eddy
