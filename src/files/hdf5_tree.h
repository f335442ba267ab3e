// SPDX-License-Identifier: MIT
// The groups, arrays and texts of an HDF5 file, in memory.
//
// Writing is done by the HDF5 library, in the form that h5py gives to Keras' files: superblock 0,
// groups with symbol tables, contiguous little-endian arrays. Reading is not: see "Where this
// differs" in ARCHITECTURE.md. The reader here checks every address, visits no place twice, and
// takes no more memory than the file's size allows. Beyond that form it reads what libver='latest'
// and compression='gzip' make of it.
#pragma once

#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/tensor.h"
#include "files/bad_file.h"

namespace eddy::files {

struct Hdf5Array {
  std::string type;        // "float32", "float64", "int64", ...; another word: not readable
  Shape shape;             // {} for a single number
  std::string_view bytes;  // row-major, little-endian; not owned
};

// An attribute of strings: one, or a list of them.
struct Hdf5Text {
  std::vector<std::string> values;
  bool list = false;

  Hdf5Text() = default;
  Hdf5Text(std::string value) : values{std::move(value)} {}  // NOLINT(google-explicit-constructor)
  Hdf5Text(const char* value) : values{value} {}             // NOLINT(google-explicit-constructor)
  Hdf5Text(std::vector<std::string> all)                     // NOLINT(google-explicit-constructor)
      : values(std::move(all)), list(true) {}
};
using Hdf5Texts = std::map<std::string, Hdf5Text>;  // by name

struct Hdf5Tree {
  std::map<std::string, Hdf5Array> arrays;  // by path: "layers/lstm/cell/vars/0"
  std::map<std::string, Hdf5Texts> groups;  // by path, "" the root. Parents of what stands here or
                                            // in `arrays` need no entry to be written.
  std::list<std::string> unpacked = {};     // bytes that `arrays` point to, beside the image
};

// The file as bytes; the same tree gives the same bytes. Types: float32, int64. Throws
// Error{internal} when the library fails, which only lack of memory can cause.
std::string write_hdf5(const Hdf5Tree& tree);

// Paths have no leading slash. Of attributes, the strings of groups are read. The arrays point into
// `image`. Throws Error{bad_file} for damage and Error{not_supported} for soft and external links,
// external and virtual arrays, and filters other than gzip and shuffle.
Hdf5Tree read_hdf5(const Where& where, std::string_view image);

}  // namespace eddy::files
