// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0", whose sections the comments name.
#include "files/hdf5_messages.h"

#include <algorithm>

namespace eddy::files {
namespace {

constexpr size_t kMaxMessages = 70'000;  // of one object: a group with all its links inside
constexpr uint64_t kMaxRank = 8;

struct Block {
  std::string_view bytes;
  bool second = false;  // of a version 2 header
};

// IV.A.1.a: the prefix of a version 1 header.
Block first_block_1(Image& image, uint64_t address) {
  const auto prefix = image.slice(address, 16);
  if (const auto version = number(image, prefix, 0, 1); version != 1) {
    bad_file(image.where(), "an object header of version 1 or 2",
             fmt::format("version {}", version));
  }
  return {image.slice(address + 16, number(image, prefix, 8, 4)), false};
}

// IV.A.1.b: the prefix of a version 2 header; `order` bytes of each message are its number.
Block first_block_2(Image& image, uint64_t address, uint64_t* order) {
  const auto prefix = image.slice(address, 6);
  if (const auto version = number(image, prefix, 4, 1); version != 2) {
    bad_file(image.where(), "an object header of version 2", fmt::format("version {}", version));
  }
  const auto flags = number(image, prefix, 5, 1);
  *order = (flags & 4) != 0 ? 2 : 0;
  const uint64_t at = address + 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
  const uint64_t width = uint64_t{1} << (flags & 3);
  const auto size = number(image, image.slice(at, width), 0, width);
  return {image.slice(at + width, size), true};
}

// The block that a continuation message points to, without its signature and checksum.
Block next_block(Image& image, std::string_view data, bool second) {
  const auto address = number(image, data, 0, 8), size = number(image, data, 8, 8);
  image.visit(address);
  if (!second) return {image.slice(address, size), false};
  image.expect(address, "OCHK");
  if (size < 8) bad_file(image.where(), "a whole header block", fmt::format("{} bytes", size));
  return {image.slice(address, size).substr(4, size - 8), true};
}

void add_block(Image& image, const Block& block, uint64_t order, std::vector<Message>& messages) {
  const uint64_t head = block.second ? 4 + order : 8;
  std::string_view rest = block.bytes;
  while (rest.size() >= head) {
    Message message;
    message.type = static_cast<uint16_t>(number(image, rest, 0, block.second ? 1 : 2));
    const auto size = number(image, rest, block.second ? 1 : 2, 2);
    message.flags = static_cast<uint8_t>(number(image, rest, block.second ? 3 : 4, 1));
    if (size > rest.size() - head) bad_file(image.where(), "a whole header message", "a part");
    message.data = rest.substr(head, size);
    rest.remove_prefix(head + size);
    messages.push_back(message);
    if (messages.size() > kMaxMessages) {
      bad_file(image.where(), fmt::format("at most {} messages of an object", kMaxMessages),
               "more");
    }
  }
}

}  // namespace

std::vector<Message> read_messages(Image& image, uint64_t address) {
  image.visit(address);
  const bool second = image.slice(address, 4) == "OHDR";
  uint64_t order = 0;
  std::vector<Message> messages;
  add_block(image, second ? first_block_2(image, address, &order) : first_block_1(image, address),
            order, messages);
  for (size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].type != kContinuation) continue;
    add_block(image, next_block(image, messages[i].data, second), order, messages);
  }
  return messages;
}

const Message* find(const std::vector<Message>& messages, uint16_t type) {
  const auto found = std::find_if(messages.begin(), messages.end(),
                                  [&](const Message& m) { return m.type == type; });
  return found == messages.end() ? nullptr : &*found;
}

// IV.A.2.b
Shape read_dataspace(const Image& image, std::string_view data) {
  const auto version = number(image, data, 0, 1);
  const auto rank = number(image, data, 1, 1);
  if (version != 1 && version != 2) {
    bad_file(image.where(), "a data space of version 1 or 2", fmt::format("{}", version));
  }
  if (version == 2 && number(image, data, 3, 1) == 2) return {0};
  if (rank > kMaxRank) {
    bad_file(image.where(), fmt::format("at most {} axes", kMaxRank), fmt::format("{}", rank));
  }
  Shape shape;
  for (uint64_t axis = 0; axis < rank; ++axis) {
    const auto length = number(image, data, (version == 1 ? 8 : 4) + 8 * axis, 8);
    if (length > INT32_MAX) {
      bad_file(image.where(), fmt::format("axes up to {}", INT32_MAX), fmt::format("{}", length));
    }
    shape.push_back(static_cast<int64_t>(length));
  }
  return shape;
}

uint64_t checked_count(const Where& where, const Shape& shape, uint64_t limit) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  uint64_t count = 1;
  for (const int64_t length : shape) {
    if (__builtin_mul_overflow(count, static_cast<uint64_t>(length), &count)) count = kUndefined;
  }
  if (count > limit) {
    bad_file(where, fmt::format("at most the {} elements that stand there", limit),
             "shape " + to_string(shape));
  }
  return count;
}

// IV.A.2.d
ElementType read_datatype(const Image& image, std::string_view data) {
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
  if (type_class == 3) return {"string", size};
  if (type_class == 9 && (bits & 15) == 1 && size == 16) return {"text", size};
  return {fmt::format("another type (HDF5 class {}, {} bytes)", type_class, size), size};
}

namespace {

// IV.A.2.i, class 2 of version 3 (list of chunks: version 1 B-tree) and of version 4.
Layout chunked_layout(const Image& image, std::string_view data, uint64_t version) {
  Layout layout;
  layout.chunked = true;
  layout.version = version;
  const auto flags = version == 4 ? number(image, data, 2, 1) : 0;
  const auto axes = number(image, data, version == 4 ? 3 : 2, 1);  // the element's bytes are last
  const auto width = version == 4 ? number(image, data, 4, 1) : 4;
  if (axes < 2 || axes > kMaxRank + 1 || width < 1 || width > 8) {
    bad_file(image.where(), "chunks of 1 to 8 axes", fmt::format("{}", axes));
  }
  if (version == 3) layout.address = number(image, data, 3, 8);
  const uint64_t first = version == 4 ? 5 : 11;
  for (uint64_t axis = 0; axis + 1 < axes; ++axis) {
    layout.chunk.push_back(number(image, data, first + axis * width, width));
    if (layout.chunk.back() == 0 || layout.chunk.back() > INT32_MAX) {
      bad_file(image.where(), "chunks that hold something", fmt::format("{}", layout.chunk.back()));
    }
  }
  if (version == 3) return layout;
  uint64_t at = first + axes * width;
  layout.index = number(image, data, at++, 1);
  if (layout.index == 1 && (flags & 2) != 0) {
    layout.filtered_single = true;
    layout.single_size = number(image, data, at, 8);
    layout.single_mask = number(image, data, at + 8, 4);
    at += 12;
  }
  if (layout.index == 3) ++at;  // page bits; the list itself names them again
  if (layout.index < 1 || layout.index > 3) {
    not_supported(image.where(), "arrays of a fixed shape", "chunks of one that may grow",
                  kOtherLayout);
  }
  layout.address = number(image, data, at, 8);
  return layout;
}

}  // namespace

// IV.A.2.i
Layout read_layout(const Image& image, std::string_view data) {
  const auto version = number(image, data, 0, 1);
  const auto kind = number(image, data, 1, 1);
  if (version != 3 && version != 4) {
    not_supported(image.where(), "a layout message of version 3 or 4", fmt::format("{}", version),
                  kOtherLayout);
  }
  if (kind == 2) return chunked_layout(image, data, version);
  Layout layout;
  if (kind == 0) {
    const auto size = number(image, data, 2, 2);
    if (size > data.size() - 4) bad_file(image.where(), "a whole compact array", "a part");
    layout.bytes = data.substr(4, size);
  } else if (kind == 1) {
    const auto address = number(image, data, 2, 8);
    const auto size = number(image, data, 10, 8);
    if (address != kUndefined) layout.bytes = image.slice(address, size);
  } else {
    not_supported(image.where(), "an array of this file", "a virtual array", kOtherLayout);
  }
  return layout;
}

// IV.A.2.l
std::vector<Filter> read_filters(const Image& image, const Where& where, std::string_view data) {
  const auto version = number(image, data, 0, 1), count = number(image, data, 1, 1);
  uint64_t at = version == 1 ? 8 : 2;
  std::vector<Filter> filters;
  for (uint64_t i = 0; i < count; ++i) {
    const auto id = number(image, data, at, 2);
    const bool named = version == 1 || id >= 256;
    const uint64_t name = named ? number(image, data, at + 2, 2) : 0;
    const uint64_t more = named ? at + 4 : at + 2;
    const auto values = number(image, data, more + 2, 2);
    if (id != 1 && id != 2) {
      not_supported(where, "the filters gzip and shuffle", fmt::format("filter {}", id),
                    kOtherLayout);
    }
    filters.push_back(id == 1 ? Filter::deflate : Filter::shuffle);
    at = more + 4 + (version == 1 ? (name + 7) / 8 * 8 : name) + 4 * values;
    if (version == 1 && values % 2 == 1) at += 4;
  }
  if (filters.size() > 4) bad_file(where, "at most 4 filters", fmt::format("{}", filters.size()));
  return filters;
}

}  // namespace eddy::files
