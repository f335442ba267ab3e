// SPDX-License-Identifier: MIT
// "Did you mean ...": the candidate with the smallest edit distance (Levenshtein 1966).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eddy {

// The nearest candidate, or "" when none is nearer than half the word's length plus one.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "a, b, c"
std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

// For the Fix part of an error: "use one of a, b, c." or "did you mean 'a'? Known: a, b, c."
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace eddy
