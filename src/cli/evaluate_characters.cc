// SPDX-License-Identifier: MIT
#include "evaluate_characters.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "command.h"

namespace eddy::cli {

void note_invalid(const datasets::PlainText& text, const std::string& file) {
  if (text.invalid_bytes == 0) return;
  std::cerr << fmt::format("note: {} byte{} of {} {} not UTF-8; each became U+FFFD.\n",
                           text.invalid_bytes, text.invalid_bytes == 1 ? "" : "s", file,
                           text.invalid_bytes == 1 ? "is" : "are");
}

int evaluate_characters(Model& model, const std::string& model_file, const std::string& text_file,
                        bool json) {
  const datasets::PlainText text = datasets::read_text(text_file);
  note_invalid(text, text_file);
  const TextEncoder& encoder = *model.text_encoder();
  const std::vector<int32_t> ids = character_ids(encoder, text.text);
  if (ids.size() < 2) {
    throw Error(ErrorCode::bad_data, text_file,
                fmt::format("text: expected at least 2 characters, got {}.", ids.size()),
                "the first one is foretold by nothing: name a longer text.");
  }
  const auto unknown = std::count(ids.begin(), ids.end(), 1);
  const auto in_all = static_cast<int64_t>(encoder.vectorization->vocabulary.size()) + 2;
  const auto foretold = static_cast<double>(ids.size() - 1);
  const double bits = text_bits(model, ids) / foretold;
  const double unigram = NgramModel(1, in_all).adaptive_bits(ids) / foretold;
  const double ngram = NgramModel(kNgram, in_all).adaptive_bits(ids) / foretold;
  if (json) {
    const nlohmann::ordered_json result = {{"model", model_file},
                                           {"text", text_file},
                                           {"characters", ids.size()},
                                           {"unknown", unknown},
                                           {"bits_per_character", bits},
                                           {"unigram_bits_per_character", unigram},
                                           {"ngram_bits_per_character", ngram}};
    std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return kOk;
  }
  std::cout << fmt::format("{}: {} characters", text_file, fmt::group_digits(ids.size()));
  if (unknown > 0) {
    std::cout << fmt::format(", {} of them not in the vocabulary", fmt::group_digits(unknown));
  }
  std::cout << fmt::format(
      "\n"
      "bits per character           {:.4f}\n"
      "unigrams, learned on the way {:.4f}\n"
      "{}-grams, learned on the way  {:.4f}\n",
      bits, unigram, kNgram, ngram);
  return kOk;
}

}  // namespace eddy::cli
