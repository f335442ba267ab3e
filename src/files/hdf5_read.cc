// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0": superblock 0 and 1, version 1 object
// headers, symbol tables. Numbers in comments are that document's sections.
#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "files/hdf5_tree.h"

namespace eddy::files {
namespace {

constexpr uint64_t kUndefined = UINT64_MAX;  // "no address"
constexpr size_t kMaxObjects = 100'000;      // a Keras layer has about five
constexpr size_t kMaxMessages = 256;         // of one object; h5py writes six
constexpr size_t kMaxName = 255;
constexpr int kMaxDepth = 32;
constexpr int kMaxRank = 8;

constexpr const char* kOtherLayout =
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

struct NumberType {
  std::string name;
  uint64_t size = 0;
};

// IV.A.2.d: IEEE floats and plain integers get numpy's names, all others a description.
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

// IV.A.2.i: where the elements stand.
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

class Reader {
 public:
  Reader(const Where& where, std::string_view image) : image_(where, image) {}

  Hdf5Tree read() {
    read_object(read_superblock(), "", 0);
    return std::move(tree_);
  }

 private:
  // II.A: returns the address of the root group.
  uint64_t read_superblock() const {
    image_.expect(0, "\x89HDF\r\n\x1a\n");
    const auto head = image_.slice(0, 24);
    const auto version = number(image_, head, 8, 1);
    if (version > 1) {
      not_supported(image_.where(), "HDF5 superblock version 0", fmt::format("{}", version),
                    kOtherLayout);
    }
    if (number(image_, head, 13, 1) != 8 || number(image_, head, 14, 1) != 8) {
      not_supported(image_.where(), "addresses of 8 bytes", "others", kOtherLayout);
    }
    const auto rest = image_.slice(version == 0 ? 24 : 28, 32 + 40);
    if (number(image_, rest, 0, 8) != 0 || number(image_, rest, 24, 8) != kUndefined) {
      not_supported(image_.where(), "one file without a user block", "an offset or a driver",
                    kOtherLayout);
    }
    if (const auto end = number(image_, rest, 16, 8); end > image_.size()) {
      bad_file(image_.where(), fmt::format("{} bytes", end), fmt::format("only {}", image_.size()));
    }
    return number(image_, rest, 32 + 8, 8);
  }

  // No place serves twice: no cycles, no work or memory beyond the file's own size.
  void visit(uint64_t address) {
    if (!visited_.insert(address).second) {
      bad_file(image_.where(), "every object once", fmt::format("address {} again", address));
    }
    if (visited_.size() > kMaxObjects) {
      bad_file(image_.where(), fmt::format("at most {} objects", kMaxObjects), "more");
    }
  }

  void read_object(uint64_t address, const std::string& path, int depth) {
    if (depth > kMaxDepth) {
      bad_file(image_.where(), fmt::format("groups at most {} deep", kMaxDepth), "deeper ones");
    }
    visit(address);
    const auto messages = read_messages(image_, address);
    const auto has = [&](uint16_t type) { return find(messages, type) != nullptr; };
    if (const Message* table = find(messages, kSymbolTable)) {
      if (!path.empty()) tree_.groups[path];
      read_tree(number(image_, table->data, 0, 8), read_heap(number(image_, table->data, 8, 8)),
                path, depth);
    } else if (has(kLinkInfo) || has(kLink)) {
      not_supported(image_.where().at(path), "a group with a symbol table", "a newer form",
                    kOtherLayout);
    } else {
      read_array(messages, path);
    }
  }

  static const Message* find(const std::vector<Message>& messages, uint16_t type) {
    const auto found = std::find_if(messages.begin(), messages.end(),
                                    [&](const Message& m) { return m.type == type; });
    return found == messages.end() ? nullptr : &*found;
  }

  // III.D: the names of a group.
  std::string_view read_heap(uint64_t address) const {
    image_.expect(address, "HEAP");
    const auto head = image_.slice(address, 32);
    return image_.slice(number(image_, head, 24, 8), number(image_, head, 8, 8));
  }

  // III.A.1: a node of the tree, down to the symbol nodes.
  void read_tree(uint64_t address, std::string_view names, const std::string& path, int depth) {
    visit(address);
    image_.expect(address, "TREE");
    const auto head = image_.slice(address, 24);
    const auto level = number(image_, head, 5, 1);
    const auto used = number(image_, head, 6, 2);
    if (number(image_, head, 4, 1) != 0) bad_file(image_.where(), "a tree of names", "another");
    const auto children = image_.slice(address + 24, used * 16 + 8);
    for (uint64_t i = 0; i < used; ++i) {
      const auto child = number(image_, children, i * 16 + 8, 8);
      if (level == 0) {
        read_symbols(child, names, path, depth);
      } else {
        if (image_.slice(child, 24)[5] != static_cast<char>(level - 1)) {
          bad_file(image_.where(), fmt::format("a tree node of level {}", level - 1), "another");
        }
        read_tree(child, names, path, depth);
      }
    }
  }

  // III.B and III.C: entries of one node.
  void read_symbols(uint64_t address, std::string_view names, const std::string& path, int depth) {
    visit(address);
    image_.expect(address, "SNOD");
    const auto count = number(image_, image_.slice(address, 8), 6, 2);
    for (uint64_t i = 0; i < count; ++i) {
      const auto entry = image_.slice(address + 8 + i * 40, 40);
      const std::string child = read_name(names, number(image_, entry, 0, 8));
      const std::string child_path = path.empty() ? child : path + "/" + child;
      if (number(image_, entry, 16, 4) == 2) {
        not_supported(image_.where().at(child_path), "an object", "a soft link", kOtherLayout);
      }
      if (tree_.arrays.contains(child_path) || tree_.groups.contains(child_path)) {
        bad_file(image_.where().at(child_path), "each name once", "two of them");
      }
      read_object(number(image_, entry, 8, 8), child_path, depth + 1);
    }
  }

  std::string read_name(std::string_view names, uint64_t at) const {
    const auto rest = names.substr(std::min<uint64_t>(at, names.size()), kMaxName + 1);
    const auto end = rest.find('\0');
    if (end == std::string_view::npos || end == 0) {
      bad_file(image_.where(), fmt::format("a name of 1 to {} bytes", kMaxName), "another");
    }
    return std::string(rest.substr(0, end));
  }

  void read_array(const std::vector<Message>& messages, const std::string& path) {
    const Where where = image_.where().at(path);
    const Message* space = find(messages, kDataspace);
    const Message* type = find(messages, kDatatype);
    const Message* layout = find(messages, kLayout);
    if (space == nullptr || type == nullptr || layout == nullptr) {
      bad_file(where, "a group or an array", "neither");
    }
    if (find(messages, kExternalFiles) != nullptr || find(messages, kFilters) != nullptr) {
      not_supported(where, "plain contiguous data", "compressed or external data", kOtherLayout);
    }
    if (((space->flags | type->flags | layout->flags) & 2) != 0) {
      not_supported(where, "messages in the object's header", "shared ones", kOtherLayout);
    }
    Hdf5Array array;
    array.shape = read_dataspace(image_, space->data);
    const auto [name, size] = read_datatype(image_, type->data);
    array.type = name;
    const auto stored = read_layout(image_, layout->data);
    uint64_t needed = size;
    for (const int64_t length : array.shape) {
      if (__builtin_mul_overflow(needed, static_cast<uint64_t>(length), &needed))
        needed = kUndefined;
    }
    if (needed > stored.size()) {
      bad_file(where, fmt::format("{} bytes for shape {}", needed, to_string(array.shape)),
               fmt::format("{}", stored.size()));
    }
    array.bytes = stored.substr(0, needed);
    bytes_ += needed;
    if (bytes_ > image_.size()) bad_file(where, "arrays apart from each other", "shared bytes");
    tree_.arrays[path] = std::move(array);
  }

  Image image_;
  Hdf5Tree tree_;
  std::set<uint64_t> visited_;
  uint64_t bytes_ = 0;  // in all arrays
};

}  // namespace

Hdf5Tree read_hdf5(const Where& where, std::string_view image) {
  return Reader(where, image).read();
}

}  // namespace eddy::files
