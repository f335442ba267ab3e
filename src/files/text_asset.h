// SPDX-License-Identifier: MIT
// What turns raw text into ids, as the member assets/eddy/text.json, which Keras carries along
// without looking at it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eddy/text.h"
#include "files/bad_file.h"

namespace eddy::files {

inline constexpr const char* kTextMember = "assets/eddy/text.json";

inline constexpr int64_t kMaxWords = 4'000'000;
inline constexpr int64_t kMaxRow = 1'000'000;  // ids of a text
inline constexpr uint64_t kMaxText = uint64_t{1}
                                     << 26;  // bytes; IMDB's 88,584 words have a million

// Throws Error{invalid_argument} for an encoder that could not be read again.
std::string text_asset(const TextEncoder& encoder);

// With a vectorization, which stands among the model's layers: classes, threshold, lower, and an
// empty vectorization to be filled in. Throws Error{bad_file} for damage and Error{not_supported}
// for a newer form.
TextEncoder read_text_asset(const Where& where, std::string_view text);

}  // namespace eddy::files
