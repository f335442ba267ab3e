// SPDX-License-Identifier: MIT
// The messages of an HDF5 object's header: what an object says about itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/tensor.h"
#include "files/hdf5_image.h"

namespace eddy::files {

// IV.A.2: types of header messages.
enum MessageType : uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kGroupInfo = 0x0A,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

struct Message {
  uint16_t type = kNil;
  uint8_t flags = 0;
  std::string_view data;
};

// Of the object at `address`; all messages in all its blocks. Both versions of headers.
std::vector<Message> read_messages(Image& image, uint64_t address);

// Null: no message of that type.
const Message* find(const std::vector<Message>& messages, uint16_t type);

// Empty data space: shape (0).
Shape read_dataspace(const Image& image, std::string_view data);

// The number of elements, at most `limit`.
uint64_t checked_count(const Where& where, const Shape& shape, uint64_t limit);

// IEEE floats and plain integers have numpy's names ("float32", "int64"), strings "string" and
// "text" (of a fixed and of any length), all others a description.
struct ElementType {
  std::string name;
  uint64_t size = 0;  // bytes
};
ElementType read_datatype(const Image& image, std::string_view data);

// Where the elements of an array stand.
struct Layout {
  bool chunked = false;
  std::string_view bytes;        // not chunked; empty: nowhere yet
  uint64_t version = 0;          // of the message
  uint64_t index = 0;            // kind of the list of chunks, version 4
  uint64_t address = 0;          // of the list of chunks
  std::vector<uint64_t> chunk;   // [axes]  of a chunk
  bool filtered_single = false;  // the only chunk has filters:
  uint64_t single_size = 0, single_mask = 0;
};
Layout read_layout(const Image& image, std::string_view data);

// The filters that gzip a chunk; others are refused.
enum class Filter : uint8_t { deflate, shuffle };
std::vector<Filter> read_filters(const Image& image, const Where& where, std::string_view data);

}  // namespace eddy::files
