// SPDX-License-Identifier: MIT
// A TextEncoder whose words were indexed once, for many calls.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/ranks.h"
#include "data/vectorization.h"
#include "eddy/datasets.h"
#include "eddy/text.h"

namespace eddy::data {

class TextRanks {
 public:
  // `encoder` is kept alive, and unchanged, by the caller. Throws like eddy::encode().
  explicit TextRanks(const TextEncoder& encoder);
  // eddy::encode() with this encoder.
  Sequences encode(const std::vector<std::string>& texts);

 private:
  Sequences vectorize(const std::vector<std::string>& texts);

  const TextEncoder& encoder_;
  Ranks ranks_;
  std::unique_ptr<TextIds> vectorization_;
};

}  // namespace eddy::data
