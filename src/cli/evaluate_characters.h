// SPDX-License-Identifier: MIT
// eddy evaluate MODEL TEXT of a language model.
#pragma once

#include <cstdint>
#include <string>

#include "eddy/language_model.h"
#include "eddy/model.h"

namespace eddy::cli {

inline constexpr int64_t kNgram = 4;  // order of the n-gram model beside a network

// Says on stderr how many bytes were not UTF-8, if any.
void note_invalid(const datasets::PlainText& text, const std::string& file);

// Prints bits per character beside those of n-gram models; the exit status. Throws Error.
int evaluate_characters(Model& model, const std::string& model_file, const std::string& text_file,
                        bool json);

}  // namespace eddy::cli
