// SPDX-License-Identifier: MIT
#include "data/byte_reader.h"

#include <algorithm>

namespace eddy::data {

void ByteReader::fill(size_t wanted) {
  buffer_.resize(kBuffer);
  size_t have = static_cast<size_t>(end_ - begin_);
  if (have > 0) std::memmove(buffer_.data(), begin_, have);
  while (have < wanted) {
    const size_t n = more(buffer_.data() + have, kBuffer - have);
    if (n == 0) break;
    have += n;
  }
  begin_ = buffer_.data();
  end_ = begin_ + have;
}

bool ByteReader::read(void* to, size_t count) {
  auto* out = static_cast<uint8_t*>(to);
  while (count > 0) {
    const auto bytes = peek(1);
    if (bytes.empty()) return false;
    const size_t n = std::min(count, bytes.size());
    std::memcpy(out, bytes.data(), n);
    skip(n);
    out += n;
    count -= n;
  }
  return true;
}

}  // namespace eddy::data
