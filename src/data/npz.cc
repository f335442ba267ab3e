// SPDX-License-Identifier: MIT
#include "data/npz.h"

#include <zip.h>

#include <algorithm>
#include <utility>

#include "core/nearest.h"

namespace eddy::data {
namespace {

// IMDB's largest member has 14 MB. A zip bomb may promise what it likes; more than this is refused,
// and the readers behind stop at their own bounds long before.
constexpr uint64_t kMaxMember = uint64_t{1} << 29;
constexpr int64_t kMaxMembers = 1000;

std::string message(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

class MemberReader : public ByteReader {
 public:
  MemberReader(Where where, zip_file_t* file, uint64_t size)
      : ByteReader(std::move(where)), file_(file), left_(size) {}
  ~MemberReader() override { zip_fclose(file_); }

 protected:
  size_t more(uint8_t* to, size_t size) override {
    const zip_int64_t n = zip_fread(file_, to, size);
    if (n < 0) {
      bad_file(where(), "intact compressed data",
               fmt::format("\"{}\"", zip_error_strerror(zip_file_get_error(file_))));
    }
    if (static_cast<uint64_t>(n) > left_) {
      bad_file(where(), "the size that the archive's directory names", "more bytes");
    }
    left_ -= static_cast<uint64_t>(n);
    if (n == 0 && left_ > 0) {
      bad_file(where(), fmt::format("{} more bytes", left_), "the end of the member");
    }
    return static_cast<size_t>(n);
  }

 private:
  zip_file_t* file_;
  uint64_t left_;
};

}  // namespace

struct Npz::Archive {
  zip_t* zip = nullptr;
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() {
    if (zip != nullptr) zip_discard(zip);
  }
};

Npz::Npz(std::string file, std::span<const uint8_t> bytes)
    : file_(std::move(file)), archive_(std::make_unique<Archive>()) {
  const Where where{file_, ""};
  if (bytes.empty()) bad_file(where, "a zip archive of .npy arrays", "an empty file");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) archive_->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
  const int code = zip_error_code_zip(&error);
  zip_error_fini(&error);
  if (archive_->zip == nullptr) {
    if (source != nullptr) zip_source_free(source);
    bad_file(where, "a zip archive of .npy arrays", fmt::format("\"{}\"", message(code)));
  }
  const int64_t members = zip_get_num_entries(archive_->zip, 0);
  if (members > kMaxMembers) {
    bad_file(where, fmt::format("at most {} members", kMaxMembers), fmt::format("{}", members));
  }
  for (int64_t i = 0; i < members; ++i) {
    const char* name = zip_get_name(archive_->zip, static_cast<uint64_t>(i), 0);
    names_.emplace_back(name == nullptr ? "" : name);
  }
  std::sort(names_.begin(), names_.end());
  const auto twice = std::adjacent_find(names_.begin(), names_.end());
  if (twice != names_.end()) {
    bad_file(where, "each member once", fmt::format("\"{}\" more than once", *twice));
  }
}

Npz::~Npz() = default;

std::unique_ptr<ByteReader> Npz::open(const std::string& member) const {
  const Where where{file_, member};
  zip_stat_t status;
  zip_stat_init(&status);
  if (!std::binary_search(names_.begin(), names_.end(), member) ||
      zip_stat(archive_->zip, member.c_str(), 0, &status) != 0) {
    bad_file(where, "a member of that name",
             names_.empty() ? "an empty archive" : "only " + join(names_));
  }
  if ((status.valid & ZIP_STAT_SIZE) == 0 || status.size > kMaxMember) {
    bad_file(where, fmt::format("at most {} bytes", kMaxMember),
             fmt::format("a member of {} bytes", status.size));
  }
  zip_file_t* file = zip_fopen(archive_->zip, member.c_str(), 0);
  if (file == nullptr) {
    bad_file(where, "a readable member", fmt::format("\"{}\"", zip_strerror(archive_->zip)));
  }
  return std::make_unique<MemberReader>(where, file, status.size);
}

}  // namespace eddy::data
