// SPDX-License-Identifier: MIT
#include "report/explained.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace eddy {
namespace {

// Whether tokens stand one after another in the text, several at a place at most.
bool have_places(const TextExplanation& explanation) {
  const TextToken* first = nullptr;
  bool one_place = true;
  size_t words = 0;
  for (const TextToken& token : explanation.tokens) {
    if (token.end <= token.begin) continue;
    ++words;
    if (first == nullptr) first = &token;
    one_place = one_place && token.begin == first->begin && token.end == first->end;
  }
  const bool whole = first != nullptr && first->begin == 0 &&
                     first->end == static_cast<int64_t>(explanation.text.size());
  return words < 2 || !one_place || !whole;
}

std::vector<Atom> token_atoms(const TextExplanation& explanation) {
  std::vector<Atom> atoms;
  for (const TextToken& token : explanation.tokens) {
    if (!atoms.empty()) atoms.push_back({.text = " "});
    atoms.push_back({shown_token(token), true, token.step >= 0, token.share, {&token}});
  }
  return atoms;
}

}  // namespace

std::vector<Atom> atoms_of(const TextExplanation& explanation) {
  if (!have_places(explanation)) return token_atoms(explanation);
  std::vector<Atom> atoms;
  int64_t at = 0;
  const auto between = [&](int64_t end) {
    if (end <= at) return;
    atoms.push_back(
        {.text = printable(std::string_view(explanation.text)
                               .substr(static_cast<size_t>(at), static_cast<size_t>(end - at)))});
  };
  for (const TextToken& token : explanation.tokens) {
    if (token.end <= token.begin) continue;
    if (token.begin >= at) {
      between(token.begin);
      at = token.begin;
      between(token.end);
      at = token.end;
      atoms.back().word = true;
    }
    Atom& atom = atoms.back();
    atom.seen = atom.seen || token.step >= 0;
    atom.share += token.share;
    atom.tokens.push_back(&token);
  }
  between(static_cast<int64_t>(explanation.text.size()));
  return atoms;
}

std::vector<size_t> strongest(const std::vector<double>& shares, int64_t top) {
  std::vector<size_t> order(shares.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return std::abs(shares[a]) > std::abs(shares[b]); });
  order.resize(std::min(order.size(), static_cast<size_t>(std::max<int64_t>(top, 0))));
  return order;
}

std::vector<const TextToken*> strongest(const TextExplanation& explanation, int64_t top) {
  std::vector<const TextToken*> seen;
  std::vector<double> shares;
  for (const TextToken& token : explanation.tokens) {
    if (token.step < 0) continue;
    seen.push_back(&token);
    shares.push_back(token.share);
  }
  std::vector<const TextToken*> result;
  for (const size_t i : strongest(shares, top)) result.push_back(seen[i]);
  return result;
}

int strength(double share, double largest, int levels) {
  if (!(largest > 0) || !std::isfinite(share)) return 0;
  const double part = std::clamp(share / largest, -1.0, 1.0);
  return static_cast<int>(std::lround(part * levels));
}

double largest_share(const std::vector<Atom>& atoms) {
  double largest = 0;
  for (const Atom& atom : atoms) largest = std::max(largest, std::abs(atom.share));
  return largest;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
    // U+0080 to U+009F, which some terminals obey.
    const bool beyond =
        c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c == '\r') {
      shown += ' ';
    } else if (control || beyond) {
      shown += "\xEF\xBF\xBD";
      i += beyond ? 1 : 0;
    } else {
      shown += text[i];
    }
  }
  return shown;
}

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string first_characters(const std::string& text, size_t characters) {
  size_t end = 0;
  for (size_t count = 0; end < text.size() && count < characters; ++count) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  }
  return end < text.size() ? text.substr(0, end) + "…" : text;
}

std::string shown_token(const TextToken& token) {
  if (token.end <= token.begin) return "(start)";
  if (token.token.empty()) return "(nothing)";
  std::string shown = printable(token.token);
  for (char& c : shown) c = c == '\n' || c == '\t' ? ' ' : c;
  return shown == " " ? "(blank)" : shown;
}

std::string share_text(double share, const ExplanationView& view) {
  if (!std::isfinite(share)) return "-";
  return view.probability ? fmt::format("{:+.4f}", share) : fmt::format("{:+.4g}", share);
}

std::string answer_text(double answer, const ExplanationView& view) {
  if (!std::isfinite(answer)) return "-";
  return view.probability ? fmt::format("{:.4f}", answer) : fmt::format("{:.5g}", answer);
}

std::string method_sentence(const ExplanationView& view) {
  if (view.method == "gradient") {
    return "gradient x input: how fast the answer grows as an input grows away from the baseline";
  }
  if (view.method == "integrated") {
    return "integrated gradients: the answer's way from the baseline, divided among the inputs";
  }
  return "leave-one-out: the answer minus the answer without it";
}

std::string completeness_sentence(double answer, double baseline, double error,
                                  const std::string& baseline_name, const ExplanationView& view) {
  if (!std::isfinite(error)) return "";
  return fmt::format("{} answers {}; the shares add up to {} with an error of {:.2g}",
                     baseline_name, answer_text(baseline, view),
                     share_text(answer - baseline, view), error);
}

}  // namespace eddy
