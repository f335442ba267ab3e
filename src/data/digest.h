// SPDX-License-Identifier: MIT
// One digest for data that did not come as one file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/sha256.h"

namespace eddy::data {

// SHA-256 of reviews: length, ids and label of each, as 32 bits little-endian.
class ReviewDigest {
 public:
  void add(std::span<const int32_t> ids, int32_t label) {
    const auto length = static_cast<int32_t>(ids.size());
    sha256_.add(std::as_bytes(std::span(&length, 1)));
    sha256_.add(std::as_bytes(ids));
    sha256_.add(std::as_bytes(std::span(&label, 1)));
  }
  std::string hex() { return sha256_.hex(); }

 private:
  Sha256 sha256_;
};

}  // namespace eddy::data
