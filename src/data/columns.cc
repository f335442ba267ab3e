// SPDX-License-Identifier: MIT
// Which column is the text and which the label.
#include <algorithm>
#include <array>

#include "core/nearest.h"
#include "data/ascii_lower.h"
#include "data/record_reader.h"

namespace eddy::data {
namespace {

// The most telling first.
constexpr std::array kTextNames = {"text",     "review",      "sentence", "content",  "message",
                                   "comment",  "body",        "tweet",    "document", "article",
                                   "abstract", "description", "question", "quote",    "title"};
constexpr std::array kLabelNames = {"label",  "class", "category", "sentiment", "target",   "topic",
                                    "rating", "stars", "score",    "author",    "language", "y"};

template <size_t N>
std::string usual(const std::array<const char*, N>& names, const std::vector<std::string>& known,
                  const std::string& taken) {
  for (const char* name : names) {
    for (const std::string& column : known) {
      if (ascii_lower(column) == name && column != taken) return column;
    }
  }
  return "";
}

std::string listed(const std::vector<std::string>& known) {
  constexpr size_t kMost = 20;
  std::string list;
  for (size_t i = 0; i < std::min(known.size(), kMost); ++i) {
    list += (i > 0 ? ", '" : "'") + known[i].substr(0, 60) + "'";
  }
  return known.size() > kMost ? fmt::format("{} and {} more", list, known.size() - kMost) : list;
}

void check_asked(const std::string& file, const char* kind, const char* flag,
                 const std::string& asked, const std::vector<std::string>& known) {
  if (asked.empty()) return;
  const auto count = std::count(known.begin(), known.end(), asked);
  if (count == 1) return;
  throw Error(ErrorCode::invalid_argument, file,
              fmt::format("{}: expected one {} '{}', got {}.", flag, kind, asked,
                          count > 1 ? "several of that name" : "none among " + listed(known)),
              count > 1 ? "give every column a name of its own." : suggest(asked, known));
}

}  // namespace

void choose_columns(RecordReader& reader, const std::string& file, const char* kind,
                    const std::vector<std::string>& known,
                    const datasets::LabelledTextsOptions& options) {
  check_asked(file, kind, "text", options.text, known);
  check_asked(file, kind, "label", options.label, known);
  std::string text = options.text, label = options.label;
  if (text.empty()) text = usual(kTextNames, known, label);
  if (label.empty()) label = usual(kLabelNames, known, text);
  if (known.size() == 2) {  // what is left
    if (text.empty() && !label.empty()) text = known[known[0] == label ? 1 : 0];
    if (label.empty() && !text.empty()) label = known[known[0] == text ? 1 : 0];
  }
  if (text.empty() || label.empty() || text == label) {
    throw Error(ErrorCode::invalid_argument, file,
                fmt::format("{}s: expected one for the text and one for the label, got {}.", kind,
                            known.empty() ? "none" : listed(known)),
                fmt::format("name them: --text {} --label {}; the first line of a table names its "
                            "columns. If a row is a step of a sequence of numbers: --id COLUMN.",
                            kind == std::string("key") ? "KEY" : "COLUMN",
                            kind == std::string("key") ? "KEY" : "COLUMN"));
  }
  check_asked(file, kind, "text", text, known);
  check_asked(file, kind, "label", label, known);
  reader.guessed = options.text.empty() || options.label.empty();
  reader.text_column = text;
  reader.label_column = label;
}

}  // namespace eddy::data
