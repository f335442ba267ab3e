// SPDX-License-Identifier: MIT
// What the program's surroundings say about a stream.
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "core/nearest.h"
#include "eddy/report.h"

namespace eddy {
namespace {

// The environment's size, as Python's shutil.get_terminal_size reads it; 0: not said.
int64_t size_of_environment(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return 0;
  int64_t size = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), size);
  return error == std::errc() && *end == '\0' && size > 0 ? size : 0;
}

}  // namespace

Terminal terminal(int file_descriptor) {
  Terminal found;
  const char* kind = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  const bool dumb = kind != nullptr && std::strcmp(kind, "dumb") == 0;
  found.interactive = isatty(file_descriptor) == 1 && !dumb;
  found.color = found.interactive && (no_color == nullptr || *no_color == '\0');
  winsize size{};
  const bool known = ioctl(file_descriptor, TIOCGWINSZ, &size) == 0;
  found.width = size_of_environment("COLUMNS");
  if (found.width == 0) found.width = known && size.ws_col > 0 ? size.ws_col : 80;
  found.height = size_of_environment("LINES");
  if (found.height == 0) found.height = known && size.ws_row > 0 ? size.ws_row : 24;
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  return suggest(word, known);
}

}  // namespace eddy
