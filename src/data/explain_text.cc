// SPDX-License-Identifier: MIT
// explain_text() and trace_text(): from a text to the rows that its explanation needs, and back to
// the places of the words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/ranks.h"
#include "core/utf8.h"
#include "data/tokenizer.h"
#include "data/vectorization.h"
#include "eddy/datasets.h"
#include "eddy/explain.h"
#include "model/explainer.h"

namespace eddy {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A text as tokens with their places. Blanks part tokens for every recipe, so what stands between
// two of them is cut into tokens alone.
class TextCutter {
 public:
  explicit TextCutter(const TextEncoder& encoder)
      : encoder_(encoder),
        ranks_(encoder.vectorization ? encoder.vectorization->vocabulary : encoder.words) {
    if (encoder.vectorization) splitter_.emplace(*encoder.vectorization);
  }

  TextExplanation cut(const std::string& text) {
    TextExplanation result;
    if (!encoder_.vectorization) result.tokens.push_back(start());
    const bool whole = splitter_ && (encoder_.vectorization->split == "none" ||
                                     !encoder_.vectorization->ngrams.empty());
    const bool letters = splitter_ && encoder_.vectorization->split == "character" && !whole;
    for (size_t at = 0; at < text.size();) {
      size_t end = at + 1;
      const bool blank = !whole && !letters && is_blank(text[at]);
      if (whole) {
        end = text.size();
      } else if (letters) {
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
      } else {
        while (end < text.size() && is_blank(text[end]) == blank) ++end;
      }
      append(text.substr(at, end - at), !blank, result);
      at = end;
    }
    return result;
  }

  // Whether the id stands for a word of the vocabulary.
  bool is_word(int32_t id) const {
    return encoder_.vectorization ? id > 1 : id >= 0 && id != encoder_.oov_char;
  }

 private:
  int32_t known(int32_t id) const {
    return encoder_.num_words > 0 && id >= encoder_.num_words ? encoder_.oov_char : id;
  }

  TextToken start() const {
    TextToken token;
    token.id = known(encoder_.start_char);
    return token;
  }

  void append(std::string piece, bool tokens, TextExplanation& result) {
    const auto begin = static_cast<int64_t>(result.text.size());
    std::string shown = piece;
    repair_utf8(shown);
    result.text += shown;
    if (!tokens) return;
    const auto add = [&](std::string_view word, int32_t id) {
      TextToken token;
      token.token = word;
      token.begin = begin;
      token.end = static_cast<int64_t>(result.text.size());
      token.id = id;
      result.tokens.push_back(std::move(token));
    };
    if (splitter_) {
      if (encoder_.lower) piece = lower_case(piece);
      splitter_->for_each(piece, [&](std::string_view word) {
        add(word, word.empty() ? 0 : ranks_.find(word) + 1);
        return true;
      });
      return;
    }
    tokenizer_.start(piece);
    for (std::string_view word; !(word = tokenizer_.next()).empty();) {
      const int32_t rank = ranks_.find(word);
      add(word, rank > 0 ? known(rank + encoder_.index_from) : -1);
    }
  }

  const TextEncoder& encoder_;
  Ranks ranks_;
  std::optional<data::TokenSplitter> splitter_;
  data::Tokenizer tokenizer_;
};

const TextEncoder& encoder_of(const Model& model) {
  if (const TextEncoder* encoder = model.text_encoder()) return *encoder;
  throw Error(ErrorCode::not_supported, "explain_text",
              "text: expected a model that carries its vocabulary, got one without.",
              "train it with eddy train, or give it one by set_text_encoder().");
}

// The tokens that have ids, and how rows are made of them.
class TextRows {
 public:
  TextRows(const TextEncoder& encoder, const std::string& text)
      : pad_(padding_of(encoder)), fixed_(pad_.maxlen.has_value()) {
    TextCutter cutter(encoder);
    explanation_ = cutter.cut(text);
    int64_t words = 0, known = 0;
    for (size_t i = 0; i < explanation_.tokens.size(); ++i) {
      const TextToken& token = explanation_.tokens[i];
      const bool word = token.end > token.begin;
      words += word ? 1 : 0;
      known += word && cutter.is_word(token.id) ? 1 : 0;
      if (token.id < 0) continue;
      ids_.push_back(token.id);
      places_.push_back(i);
    }
    if (known == 0) {
      throw Error(ErrorCode::bad_data, "text",
                  words == 0 ? std::string("words: expected at least one, got none.")
                             : fmt::format("words: expected at least one of the model's "
                                           "vocabulary, got none among {}.",
                                           words),
                  "give a text like those that the model was trained on.");
    }
    choose_steps();
  }

  int64_t seen() const { return last_ - first_; }
  int64_t length() const { return length_; }
  bool fixed() const { return fixed_; }
  bool pads_behind() const { return pad_.padding == "post"; }
  TextExplanation& explanation() { return explanation_; }
  TextToken& token(int64_t seen) {
    return explanation_.tokens[places_[static_cast<size_t>(first_ + seen)]];
  }

  IntTensor whole() const { return rows({ids_}, length_); }
  // [seen, ...]: the text without each token that the model sees.
  IntTensor left_out() const {
    Sequences all;
    for (int64_t i = first_; i < last_; ++i) all.push_back(without(i));
    return rows(all, left_out_length());
  }
  IntTensor without_last() const { return rows({without(last_ - 1)}, left_out_length()); }
  // [seen, ...]: the text up to each of them.
  IntTensor ended() const {
    Sequences all;
    for (int64_t i = first_; i < last_; ++i) {
      const int64_t begin = std::max<int64_t>(i + 1 - length_, 0);  // what a row has room for
      all.emplace_back(ids_.begin() + begin, ids_.begin() + i + 1);
    }
    return rows(all, length_);
  }

 private:
  void choose_steps() {
    const auto n = static_cast<int64_t>(ids_.size());
    length_ = fixed_ ? *pad_.maxlen : n;
    const int64_t kept = std::min(n, length_);
    first_ = pad_.truncating == "pre" ? n - kept : 0;
    last_ = first_ + kept;
    const int64_t step = pads_behind() ? 0 : length_ - kept;
    for (int64_t i = 0; i < kept; ++i) token(i).step = step + i;
  }

  int64_t left_out_length() const { return fixed_ ? length_ : std::max<int64_t>(length_ - 1, 1); }
  std::vector<int32_t> without(int64_t token) const {
    // Beyond one token further no row looks, so a long text does not make long variants.
    const int64_t begin = std::max<int64_t>(first_ - 1, 0);
    const int64_t end = std::min(last_ + 1, static_cast<int64_t>(ids_.size()));
    std::vector<int32_t> ids(ids_.begin() + begin, ids_.begin() + end);
    ids.erase(ids.begin() + token - begin);
    return ids;
  }
  IntTensor rows(const Sequences& sequences, int64_t length) const {
    PadOptions pad = pad_;
    pad.maxlen = length;
    return pad_sequences(sequences, pad);
  }

  PadOptions pad_;
  bool fixed_;
  TextExplanation explanation_;
  std::vector<int32_t> ids_;
  std::vector<size_t> places_;                 // of the tokens that have ids
  int64_t first_ = 0, last_ = 0, length_ = 0;  // of them the model sees [first, last)
};

void take_shares(Explainer& explainer, TextRows& rows, const IntTensor& x) {
  TextExplanation& result = rows.explanation();
  const Explainer::Shares shares = explainer.shares(x);
  result.answer = shares.answer;
  result.baseline_answer = shares.baseline_answer;
  result.completeness_error = shares.completeness_error;
  for (const double share : shares.values) result.padding += share;
  for (int64_t i = 0; i < rows.seen(); ++i) {
    TextToken& token = rows.token(i);
    token.share = shares.values[static_cast<size_t>(token.step)];
    result.padding -= token.share;
  }
  // What is left of a sum of nothing is rounding.
  if (rows.seen() == rows.length() || std::abs(result.padding) < 1e-12) result.padding = 0;
}

}  // namespace

TextExplanation explain_text(const Model& model, const std::string& text,
                             const ExplainOptions& options) {
  const TextEncoder& encoder = encoder_of(model);
  Explainer explainer(model, options);
  TextRows rows(encoder, text);
  check_explained_size(rows.seen(), rows.seen(), rows.length());
  const IntTensor x = rows.whole();
  explainer.check(x);
  TextExplanation& result = rows.explanation();
  result.baseline = explainer.baseline();
  const bool trimmed = !rows.fixed();
  if (explainer.by_gradients()) {
    take_shares(explainer, rows, x);
  } else {
    result.baseline_answer = result.completeness_error = std::nan("");
    result.answer = explainer.answers(x, x, trimmed)[0];
    const auto without = explainer.answers(rows.left_out(), rows.without_last(), trimmed);
    for (int64_t i = 0; i < rows.seen(); ++i) {
      rows.token(i).share = result.answer - without[static_cast<size_t>(i)];
    }
  }
  for (TextToken& token : result.tokens) token.after = std::nan("");
  if (options.after) {
    const bool along = trimmed || rows.pads_behind() || explainer.pads_are_masked();
    const IntTensor pads({1, rows.length()});
    const auto after = explainer.answers(rows.ended(), along ? x : pads, trimmed);
    for (int64_t i = 0; i < rows.seen(); ++i) {
      rows.token(i).after = after[static_cast<size_t>(i)];
    }
  }
  return std::move(result);
}

std::vector<LayerTrace> trace_text(const Model& model, const std::string& text) {
  const TextRows rows(encoder_of(model), text);
  return trace(model, rows.whole());
}

}  // namespace eddy
