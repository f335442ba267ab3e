// SPDX-License-Identifier: MIT
// Files of models by their content: which kind, and their bytes.
#pragma once

#include <filesystem>
#include <string>

#include "files/bad_file.h"

namespace eddy::files {

enum class FileKind { archive, hdf5 };

// Of the first bytes; anything but HDF5 goes to the reader of archives. Throws Error{io} when the
// file cannot be read, Error{bad_file} when it is a folder or a device.
FileKind file_kind(const std::filesystem::path& path);

// All bytes. Throws Error{io}, and Error{bad_file} beyond what a model may have.
std::string read_whole(const std::filesystem::path& path);

// The bytes of a file of weights: an HDF5 file, or the member of an archive.
std::string read_weights_image(const std::filesystem::path& path);

}  // namespace eddy::files
