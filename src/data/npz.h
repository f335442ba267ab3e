// SPDX-License-Identifier: MIT
// An .npz archive (a zip of .npy members) in memory, read through libzip.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/byte_reader.h"

namespace eddy::data {

class Npz {
 public:
  // `file` is the path for errors; `bytes` are the archive, not owned. Throws Error{bad_file} when
  // they are no zip archive, or when a member stands twice (readers disagree on which one counts).
  Npz(std::string file, std::span<const uint8_t> bytes);
  ~Npz();
  Npz(const Npz&) = delete;
  Npz& operator=(const Npz&) = delete;

  // Of all members, sorted.
  const std::vector<std::string>& names() const { return names_; }

  // A member, inflated as it is read; its checksum is verified at its end. It must not outlive
  // this. Never gives more bytes than the archive's directory promises, and that promise is
  // bounded. Throws Error{bad_file} when it is missing, encrypted, absurdly large or damaged.
  std::unique_ptr<ByteReader> open(const std::string& member) const;

 private:
  struct Archive;
  std::string file_;
  std::vector<std::string> names_;
  std::unique_ptr<Archive> archive_;
};

}  // namespace eddy::data
