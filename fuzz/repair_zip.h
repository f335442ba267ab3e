// SPDX-License-Identifier: MIT
// Makes the checksums of a mutated zip archive right again, so that what stands inside is fuzzed
// and not only the archive's own checks. Members that are compressed stay as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

inline uint32_t crc32_of(const uint8_t* data, size_t size) {
  uint32_t crc = ~uint32_t{0};
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1)));
  }
  return ~crc;
}

class ZipRepair {
 public:
  ZipRepair(const uint8_t* data, size_t size) : bytes_(data, data + size) {
    for (size_t at = 0; at + 46 <= bytes_.size(); ++at) {
      if (number(at, 4) == 0x02014B50) repair(at);
    }
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  // Little-endian; the range is inside.
  size_t number(size_t at, size_t bytes) const {
    size_t value = 0;
    for (size_t i = bytes; i > 0; --i) value = value << 8 | bytes_[at + i - 1];
    return value;
  }
  void set_crc(size_t at, uint32_t crc) {
    for (size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<uint8_t>(crc >> (8 * i));
  }
  // entry  of the central directory
  void repair(size_t entry) {
    const bool stored = number(entry + 10, 2) == 0;
    const size_t size = number(entry + 20, 4), local = number(entry + 42, 4);
    if (!stored || local + 30 > bytes_.size() || number(local, 4) != 0x04034B50) return;
    const size_t data = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    if (data > bytes_.size() || size > bytes_.size() - data) return;
    const uint32_t crc = crc32_of(bytes_.data() + data, size);
    set_crc(entry + 16, crc);
    set_crc(local + 14, crc);
  }

  std::vector<uint8_t> bytes_;
};
