// SPDX-License-Identifier: MIT
#include "files/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "core/nearest.h"

namespace eddy::files {
namespace {

constexpr int64_t kMaxMembers = 10'000;
constexpr uint64_t kMaxZipExpansion = 100;  // Keras' own bound
constexpr uint64_t kSmall = 1 << 20;        // bytes that need no such bound
constexpr size_t kPiece = size_t{1} << 20;

[[noreturn]] void cannot_write(const std::string& what) {
  throw Error(ErrorCode::internal, "zip",
              fmt::format("archive: expected success, got \"{}\".", what),
              "close other programs: there may be too little memory.");
}

struct ZipError {
  zip_error_t error;
  ZipError() { zip_error_init(&error); }
  ~ZipError() { zip_error_fini(&error); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  std::string text() { return zip_error_strerror(&error); }
};

// The earliest time that the format knows, in local time, in which it is stored.
time_t first_day() {
  std::tm day = {};
  day.tm_year = 80;
  day.tm_mday = 1;
  day.tm_isdst = -1;
  return std::mktime(&day);
}

void add_member(zip_t* zip, const ZipMember& member) {
  zip_source_t* source = zip_source_buffer(zip, member.bytes.data(), member.bytes.size(), 0);
  const int64_t index =
      source == nullptr ? -1 : zip_file_add(zip, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    if (source != nullptr) zip_source_free(source);
    cannot_write(zip_strerror(zip));
  }
  const auto at = static_cast<uint64_t>(index);
  if (zip_set_file_compression(zip, at, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_mtime(zip, at, first_day(), 0) != 0) {
    cannot_write(zip_strerror(zip));
  }
}

// The archive in memory while it is made; libzip can write nowhere but into a source of its own.
class MemorySource {
 public:
  MemorySource() : source_(zip_source_buffer_create(nullptr, 0, 0, &error_.error)) {
    if (source_ == nullptr) cannot_write(error_.text());
  }
  ~MemorySource() { zip_source_free(source_); }
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;

  zip_t* open() {
    zip_source_keep(source_);  // zip_close and zip_discard give up one reference
    zip_t* zip = zip_open_from_source(source_, ZIP_CREATE | ZIP_TRUNCATE, &error_.error);
    if (zip == nullptr) {
      zip_source_free(source_);
      cannot_write(error_.text());
    }
    return zip;
  }

  void read_all(const std::function<void(std::string_view)>& sink) {
    if (zip_source_open(source_) != 0) cannot_write("the archive cannot be opened");
    const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> opened(
        source_, [](zip_source_t* source) { zip_source_close(source); });
    std::vector<char> piece(kPiece);
    for (;;) {
      const zip_int64_t n = zip_source_read(source_, piece.data(), piece.size());
      if (n < 0) cannot_write("the archive cannot be read");
      if (n == 0) return;
      sink({piece.data(), static_cast<size_t>(n)});
    }
  }

 private:
  ZipError error_;
  zip_source_t* source_;
};

}  // namespace

void write_zip(const std::vector<ZipMember>& members,
               const std::function<void(std::string_view)>& sink) {
  MemorySource memory;
  std::unique_ptr<zip_t, void (*)(zip_t*)> zip(memory.open(), [](zip_t* z) { zip_discard(z); });
  for (const ZipMember& member : members) add_member(zip.get(), member);
  if (zip_close(zip.get()) != 0) cannot_write(zip_strerror(zip.get()));
  (void)zip.release();  // closed
  memory.read_all(sink);
}

struct ZipReader::Archive {
  zip_t* zip = nullptr;
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() {
    if (zip != nullptr) zip_discard(zip);
  }
};

ZipReader::ZipReader(const std::filesystem::path& path)
    : file_(path.string()), archive_(std::make_unique<Archive>()) {
  const Where where{file_, "file"};
  int code = 0;
  archive_->zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive_->zip == nullptr) {
    ZipError error;
    zip_error_init_with_code(&error.error, code);
    bad_file(where, "a .keras archive (zip)", fmt::format("\"{}\"", error.text()));
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
  if (const auto twice = std::adjacent_find(names_.begin(), names_.end()); twice != names_.end()) {
    bad_file(where, "each member once", fmt::format("'{}' more than once", twice->substr(0, 60)));
  }
}

ZipReader::~ZipReader() = default;

bool ZipReader::has(const std::string& name) const {
  return std::binary_search(names_.begin(), names_.end(), name);
}

std::string ZipReader::read(const std::string& name, uint64_t limit) const {
  const Where where{file_, name};
  zip_stat_t status;
  zip_stat_init(&status);
  if (!has(name) || zip_stat(archive_->zip, name.c_str(), 0, &status) != 0) {
    bad_file(where, "a member of that name", "none",
             "the file is not a Keras model, or parts are missing; save the model again.");
  }
  constexpr zip_uint64_t kSizes = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if ((status.valid & kSizes) != kSizes || status.size > limit) {
    bad_file(where, fmt::format("at most {} bytes", limit), fmt::format("{}", status.size));
  }
  if (status.size > kSmall && status.size / kMaxZipExpansion > status.comp_size) {
    bad_file(
        where,
        fmt::format("at most {} times the compressed {} bytes", kMaxZipExpansion, status.comp_size),
        fmt::format("{}", status.size));
  }
  const std::unique_ptr<zip_file_t, void (*)(zip_file_t*)> member(
      zip_fopen(archive_->zip, name.c_str(), 0), [](zip_file_t* file) { zip_fclose(file); });
  if (!member) {
    bad_file(where, "a readable member", fmt::format("\"{}\"", zip_strerror(archive_->zip)));
  }
  // Grows with what is really there: the size in the directory is only a promise.
  std::string bytes;
  while (bytes.size() < status.size) {
    const size_t have = bytes.size();
    bytes.resize(std::min<uint64_t>(status.size, std::max<uint64_t>(2 * have, kPiece)));
    const zip_int64_t n = zip_fread(member.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0) {
      bad_file(where, "intact data",
               fmt::format("\"{}\"", zip_error_strerror(zip_file_get_error(member.get()))));
    }
    bytes.resize(have + static_cast<size_t>(n));
    if (n == 0) {
      bad_file(where, fmt::format("{} bytes", status.size), fmt::format("{}", have));
    }
  }
  char more = 0;  // the checksum is compared at the end
  if (const zip_int64_t n = zip_fread(member.get(), &more, 1); n != 0) {
    bad_file(where, "intact data",
             n > 0 ? "more bytes than the directory names" : "a wrong checksum");
  }
  return bytes;
}

}  // namespace eddy::files
