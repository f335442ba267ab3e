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
  // One of `known`, also in Keras' spelling of classes: LSTM, SimpleRNN, AdamW.
  void word(const std::string& flag, std::string& value, const std::vector<std::string>& known,
            const std::string& help);
  void text(const std::string& flag, std::string& value, const std::string& placeholder,
            const std::string& help);
  // May be given several times, a text each.
  void texts(const std::string& flag, std::vector<std::string>& values,
             const std::string& placeholder, const std::string& help);
  // "200MB", "1.5GB", "64MiB", or bytes.
  void size(const std::string& flag, std::optional<int64_t>& value, Range range,
            const std::string& help);
  void flag(const std::string& flag, bool& value, const std::string& help);
  // Arguments without a flag. What stands for a value here and above says how a shell completes it:
  // FILE, PATH and DIR to files, words in lower case between bars to themselves ("imdb|PATH").
  void argument(const std::string& name, std::string& value, const std::string& placeholder,
                const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& values,
                 const std::string& placeholder, const std::string& help);
  // --flags FILE (flags_file.h), for all others but those that say what to do rather than how.
  void file();
  // Such a one: it is in no file and in no record.
  void only_on_the_command_line(const std::string& flag);

  // After parsing: takes what stands in the file of --flags and not on the command line. Throws
  // UsageError, also for what the command line would not take.
  //   command  whose records may be such a file: "train"
  void read_file(const std::string& command);

  // "--num-words": "num_words", as in records and files.
  static std::string key_of(const std::string& flag);

  // Of a flag that has been declared.
  enum class Kind { whole, real, wholes, size, text, texts, boolean };
  Kind kind(const std::string& flag) const;
  bool knows(const std::string& flag) const;
  // As one would write it: "32", "64,32", "true"; "" without a value.
  std::string shown(const std::string& flag) const;
  // As if the command line had said so. Throws UsageError.
  void set(const std::string& flag, const std::string& text);

  // Whether it was given, here or in a file, not left at its default.
  bool given(const std::string& flag) const;
  std::vector<std::string> all_given() const;

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
    Kind kind;
    CLI::Option* option;
    std::function<nlohmann::json()> get;
    Parse parse;
    nlohmann::json preset;
    bool in_files = true, from_file = false;
  };
  void remember(const std::string& flag, Kind kind, CLI::Option* option,
                const std::function<nlohmann::json()>& get, Parse parse);
  static std::string text_of(const nlohmann::json& value, Kind kind);
  static void assign(const Value& value, const nlohmann::json& json);
  std::vector<Value>::const_iterator place(const std::string& flag) const;
  void take(Value& value, const nlohmann::json& json, bool is_record);
  Value* find(const std::string& name);
  std::vector<std::string> names_in_files() const;

  CLI::App& command_;
  std::vector<Value> values_;
  std::string file_;
};

}  // namespace eddy::cli
