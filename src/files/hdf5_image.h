// SPDX-License-Identifier: MIT
// The bytes of an HDF5 file and what reading may cost: nothing outside of them can be asked for, no
// place serves twice, and what is unpacked is bounded by the size of the file.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "files/bad_file.h"

namespace eddy::files {

inline constexpr uint64_t kUndefined = UINT64_MAX;  // "no address"
inline constexpr const char* kOtherLayout =
    "save it with Keras' default settings, or copy it with h5repack.";

inline constexpr uint64_t kMaxStructures = 1'000'000;  // a Keras layer has about ten
inline constexpr uint64_t kMaxExpansion = 100;

class Image {
 public:
  Image(Where where, std::string_view bytes) : where_(std::move(where)), bytes_(bytes) {}

  const Where& where() const { return where_; }
  uint64_t size() const { return bytes_.size(); }

  std::string_view slice(uint64_t at, uint64_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) {
      bad_file(where_, fmt::format("{} bytes at {}", size, at),
               fmt::format("a file of {} bytes", bytes_.size()));
    }
    return bytes_.substr(at, size);
  }

  void expect(uint64_t at, std::string_view signature) const {
    if (slice(at, signature.size()) != signature) {
      bad_file(where_, fmt::format("\"{}\" at {}", signature, at), "other bytes");
    }
  }

  // Every structure has a place of its own: no cycles, and no work beyond the file's size.
  void visit(uint64_t address) {
    if (!visited_.insert(address).second) {
      bad_file(where_, "every structure once", fmt::format("address {} again", address));
    }
    if (visited_.size() > kMaxStructures) {
      bad_file(where_, fmt::format("at most {} structures", kMaxStructures), "more");
    }
  }

  // Bytes that are read as they stand, in arrays and strings: together no more than the file.
  void spend(uint64_t bytes) {
    if (bytes > bytes_.size() - spent_) {
      bad_file(where_, "arrays and strings apart from each other", "shared bytes");
    }
    spent_ += bytes;
  }

  // Bytes that come into being by unpacking: together at most 100 times the file, Keras' own bound.
  void unpack(uint64_t bytes) {
    const uint64_t most = kMaxExpansion * bytes_.size();
    if (bytes > most - unpacked_) {
      bad_file(where_, fmt::format("at most {} bytes after unpacking", most), "more");
    }
    unpacked_ += bytes;
  }

 private:
  Where where_;
  std::string_view bytes_;
  std::set<uint64_t> visited_;
  uint64_t spent_ = 0, unpacked_ = 0;
};

// Little-endian, `size` bytes (0 to 8) at `at` of a piece that is long enough or the file is
// damaged.
inline uint64_t number(const Image& image, std::string_view piece, uint64_t at, uint64_t size) {
  if (size > 8 || at > piece.size() || size > piece.size() - at) {
    bad_file(image.where(), "a whole structure", fmt::format("one of {} bytes", piece.size()));
  }
  uint64_t value = 0;
  for (uint64_t i = size; i > 0; --i) value = value << 8 | static_cast<uint8_t>(piece[at + i - 1]);
  return value;
}

// The rest of a piece from `at` on, which is inside of it or the file is damaged.
inline std::string_view after(const Image& image, std::string_view piece, uint64_t at) {
  if (at > piece.size()) {
    bad_file(image.where(), "a whole structure", fmt::format("one of {} bytes", piece.size()));
  }
  return piece.substr(at);
}

// Bytes that hold every number up to `limit`.
inline uint64_t width_of(uint64_t limit) {
  uint64_t bytes = 1;
  while (bytes < 8 && limit >> (8 * bytes) != 0) ++bytes;
  return bytes;
}

}  // namespace eddy::files
