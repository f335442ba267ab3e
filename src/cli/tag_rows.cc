// SPDX-License-Identifier: MIT
#include "tag_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "flags.h"
#include "interrupt.h"
#include "text_rows.h"

namespace eddy::cli {
namespace {

// Pieces that are encoded at a time.
constexpr size_t kWaitingPieces = 1000, kWaitingBytes = size_t{1} << 22;
constexpr size_t kNoteBytes = 900'000;  // of the million that a model's notes may have
constexpr const char* kTaggingNote = "tagging";

int64_t column_number(const char* flag, const std::string& text) {
  if (text.empty()) return 0;
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && at == end && number >= 1 && number <= 10'000) return number;
  throw UsageError(
      flag, fmt::format("value: expected the number of a column, from 1 on, got '{}'.", text),
      "count the columns of a line: tagged files do not name them.");
}

bool is_one_character(const std::string& token) {
  return std::count_if(token.begin(), token.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) == 1;
}

// What the vectorization would take for several steps.
bool is_too_long(const TextEncoder& encoder, const std::string& token) {
  if (encoder.vectorization->split != "character") return false;
  return !is_one_character(encoder.lower ? lower_case(token) : token);
}

}  // namespace

datasets::TaggedOptions tagged_columns(const std::string& text, const std::string& label) {
  return {.text = column_number("--text", text), .label = column_number("--label", label)};
}

void for_each_sequence(datasets::TaggedSequences& sequences,
                       const std::function<void(datasets::TaggedSequence&)>& visit) {
  sequences.rewind();
  int64_t seen = 0;
  for (datasets::TaggedSequence sequence; sequences.next(sequence);) {
    if (seen++ % 256 == 0) InterruptGuard::check();
    visit(sequence);
  }
}

std::string columns_of(const datasets::TaggedSequences& sequences, const std::string& file) {
  return fmt::format("{}: tokens in column {}, labels in column {} of {}", file,
                     sequences.text_column(), sequences.label_column(), sequences.columns());
}

void note_oddities(const datasets::TaggedSequences& sequences, const std::string& file) {
  note_invalid(sequences.invalid_bytes(), sequences.first_invalid());
  if (sequences.comments() == 0) return;
  std::cerr << fmt::format("note: {}: {} line{} that begin{} with # passed over as comments.\n",
                           file, sequences.comments(), sequences.comments() == 1 ? "" : "s",
                           sequences.comments() == 1 ? "s" : "");
}

std::string joined(const TextVectorization& layer, const std::string* first,
                   const std::string* last) {
  const char* const between = layer.split == "character" ? "" : " ";
  std::string text;
  for (const std::string* token = first; token != last; ++token) {
    if (token != first) text += between;
    for (const char c : *token) {
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        text += "\xc2\xa0";
      } else {
        text += c;
      }
    }
  }
  return text;
}

void TagRows::add(const datasets::TaggedSequence& sequence,
                  const datasets::TaggedSequences& source) {
  const auto& tokens = sequence.tokens;
  std::vector<int32_t> numbers;
  numbers.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    numbers.push_back(static_cast<int32_t>(labels_.target(sequence.labels[i], source.place(i))));
    if (!is_too_long(encoder_, tokens[i])) continue;
    throw Error(ErrorCode::bad_data, source.place(i),
                fmt::format("token: expected one character, got '{}'.", tokens[i]),
                "write a character a line, or leave --char-level out.");
  }
  const auto most = static_cast<size_t>(maxlen_);
  for (size_t first = 0; first < tokens.size(); first += most) {
    const size_t last = std::min(first + most, tokens.size());
    std::string piece =
        joined(*encoder_.vectorization, tokens.data() + first, tokens.data() + last);
    waiting_bytes_ += piece.size();
    waiting_.push_back(std::move(piece));
    numbers_.emplace_back(numbers.begin() + static_cast<std::ptrdiff_t>(first),
                          numbers.begin() + static_cast<std::ptrdiff_t>(last));
  }
  steps_ += static_cast<int64_t>(tokens.size());
  ++sequences_;
  if (waiting_.size() >= kWaitingPieces || waiting_bytes_ >= kWaitingBytes) encode_waiting();
}

void TagRows::encode_waiting() {
  for (auto& ids : encode(encoder_, waiting_)) ids_.push_back(std::move(ids));
  waiting_.clear();
  waiting_bytes_ = 0;
}

std::pair<IntTensor, Tensor> TagRows::take() {
  encode_waiting();
  if (ids_.empty()) return {};
  IntTensor x = pad_sequences(std::exchange(ids_, {}), padding_of(encoder_));
  Tensor y({x.dim(0), x.dim(1)});
  for (size_t row = 0; row < numbers_.size(); ++row) {
    std::copy(numbers_[row].begin(), numbers_[row].end(),
              y.data() + static_cast<int64_t>(row) * x.dim(1));
  }
  numbers_ = {};
  return {std::move(x), std::move(y)};
}

TagBaseline tag_baseline(const IntTensor& x, const Tensor& y, size_t labels) {
  std::vector<int64_t> of_all(labels);
  std::unordered_map<uint64_t, int64_t> of_pairs;
  int32_t most_id = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0) continue;
    const auto label = static_cast<uint64_t>(y[i]);
    ++of_all[label];
    ++of_pairs[(static_cast<uint64_t>(x[i]) << 32) | label];
    most_id = std::max(most_id, x[i]);
  }
  TagBaseline baseline;
  baseline.most_frequent =
      static_cast<int32_t>(std::max_element(of_all.begin(), of_all.end()) - of_all.begin());
  baseline.of_ids.assign(static_cast<size_t>(most_id) + 1, baseline.most_frequent);
  std::vector<int64_t> best(baseline.of_ids.size());
  for (const auto& [pair, count] : of_pairs) {
    const auto id = static_cast<size_t>(pair >> 32);
    const auto label = static_cast<int32_t>(pair & UINT32_MAX);
    // Of labels as frequent as each other the first one, whatever the order of the map.
    if (count < best[id] || (count == best[id] && label > baseline.of_ids[id])) continue;
    best[id] = count;
    baseline.of_ids[id] = label;
  }
  return baseline;
}

TagScores scores_of(const TagBaseline& baseline, const IntTensor& x, const Tensor& y) {
  int64_t steps = 0, most_frequent = 0, words = 0, unknown = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0) continue;
    const auto label = static_cast<int32_t>(y[i]);
    ++steps;
    most_frequent += label == baseline.most_frequent ? 1 : 0;
    words += label == baseline.label_of(x[i]) ? 1 : 0;
    unknown += x[i] == 1 ? 1 : 0;
  }
  const auto share = [steps](int64_t count) {
    return static_cast<double>(count) / static_cast<double>(std::max<int64_t>(steps, 1));
  };
  return {share(most_frequent), share(words), share(unknown)};
}

std::string to_note(const TaggingNote& note) {
  nlohmann::ordered_json json = {
      {"format", "eddy.tagging"}, {"version", 1}, {"maxlen", note.maxlen}};
  if (note.baseline) {
    size_t bytes = 0;
    json["most_frequent"] = note.baseline->most_frequent;
    nlohmann::ordered_json& of_ids = json["of_ids"] = nlohmann::ordered_json::array();
    for (const int32_t label : note.baseline->of_ids) {
      bytes += std::to_string(label).size() + 1;
      if (bytes > kNoteBytes) break;
      of_ids.push_back(label);
    }
  }
  return json.dump();
}

TaggingNote tagging_note(const Model& model, const std::string& file) {
  TaggingNote note;
  const std::string text = model.note(kTaggingNote);
  if (text.empty()) return note;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto damaged = [&file](const std::string& key) {
    return Error(
        ErrorCode::bad_file, file,
        fmt::format("note 'tagging': expected '{}' as `eddy train` wrote it, got something "
                    "else.",
                    key),
        "take the file as it was written.");
  };
  const auto number = [&](const nlohmann::json& value, int64_t least, int64_t most,
                          const char* key) {
    if (!value.is_number_integer() || value < least || value > most) throw damaged(key);
    return value.get<int64_t>();
  };
  if (!json.is_object() || json.value("format", nlohmann::json()) != "eddy.tagging" ||
      json.value("version", nlohmann::json()) != 1) {
    throw damaged("format");
  }
  note.maxlen = number(json.value("maxlen", nlohmann::json()), 1, 1'000'000, "maxlen");
  if (!json.contains("of_ids")) return note;
  const auto most = static_cast<int64_t>(model.text_encoder()->classes.size()) - 1;
  note.baseline.emplace();
  note.baseline->most_frequent = static_cast<int32_t>(
      number(json.value("most_frequent", nlohmann::json()), 0, most, "most_frequent"));
  if (!json["of_ids"].is_array()) throw damaged("of_ids");
  for (const auto& label : json["of_ids"]) {
    note.baseline->of_ids.push_back(static_cast<int32_t>(number(label, 0, most, "of_ids")));
  }
  return note;
}

}  // namespace eddy::cli
