// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0", whose sections the comments name.
#include "files/hdf5_messages.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxMessages = 256;  // of one object; h5py writes six
constexpr int kMaxRank = 8;

}  // namespace

uint64_t number(const Image& image, std::string_view piece, uint64_t at, int size) {
  if (at > piece.size() || static_cast<uint64_t>(size) > piece.size() - at) {
    bad_file(image.where(),
             fmt::format("{} bytes of a structure", at + static_cast<uint64_t>(size)),
             fmt::format("{}", piece.size()));
  }
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) {
    value = value << 8 | static_cast<uint8_t>(piece[at + static_cast<uint64_t>(i)]);
  }
  return value;
}

// IV.A.1.a: version 1 object header with its continuations.
std::vector<Message> read_messages(const Image& image, uint64_t address) {
  const auto prefix = image.slice(address, 16);
  if (const auto version = number(image, prefix, 0, 1); version != 1) {
    if (prefix.substr(0, 4) == "OHDR") {
      not_supported(image.where(), "version 1 object headers", "version 2", kOtherLayout);
    }
    bad_file(image.where(), "an object header of version 1", fmt::format("version {}", version));
  }
  const auto count = number(image, prefix, 2, 2);
  if (count > kMaxMessages) {
    bad_file(image.where(), fmt::format("at most {} messages of an object", kMaxMessages),
             fmt::format("{}", count));
  }
  std::vector<std::string_view> blocks = {image.slice(address + 16, number(image, prefix, 8, 4))};
  std::vector<Message> messages;
  for (size_t next = 0; next < blocks.size(); ++next) {
    auto block = blocks[next];
    while (messages.size() < count && block.size() >= 8) {
      const auto size = number(image, block, 2, 2);
      Message message;
      message.type = static_cast<uint16_t>(number(image, block, 0, 2));
      message.flags = static_cast<uint8_t>(number(image, block, 4, 1));
      if (size > block.size() - 8) bad_file(image.where(), "a whole header message", "a part");
      message.data = block.substr(8, size);
      block.remove_prefix(8 + size);
      messages.push_back(message);
      if (message.type == kContinuation) {
        blocks.push_back(
            image.slice(number(image, message.data, 0, 8), number(image, message.data, 8, 8)));
      }
    }
  }
  if (messages.size() != count) {
    bad_file(image.where(), fmt::format("{} header messages", count),
             fmt::format("{}", messages.size()));
  }
  return messages;
}

// IV.A.2.b
Shape read_dataspace(const Image& image, std::string_view data) {
  const auto version = number(image, data, 0, 1);
  const auto rank = number(image, data, 1, 1);
  if (version != 1 && version != 2) {
    bad_file(image.where(), "a data space of version 1 or 2", fmt::format("{}", version));
  }
  if (version == 2 && number(image, data, 3, 1) == 2) {
    not_supported(image.where(), "an array", "a null data space", kOtherLayout);
  }
  if (rank > kMaxRank) {
    bad_file(image.where(), fmt::format("at most {} axes", kMaxRank), fmt::format("{}", rank));
  }
  Shape shape;
  for (uint64_t axis = 0; axis < rank; ++axis) {
    const auto length = number(image, data, (version == 1 ? 8 : 4) + 8 * axis, 8);
    if (length > image.size()) {
      bad_file(image.where(), "an axis shorter than the file", fmt::format("{}", length));
    }
    shape.push_back(static_cast<int64_t>(length));
  }
  return shape;
}

// IV.A.2.d
NumberType read_datatype(const Image& image, std::string_view data) {
  struct Float {
    const char* name;
    uint64_t size, sign, exponent_at, exponent, mantissa, bias;
  };
  static constexpr Float kFloats[] = {{"float16", 2, 15, 10, 5, 10, 15},
                                      {"float32", 4, 31, 23, 8, 23, 127},
                                      {"float64", 8, 63, 52, 11, 52, 1023}};
  const auto type_class = number(image, data, 0, 1) & 15;
  const auto bits = number(image, data, 1, 3);
  const auto size = number(image, data, 4, 4);
  if (type_class == 0 && (bits & ~uint64_t{8}) == 0 &&
      (size == 1 || size == 2 || size == 4 || size == 8) &&
      number(image, data, 8, 4) == (size * 8) << 16) {
    return {fmt::format("{}int{}", bits == 0 ? "u" : "", 8 * size), size};
  }
  for (const Float& f : kFloats) {
    if (type_class == 1 && size == f.size && bits == (f.sign << 8 | 0x20) &&
        number(image, data, 8, 4) == (f.size * 8) << 16 &&
        number(image, data, 12, 4) == (f.exponent_at | f.exponent << 8 | f.mantissa << 24) &&
        number(image, data, 16, 4) == f.bias) {
      return {f.name, size};
    }
  }
  return {fmt::format("another type (HDF5 class {}, {} bytes)", type_class, size), size};
}

// IV.A.2.i
std::string_view read_layout(const Image& image, std::string_view data) {
  const auto version = number(image, data, 0, 1);
  const auto layout = number(image, data, 1, 1);
  if (version != 3 && version != 4) {
    not_supported(image.where(), "a layout message of version 3", fmt::format("{}", version),
                  kOtherLayout);
  }
  if (layout == 0) {
    const auto size = number(image, data, 2, 2);
    if (size > data.size() - 4) bad_file(image.where(), "a whole compact array", "a part");
    return data.substr(4, size);
  }
  if (layout != 1) {
    not_supported(image.where(), "contiguous arrays", "chunks or virtual arrays", kOtherLayout);
  }
  const auto address = number(image, data, 2, 8);
  const auto size = number(image, data, 10, 8);
  if (address == kUndefined) return {};
  return image.slice(address, size);
}

}  // namespace eddy::files
