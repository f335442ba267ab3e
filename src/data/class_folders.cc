// SPDX-License-Identifier: MIT
// A folder with a sub-folder for every class and .txt files in it, in the order of
// keras.utils.text_dataset_from_directory: classes by name, files by path.
#include <algorithm>
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

// Entries by name, without hidden ones.
template <class Keep>
std::vector<fs::path> entries(const fs::path& folder, const Keep& keep) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const bool hidden = at->path().filename().string().starts_with('.');
    if (!hidden && keep(*at)) found.push_back(at->path());
  }
  if (error) {
    throw Error(ErrorCode::io, folder.string(),
                fmt::format("folder: expected a readable one, got \"{}\".", error.message()),
                "check its permissions.");
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> text_files(const fs::path& folder) {
  return entries(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.path().extension() == ".txt" && entry.is_regular_file(ignored);
  });
}

class FolderTexts : public RecordReader {
 public:
  explicit FolderTexts(const fs::path& path) {
    classes_ = entries(path, [](const fs::directory_entry& entry) {
      std::error_code ignored;
      return entry.is_directory(ignored);
    });
    if (classes_.empty()) {
      bad_data({path.string(), "folder"}, "a sub-folder for every class", "none", kLayout);
    }
    for (const fs::path& folder : classes_) {
      if (!text_files(folder).empty()) continue;
      bad_data({folder.string(), "class"}, "at least one .txt file", "none", kLayout);
    }
  }

  bool next(datasets::LabelledText& record) override {
    while (at_ == files_.size()) {
      if (class_ == classes_.size()) return false;
      files_ = text_files(classes_[class_++]);  // of one class at a time
      at_ = 0;
    }
    place_ = files_[at_++];
    read_file(place_, kMaxRecord, bytes_);
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
    files_.clear();
  }
  Where where() const override { return {place_.string(), "text"}; }

 private:
  std::vector<fs::path> classes_, files_;
  std::vector<uint8_t> bytes_;
  size_t class_ = 0, at_ = 0;  // of the next class, of the next file
  fs::path place_;
};

}  // namespace

std::unique_ptr<RecordReader> read_class_folders(const fs::path& path) {
  return std::make_unique<FolderTexts>(path);
}

}  // namespace eddy::data
