// SPDX-License-Identifier: MIT
// A TextEncoder whose words were indexed once, for many calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/word_index.h"
#include "eddy/text.h"

namespace eddy::data {

class TextRanks {
 public:
  // `encoder` is kept alive, and unchanged, by the caller. Throws like eddy::encode().
  explicit TextRanks(const TextEncoder& encoder);
  // eddy::encode() with this encoder.
  std::vector<std::vector<int32_t>> encode(const std::vector<std::string>& texts) const;

 private:
  const TextEncoder& encoder_;
  Ranks ranks_;
};

}  // namespace eddy::data
