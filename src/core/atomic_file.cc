// SPDX-License-Identifier: MIT
#include "core/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "eddy/error.h"

namespace eddy {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Error(ErrorCode::io, path.string(),
              fmt::format("{}: expected success, got \"{}\".", what,
                          std::generic_category().message(error)),
              full ? "free some space or write to another place."
                   : "check that the folder exists and may be written.");
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto parent = file.parent_path();
  return parent.empty() ? "." : parent;
}

// A link stays a link: the file behind it is replaced.
std::filesystem::path behind_links(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  auto real = std::filesystem::weakly_canonical(path, error);
  if (error) refuse(path, "symbolic link", error.value());
  return real;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target)
    : shown_(target), target_(behind_links(target)) {
  if (!target_.has_filename()) refuse(shown_, "file name", EISDIR);
  struct stat old = {};
  if (::stat(target_.c_str(), &old) == 0 && !S_ISREG(old.st_mode)) {
    throw Error(ErrorCode::io, shown_.string(),
                "file: expected a regular file or none, got a folder or a device.",
                "give the name of a file.");
  }
  static std::atomic<unsigned> counter{0};
  do {
    temporary_ = folder_of(target_) / fmt::format(".eddy-{}-{}.tmp", ::getpid(), counter++);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file_ < 0 && errno == EEXIST);  // left behind by a process that had this number
  if (file_ < 0) refuse(shown_, "new file in the folder", errno);
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::fail(const char* what, int error) const { refuse(shown_, what, error); }

void AtomicFile::close() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
}

void AtomicFile::discard() {
  close();
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::sync_contents() {
  // Opened again by name: another program may have put its own file there.
  close();
  file_ = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) fail("open", errno);
  struct stat old = {};
  if (::stat(target_.c_str(), &old) == 0) {
    // Losing the old permissions is no reason to lose the new contents.
    [[maybe_unused]] const int ignored = ::fchmod(file_, old.st_mode & 07777);
  }
  if (::fsync(file_) != 0) fail("sync", errno);
  close();
}

void AtomicFile::rename_to_target() {
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("rename", errno);
  temporary_.clear();
}

void AtomicFile::commit_unsynced() {
  close();
  rename_to_target();
}

void AtomicFile::commit() {
  sync_contents();
  rename_to_target();
  // From here on the new file is there; some file systems cannot sync a folder, which only means
  // that after a power failure the old file may be back.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace eddy
