// SPDX-License-Identifier: MIT
// A bounded stream of bytes with a small buffer: what a zip member or a test's array is read
// through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "data/bad_file.h"

namespace eddy::data {

class ByteReader {
 public:
  explicit ByteReader(Where where) : where_(std::move(where)) {}
  virtual ~ByteReader() = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  // What errors call this stream.
  const Where& where() const { return where_; }

  // The bytes already in memory; at least `wanted` of them unless the stream ends before. `wanted`
  // is at most kBuffer. Consume them with skip().
  std::span<const uint8_t> peek(size_t wanted) {
    if (static_cast<size_t>(end_ - begin_) < wanted) fill(wanted);
    return {begin_, end_};
  }
  void skip(size_t count) { begin_ += count; }
  bool at_end() { return peek(1).empty(); }

  // False when the stream ends before `count` bytes.
  bool read(void* to, size_t count);

  static constexpr size_t kBuffer = size_t{1} << 16;

 protected:
  // Up to `size` bytes; 0 only at the end of the stream.
  virtual size_t more(uint8_t* to, size_t size) = 0;

 private:
  void fill(size_t wanted);

  Where where_;
  std::vector<uint8_t> buffer_;
  const uint8_t* begin_ = nullptr;
  const uint8_t* end_ = nullptr;
};

// Bytes that are in memory already; not owned.
class SpanReader : public ByteReader {
 public:
  SpanReader(Where where, std::span<const uint8_t> bytes)
      : ByteReader(std::move(where)), rest_(bytes) {}

 protected:
  size_t more(uint8_t* to, size_t size) override {
    const size_t n = size < rest_.size() ? size : rest_.size();
    if (n > 0) std::memcpy(to, rest_.data(), n);
    rest_ = rest_.subspan(n);
    return n;
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace eddy::data
