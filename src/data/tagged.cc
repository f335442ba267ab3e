// SPDX-License-Identifier: MIT
// TaggedSequences: files of columns, a token and its label on a line.
#include "eddy/tagged.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/sha256.h"
#include "core/utf8.h"
#include "data/record_reader.h"
#include "data/text_file.h"

namespace eddy::datasets {
namespace {

using data::bad_data;
using data::Where;

constexpr size_t kMaxTokens = 1'000'000;  // of a sequence
constexpr const char* kTwoColumns =
    "write a token, a tab and its label on every line, and an empty line between sequences.";

std::vector<std::string_view> split_at_tabs(std::string_view line) {
  std::vector<std::string_view> columns;
  for (;;) {
    const size_t end = line.find('\t');
    columns.push_back(line.substr(0, end));
    if (end == std::string_view::npos || columns.size() > data::kMaxColumns) return columns;
    line.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> split_at_blanks(std::string_view line) {
  std::vector<std::string_view> columns;
  while (columns.size() <= data::kMaxColumns) {
    const size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos) break;
    line.remove_prefix(first);
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    columns.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return columns;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\v\f") == std::string_view::npos;
}

// 3-4 or 5.1, as CoNLL-U numbers what is no word of its own.
bool is_range(std::string_view number) {
  const size_t digits = std::min(number.find_first_not_of("0123456789"), number.size());
  return digits > 0 && digits < number.size() && (number[digits] == '-' || number[digits] == '.');
}

int64_t chosen_column(const std::string& file, const char* flag, int64_t asked, int64_t usual,
                      int64_t columns) {
  const int64_t column = asked == 0 ? usual : asked;
  if (column >= 1 && column <= columns) return column;
  throw Error(ErrorCode::invalid_argument, file,
              fmt::format("{}: expected a column from 1 to {}, got {}.", flag, columns, column),
              fmt::format("name the column by its number: --{} N.", flag));
}

}  // namespace

struct TaggedSequences::State {
  State(const std::filesystem::path& path, const TaggedOptions& options)
      : file(path), is_conllu(path.extension() == ".conllu") {
    find_form();
    text = chosen_column(file.name(), "text", options.text, is_conllu ? 2 : 1, columns);
    label = chosen_column(file.name(), "label", options.label, is_conllu ? 4 : columns, columns);
    if (text == label) {
      throw Error(ErrorCode::invalid_argument, file.name(),
                  fmt::format("columns: expected two, got {} for tokens and labels.", text),
                  "name them by their numbers: --text N --label N.");
    }
  }

  // Takes a line without its end; false at the end of the file.
  bool next_line() {
    line.clear();
    line_number = file.line();
    for (;;) {
      const int byte = file.take();
      if (byte == data::TextFile::kEnd) return !line.empty();
      if (byte == '\r' && file.peek() == '\n') continue;
      if (byte == '\n' || byte == '\r') return true;
      if (line.size() == data::kMaxRecord) {
        bad_data(where(), fmt::format("a line of at most {} bytes", data::kMaxRecord), "more",
                 kTwoColumns);
      }
      line += static_cast<char>(byte);
    }
  }

  // The columns of the first line that cannot be a comment, or else of the first one.
  void find_form() {
    std::string first;
    while (next_line()) {
      if (is_blank(line) || line.starts_with("-DOCSTART-")) continue;
      if (first.empty() || line.front() != '#') first = line;
      if (first.front() != '#') break;
    }
    if (first.empty()) bad_data({file.name(), ""}, "tokens and labels", "none", kTwoColumns);
    has_tabs = is_conllu || first.find('\t') != std::string::npos;
    columns = static_cast<int64_t>(split(first).size());
    if (columns == 1) {
      bad_data({file.name(), first.front() == '#' ? "lines" : fmt::format("line {}", line_number)},
               "a token and its label", "one column", kTwoColumns);
    }
    if (columns > static_cast<int64_t>(data::kMaxColumns)) {
      bad_data(where(), fmt::format("at most {} columns", data::kMaxColumns), "more", kTwoColumns);
    }
  }

  std::vector<std::string_view> split(std::string_view from) const {
    return has_tabs ? split_at_tabs(from) : split_at_blanks(from);
  }

  // True when the line ended a sequence.
  bool take_line(TaggedSequence& sequence) {
    if (is_blank(line)) return true;
    const auto fields = split(line);
    const bool fits = static_cast<int64_t>(fields.size()) == columns;
    if (line.front() == '#' && !fits) {
      ++comments;
      return false;
    }
    if (line.starts_with("-DOCSTART-")) return true;
    if (!fits) {
      bad_data(where(), fmt::format("{} columns, as the first line has", columns),
               fmt::format("{}", fields.size()),
               has_tabs ? "put as many tabs on every line." : "use tabs if tokens hold blanks.");
    }
    if (is_conllu && is_range(fields[0])) return false;
    add(sequence.tokens, fields[static_cast<size_t>(text - 1)], "a token");
    add(sequence.labels, fields[static_cast<size_t>(label - 1)], "a label");
    lines.push_back(line_number);
    if (lines.size() > kMaxTokens || bytes > data::kMaxRecord) {
      bad_data(
          where(),
          fmt::format("a sequence of at most {} tokens and {} bytes", kMaxTokens, data::kMaxRecord),
          "more", "put an empty line between sequences.");
    }
    return false;
  }

  void add(std::vector<std::string>& list, std::string_view field, const char* what) {
    std::string value = trimmed(std::string(field));
    if (value.empty()) {
      bad_data(where(), what, "none", "give every line a token and a label, or leave it out.");
    }
    const uint64_t invalid = repair_utf8(value);
    if (invalid > 0 && invalid_bytes == 0) {
      first_invalid = fmt::format("{}, line {}", file.name(), line_number);
    }
    invalid_bytes += invalid;
    bytes += value.size();
    digest.add(fmt::format("{} ", value.size()));
    digest.add(value);
    list.push_back(std::move(value));
  }

  Where where() const { return {file.name(), fmt::format("line {}", line_number)}; }

  data::TextFile file;
  bool is_conllu, has_tabs = false;
  int64_t columns = 0, text = 0, label = 0;
  std::string line;
  int64_t line_number = 1;
  std::vector<int64_t> lines;  // of the last sequence's tokens
  size_t bytes = 0;            // of the last sequence
  uint64_t comments = 0, invalid_bytes = 0;
  std::string first_invalid;
  Sha256 digest;
  std::string sha256;
};

TaggedSequences::TaggedSequences(const std::filesystem::path& path, const TaggedOptions& options)
    : state_(std::make_unique<State>(path, options)) {
  rewind();
}

TaggedSequences::~TaggedSequences() = default;
TaggedSequences::TaggedSequences(TaggedSequences&&) noexcept = default;
TaggedSequences& TaggedSequences::operator=(TaggedSequences&&) noexcept = default;

bool TaggedSequences::next(TaggedSequence& sequence) {
  sequence.tokens.clear();
  sequence.labels.clear();
  state_->lines.clear();
  state_->bytes = 0;
  while (state_->next_line()) {
    if (state_->take_line(sequence) && !sequence.tokens.empty()) break;
  }
  if (sequence.tokens.empty()) {
    if (state_->sha256.empty()) state_->sha256 = state_->digest.hex();
    return false;
  }
  state_->digest.add("\n");  // no two lists of sequences give the same bytes
  return true;
}

void TaggedSequences::rewind() {
  state_->file.rewind();
  state_->lines.clear();
  state_->comments = state_->invalid_bytes = 0;
  state_->first_invalid.clear();
  state_->digest = Sha256();
  state_->sha256.clear();
}

std::string TaggedSequences::place(size_t i) const {
  const auto& lines = state_->lines;
  return fmt::format("{}, line {}", state_->file.name(),
                     i < lines.size() ? lines[i] : state_->line_number);
}

int64_t TaggedSequences::columns() const { return state_->columns; }
int64_t TaggedSequences::text_column() const { return state_->text; }
int64_t TaggedSequences::label_column() const { return state_->label; }
uint64_t TaggedSequences::comments() const { return state_->comments; }
uint64_t TaggedSequences::invalid_bytes() const { return state_->invalid_bytes; }
const std::string& TaggedSequences::first_invalid() const { return state_->first_invalid; }
const std::string& TaggedSequences::sha256() const { return state_->sha256; }

}  // namespace eddy::datasets
