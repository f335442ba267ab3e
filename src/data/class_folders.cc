// SPDX-License-Identifier: MIT
// A folder with a sub-folder for every class and .txt files in it, in the order of
// keras.utils.text_dataset_from_directory: classes by name, files by path.
#include <algorithm>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "data/read_file.h"
#include "data/record_reader.h"

namespace eddy::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLayout =
    "put the texts of each class into a folder of its own: "
    "FOLDER/CLASS/NAME.txt.";

constexpr const char* kTooLong = "cut long texts; beneath 16 MiB raising memory helps, too.";

// Entries as they come, without hidden ones, until `visit` returns false.
template <class Keep, class Visit>
void for_each_entry(const fs::path& folder, const Keep& keep, const Visit& visit) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const bool hidden = at->path().filename().string().starts_with('.');
    if (!hidden && keep(*at) && !visit(at->path())) return;
  }
  if (error) {
    throw Error(ErrorCode::io, folder.string(),
                fmt::format("folder: expected a readable one, got \"{}\".", error.message()),
                "check its permissions.");
  }
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}
bool is_text(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.path().extension() == ".txt" && entry.is_regular_file(ignored);
}

// The names of a class's texts by bytes, end to end: there may be millions.
class TextFiles {
 public:
  TextFiles() = default;
  explicit TextFiles(const fs::path& folder) {
    for_each_entry(folder, is_text, [&](const fs::path& path) {
      begins_.push_back(names_.size());
      names_ += path.filename().string();
      names_ += '\0';
      return true;
    });
    std::sort(begins_.begin(), begins_.end(), [&](size_t a, size_t b) {
      return std::strcmp(names_.data() + a, names_.data() + b) < 0;
    });
  }
  size_t size() const { return begins_.size(); }
  const char* operator[](size_t i) const { return names_.data() + begins_[i]; }

 private:
  std::string names_;
  std::vector<size_t> begins_;
};

class FolderTexts : public RecordReader {
 public:
  FolderTexts(const fs::path& path, size_t max_bytes) : max_bytes_(max_bytes) {
    const auto keep = [&](const fs::path& folder) {
      classes_.push_back(folder);
      return true;
    };
    for_each_entry(path, is_folder, keep);
    std::sort(classes_.begin(), classes_.end());
    if (classes_.empty()) {
      bad_data({path.string(), "folder"}, "a sub-folder for every class", "none", kLayout);
    }
    for (const fs::path& folder : classes_) {
      bool empty = true;
      for_each_entry(folder, is_text, [&](const fs::path&) { return empty = false; });
      if (empty) bad_data({folder.string(), "class"}, "at least one .txt file", "none", kLayout);
    }
  }

  bool next(datasets::LabelledText& record) override {
    while (at_ == files_.size()) {
      if (class_ == classes_.size()) return false;
      files_ = TextFiles();  // of one class at a time
      files_ = TextFiles(classes_[class_++]);
      at_ = 0;
    }
    place_ = classes_[class_ - 1] / files_[at_++];
    std::error_code ignored;
    if (const auto size = fs::file_size(place_, ignored); !ignored && size > max_bytes_) {
      bad_file(where(), fmt::format("a file of at most {} bytes", max_bytes_),
               fmt::format("{}", size), kTooLong);
    }
    read_file(place_, max_bytes_, bytes_);
    if (std::find(bytes_.begin(), bytes_.end(), 0) != bytes_.end()) {
      bad_file(where(), "text", "a zero byte, as binary files have",
               "leave the file out; UTF-16 becomes UTF-8 with iconv.");
    }
    const bool mark = bytes_.size() >= 3 && bytes_[0] == 0xef && bytes_[1] == 0xbb &&
                      bytes_[2] == 0xbf;  // a byte-order mark
    record.text.assign(bytes_.begin() + (mark ? 3 : 0), bytes_.end());
    record.label = classes_[class_ - 1].filename().string();
    return true;
  }
  void rewind() override {
    class_ = at_ = 0;
    files_ = TextFiles();
  }
  Where where() const override { return {place_.string(), "text"}; }

 private:
  size_t max_bytes_;
  std::vector<fs::path> classes_;
  TextFiles files_;
  std::vector<uint8_t> bytes_;
  size_t class_ = 0, at_ = 0;  // of the next class, of the next file
  fs::path place_;
};

}  // namespace

std::unique_ptr<RecordReader> read_class_folders(const fs::path& path, size_t max_bytes) {
  return std::make_unique<FolderTexts>(path, max_bytes);
}

}  // namespace eddy::data
