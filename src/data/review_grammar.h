// SPDX-License-Identifier: MIT
// A grammar whose sentences carry an opinion: rules are expanded at random for a wanted polarity.
//   rule weight = some words and {other} rules     one alternative; the weight is 1 where none
//   stands class ~ word word ...                          words, the frequent ones first (Zipf's
//   law)
// {x} is expanded for the same polarity. A class +x with a class -x is a pair: {+x} takes a word of
// the wanted polarity, {-x} one of the opposite polarity.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/random.h"

namespace eddy::data {

class Grammar {
 public:
  Grammar();  // of the synthetic reviews

  // Index of a rule for expand(). Throws Error{internal} for an unknown name.
  int32_t rule(const std::string& name) const;

  // Appends the words (indices into words()) of one sentence.
  void expand(int32_t rule, bool positive, Random& random, std::vector<int32_t>& out) const;

  // All words, in the order of their first mention.
  const std::vector<std::string>& words() const { return words_; }
  // The words of a class: "+adj", "film".
  std::vector<std::string> class_words(const std::string& name) const;

 private:
  enum class Polarity : uint8_t { word, same, wanted, opposite };
  struct Symbol {
    Polarity polarity = Polarity::word;
    int32_t index =
        0;  // of a word, of a rule, or of the pair's positive rule (negative: index + 1)
  };
  struct Rule {
    std::vector<std::vector<Symbol>> alternatives;
    std::vector<double> weights;
    std::vector<uint16_t> table;  // alternatives in proportion to their weights
  };

  int32_t word(const std::string& text);
  int32_t rule_index(const std::string& name);
  void add_words(std::string_view lines);
  void add_class(const std::string& name, const std::vector<std::string>& words);
  void add_forms();
  void add_surnames();
  void add_rules(std::string_view lines);
  void make_tables();
  Symbol symbol(std::string_view token);

  std::vector<std::string> words_;
  std::unordered_map<std::string, int32_t> word_indices_;
  std::vector<Rule> rules_;
  std::unordered_map<std::string, int32_t> rule_indices_;
  int32_t a_ = 0, an_ = 0;
};

}  // namespace eddy::data
