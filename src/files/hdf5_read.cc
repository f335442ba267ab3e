// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0": superblock 0 and 1, version 1 object
// headers, symbol tables. Numbers in comments are that document's sections.
#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "files/hdf5_messages.h"
#include "files/hdf5_tree.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxObjects = 100'000;  // a Keras layer has about five
constexpr size_t kMaxName = 255;
constexpr int kMaxDepth = 32;

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
      const std::string child_path = path.empty() ? child : fmt::format("{}/{}", path, child);
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
