// SPDX-License-Identifier: MIT
// A restricted unpickler: what numpy.save writes for a 1-D object array of lists of integers, in
// protocols 2 to 5, and nothing else. It calls nothing and imports nothing; every other opcode and
// every other global is refused by name.
#pragma once

#include "data/byte_reader.h"
#include "data/ragged.h"

namespace eddy::data {

// The pickle from the current position to the end of the stream. Ids are whatever 32-bit integers
// stand there; their range is the caller's business. Throws Error{bad_file}, or Error{bad_data} for
// an integer that does not fit.
Ragged unpickle_lists(ByteReader& in);

// The same behind a .npy header of dtype object, whose shape must be the array's.
Ragged read_npy_lists(ByteReader& in);

}  // namespace eddy::data
