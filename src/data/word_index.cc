// SPDX-License-Identifier: MIT
#include "data/word_index.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/ranks.h"
#include "data/bad_file.h"

namespace eddy::data {
namespace {

constexpr size_t kMaxWords = 5'000'000;  // IMDB has 88,584

// Takes {"word": rank, ...} as it streams by; a document tree would take ten times as long.
class IndexHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit IndexHandler(const Where& where) : where_(where) {}

  std::vector<std::pair<uint64_t, std::string>> entries;

  bool start_object(std::size_t) override {
    if (inside_) wrong("another object");
    return inside_ = true;
  }
  bool end_object() override { return true; }
  bool key(std::string& word) override {
    word_ = std::move(word);
    return true;
  }
  bool number_unsigned(uint64_t rank) override {
    if (!inside_) wrong("a number");
    if (rank == 0) wrong("rank 0");
    if (entries.size() >= kMaxWords) wrong(fmt::format("more than {} words", kMaxWords));
    entries.emplace_back(rank, std::move(word_));
    return true;
  }
  bool null() override { wrong("null"); }
  bool boolean(bool) override { wrong("a boolean"); }
  bool number_integer(int64_t rank) override { wrong(fmt::format("rank {}", rank)); }
  bool number_float(double, const std::string& text) override { wrong("the number " + text); }
  bool string(std::string&) override { wrong("a string"); }
  bool binary(nlohmann::json::binary_t&) override { wrong("binary data"); }
  bool start_array(std::size_t) override { wrong("an array"); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    wrong(fmt::format("broken JSON near byte {}", position));
  }

  [[noreturn]] void wrong(const std::string& got) const {
    bad_file(where_, "an object of words and their ranks from 1", got);
  }

 private:
  const Where& where_;
  std::string word_;
  bool inside_ = false;
};

}  // namespace

std::vector<std::string> parse_word_index(const std::string& file, std::span<const uint8_t> json) {
  const Where where{file, ""};
  IndexHandler handler(where);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  if (handler.entries.empty()) handler.wrong("no words");
  std::vector<std::string> words(handler.entries.size());
  std::vector<bool> seen(words.size(), false);
  for (auto& [rank, word] : handler.entries) {
    const bool inside = rank <= words.size();
    if (!inside || seen[rank - 1]) {
      bad_file(where, fmt::format("the ranks 1 to {}, each once", words.size()),
               inside ? fmt::format("rank {} twice", rank) : fmt::format("rank {}", rank));
    }
    seen[rank - 1] = true;
    words[rank - 1] = std::move(word);
  }
  const int64_t repeated = Ranks(words).repeated();
  if (repeated >= 0) {
    bad_file(where, "each word once",
             fmt::format("\"{}\" twice", words[static_cast<size_t>(repeated)]));
  }
  return words;
}

}  // namespace eddy::data
