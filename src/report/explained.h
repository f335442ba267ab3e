// SPDX-License-Identifier: MIT
// What the pictures of an explanation in a terminal and on a page have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/explain.h"

namespace eddy {

// A piece of a text that is shown in one colour: a word as it stands there, or what lies between.
struct Atom {
  std::string text;
  bool word = false, seen = false;  // seen: by the model
  double share = 0;                 // of its tokens together
  std::vector<const TextToken*> tokens = {};
};
// In the order of the text. Where tokens have no place of their own (n-grams) they are the words.
std::vector<Atom> atoms_of(const TextExplanation& explanation);

// The strongest `top` of the seen tokens, by the size of their shares.
std::vector<const TextToken*> strongest(const TextExplanation& explanation, int64_t top);
// The same for values of a series: indices into shares.
std::vector<size_t> strongest(const std::vector<double>& shares, int64_t top);

// -levels ... levels: how strong a share is beside the largest.
int strength(double share, double largest, int levels);
double largest_share(const std::vector<Atom>& atoms);

// Control characters become U+FFFD, but for line breaks and tabs.
std::string printable(std::string_view text);
// For HTML.
std::string escaped(std::string_view text);
// The first characters of a UTF-8 text, with an ellipsis where more follow.
std::string first_characters(const std::string& text, size_t characters);
std::string shown_token(const TextToken& token);

// A share and an answer as they are printed: four decimals for probabilities.
std::string share_text(double share, const ExplanationView& view);
std::string answer_text(double answer, const ExplanationView& view);
// What a share of this method says, in one sentence.
std::string method_sentence(const ExplanationView& view);
// "shares add up to 0.4821 of 0.4822 ...": of integrated gradients, else "".
std::string completeness_sentence(double answer, double baseline, double error,
                                  const std::string& baseline_name, const ExplanationView& view);

}  // namespace eddy
