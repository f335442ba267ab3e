// SPDX-License-Identifier: MIT
// What the forms of labelled texts (folder, csv, jsonl) have in common.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/bad_file.h"
#include "eddy/datasets.h"

namespace eddy::data {

inline constexpr size_t kMaxRecord = size_t{1} << 24;  // bytes of a text, a line or a field
inline constexpr size_t kMaxColumns = 10'000;

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // Bytes as they stand in the file; false at the end.
  virtual bool next(datasets::LabelledText& record) = 0;
  virtual void rewind() = 0;
  // Of the last record.
  virtual Where where() const = 0;

  std::string text_column, label_column;  // empty: there are no columns
  bool guessed = false;
  uint64_t invalid_bytes = 0;  // that this reader has replaced, since the beginning
};

std::unique_ptr<RecordReader> read_class_folders(const std::filesystem::path& path,
                                                 size_t max_bytes);
std::unique_ptr<RecordReader> read_csv(const std::filesystem::path& path, char separator,
                                       const datasets::LabelledTextsOptions& options);
std::unique_ptr<RecordReader> read_jsonl(const std::filesystem::path& path,
                                         const datasets::LabelledTextsOptions& options);

// Sets both names to columns that are there: those asked for, else by their usual names, else the
// only one that is left. `kind` is "column" or "key". Throws Error{invalid_argument} naming what
// there is.
void choose_columns(RecordReader& reader, const std::string& file, const char* kind,
                    const std::vector<std::string>& known,
                    const datasets::LabelledTextsOptions& options);

// What a reader takes of a record at most.
inline size_t max_bytes_of(const datasets::LabelledTextsOptions& options) {
  const int64_t asked = options.max_bytes;
  return asked > 0 ? std::min(static_cast<size_t>(asked), kMaxRecord) : kMaxRecord;
}

[[noreturn]] inline void too_long(const Where& where, const char* what, size_t max_bytes) {
  bad_data(where, fmt::format("{} of at most {} bytes", what, max_bytes), "more",
           max_bytes < kMaxRecord
               ? "cut long texts, or raise memory: a record may take a 32nd of it."
               : "cut long texts, and see whether a quote is missing before this place.");
}

}  // namespace eddy::data
