// SPDX-License-Identifier: MIT
// Numbers from tables: which columns they are, and what every cell says.
#include "data/number_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "core/nearest.h"
#include "data/csv.h"
#include "data/utf8.h"

namespace eddy {
namespace data {
namespace {

constexpr std::array kTimeNames = {"date",      "time", "datetime", "timestamp",
                                   "date_time", "ds",   "utc"};
constexpr size_t kShown = 40;  // bytes of a cell in a message

std::string lower(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

bool is_time_name(const std::string& name) {
  return std::find(kTimeNames.begin(), kTimeNames.end(), lower(name)) != kTimeNames.end();
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
  const std::string word = lower(trimmed(cell));
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
  std::string shown = text.substr(0, kShown);
  repair_utf8(shown);
  throw Error(ErrorCode::bad_data, where.file,
              fmt::format("{}, column '{}': expected a number, got {}.", where.member, column,
                          text.empty() ? "an empty cell" : fmt::format("'{}'", shown)),
              is_missing(lower(text))
                  ? "fill the gap, for instance with the value before it, or leave the column "
                    "out by naming the others."
              : comma ? "write decimals with a point."
                      : "name the columns that hold numbers; a column of dates is the time column, "
                        "one of names the id column.");
}

class NumberCsv {
 public:
  NumberCsv(const std::filesystem::path& path, char separator,
            const datasets::NumbersOptions& options)
      : rows_(path, separator), file_(path.string()), options_(options) {}

  datasets::NumberTable read() {
    read_header();
    if (!rows_.next(fields_)) {
      bad_data({file_, ""}, "at least one row below the names of the columns", "none",
               "put a row for every time step into the file.");
    }
    check_width();
    choose_columns();
    do {
      check_width();
      add_row();
    } while (rows_.next(fields_));
    for (size_t k = 0; k < table_.sequences.size(); ++k) {
      const auto columns = static_cast<int64_t>(table_.columns.size());
      const auto steps = static_cast<int64_t>(values_[k].size()) / columns;
      table_.sequences[k].values = Tensor({steps, columns}, std::move(values_[k]));
    }
    return std::move(table_);
  }

 private:
  void read_header() {
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

  void check_width() const {
    if (fields_.size() == names_.size()) return;
    bad_data(rows_.where(), fmt::format("{} fields, as the first line has", names_.size()),
             fmt::format("{}", fields_.size()), "give every row a cell for every column.");
  }

  bool is_taken(size_t column) const {
    return id_ == column || std::find(chosen_.begin(), chosen_.end(), column) != chosen_.end();
  }

  // The time column, unless it is named: one with a usual name, else the first without numbers.
  void guess_time() {
    for (const bool by_name : {true, false}) {
      for (size_t column = 0; column < names_.size() && !time_; ++column) {
        if (is_taken(column)) continue;
        if (by_name ? is_time_name(names_[column]) : is_text(fields_[column])) time_ = column;
      }
    }
    table_.time_guessed = time_.has_value();
  }

  void choose_columns() {
    if (!options_.id.empty()) id_ = find_column(file_, "id", options_.id, names_);
    if (!options_.time.empty()) time_ = find_column(file_, "time", options_.time, names_);
    for (const std::string& name : options_.columns) {
      chosen_.push_back(find_column(file_, "columns", name, names_));
    }
    if (!time_) guess_time();
    if (options_.columns.empty()) {
      for (size_t column = 0; column < names_.size(); ++column) {
        if (column != id_ && column != time_) chosen_.push_back(column);
      }
    }
    if (chosen_.empty()) {
      bad_data({file_, "line 1"}, "a column of numbers", "none beside those of id and time",
               "name the columns that hold numbers.");
    }
    for (const size_t column : chosen_) {
      find_column(file_, "columns", names_[column], names_);  // each name once
      table_.columns.push_back(names_[column]);
    }
    if (id_) table_.id = names_[*id_];
    if (time_) table_.time = names_[*time_];
  }

  void add_row() {
    std::string id;
    if (id_) {
      id = trimmed(fields_[*id_]);
      repair_utf8(id);
      if (id.empty()) {
        bad_data({file_, fmt::format("{}, column '{}'", rows_.where().member, table_.id)},
                 "the id of a sequence", "an empty cell", "give every row an id.");
      }
    }
    const auto [found, is_new] = places_.try_emplace(id, values_.size());
    if (is_new) {
      values_.emplace_back();
      table_.sequences.push_back({.id = id, .values = {}, .time = {}});
    }
    auto& values = values_[found->second];
    for (const size_t column : chosen_) {
      const auto value = number_in(fields_[column]);
      if (!value) bad_cell(rows_.where(), names_[column], fields_[column]);
      values.push_back(*value);
    }
    if (!time_) return;
    std::string& time = table_.sequences[found->second].time.emplace_back(trimmed(fields_[*time_]));
    repair_utf8(time);
  }

  CsvRows rows_;
  std::string file_;
  const datasets::NumbersOptions& options_;
  std::vector<std::string> names_, fields_;
  std::vector<size_t> chosen_;
  std::optional<size_t> id_, time_;
  std::map<std::string, size_t> places_;
  std::vector<std::vector<float>> values_;
  datasets::NumberTable table_;
};

}  // namespace

size_t find_column(const std::string& file, const char* flag, const std::string& name,
                   const std::vector<std::string>& known) {
  const auto count = std::count(known.begin(), known.end(), name);
  if (count != 1) {
    throw Error(ErrorCode::invalid_argument, file,
                fmt::format("{}: expected one column '{}', got {}.", flag, name,
                            count > 1 ? "several of that name" : "none"),
                count > 1 ? "give every column a name of its own." : suggest(name, known));
  }
  return static_cast<size_t>(std::find(known.begin(), known.end(), name) - known.begin());
}

datasets::NumberTable read_number_csv(const std::filesystem::path& path, char separator,
                                      const datasets::NumbersOptions& options) {
  return NumberCsv(path, separator, options).read();
}

void keep_columns(const std::string& file, const std::vector<std::string>& columns,
                  datasets::NumberTable& table) {
  if (columns.empty()) return;
  std::vector<size_t> chosen;
  for (const std::string& name : columns) {
    chosen.push_back(find_column(file, "columns", name, table.columns));
  }
  for (datasets::Sequence& sequence : table.sequences) {
    const int64_t steps = sequence.values.dim(0), width = sequence.values.dim(1);
    std::vector<float> kept;
    for (int64_t t = 0; t < steps; ++t) {
      for (const size_t column : chosen) {
        kept.push_back(sequence.values[t * width + static_cast<int64_t>(column)]);
      }
    }
    sequence.values = Tensor({steps, static_cast<int64_t>(chosen.size())}, std::move(kept));
  }
  table.columns = columns;
}

}  // namespace data

namespace datasets {

int64_t NumberTable::column(const std::string& name) const {
  return static_cast<int64_t>(data::find_column("table", "column", name, columns));
}

NumberTable read_numbers(const std::filesystem::path& path, const NumbersOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw Error(ErrorCode::io, path.string(),
                fmt::format("data: expected a file, got \"{}\".",
                            error ? error.message() : "No such file or directory"),
                "check the path.");
  }
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".csv") return data::read_number_csv(path, ',', options);
  if (ending == ".tsv" || ending == ".tab") return data::read_number_csv(path, '\t', options);
  if (ending != ".npy" && ending != ".npz") {
    throw Error(ErrorCode::not_supported, path.string(),
                fmt::format("data: expected .csv, .tsv, .npy or .npz, got '{}'.", ending),
                "name the file after what it holds, or convert it.");
  }
  if (!options.id.empty() || !options.time.empty()) {
    throw Error(ErrorCode::invalid_argument, path.string(),
                "columns: expected none for id and time in an array, got one.",
                "leave them out: an array has numbers alone.");
  }
  NumberTable table = ending == ".npy" ? data::read_number_npy(path) : data::read_number_npz(path);
  data::keep_columns(path.string(), options.columns, table);
  return table;
}

}  // namespace datasets
}  // namespace eddy
