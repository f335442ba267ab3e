// SPDX-License-Identifier: MIT
// A file from the network: digest checked before it gets its name, so a broken transfer leaves
// nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace eddy::data {

struct DownloadRequest {
  std::string url;           // https, http or file
  std::filesystem::path to;  // its folder is created
  std::string sha256;        // of the whole file, lower-case hex
  uint64_t max_bytes = 0;
  // File name, bytes so far, bytes in all (0: unknown). May throw: the download ends with it.
  std::function<void(const std::string&, uint64_t, uint64_t)> progress = {};
  std::string md5 = {};  // in the place of an empty sha256
};

// Throws Error{io} when the transfer or the disk fails (a connection is given up after 5 seconds, a
// stalled transfer after 20), Error{bad_file} when the digest is another one.
void download(const DownloadRequest& request);

}  // namespace eddy::data
