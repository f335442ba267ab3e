// SPDX-License-Identifier: MIT
// The .h5 file of a whole model: Keras' form before .keras, written by Keras 1 to 3. The
// description stands in attributes of the root.
#pragma once

#include <filesystem>
#include <string>

#include "eddy/inspect.h"
#include "files/model_parts.h"
#include "model/network.h"

namespace eddy::files {

// The file of a built model, in the form of Keras 3. Same model, same bytes.
std::string legacy_image(const Network& network);

void read_legacy(const std::filesystem::path& path, ModelParts& parts);
// What the file says about its writing: Keras' version and back end.
void read_legacy_writer(const std::filesystem::path& path, FileFacts& facts);

}  // namespace eddy::files
