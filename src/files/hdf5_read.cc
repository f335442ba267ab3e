// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0", whose sections the comments name: all
// superblocks, both versions of object headers, groups in their three forms.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "files/hdf5_chunks.h"
#include "files/hdf5_index.h"
#include "files/hdf5_messages.h"
#include "files/hdf5_tree.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxName = 1024;
constexpr int kMaxGroups = 64;

class Reader {
 public:
  Reader(const Where& where, std::string_view image) : image_(where, image), heaps_(image_) {}

  Hdf5Tree read() {
    read_object(read_superblock(), "", 0);
    return std::move(tree_);
  }

 private:
  // II: returns the address of the root group.
  uint64_t read_superblock() const {
    image_.expect(0, "\x89HDF\r\n\x1a\n");
    const auto version = number(image_, image_.slice(0, 9), 8, 1);
    if (version > 3) {
      not_supported(image_.where(), "HDF5 superblock 0 to 3", fmt::format("{}", version),
                    kOtherLayout);
    }
    const bool old = version < 2;
    const auto widths = image_.slice(old ? 13 : 9, 2);
    if (number(image_, widths, 0, 1) != 8 || number(image_, widths, 1, 1) != 8) {
      not_supported(image_.where(), "addresses of 8 bytes", "others", kOtherLayout);
    }
    // Base, a second address (free space or extension), end of file, a third (driver or root).
    const auto rest = image_.slice(old ? (version == 0 ? 24 : 28) : 12, old ? 32 + 40 : 32);
    if (number(image_, rest, 0, 8) != 0 || (old && number(image_, rest, 24, 8) != kUndefined)) {
      not_supported(image_.where(), "one file without a user block", "an offset or a driver",
                    kOtherLayout);
    }
    if (const auto end = number(image_, rest, 16, 8); end > image_.size()) {
      bad_file(image_.where(), fmt::format("{} bytes", end), fmt::format("only {}", image_.size()));
    }
    return number(image_, rest, old ? 32 + 8 : 24, 8);
  }

  void read_object(uint64_t address, const std::string& path, int depth) {
    if (depth > kMaxGroups) {
      bad_file(image_.where(), fmt::format("groups at most {} deep", kMaxGroups), "deeper ones");
    }
    const auto messages = read_messages(image_, address);
    const auto has = [&](uint16_t type) { return find(messages, type) != nullptr; };
    if (has(kDataspace) && has(kDatatype) && !path.empty()) return read_array(messages, path);
    if (!has(kSymbolTable) && !has(kLinkInfo) && !has(kLink) && !has(kGroupInfo)) {
      bad_file(image_.where().at(path), "a group or an array", "neither");
    }
    tree_.groups[path] = read_texts(messages);
    if (const Message* table = find(messages, kSymbolTable)) {
      read_tree(number(image_, table->data, 0, 8), read_heap(number(image_, table->data, 8, 8)),
                path, depth);
    }
    for (const Message& message : messages) {
      if (message.type == kLink) read_link(message.data, path, depth);
    }
    if (const Message* info = find(messages, kLinkInfo)) {  // IV.A.2.c
      const uint64_t at = (number(image_, info->data, 1, 1) & 1) != 0 ? 10 : 2;
      each_dense(number(image_, info->data, at, 8), number(image_, info->data, at + 8, 8), 5, 4,
                 [&](std::string_view link) { read_link(link, path, depth); });
    }
  }

  // What a fractal heap holds, in the order of the tree of its names. `id_at`: of the heap id in a
  // record.
  template <class Use>
  void each_dense(uint64_t heap_at, uint64_t tree_at, uint64_t type, uint64_t id_at,
                  const Use& use) {
    if (heap_at == kUndefined || tree_at == kUndefined) return;
    FractalHeap heap(image_, heap_at);
    walk_btree(image_, tree_at, type,
               [&](std::string_view record) { use(heap.object(after(image_, record, id_at))); });
  }

  void read_child(uint64_t address, const std::string& name, const std::string& path, int depth) {
    if (name.empty() || name.size() > kMaxName || name == "." ||
        name.find('/') != std::string::npos) {
      bad_file(image_.where(), fmt::format("a name of 1 to {} bytes", kMaxName), "another");
    }
    const std::string child = path.empty() ? name : fmt::format("{}/{}", path, name);
    if (tree_.arrays.contains(child) || tree_.groups.contains(child)) {
      bad_file(image_.where().at(child), "each name once", "two of them");
    }
    read_object(address, child, depth + 1);
  }

  [[noreturn]] void refuse_link(const std::string& path, const std::string& name) const {
    not_supported(image_.where().at(fmt::format("{}/{}", path, name)), "an object of this file",
                  "a soft or external link", kOtherLayout);
  }

  // IV.A.2.g
  void read_link(std::string_view data, const std::string& path, int depth) {
    const auto flags = number(image_, data, 1, 1);
    uint64_t at = 2;
    uint64_t kind = 0;
    if ((flags & 8) != 0) kind = number(image_, data, at++, 1);
    if ((flags & 4) != 0) at += 8;
    if ((flags & 16) != 0) at += 1;
    const uint64_t width = uint64_t{1} << (flags & 3);
    const auto length = number(image_, data, at, width);
    const auto rest = after(image_, data, at + width);
    if (length > rest.size()) bad_file(image_.where(), "a whole name", "a part");
    const std::string name(rest.substr(0, length));
    if (kind != 0) refuse_link(path, name);
    read_child(number(image_, rest, length, 8), name, path, depth);
  }

  // III.D: the names of a group.
  std::string_view read_heap(uint64_t address) const {
    image_.expect(address, "HEAP");
    const auto head = image_.slice(address, 32);
    return image_.slice(number(image_, head, 24, 8), number(image_, head, 8, 8));
  }

  // III.A.1: a node of the tree, down to the symbol nodes.
  void read_tree(uint64_t address, std::string_view names, const std::string& path, int depth) {
    image_.visit(address);
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
        if (number(image_, image_.slice(child, 24), 5, 1) != level - 1) {
          bad_file(image_.where(), fmt::format("a tree node of level {}", level - 1), "another");
        }
        read_tree(child, names, path, depth);
      }
    }
  }

  // III.B and III.C: entries of one node.
  void read_symbols(uint64_t address, std::string_view names, const std::string& path, int depth) {
    image_.visit(address);
    image_.expect(address, "SNOD");
    const auto count = number(image_, image_.slice(address, 8), 6, 2);
    for (uint64_t i = 0; i < count; ++i) {
      const auto entry = image_.slice(address + 8 + i * 40, 40);
      const auto rest = after(image_, names, number(image_, entry, 0, 8));
      const std::string name(rest.substr(0, std::min(rest.find('\0'), kMaxName + 1)));
      if (number(image_, entry, 16, 4) == 2) refuse_link(path, name);
      read_child(number(image_, entry, 8, 8), name, path, depth);
    }
  }

  // IV.A.2.m, and IV.A.2.v where they stand apart.
  Hdf5Texts read_texts(const std::vector<Message>& messages) {
    Hdf5Texts texts;
    for (const Message& message : messages) {
      if (message.type == kAttribute) read_text(message.data, texts);
    }
    if (const Message* info = find(messages, kAttributeInfo)) {
      const uint64_t at = (number(image_, info->data, 1, 1) & 1) != 0 ? 4 : 2;
      each_dense(number(image_, info->data, at, 8), number(image_, info->data, at + 8, 8), 8, 0,
                 [&](std::string_view attribute) { read_text(attribute, texts); });
    }
    return texts;
  }

  void read_text(std::string_view data, Hdf5Texts& texts) {
    const auto version = number(image_, data, 0, 1);
    if (version < 1 || version > 3) {
      bad_file(image_.where(), "an attribute of version 1 to 3", fmt::format("{}", version));
    }
    if (version > 1 && number(image_, data, 1, 1) != 0) return;  // of a type that has a name
    std::string_view rest = after(image_, data, version == 3 ? 9 : 8);
    const auto take = [&](uint64_t at) {
      const auto size = number(image_, data, at, 2);
      const auto padded = version == 1 ? (size + 7) / 8 * 8 : size;
      const auto piece = rest.substr(0, size);
      rest = after(image_, rest, padded);
      return piece;
    };
    const auto raw_name = take(2);
    const std::string name(raw_name.substr(0, raw_name.find('\0')));
    const ElementType type = read_datatype(image_, take(4));
    const Shape shape = read_dataspace(image_, take(6));
    Hdf5Text text;
    text.list = !shape.empty();
    const bool any = std::find(shape.begin(), shape.end(), 0) == shape.end();
    if (any && type.name != "string" && type.name != "text") return;
    if (any && type.size == 0) bad_file(image_.where().at(name), "strings", "of no size");
    const uint64_t count =
        any ? checked_count(image_.where().at(name), shape, rest.size() / type.size) : 0;
    for (uint64_t i = 0; i < count; ++i) {
      const auto element = rest.substr(i * type.size, type.size);
      text.values.push_back(type.name == "text"
                                ? heaps_.text(element)
                                : std::string(element.substr(0, element.find('\0'))));
    }
    if (!texts.emplace(name, std::move(text)).second) {
      bad_file(image_.where().at(name), "each attribute once", "two of them");
    }
  }

  void read_array(const std::vector<Message>& messages, const std::string& path) {
    const Where where = image_.where().at(path);
    const Message* space = find(messages, kDataspace);
    const Message* type = find(messages, kDatatype);
    const Message* layout_message = find(messages, kLayout);
    if (layout_message == nullptr) bad_file(where, "a group or an array", "neither");
    if (find(messages, kExternalFiles) != nullptr) {
      not_supported(where, "an array of this file", "an external one", kOtherLayout);
    }
    if (((space->flags | type->flags | layout_message->flags) & 2) != 0) {
      not_supported(where, "messages in the object's header", "shared ones", kOtherLayout);
    }
    Hdf5Array array;
    array.shape = read_dataspace(image_, space->data);
    const auto [name, size] = read_datatype(image_, type->data);
    array.type = name;
    if (size == 0) bad_file(where, "elements", "of no size");
    const Layout layout = read_layout(image_, layout_message->data);
    const Message* filter_message = find(messages, kFilters);
    if (layout.chunked) {
      const auto filters = filter_message == nullptr
                               ? std::vector<Filter>{}
                               : read_filters(image_, where, filter_message->data);
      checked_count(where, array.shape, kMaxExpansion * image_.size() / size);
      tree_.unpacked.push_back(read_chunks(image_, where, layout, filters, array.shape, size));
      array.bytes = tree_.unpacked.back();
    } else {
      const uint64_t needed = checked_count(where, array.shape, layout.bytes.size() / size) * size;
      array.bytes = layout.bytes.substr(0, needed);
      image_.spend(needed);
    }
    tree_.arrays[path] = std::move(array);
  }

  Image image_;
  GlobalHeaps heaps_;
  Hdf5Tree tree_;
};

}  // namespace

Hdf5Tree read_hdf5(const Where& where, std::string_view image) {
  return Reader(where, image).read();
}

}  // namespace eddy::files
