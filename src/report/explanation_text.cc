// SPDX-License-Identifier: MIT
// Explanations in a terminal: blue raises the answer, orange lowers it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "eddy/explain.h"
#include "report/explained.h"

namespace eddy {
namespace {

// Of the 256 colours, from weak to strong; black letters stand on them in every theme.
constexpr std::array kRaises = {195, 159, 117, 75, 39}, kLowers = {230, 223, 216, 209, 208};
constexpr int kColours = static_cast<int>(kRaises.size());
constexpr size_t kLongStretch = 80;  // words that nobody sees are counted from here on
constexpr const char* kPlain = "\x1b[0m";

int64_t cells(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

std::string colored(const std::string& text, int level) {
  if (level == 0) return text;
  const auto at = static_cast<size_t>(std::abs(level)) - 1;
  return fmt::format("\x1b[38;5;16;48;5;{}m{}{}", level > 0 ? kRaises[at] : kLowers[at], text,
                     kPlain);
}

// Text that breaks at blanks, or anywhere in what has none.
class Wrapped {
 public:
  explicit Wrapped(int64_t width) : width_(width) {}

  void blank() { blank_ = column_ > 0; }
  void add(const std::string& text, int64_t cells) {
    if (column_ > 0 && column_ + (blank_ ? 1 : 0) + cells > width_) {
      out_ += '\n';
      column_ = 0;
    } else if (blank_) {
      out_ += ' ';
      ++column_;
    }
    blank_ = false;
    out_ += text;
    column_ += cells;
  }
  std::string take() {
    if (column_ > 0) out_ += '\n';
    return std::move(out_);
  }

 private:
  int64_t width_, column_ = 0;
  bool blank_ = false;
  std::string out_;
};

std::string field(const char* name, const std::string& value, int64_t width) {
  Wrapped lines(std::max<int64_t>(width - 12, 20));
  for (size_t at = 0; at < value.size();) {
    const size_t end = std::min(value.find(' ', at), value.size());
    const std::string word = value.substr(at, end - at);
    lines.blank();
    lines.add(word, cells(word));
    at = end + 1;
  }
  std::string text = lines.take(), indented = fmt::format("{:<12}", name);
  for (size_t i = 0; i < text.size(); ++i) {
    indented += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) indented += std::string(12, ' ');
  }
  return indented;
}

std::string text_head(double answer, const ExplanationView& view, const std::string& baseline,
                      double baseline_answer, double error) {
  std::string text;
  text += field("Answer", answer_text(answer, view) + "  " + printable(view.quantity), view.width);
  text += field("Shares", method_sentence(view), view.width);
  const std::string sum = completeness_sentence(answer, baseline_answer, error, baseline, view);
  if (!sum.empty()) {
    text += field("Baseline", sum, view.width);
  } else if (!baseline.empty()) {
    text += field("Baseline", baseline, view.width);
  }
  if (view.color) {
    text += fmt::format("{:<12}{} {}\n", "Colours", colored(" raises ", kColours),
                        colored(" lowers ", -kColours));
  }
  return text + "\n";
}

std::string colored_text(const TextExplanation& explanation, const ExplanationView& view) {
  const std::vector<Atom> atoms = atoms_of(explanation);
  const double largest = largest_share(atoms);
  const auto top = strongest(explanation, view.top);
  Wrapped lines(view.width);
  for (size_t i = 0; i < atoms.size(); ++i) {
    const Atom& atom = atoms[i];
    if (!atom.word) {
      const bool blank = atom.text.find_first_not_of(" \n\t") == std::string::npos;
      blank ? lines.blank() : lines.add(atom.text, cells(atom.text));
      continue;
    }
    size_t end = i, hidden = 0;
    for (; end < atoms.size() && !atoms[end].seen; ++end) hidden += atoms[end].word ? 1 : 0;
    if (hidden > kLongStretch) {
      const std::string note = fmt::format("[{} words that the model does not see]", hidden);
      lines.add(note, cells(note));
      lines.blank();
      i = end - 1;
      continue;
    }
    std::string shown = atom.text;
    for (char& c : shown) c = c == '\n' || c == '\t' ? ' ' : c;
    const bool strong = std::any_of(atom.tokens.begin(), atom.tokens.end(), [&](const auto* token) {
      return std::find(top.begin(), top.end(), token) != top.end();
    });
    if (!view.color && strong) shown += fmt::format("[{}]", share_text(atom.share, view));
    const int64_t width = cells(shown);
    if (view.color && atom.seen) {
      shown = colored(shown, strength(atom.share, largest, kColours));
    } else if (view.color) {
      shown = fmt::format("\x1b[2m{}{}", shown, kPlain);
    }
    lines.add(shown, width);
  }
  return lines.take();
}

std::string shortened(std::string text, int64_t width) {
  if (cells(text) <= width)
    return text + std::string(static_cast<size_t>(width - cells(text)), ' ');
  while (cells(text) > width - 1) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.pop_back();
    }
    text.pop_back();
  }
  return text + "\u2026";
}

std::string bar(double share, double largest, bool color) {
  constexpr std::array kEighths = {"",       "\u258f", "\u258e", "\u258d",
                                   "\u258c", "\u258b", "\u258a", "\u2589"};
  constexpr int kCells = 12;
  const double length = largest > 0 ? std::abs(share) / largest * kCells : 0;
  std::string text;
  for (int i = 0; i < static_cast<int>(length); ++i) text += "\u2588";
  text += kEighths[static_cast<size_t>((length - std::floor(length)) * 8)];
  if (!color || text.empty()) return text;
  return fmt::format("\x1b[38;5;{}m{}{}", share > 0 ? 39 : 208, text, kPlain);
}

}  // namespace

std::string explanation_text(const TextExplanation& explanation, const ExplanationView& view) {
  std::string text = text_head(explanation.answer, view, explanation.baseline,
                               explanation.baseline_answer, explanation.completeness_error);
  text += colored_text(explanation, view);
  const auto top = strongest(explanation, view.top);
  if (top.empty()) return text;
  const int64_t width = std::clamp<int64_t>(view.width - 46, 12, 30);
  text += fmt::format("\n{}  {:>5}  {:>9}  {:>9}\n", shortened("Word", width), "No.", "Share",
                      "So far");
  const double largest = std::abs(top[0]->share);
  for (const TextToken* token : top) {
    const auto number = token - explanation.tokens.data() + 1;
    text += fmt::format("{}  {:>5}  {:>9}  {:>9}  {}\n", shortened(shown_token(*token), width),
                        number, share_text(token->share, view), answer_text(token->after, view),
                        bar(token->share, largest, view.color));
  }
  if (explanation.padding != 0) {
    text += fmt::format("{}  {:>5}  {:>9}\n", shortened("(padding)", width), "",
                        share_text(explanation.padding, view));
  }
  return text;
}

std::string explanation_text(const SeriesExplanation& series, const ExplanationView& view) {
  const Explanation& explanation = series.explanation;
  std::string text = text_head(explanation.answer, view, explanation.baseline,
                               explanation.baseline_answer, explanation.completeness_error);
  const auto X = static_cast<size_t>(explanation.features);
  std::vector<double> sums(X), sizes(X);
  for (size_t i = 0; i < explanation.shares.size(); ++i) {
    sums[i % X] += explanation.shares[i];
    sizes[i % X] += std::abs(explanation.shares[i]);
  }
  const int64_t width = std::clamp<int64_t>(view.width - 40, 12, 24);
  text += fmt::format("{}  {:>10}  {:>10}\n", shortened("Column", width), "Sum", "Sum of |.|");
  const double largest_size = *std::max_element(sizes.begin(), sizes.end());
  for (const size_t k : strongest(sizes, view.top)) {
    text += fmt::format("{}  {:>10}  {:>10}  {}\n", shortened(printable(series.columns[k]), width),
                        share_text(sums[k], view), answer_text(sizes[k], view),
                        bar(sums[k] < 0 ? -sizes[k] : sizes[k], largest_size, view.color));
  }
  const auto top = strongest(explanation.shares, view.top);
  text += fmt::format("\n{}  {}  {:>10}  {:>10}\n", shortened("Step", 12),
                      shortened("Column", width), "Value", "Share");
  const double largest = top.empty() ? 0 : std::abs(explanation.shares[top[0]]);
  for (const size_t i : top) {
    text += fmt::format(
        "{}  {}  {:>10.5g}  {:>10}  {}\n", shortened(printable(series.labels[i / X]), 12),
        shortened(printable(series.columns[i % X]), width), series.values[static_cast<int64_t>(i)],
        share_text(explanation.shares[i], view), bar(explanation.shares[i], largest, view.color));
  }
  return text;
}

}  // namespace eddy
