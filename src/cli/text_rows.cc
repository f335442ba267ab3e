// SPDX-License-Identifier: MIT
#include "text_rows.h"

#include <fmt/format.h>

#include <iostream>

#include "eddy/report.h"
#include "interrupt.h"

namespace eddy::cli {
namespace {

// Texts that are encoded at a time.
constexpr size_t kWaitingTexts = 1000, kWaitingTextBytes = size_t{1} << 20;

}  // namespace

void for_each_text(datasets::LabelledTexts& texts,
                   const std::function<void(datasets::LabelledText&)>& visit) {
  texts.rewind();
  int64_t seen = 0;
  for (datasets::LabelledText record; texts.next(record);) {
    if (seen++ % 256 == 0) InterruptGuard::check();
    visit(record);
  }
}

void note_invalid(uint64_t bytes, const std::string& first) {
  if (bytes == 0) return;
  std::cerr << fmt::format(
      "note: {} byte{} that {} no UTF-8 became U+FFFD, the first in {}. If the data are in another "
      "encoding, convert them: iconv -f latin1 -t utf8.\n",
      bytes, bytes == 1 ? "" : "s", bytes == 1 ? "is" : "are", first);
}

void note_invalid(const datasets::LabelledTexts& texts) {
  note_invalid(texts.invalid_bytes(), texts.first_invalid());
}

std::string columns_of(const datasets::LabelledTexts& texts, const std::string& file) {
  if (texts.text_column().empty()) return file + ": a sub-folder for every class";
  const std::string found =
      texts.guessed() ? fmt::format(" (found by their names; --text and --label choose)") : "";
  return fmt::format("{}: texts in '{}', labels in '{}'{}", file, texts.text_column(),
                     texts.label_column(), found);
}

void TextRows::add(std::string text, float target) {
  waiting_bytes_ += text.size();
  waiting_.push_back(std::move(text));
  targets_.push_back(target);
  memory_.check(static_cast<int64_t>(targets_.size()));
  if (waiting_.size() >= kWaitingTexts || waiting_bytes_ >= kWaitingTextBytes) encode_waiting();
}

void TextRows::encode_waiting() {
  for (const auto& ids : encode(encoder_, waiting_)) ids_->add(ids);
  waiting_.clear();
  waiting_bytes_ = 0;
}

std::pair<TextSource, Tensor> TextRows::take() {
  encode_waiting();
  return {std::move(ids_), Tensor(std::move(targets_))};
}

}  // namespace eddy::cli
