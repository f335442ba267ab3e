// SPDX-License-Identifier: MIT
#include "core/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <vector>

#include "eddy/error.h"

namespace eddy {
namespace {

[[noreturn]] void refuse_hash() {
  throw Error(ErrorCode::internal, "digest", "libcrypto: expected a digest, got a failure.",
              "check the installation of OpenSSL.");
}

[[noreturn]] void cannot_read(const std::filesystem::path& path, int error) {
  throw Error(ErrorCode::io, path.string(),
              fmt::format("file: expected readable bytes, got \"{}\".",
                          std::generic_category().message(error)),
              "check the path and its permissions.");
}

}  // namespace

struct Digest::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
};

Digest::Digest(Kind kind) : context_(std::make_unique<Context>()) {
  const EVP_MD* const type = kind == Kind::md5 ? EVP_md5() : EVP_sha256();
  if (context_->evp == nullptr || EVP_DigestInit_ex(context_->evp, type, nullptr) != 1)
    refuse_hash();
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::add(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) != 1) refuse_hash();
}

std::string Digest::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context_->evp, digest, &length) != 1) refuse_hash();
  return fmt::format("{:02x}", fmt::join(digest, digest + length, ""));
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.hex();
}

std::string sha256_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) cannot_read(path, errno);
  Sha256 digest;
  std::vector<std::byte> buffer(size_t{1} << 16);
  for (size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0;) {
    digest.add(std::span(buffer).first(n));
  }
  if (std::ferror(file.get()) != 0) cannot_read(path, errno);
  return digest.hex();
}

}  // namespace eddy
