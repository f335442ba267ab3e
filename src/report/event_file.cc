// SPDX-License-Identifier: MIT
#include "report/event_file.h"

#include <array>
#include <bit>
#include <cstring>

namespace eddy {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand");

constexpr uint32_t kCastagnoli = 0x82F63B78;  // reflected

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kCastagnoli : 0);
    table[i] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = crc_table();

template <class T>
std::string raw(T number) {
  return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

// Protocol buffers: a field is its number and wire type, then a varint, 4 or 8 bytes, or bytes
// after their length.
enum WireType : uint64_t { varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5 };

std::string varint(uint64_t number) {
  std::string bytes;
  for (; number >= 128; number >>= 7) bytes += static_cast<char>(number | 128);
  return bytes + static_cast<char>(number);
}

std::string field(uint64_t number, WireType type, const std::string& content) {
  const std::string key = varint(number << 3 | type);
  return type == bytes_type ? key + varint(content.size()) + content : key + content;
}

}  // namespace

uint32_t masked_crc32c(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 255] ^ (crc >> 8);
  }
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

std::string framed(std::string_view bytes) {
  const std::string length = raw(static_cast<uint64_t>(bytes.size()));
  return length + raw(masked_crc32c(length)) + std::string(bytes) + raw(masked_crc32c(bytes));
}

std::string version_event(double wall_time) {
  return framed(field(1, fixed64_type, raw(wall_time)) + field(3, bytes_type, "brain.Event:2"));
}

std::string scalar_event(const std::string& tag, float value, int64_t step, double wall_time) {
  constexpr uint64_t kFloat = 1, kScalarClass = 1;
  const std::string tensor = field(1, varint_type, varint(kFloat)) +  // dtype
                             field(2, bytes_type, "") +               // tensor_shape: ()
                             field(5, bytes_type, raw(value));        // float_val, packed
  const std::string plugin = field(1, bytes_type, "scalars");         // plugin_name
  const std::string metadata =
      field(1, bytes_type, plugin) + field(4, varint_type, varint(kScalarClass));
  const std::string summary_value =
      field(1, bytes_type, tag) + field(8, bytes_type, tensor) + field(9, bytes_type, metadata);
  const std::string summary = field(1, bytes_type, summary_value);
  return framed(field(1, fixed64_type, raw(wall_time)) +
                field(2, varint_type, varint(static_cast<uint64_t>(step))) +
                field(5, bytes_type, summary));
}

}  // namespace eddy
