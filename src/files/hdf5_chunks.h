// SPDX-License-Identifier: MIT
// Arrays that stand in pieces, gzipped or not: what h5py makes of compression="gzip".
#pragma once

#include <string>
#include <vector>

#include "files/hdf5_messages.h"

namespace eddy::files {

// The whole array, row-major. `shape` has its checked elements of `size` bytes. Throws
// Error{bad_file} when it would be more than the file can honestly hold.
std::string read_chunks(Image& image, const Where& where, const Layout& layout,
                        const std::vector<Filter>& filters, const Shape& shape, uint64_t size);

}  // namespace eddy::files
