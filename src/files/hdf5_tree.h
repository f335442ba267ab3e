// SPDX-License-Identifier: MIT
// The groups and arrays of an HDF5 file, in memory, in the form that h5py writes by default:
// superblock 0, groups with symbol tables, contiguous little-endian arrays.
//
// Writing is done by the HDF5 library. Reading is not: given files with single damaged addresses,
// libhdf5 1.10.8 read outside its memory in one of 400 and allocated without end in others. The
// reader here knows only this form, checks every address, and visits no place twice.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "eddy/tensor.h"
#include "files/bad_file.h"

namespace eddy::files {

struct Hdf5Array {
  std::string type;        // "float32", "float64", "int64", ...; another word: not readable
  Shape shape;             // {} for a single number
  std::string_view bytes;  // row-major, little-endian; not owned
};

struct Hdf5Tree {
  std::map<std::string, Hdf5Array> arrays;    // by path: "layers/lstm/cell/vars/0"
  std::map<std::string, std::string> groups;  // path -> attribute "name", "": none. Parents of what
                                              // stands here or in `arrays` need no entry.
};

// The file as bytes; the same tree gives the same bytes. Types: float32, int64. Throws
// Error{internal} when the library fails, which only lack of memory can cause.
std::string write_hdf5(const Hdf5Tree& tree);

// Paths have no leading slash; attributes are not read. The arrays point into `image`; together
// they are not longer than it. Throws Error{bad_file} for damage and Error{not_supported} for
// links, filters, chunks, external data and newer layouts.
Hdf5Tree read_hdf5(const Where& where, std::string_view image);

}  // namespace eddy::files
