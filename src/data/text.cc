// SPDX-License-Identifier: MIT
#include "eddy/text.h"

#include <fmt/format.h>

#include <limits>

#include "core/ranks.h"
#include "data/text_ranks.h"
#include "data/tokenizer.h"
#include "eddy/error.h"

namespace eddy {
namespace {

void check_repeated(const std::vector<std::string>& words, int64_t repeated) {
  if (repeated < 0) return;
  throw Error(ErrorCode::bad_data, "TextEncoder",
              fmt::format("words: expected each word once, got \"{}\" twice.",
                          words[static_cast<size_t>(repeated)]),
              "use the vocabulary that the model was trained with.");
}

void check_ids(const TextEncoder& encoder) {
  const int64_t highest = static_cast<int64_t>(encoder.words.size()) + encoder.index_from;
  if (encoder.index_from >= 0 && highest <= std::numeric_limits<int32_t>::max()) return;
  throw Error(ErrorCode::invalid_argument, "TextEncoder",
              fmt::format("index_from: expected 0 or more and ids within 32 bits, got {}.",
                          encoder.index_from),
              "use Keras' index_from, 3.");
}

}  // namespace

std::vector<std::string> tokenize(std::string_view text) {
  data::Tokenizer tokenizer;
  tokenizer.start(text);
  std::vector<std::string> words;
  for (std::string_view word; !(word = tokenizer.next()).empty();) words.emplace_back(word);
  return words;
}

std::unordered_map<std::string, int32_t> rank_of_words(const TextEncoder& encoder) {
  check_repeated(encoder.words, Ranks(encoder.words).repeated());
  std::unordered_map<std::string, int32_t> ranks;
  ranks.reserve(encoder.words.size());
  for (size_t i = 0; i < encoder.words.size(); ++i) {
    ranks.emplace(encoder.words[i], static_cast<int32_t>(i) + 1);
  }
  return ranks;
}

std::string lower_case(std::string_view text) {
  std::string lowered;
  lowered.reserve(text.size() + 8);
  data::append_lower_case(text, lowered);
  return lowered;
}

std::vector<std::vector<int32_t>> encode(const TextEncoder& encoder,
                                         const std::vector<std::string>& texts) {
  return data::TextRanks(encoder).encode(texts);
}

namespace data {

TextRanks::TextRanks(const TextEncoder& encoder) : encoder_(encoder), ranks_(encoder.words) {
  if (encoder.vectorization) {
    vectorization_ = std::make_unique<TextIds>(*encoder.vectorization);
    return;
  }
  check_ids(encoder);
  check_repeated(encoder.words, ranks_.repeated());
}

Sequences TextRanks::vectorize(const std::vector<std::string>& texts) {
  Sequences rows;
  rows.reserve(texts.size());
  for (const std::string& text : texts) {
    rows.push_back(vectorization_->of(encoder_.lower ? lower_case(text) : text));
  }
  return rows;
}

Sequences TextRanks::encode(const std::vector<std::string>& texts) {
  if (vectorization_) return vectorize(texts);
  const auto known = [&](int32_t id) {
    return encoder_.num_words > 0 && id >= encoder_.num_words ? encoder_.oov_char : id;
  };
  Tokenizer tokenizer;
  std::vector<std::vector<int32_t>> rows(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!has_letter_or_digit(texts[i])) {
      throw Error(ErrorCode::bad_data, "encode",
                  fmt::format("text {}: expected at least one letter or digit, got {}.", i,
                              texts[i].empty() ? "an empty text" : "none"),
                  "leave empty texts out.");
    }
    rows[i].push_back(known(encoder_.start_char));
    tokenizer.start(texts[i]);
    for (std::string_view word; !(word = tokenizer.next()).empty();) {
      const int32_t rank = ranks_.find(word);
      if (rank > 0) rows[i].push_back(known(rank + encoder_.index_from));
    }
  }
  return rows;
}

}  // namespace data
}  // namespace eddy
