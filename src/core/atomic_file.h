// SPDX-License-Identifier: MIT
// Files that appear under their name complete or not at all: written under a temporary name in the
// same folder, synced, renamed. A failure removes the temporary and leaves the old file as it was.
#pragma once

#include <filesystem>
#include <string_view>

namespace eddy {

// One file on its way. Without commit() the destructor removes what was written.
class AtomicFile {
 public:
  // Creates the temporary beside `target` (beside the file it points to, if it is a link). Throws
  // Error{io} when the folder cannot be written or `target` is something else than a regular file.
  explicit AtomicFile(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // For programs that write by name; empty until they do.
  const std::filesystem::path& temporary() const { return temporary_; }

  // Appends. Throws Error{io}, for instance on a full disk.
  void write(std::string_view bytes);

  // Syncs, takes over the old file's permissions, renames, syncs the folder. Throws Error{io}.
  void commit();
  // The same without syncing: quick, and whole for whoever reads it, unless the power fails.
  void commit_unsynced();

 private:
  [[noreturn]] void fail(const char* what, int error) const;
  void close();
  void discard();
  void sync_contents();
  void rename_to_target();

  std::filesystem::path shown_, target_, temporary_;
  int file_ = -1;
};

// The whole file at once. Throws Error{io}.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace eddy
