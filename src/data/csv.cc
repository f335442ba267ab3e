// SPDX-License-Identifier: MIT
#include "data/csv.h"

#include <algorithm>

#include "core/utf8.h"

namespace eddy::data {

void CsvRows::add(std::string& field, int byte) {
  if (++bytes_ > max_bytes_) too_long(where(), "a row", max_bytes_);
  field += static_cast<char>(byte);
}

// Behind the opening quote.
void CsvRows::quoted(std::string& field) {
  const int64_t begin = file_.line();
  for (;;) {
    const int byte = file_.take();
    if (byte == TextFile::kEnd) {
      bad_data({file_.name(), fmt::format("line {}", begin)}, "a closing quote",
               "the end of the file",
               "close the quote; a quote inside of a field is written \"\".");
    }
    if (byte == '"') {
      if (file_.peek() != '"') break;
      file_.take();
    }
    add(field, byte);
  }
  const int after = file_.peek();
  if (after == TextFile::kEnd || after == '\n' || after == '\r' || after == separator_) return;
  bad_data({file_.name(), fmt::format("line {}", file_.line())},
           "the next field or the end of the line behind a closing quote", "more text",
           "write a quote inside of a quoted field as two: \"\".");
}

void CsvRows::plain(std::string& field) {
  for (int byte = file_.peek();
       byte != TextFile::kEnd && byte != '\n' && byte != '\r' && byte != separator_;
       byte = file_.peek()) {
    add(field, file_.take());
  }
}

// Takes LF, CR LF or CR.
bool CsvRows::end_of_line() {
  const int byte = file_.peek();
  if (byte != '\n' && byte != '\r') return byte == TextFile::kEnd;
  file_.take();
  if (byte == '\r' && file_.peek() == '\n') file_.take();
  return true;
}

bool CsvRows::next(std::vector<std::string>& fields) {
  while (file_.peek() == '\n' || file_.peek() == '\r') file_.take();
  row_line_ = file_.line();
  bytes_ = 0;
  fields.clear();
  if (file_.peek() == TextFile::kEnd) return false;
  for (;;) {
    if (fields.size() == kMaxColumns) {
      bad_data(where(), fmt::format("at most {} columns", kMaxColumns), "more");
    }
    std::string& field = fields.emplace_back();
    if (file_.peek() == '"') {
      file_.take();
      quoted(field);
    } else {
      plain(field);
    }
    if (end_of_line()) return true;
    file_.take();  // the separator
  }
}

namespace {

class CsvTexts : public RecordReader {
 public:
  CsvTexts(const std::filesystem::path& path, char separator,
           const datasets::LabelledTextsOptions& options)
      : rows_(path, separator, max_bytes_of(options)), file_(path.string()) {
    if (!rows_.next(fields_)) {
      bad_data({file_, ""}, "a line with the names of the columns", "an empty file",
               "put the names of the columns into the first line.");
    }
    std::vector<std::string> names;
    for (std::string name : fields_) {
      repair_utf8(name);
      names.push_back(trimmed(name));
    }
    columns_ = names.size();
    if (columns_ == 1) {
      bad_data({file_, "line 1"},
               fmt::format("columns separated by {}", separator == '\t' ? "tabs" : "commas"),
               "a single one", "save it with commas as .csv, or with tabs as .tsv.");
    }
    choose_columns(*this, file_, "column", names, options);
    const auto at = [&](const std::string& name) {
      return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    text_ = at(text_column);
    label_ = at(label_column);
  }

  bool next(datasets::LabelledText& record) override {
    if (!rows_.next(fields_)) return false;
    if (fields_.size() != columns_) {
      bad_data(where(), fmt::format("{} fields, as the first line has", columns_),
               fmt::format("{}", fields_.size()), "put quotes around fields that hold separators.");
    }
    record.text.swap(fields_[text_]);
    record.label.swap(fields_[label_]);
    return true;
  }
  void rewind() override {
    rows_.rewind();
    rows_.next(fields_);
  }
  Where where() const override { return rows_.where(); }

 private:
  CsvRows rows_;
  std::string file_;
  std::vector<std::string> fields_;
  size_t columns_ = 0, text_ = 0, label_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> read_csv(const std::filesystem::path& path, char separator,
                                       const datasets::LabelledTextsOptions& options) {
  return std::make_unique<CsvTexts>(path, separator, options);
}

}  // namespace eddy::data
