// SPDX-License-Identifier: MIT
// The .keras archive: what stands in it and how a model becomes one.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "eddy/inspect.h"
#include "files/model_parts.h"
#include "model/network.h"

namespace eddy::files {

// The Keras whose form is written; its readers may look at it.
inline constexpr const char* kKerasVersion = "3.15.1";
inline constexpr const char* kWeightsMember = "model.weights.h5";
inline constexpr uint64_t kMaxWeights = uint64_t{1} << 36;

// "2026-11-23@07:01:58": now, in local time, as Keras dates its files.
std::string keras_date();

// Hands the archive of a built model to `sink`, piece by piece. Same model and date, same bytes.
void write_keras(const Network& network, const std::string& date_saved,
                 const std::function<void(std::string_view)>& sink);

void read_keras(const std::filesystem::path& path, ModelParts& parts);
// What the archive says about its writing: Keras' version and the date.
void read_keras_writer(const std::filesystem::path& path, FileFacts& facts);

}  // namespace eddy::files
