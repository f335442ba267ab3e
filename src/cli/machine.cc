// SPDX-License-Identifier: MIT
#include "machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <charconv>
#include <fstream>

namespace eddy::cli {
namespace {

// The text after the colon of the first line that begins with `key`.
std::string field(const char* file, const std::string& key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = line.find(':');
    const size_t begin =
        colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

}  // namespace

std::string cpu_name() {
  std::string name = field("/proc/cpuinfo", "model name");
  if (!name.empty()) return name;
  utsname system{};
  return uname(&system) == 0 ? system.machine : "unknown";
}

int64_t peak_memory_bytes() {
  // Not getrusage: it counts the program that started this one, too.
  const std::string text = field("/proc/self/status", "VmHWM");
  int64_t kilobytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes * 1024;
}

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace eddy::cli
