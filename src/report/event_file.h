// SPDX-License-Identifier: MIT
// The records of TensorBoard's event files: TFRecord frames around protocol buffers of the types
// tensorflow.Event, Summary and TensorProto, as TensorFlow 2 writes scalars.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eddy {

// CRC-32C (Castagnoli) of the bytes, turned and shifted as TFRecord stores it.
uint32_t masked_crc32c(std::string_view bytes);

// length (8 bytes, little-endian), its checksum (4), the bytes, their checksum (4)
std::string framed(std::string_view bytes);

// The first record of every file.
std::string version_event(double wall_time);
// wall_time  seconds since 1970
std::string scalar_event(const std::string& tag, float value, int64_t step, double wall_time);

}  // namespace eddy
