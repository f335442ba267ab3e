// SPDX-License-Identifier: MIT
// One list of a command's flags gives parsing, ranges, defaults, help and the record in run.json.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "eddy/error.h"

namespace eddy::cli {

// A mistake in the command line: exit status 2.
class UsageError : public Error {
 public:
  UsageError(std::string where, std::string what, std::string fix)
      : Error(ErrorCode::invalid_argument, std::move(where), std::move(what), std::move(fix)) {}
};

// Throws UsageError when an argument that every call needs is missing.
void require(const std::string& value, const std::string& command, const std::string& argument);

class Flags {
 public:
  // The variables given to the functions below must outlive the parsing; their values before it are
  // the defaults. Flags are written in kebab case: "--num-words".
  explicit Flags(CLI::App& command) : command_(command) {}

  struct Range {
    int64_t least, most;
  };
  void whole(const std::string& flag, int64_t& value, Range range, const std::string& help);
  void whole(const std::string& flag, std::optional<int64_t>& value, Range range,
             const std::string& help);
  // "64,32": one or more, apart by commas.
  void wholes(const std::string& flag, std::vector<int64_t>& values, Range range,
              const std::string& help);
  // A number above `above`, or from it on when `inclusive`, and below `below`.
  struct Interval {
    double above, below;
    bool inclusive = false;
  };
  void real(const std::string& flag, double& value, Interval interval, const std::string& help);
  void word(const std::string& flag, std::string& value, const std::vector<std::string>& known,
            const std::string& help);
  void text(const std::string& flag, std::string& value, const std::string& placeholder,
            const std::string& help);
  void flag(const std::string& flag, bool& value, const std::string& help);
  // Arguments without a flag.
  void argument(const std::string& name, std::string& value, const std::string& help);

  // Whether it was given, not left at its default.
  bool given(const std::string& flag) const;

  // Every option's value by its snake_case name; null for one without a value.
  nlohmann::json record() const;
  // After parsing: values that were not given are those of a record. Throws UsageError for a given
  // one that contradicts it.
  //   free  flags that are what they are
  //   run   where the record is from
  void restore(const nlohmann::json& record, const std::vector<std::string>& free,
               const std::string& run);

 private:
  using Parse = std::function<void(const std::string&)>;
  CLI::Option* add(const std::string& flag, const std::string& placeholder,
                   const std::string& default_text, const std::string& help, const Parse& parse);
  struct Value {
    std::string flag, name;
    CLI::Option* option;
    std::function<nlohmann::json()> get;
    Parse set;
  };
  void remember(const std::string& flag, CLI::Option* option, std::function<nlohmann::json()> get,
                Parse set);

  CLI::App& command_;
  std::vector<Value> values_;
};

}  // namespace eddy::cli
