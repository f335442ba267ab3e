// SPDX-License-Identifier: MIT
// The pieces of an HDF5 file below groups and arrays: numbers, and the messages of an object's
// header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eddy/tensor.h"
#include "files/bad_file.h"

namespace eddy::files {

inline constexpr uint64_t kUndefined = UINT64_MAX;  // "no address"
inline constexpr const char* kOtherLayout =
    "save it with Keras' default settings (h5py, libver 'earliest', no compression).";

// The bytes of the file; nothing outside them can be asked for.
class Image {
 public:
  Image(Where where, std::string_view bytes) : where_(std::move(where)), bytes_(bytes) {}

  const Where& where() const { return where_; }
  uint64_t size() const { return bytes_.size(); }

  std::string_view slice(uint64_t at, uint64_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) {
      bad_file(where_, fmt::format("{} bytes at {}", size, at),
               fmt::format("a file of {} bytes", bytes_.size()));
    }
    return bytes_.substr(at, size);
  }

  void expect(uint64_t at, std::string_view signature) const {
    if (slice(at, signature.size()) != signature) {
      bad_file(where_, fmt::format("\"{}\" at {}", signature, at), "other bytes");
    }
  }

 private:
  Where where_;
  std::string_view bytes_;
};

// Little-endian, `size` bytes at `at` of a piece that is long enough or the file is damaged.
uint64_t number(const Image& image, std::string_view piece, uint64_t at, int size);

// IV.A.2: types of header messages.
enum MessageType : uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kFilters = 0x0B,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
};

struct Message {
  uint16_t type = kNil;
  uint8_t flags = 0;
  std::string_view data;
};

// Of the object at `address`; all messages in all its blocks.
std::vector<Message> read_messages(const Image& image, uint64_t address);

Shape read_dataspace(const Image& image, std::string_view data);

// IEEE floats and plain integers have numpy's names ("float32", "int64"), all others a description.
struct NumberType {
  std::string name;
  uint64_t size = 0;  // bytes
};
NumberType read_datatype(const Image& image, std::string_view data);

// Where the elements stand; empty: nowhere yet.
std::string_view read_layout(const Image& image, std::string_view data);

}  // namespace eddy::files
