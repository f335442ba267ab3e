// SPDX-License-Identifier: MIT
#include "data/review_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "data/review_text.h"
#include "eddy/error.h"

namespace eddy::data {
namespace {

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return word.ends_with(end); });
}

bool ends_in_consonant_y(std::string_view word) {
  return word.size() > 1 && word.back() == 'y' && !is_vowel(word[word.size() - 2]);
}

// Plural of a noun, third person of a verb.
std::string with_s(const std::string& word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kIrregular = {{
      {"knife", "knives"},
      {"wolf", "wolves"},
      {"mouse", "mice"},
      {"thief", "thieves"},
      {"leaf", "leaves"},
      {"sheep", "sheep"},
      {"fisherman", "fishermen"},
      {"barman", "barmen"},
  }};
  for (const auto& [one, many] : kIrregular) {
    if (one == word) return std::string(many);
  }
  if (ends_in_consonant_y(word)) return word.substr(0, word.size() - 1) + "ies";
  return word + (ends_with_any(word, {"s", "x", "z", "ch", "sh"}) ? "es" : "s");
}

std::string with_ed(const std::string& verb) {
  if (ends_in_consonant_y(verb)) return verb.substr(0, verb.size() - 1) + "ied";
  return verb + (verb.back() == 'e' ? "d" : "ed");
}

std::string with_ing(const std::string& verb) {
  const bool silent_e = verb.back() == 'e' && !verb.ends_with("ee");
  return (silent_e ? verb.substr(0, verb.size() - 1) : verb) + "ing";
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (size_t from = 0; (from = text.find_first_not_of(separators, from)) != text.npos;) {
    const size_t to = std::min(text.find_first_of(separators, from), text.size());
    parts.emplace_back(text.substr(from, to - from));
    from = to;
  }
  return parts;
}

}  // namespace

Grammar::Grammar() {
  a_ = word("a");
  an_ = word("an");
  add_words(kReviewWords);
  add_forms();
  add_surnames();
  add_rules(kReviewRules);
  make_tables();
}

int32_t Grammar::rule(const std::string& name) const {
  const auto found = rule_indices_.find(name);
  if (found != rule_indices_.end()) return found->second;
  throw Error(ErrorCode::internal, "reviews", "rule: expected a known name, got " + name + ".",
              "report this.");
}

std::vector<std::string> Grammar::class_words(const std::string& name) const {
  std::vector<std::string> words;
  for (const auto& alternative : rules_[static_cast<size_t>(rule(name))].alternatives) {
    words.push_back(words_[static_cast<size_t>(alternative.at(0).index)]);
  }
  return words;
}

int32_t Grammar::word(const std::string& text) {
  const auto [at, added] = word_indices_.emplace(text, static_cast<int32_t>(words_.size()));
  if (added) words_.push_back(text);
  return at->second;
}

int32_t Grammar::rule_index(const std::string& name) {
  const auto [at, added] = rule_indices_.emplace(name, static_cast<int32_t>(rules_.size()));
  if (added) rules_.emplace_back();
  return at->second;
}

void Grammar::add_class(const std::string& name, const std::vector<std::string>& words) {
  const auto index = static_cast<size_t>(rule_index(name));
  for (const auto& text : words) {
    rules_[index].alternatives.push_back({{Polarity::word, word(text)}});
    // Zipf's law for the many; an opinion is spread more evenly over its words.
    const double rank = static_cast<double>(rules_[index].alternatives.size());
    const bool opinion = name.front() == '+' || name.front() == '-';
    rules_[index].weights.push_back(opinion ? 1.0 / (rank + 1.0) : 1.0 / (rank + 2.0));
  }
}

void Grammar::add_words(std::string_view lines) {
  std::string name;
  for (const auto& line : split(lines, "\n")) {
    auto words = split(line, " ");
    if (words.size() > 1 && words[1] == "~") {
      name = words[0];
      if (name.front() == '+') {  // the pair stands side by side
        rule_index(name);
        rule_index(fmt::format("-{}", name.substr(1)));
      }
      words.erase(words.begin(), words.begin() + 2);
    }
    add_class(name, words);
  }
}

void Grammar::add_forms() {
  using Form = std::string (*)(const std::string&);
  const auto derive = [this](const char* from, const char* to, Form form) {
    auto words = class_words(from);
    for (auto& text : words) text = form(text);
    add_class(to, words);
  };
  derive("verb", "verbs", with_s);
  derive("verb", "verbed", with_ed);
  derive("verb", "verbing", with_ing);
  derive("move", "moves", with_s);
  derive("move", "moving", with_ing);
  derive("thing", "things", with_s);
  derive("job", "jobs", with_s);
}

void Grammar::add_surnames() {
  const auto starts = split(kSurnameStarts, " ");
  const auto ends = split(kSurnameEnds, " ");
  std::vector<std::string> names;
  // Along diagonals, so that frequent names have all kinds of starts and ends.
  for (size_t shift = 0; shift < ends.size(); ++shift) {
    for (size_t i = 0; i < starts.size(); ++i) {
      std::string name = starts[i] + ends[(i + shift) % ends.size()];
      // "win" + "ner" is a word already, and one of praise.
      if (word_indices_.contains(name)) continue;
      word(name);
      names.push_back(std::move(name));
    }
  }
  add_class("surname", names);
}

Grammar::Symbol Grammar::symbol(std::string_view token) {
  if (token.front() != '{') return {Polarity::word, word(std::string(token))};
  const std::string name(token.substr(1, token.size() - 2));
  if (name.front() == '+') return {Polarity::wanted, rule(name)};
  if (name.front() == '-') return {Polarity::opposite, rule(fmt::format("+{}", name.substr(1)))};
  return {Polarity::same, rule_index(name)};
}

void Grammar::add_rules(std::string_view lines) {
  for (const auto& line : split(lines, "\n")) {
    const size_t equals = line.find('=');
    const auto head = split(line.substr(0, equals), " ");
    const auto index = static_cast<size_t>(rule_index(head[0]));
    int weight = 1;
    if (head.size() > 1) {
      std::from_chars(head[1].data(), head[1].data() + head[1].size(), weight);
    }
    std::vector<Symbol> symbols;
    for (const auto& token : split(line.substr(equals + 1), " ,")) {
      symbols.push_back(symbol(token));
    }
    rules_[index].alternatives.push_back(std::move(symbols));
    rules_[index].weights.push_back(weight);
  }
}

void Grammar::make_tables() {
  for (Rule& rule : rules_) {
    if (rule.alternatives.empty()) {
      throw Error(ErrorCode::internal, "reviews", "rule: expected a definition, got none.",
                  "report this.");
    }
    double total = 0, sum = 0;
    for (const double weight : rule.weights) total += weight;
    rule.table.resize(rule.alternatives.size() <= 64 ? 4096 : 65536);
    size_t filled = 0;
    for (size_t i = 0; i < rule.alternatives.size(); ++i) {
      sum += rule.weights[i];
      const auto until =
          static_cast<size_t>(std::lround(sum / total * static_cast<double>(rule.table.size())));
      for (; filled < std::min(until, rule.table.size()); ++filled) {
        rule.table[filled] = static_cast<uint16_t>(i);
      }
    }
  }
}

void Grammar::expand(int32_t index, bool positive, Random& random,
                     std::vector<int32_t>& out) const {
  const Rule& rule = rules_[static_cast<size_t>(index)];
  const size_t drawn = (uint64_t{random.word()} * rule.table.size()) >> 32;
  for (const Symbol& symbol : rule.alternatives[rule.table[drawn]]) {
    switch (symbol.polarity) {
      case Polarity::word:
        if (!out.empty() && out.back() == a_ &&
            is_vowel(words_[static_cast<size_t>(symbol.index)].front())) {
          out.back() = an_;
        }
        out.push_back(symbol.index);
        break;
      case Polarity::same:
        expand(symbol.index, positive, random, out);
        break;
      case Polarity::wanted:
        expand(symbol.index + (positive ? 0 : 1), positive, random, out);
        break;
      case Polarity::opposite:
        expand(symbol.index + (positive ? 1 : 0), positive, random, out);
        break;
    }
  }
}

}  // namespace eddy::data
