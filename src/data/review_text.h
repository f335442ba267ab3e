// SPDX-License-Identifier: MIT
// The rules and words of the synthetic reviews, as text. Its form is described in review_grammar.h.
#pragma once

#include <string_view>

namespace eddy::data {

extern const std::string_view kReviewRules;    // sentences
extern const std::string_view kReviewWords;    // words by class, the frequent ones first
extern const std::string_view kSurnameStarts;  // invented surnames: each start with each end
extern const std::string_view kSurnameEnds;

}  // namespace eddy::data
