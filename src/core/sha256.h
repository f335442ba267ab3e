// SPDX-License-Identifier: MIT
// Digests of bytes and of files in lower-case hexadecimal digits: SHA-256, and MD5 where a file's
// publisher gives nothing else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace eddy {

// A digest of bytes that arrive in pieces.
class Digest {
 public:
  enum class Kind { sha256, md5 };
  explicit Digest(Kind kind = Kind::sha256);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  // The digest of everything added. Call once.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

using Sha256 = Digest;

std::string sha256_hex(std::span<const std::byte> bytes);
// Throws Error{io} when the file cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace eddy
