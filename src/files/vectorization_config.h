// SPDX-License-Identifier: MIT
// Keras' TextVectorization in front of the layers of a Sequential. To eddy it is the model's
// TextEncoder; only in a .keras file it stands where Keras has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/text.h"
#include "files/json_text.h"

namespace eddy::files {

inline constexpr const char* kLookupMember =
    "assets/layers/text_vectorization/_lookup_layer/vocabulary.txt";
inline constexpr const char* kVocabularyMember = "assets/layers/text_vectorization/vocabulary.txt";
inline constexpr uint64_t kMaxVocabulary = uint64_t{1} << 26;  // bytes

// Makes texts the input of a Sequential's object. Throws Error{invalid_argument} for settings that
// could not be read again.
void add_vectorization(OrderedJson& model, const TextVectorization& layer);

// The layer, taken out of a model's object along with the input of texts; none where the model does
// not begin with one. A vocabulary that stands in a member of its own is empty. Throws
// Error{not_supported} for what eddy does not have, Error{bad_file} for damage.
std::optional<TextVectorization> take_vectorization(Json& model, const Where& where);

// Keras reads the member by lines, and knows more line ends than most: a vocabulary with one inside
// of a token stands in the config.
bool stands_in_config(const std::vector<std::string>& vocabulary);
std::string vocabulary_asset(const std::vector<std::string>& vocabulary);
std::vector<std::string> read_vocabulary(const Where& where, std::string_view text);

}  // namespace eddy::files
