// SPDX-License-Identifier: MIT
// What turns raw text into ids, as members of assets/eddy/, which Keras carries along without
// looking at them: text.json, and words.txt, a word a line, for a vocabulary in JSON takes ten
// times as long to read as the rest of a model.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "eddy/text.h"
#include "files/bad_file.h"

namespace eddy::files {

inline constexpr const char* kTextMember = "assets/eddy/text.json";
inline constexpr const char* kWordsMember = "assets/eddy/words.txt";

inline constexpr int64_t kMaxWords = 4'000'000;
inline constexpr int64_t kMaxRow = 1'000'000;  // ids of a text
inline constexpr uint64_t kMaxText = uint64_t{1}
                                     << 26;  // bytes; IMDB's 88,584 words have a million

// Whether the words can stand in lines of their own: none has a line end inside.
bool words_fill_lines(const TextEncoder& encoder);
std::string words_asset(const TextEncoder& encoder);

// `words_apart`: they are not in it. Both throw Error{invalid_argument} for an encoder that could
// not be read again.
std::string text_asset(const TextEncoder& encoder, bool words_apart);

// With a vectorization, which stands among the model's layers: classes, threshold, lower, and an
// empty vectorization to be filled in. `words_member` gives the text of words.txt, should the words
// be there. Throws Error{bad_file} for damage and Error{not_supported} for a newer form.
TextEncoder read_text_asset(const Where& where, std::string_view text,
                            const std::function<std::string()>& words_member);

}  // namespace eddy::files
