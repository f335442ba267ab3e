// SPDX-License-Identifier: MIT
// SHA-256 of labelled sequences: columns, ids, labels and numbers in their order. Lengths too, so
// that no two data sets give the same bytes.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <vector>

#include "core/sha256.h"
#include "eddy/timeseries.h"

namespace eddy::data {

class SequenceDigest {
 public:
  explicit SequenceDigest(const std::vector<std::string>& columns) {
    for (const std::string& column : columns) add(column);
  }

  void add(const datasets::Sequence& sequence) {
    add(sequence.id);
    add(sequence.label);
    digest_.add(fmt::format("{} ", sequence.values.dim(0)));
    digest_.add(std::as_bytes(
        std::span(sequence.values.data(), static_cast<size_t>(sequence.values.size()))));
  }

  // Call once.
  std::string hex() { return digest_.hex(); }

 private:
  void add(const std::string& text) {
    digest_.add(fmt::format("{} ", text.size()));
    digest_.add(text);
  }

  Sha256 digest_;
};

}  // namespace eddy::data
