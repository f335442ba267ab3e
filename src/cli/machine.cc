// SPDX-License-Identifier: MIT
#include "machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <charconv>
#include <chrono>
#include <filesystem>
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

int64_t number_at(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string cpu_name() {
  std::string name = field("/proc/cpuinfo", "model name");
  if (!name.empty()) return name;
  utsname system{};
  return uname(&system) == 0 ? system.machine : "unknown";
}

int64_t peak_memory_bytes() {
  // Not getrusage: it counts the program that started this one, too.
  return number_at(field("/proc/self/status", "VmHWM")) * 1024;
}

int64_t memory_bytes() {
  int64_t least = number_at(field("/proc/meminfo", "MemTotal")) * 1024;
  const auto take = [&](const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string text;
    const int64_t limit = std::getline(stream, text) ? number_at(text) : 0;  // "max" is none
    if (limit > 0 && (least == 0 || limit < least)) least = limit;
  };
  // Version 2 has lines "0::/path", version 1 "4:memory:/path"; a group above may have less.
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const bool second = line.starts_with("0::");
    const size_t memory = line.find(":memory:");
    if (!second && memory == std::string::npos) continue;
    const std::filesystem::path root = second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const char* const name = second ? "memory.max" : "memory.limit_in_bytes";
    std::filesystem::path group = line.substr(second ? 3 : memory + 8);
    for (; group.has_relative_path(); group = group.parent_path()) {
      take(root / group.relative_path() / name);
    }
    take(root / name);
  }
  return least;
}

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace eddy::cli
