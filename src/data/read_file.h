// SPDX-License-Identifier: MIT
// A whole file in memory, bounded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace eddy::data {

// Replaces `bytes` by the contents of `path`, keeping its memory. Throws Error{io} when it cannot
// be read and Error{bad_file} when it is longer than `limit` bytes.
void read_file(const std::filesystem::path& path, uint64_t limit, std::vector<uint8_t>& bytes);

}  // namespace eddy::data
