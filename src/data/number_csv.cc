// SPDX-License-Identifier: MIT
#include "data/number_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "core/utf8.h"
#include "data/ascii_lower.h"
#include "data/number_table.h"

namespace eddy::data {
namespace {

constexpr std::array kTimeNames = {"date",      "time", "datetime", "timestamp",
                                   "date_time", "ds",   "utc"};
// The names of axes, such as y, are none of them.
constexpr std::array kNumberLabelNames = {"label", "class", "category", "target", "activity"};

template <size_t N>
bool is_one_of(const std::array<const char*, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), ascii_lower(name)) != names.end();
}

// A decimal number in any of C's forms but hexadecimal; infinity and NaN are none.
std::optional<float> number_in(const std::string& cell) {
  const std::string text = trimmed(cell);
  const size_t begin = text.starts_with('+') && !text.starts_with("+-") ? 1 : 0;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow)) return std::nullopt;
  return narrow;
}

bool is_missing(const std::string& word) {
  return word.empty() || word == "nan" || word == "na" || word == "null" || word == "none" ||
         word == "?" || word == "-";
}

// A date or a name, not a number gone wrong: it has a letter other than an exponent's, or what
// stands between the parts of dates.
bool is_text(const std::string& cell) {
  const std::string word = ascii_lower(trimmed(cell));
  if (number_in(cell) || is_missing(word) || word.ends_with("inf")) return false;
  const bool parted = word.find_first_of(":/") != std::string::npos;
  const size_t dash = word.find('-', 1);
  const bool dated = dash != std::string::npos && word[dash - 1] != 'e';
  return parted || dated || std::any_of(word.begin(), word.end(), [](unsigned char c) {
           return c >= 0x80 || (std::isalpha(c) != 0 && c != 'e' && c != 'x');
         });
}

[[noreturn]] void bad_cell(const Where& where, const std::string& column, const std::string& cell) {
  const std::string text = trimmed(cell);
  const bool comma = text.find(',') != std::string::npos && text.find('.') == std::string::npos;
  throw Error(ErrorCode::bad_data, where.file,
              fmt::format("{}, column '{}': expected a number, got {}.", where.member, column,
                          text.empty() ? "an empty cell" : fmt::format("'{}'", shown(text))),
              is_missing(ascii_lower(text))
                  ? "fill the gap, for instance with the value before it, or leave the column "
                    "out by naming the others."
              : comma ? "write decimals with a point."
                      : "name the columns that hold numbers; a column of dates is the time column, "
                        "one of names the id column.");
}

}  // namespace

NumberCsv::NumberCsv(const std::filesystem::path& path, char separator,
                     const datasets::NumbersOptions& options, bool labelled, size_t max_bytes)
    : rows_(path, separator, max_bytes),
      file_(path.string()),
      options_(options),
      labelled_(labelled) {
  read_header();
  if (!rows_.next(fields_)) {
    bad_data({file_, ""}, "at least one row below the names of the columns", "none",
             "put a row for every time step into the file.");
  }
  check_width();
  choose_columns();
}

void NumberCsv::rewind() {
  rows_.rewind();
  rows_.next(fields_);
  waiting_ = rows_.next(fields_);
}

void NumberCsv::read_header() {
  if (!rows_.next(fields_)) {
    bad_data({file_, ""}, "a line with the names of the columns", "an empty file",
             "put the names of the columns into the first line.");
  }
  for (std::string name : fields_) {
    repair_utf8(name);
    names_.push_back(trimmed(name));
  }
  if (std::all_of(names_.begin(), names_.end(),
                  [](const std::string& name) { return number_in(name).has_value(); })) {
    bad_data({file_, "line 1"}, "the names of the columns", "numbers",
             "put the names of the columns into the first line.");
  }
}

void NumberCsv::check_width() const {
  if (fields_.size() == names_.size()) return;
  bad_data(rows_.where(), fmt::format("{} fields, as the first line has", names_.size()),
           fmt::format("{}", fields_.size()), "give every row a cell for every column.");
}

bool NumberCsv::is_taken(size_t column) const {
  return id_ == column || label_ == column ||
         std::find(chosen_.begin(), chosen_.end(), column) != chosen_.end();
}

// The time column, unless it is named: one with a usual name, else the first without numbers.
void NumberCsv::guess_time() {
  for (const bool by_name : {true, false}) {
    for (size_t column = 0; column < names_.size() && !time_; ++column) {
      if (is_taken(column)) continue;
      if (by_name ? is_one_of(kTimeNames, names_[column]) : is_text(fields_[column]))
        time_ = column;
    }
  }
  facts_.time_guessed = time_.has_value();
}

void NumberCsv::choose_label() {
  if (!options_.label.empty()) label_ = find_column(file_, "label", options_.label, names_);
  for (const char* usual : kNumberLabelNames) {
    for (size_t column = 0; column < names_.size() && labelled_ && !label_; ++column) {
      if (ascii_lower(names_[column]) == usual && !is_taken(column)) label_ = column;
    }
  }
  if (labelled_ && !label_) {
    throw Error(ErrorCode::invalid_argument, file_,
                fmt::format("columns: expected one for the label, got none of the usual names "
                            "({}).",
                            fmt::join(kNumberLabelNames, ", ")),
                "name it: --label COLUMN.");
  }
  if (!label_) return;
  facts_.label = names_[*label_];
  if (id_ != label_ && std::find(chosen_.begin(), chosen_.end(), *label_) == chosen_.end()) {
    return;
  }
  throw Error(ErrorCode::invalid_argument, file_,
              fmt::format("label: expected a column of its own, got '{}', which is {}.",
                          facts_.label, id_ == label_ ? "the id" : "one of the features"),
              "what the network is to find out cannot be what it is told.");
}

void NumberCsv::choose_columns() {
  if (!options_.id.empty()) id_ = find_column(file_, "id", options_.id, names_);
  if (!options_.time.empty()) time_ = find_column(file_, "time", options_.time, names_);
  for (const std::string& name : options_.columns) {
    chosen_.push_back(find_column(file_, "columns", name, names_));
  }
  choose_label();
  if (!time_) guess_time();
  if (options_.columns.empty()) {
    for (size_t column = 0; column < names_.size(); ++column) {
      if (column != id_ && column != time_ && column != label_) chosen_.push_back(column);
    }
  }
  if (chosen_.empty()) {
    bad_data(
        {file_, "line 1"}, "a column of numbers",
        label_ ? "none beside those of id, time and label" : "none beside those of id and time",
        "name the columns that hold numbers.");
  }
  for (const size_t column : chosen_) {
    find_column(file_, "columns", names_[column], names_);  // each name once
    facts_.columns.push_back(names_[column]);
  }
  if (id_) facts_.id = names_[*id_];
  if (time_) facts_.time = names_[*time_];
}

// Of the row that was read last.
std::string NumberCsv::text_in(size_t column) const {
  std::string text = trimmed(fields_[column]);
  repair_utf8(text);
  return text;
}

Where NumberCsv::in_column(const std::string& line, const std::string& column) const {
  return {file_, fmt::format("{}, column '{}'", line, column)};
}

bool NumberCsv::next(NumberRow& row) {
  if (!std::exchange(waiting_, false) && !rows_.next(fields_)) return false;
  check_width();
  if (id_) {
    row.id = text_in(*id_);
    if (row.id.empty()) {
      bad_data(where(facts_.id), "the id of a sequence", "an empty cell", "give every row an id.");
    }
  }
  row.values.clear();
  for (const size_t column : chosen_) {
    const auto value = number_in(fields_[column]);
    if (!value) bad_cell(where(), names_[column], fields_[column]);
    row.values.push_back(*value);
  }
  if (label_) row.label = text_in(*label_);
  if (time_) row.time = text_in(*time_);
  return true;
}

}  // namespace eddy::data
