// SPDX-License-Identifier: MIT
#include "json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <vector>

#include "flags.h"

namespace eddy::cli {
namespace {

constexpr uintmax_t kMaxBytes = 16 << 20;
constexpr int kMaxDepth = 100;  // of objects and lists in each other

// Refuses what the parser would let pass: keys that come twice, and depths that end the stack.
class JsonGuard {
 public:
  explicit JsonGuard(const std::string& path) : path_(path) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kMaxDepth) {
      throw UsageError(
          path_,
          fmt::format("JSON: expected at most {} levels in each other, got more.", kMaxDepth),
          "take the file that was meant.");
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event != Event::key) return true;
    const auto name = parsed.get<std::string>();
    if (keys_.back().insert(name).second) return true;
    throw UsageError(path_, fmt::format("JSON: expected every key once, got '{}' twice.", name),
                     "remove one of them.");
  }

 private:
  const std::string& path_;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

std::string read_text_file(const std::string& path, const std::string& flag) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path, error);
  std::ifstream file(path, std::ios::binary);
  if (!is_file || !file) {
    throw UsageError(flag, fmt::format("file: expected one that can be read, got '{}'.", path),
                     "name a file that is there.");
  }
  if (std::filesystem::file_size(path, error) > kMaxBytes) {
    throw UsageError(
        flag, fmt::format("file: expected at most {} bytes, got more in '{}'.", kMaxBytes, path),
        "name the file that was meant.");
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

nlohmann::json parse_json(const std::string& text, const std::string& path) {
  try {
    JsonGuard guard(path);
    return nlohmann::json::parse(text, std::ref(guard));
  } catch (const nlohmann::json::parse_error& error) {
    const size_t at = std::min(error.byte, text.size());
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    throw UsageError(fmt::format("{}, line {}", path, line),
                     "JSON: expected keys with values, got a mistake.",
                     "look for a missing comma, quote or bracket there or in the line before.");
  } catch (const nlohmann::json::exception&) {
    throw UsageError(path, "JSON: expected numbers of a usual size, got a larger one.",
                     "take the file that was meant.");
  }
}

}  // namespace eddy::cli
