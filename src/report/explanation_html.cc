// SPDX-License-Identifier: MIT
// An explanation as one page: no script, nothing from outside, readable in dark and light and on a
// phone. What is under the pointer (or was touched) tells its numbers in a line at the lower edge.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "eddy/explain.h"
#include "report/explained.h"

namespace eddy {
namespace {

constexpr int kLevels = 9;
constexpr size_t kMostPoints = 4096;  // of the curve

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1c1f23;--paper:#fff;--dim:#62686f;--line:#d5d9de;--up:#1a6fc4;--down:#c2570c}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181c;--dim:#9aa2ab;--line:#3a4048;--up:#5aa9f5;--down:#f0924c}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem 1rem 5rem;max-width:52rem;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,sans-serif}
h1{font-size:1.3rem;line-height:1.3;margin:.5rem 0}h2{font-size:1.05rem;margin:1.6rem 0 .5rem}
.answer{font-size:1.15rem;margin:.2rem 0}.answer b{font-size:1.7rem;font-variant-numeric:tabular-nums}
.dim,.dim td{color:var(--dim)}p.dim{margin:.3rem 0;font-size:.9rem}
.key{display:inline-block;padding:0 .5rem;border-radius:.2rem;font-size:.9rem}
.text{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.9;margin:.5rem 0}
.text span,.grid td{border-radius:.2rem}.text span{padding:.1em 0}
[data-n]{cursor:help}[data-n]:hover,[data-n]:focus{outline:2px solid var(--dim)}
[data-n]:hover::after,[data-n]:focus::after{content:attr(data-n);position:fixed;left:0;right:0;bottom:0;z-index:2;padding:.7rem 1rem;
background:var(--ink);color:var(--paper);font-size:.95rem;text-align:center;white-space:normal;font-weight:400}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid var(--line)}
th{font-weight:600}td:first-child,th:first-child{text-align:left;overflow-wrap:anywhere;padding-left:0}.wide{overflow-x:auto}
.up{color:var(--up)}.down{color:var(--down)}
.curve{display:grid;grid-template-columns:auto 1fr;gap:.5rem;font-size:.85rem;color:var(--dim);font-variant-numeric:tabular-nums}
.scale{display:flex;flex-direction:column;justify-content:space-between;text-align:right;height:calc(9rem + 1.6em);margin:-.8em 0}
svg{display:block;width:100%;height:9rem;border-bottom:1px solid var(--line);border-top:1px solid var(--line);overflow:visible}
svg path{fill:none;stroke:var(--up);stroke-width:2;vector-effect:non-scaling-stroke}svg line{stroke:var(--line);vector-effect:non-scaling-stroke}
svg rect{fill:transparent}svg rect:hover{fill:var(--dim);fill-opacity:.3}
)";

// Classes u1 ... and d1 ...: blue raises, orange lowers.
std::string level_styles() {
  std::string css;
  for (int level = 1; level <= kLevels; ++level) {
    const double alpha = 0.06 + 0.5 * level / kLevels;
    css += fmt::format(
        ".u{0}{{background:rgba(38,128,235,{1:.2f})}}.d{0}{{background:rgba(235,120,"
        "20,{1:.2f})}}",
        level, alpha);
  }
  return css + "\n";
}

std::string level_class(int level) {
  if (level == 0) return "";
  return fmt::format(" class=\"{}{}\"", level > 0 ? 'u' : 'd', std::abs(level));
}

std::string html_head(double answer, const ExplanationView& view, const std::string& baseline,
                      double baseline_answer, double error) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{0}</title>\n<link rel=\"icon\" "
      "href=\"data:,\">\n<style>{1}{2}</style></head>\n<body>\n<h1>{0}</h1>\n",
      escaped(printable(view.title)), kStyle, level_styles());
  html += fmt::format("<p class=\"answer\"><b>{}</b> {}</p>\n", answer_text(answer, view),
                      escaped(printable(view.quantity)));
  if (!view.model.empty()) {
    html += fmt::format("<p class=\"dim\">Model: {}</p>\n", escaped(printable(view.model)));
  }
  html += fmt::format("<p class=\"dim\">Shares by {}.</p>\n", escaped(method_sentence(view)));
  const std::string sum = completeness_sentence(answer, baseline_answer, error, baseline, view);
  if (!sum.empty() || !baseline.empty()) {
    html +=
        fmt::format("<p class=\"dim\">Baseline: {}.</p>\n", escaped(sum.empty() ? baseline : sum));
  }
  return html + fmt::format(
                    "<p><span class=\"key u{0}\">raises the answer</span> <span class=\"key "
                    "d{0}\">lowers it</span></p>\n",
                    kLevels);
}

// f after every step, with a field for the pointer at each.
std::string curve(const std::vector<double>& values, const ExplanationView& view,
                  const std::function<std::string(size_t)>& note) {
  double low = view.probability ? 0 : INFINITY, high = view.probability ? 1 : -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (values.size() < 2 || values.size() > kMostPoints || !(low <= high)) return "";
  if (low == high) low -= 1, high += 1;
  const double step = 1000.0 / static_cast<double>(values.size());
  std::string path, fields;
  bool open = false;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = step * static_cast<double>(i);
    if (std::isfinite(values[i])) {
      path += fmt::format("{}{:.1f} {:.1f}", open ? 'L' : 'M', x + step / 2,
                          200 * (high - values[i]) / (high - low));
    }
    open = std::isfinite(values[i]);
    fields +=
        fmt::format("<rect x=\"{:.1f}\" width=\"{:.1f}\" height=\"200\"><title>{}</title></rect>",
                    x, step, escaped(note(i)));
  }
  return fmt::format(
      "<div class=\"curve\"><div "
      "class=\"scale\"><span>{}</span><span>{}</span><span>{}</span></div>"
      "<svg viewBox=\"0 0 1000 200\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"the "
      "answer so far\"><line x2=\"1000\" y1=\"100\" y2=\"100\"/><path d=\"{}\"/>{}</svg></div>\n",
      answer_text(high, view), answer_text((low + high) / 2, view), answer_text(low, view), path,
      fields);
}

std::string signed_cell(double share, const ExplanationView& view) {
  return fmt::format("<td class=\"{}\">{}</td>", share > 0 ? "up" : "down",
                     share_text(share, view));
}

std::string word_note(const Atom& atom, const ExplanationView& view) {
  std::string note = fmt::format("share {}", share_text(atom.share, view));
  for (const TextToken* token : atom.tokens) {
    if (token->step < 0) continue;
    const bool several = atom.tokens.size() > 1;
    if (several)
      note += fmt::format(" · {} {}", shown_token(*token), share_text(token->share, view));
    if (std::isfinite(token->after) && token == atom.tokens.back()) {
      note += fmt::format(" · answer up to here {}", answer_text(token->after, view));
    }
  }
  return shown_token(*atom.tokens.front()) + ": " + note;
}

}  // namespace

std::string explanation_html(const TextExplanation& explanation, const ExplanationView& view) {
  std::string html = html_head(explanation.answer, view, explanation.baseline,
                               explanation.baseline_answer, explanation.completeness_error);
  const std::vector<Atom> atoms = atoms_of(explanation);
  const double largest = largest_share(atoms);
  html += "<h2>Text</h2>\n<div class=\"text\">";
  for (const Atom& atom : atoms) {
    if (!atom.word) {
      html += escaped(atom.text);
    } else if (!atom.seen) {
      html += fmt::format(
          "<span class=\"dim\" data-n=\"not seen by the model\" tabindex=\"-1\">{}"
          "</span>",
          escaped(atom.text));
    } else {
      html += fmt::format("<span{} data-n=\"{}\" tabindex=\"-1\">{}</span>",
                          level_class(strength(atom.share, largest, kLevels)),
                          escaped(word_note(atom, view)), escaped(atom.text));
    }
  }
  html += "</div>\n";
  std::vector<double> after;
  std::vector<const TextToken*> seen;
  for (const TextToken& token : explanation.tokens) {
    if (token.step < 0) continue;
    seen.push_back(&token);
    after.push_back(token.after);
  }
  const std::string line = curve(after, view, [&](size_t i) {
    return shown_token(*seen[i]) + ": " + answer_text(after[i], view);
  });
  if (!line.empty()) {
    html += "<h2>The answer had the text ended after each word</h2>\n" + line;
  }
  html +=
      "<h2>The strongest words</h2>\n<table><tr><th>word</th><th>no.</th><th>share</th><th>answer "
      "up to it</th></tr>\n";
  for (const TextToken* token : strongest(explanation, view.top)) {
    html += fmt::format("<tr><td>{}</td><td>{}</td>{}<td>{}</td></tr>\n",
                        escaped(shown_token(*token)), token - explanation.tokens.data() + 1,
                        signed_cell(token->share, view), answer_text(token->after, view));
  }
  if (explanation.padding != 0) {
    html += fmt::format("<tr class=\"dim\"><td>(padding)</td><td></td>{}<td></td></tr>\n",
                        signed_cell(explanation.padding, view));
  }
  return html + "</table>\n</body></html>\n";
}

std::string explanation_html(const SeriesExplanation& series, const ExplanationView& view) {
  const Explanation& explanation = series.explanation;
  std::string html = html_head(explanation.answer, view, explanation.baseline,
                               explanation.baseline_answer, explanation.completeness_error);
  const std::string line = curve(explanation.after, view, [&](size_t t) {
    return printable(series.labels[t]) + ": " + answer_text(explanation.after[t], view);
  });
  if (!line.empty()) {
    html += "<h2>The answer had the window ended after each step</h2>\n" + line;
  }
  const auto X = static_cast<size_t>(explanation.features);
  double largest = 0;
  std::vector<double> sums(X);
  for (size_t i = 0; i < explanation.shares.size(); ++i) {
    sums[i % X] += explanation.shares[i];
    largest = std::max(largest, std::abs(explanation.shares[i]));
  }
  html +=
      "<h2>The window</h2>\n<p class=\"dim\">Values, coloured by their shares.</p>\n"
      "<div class=\"wide\"><table class=\"grid\"><tr><th>step</th>";
  for (const std::string& column : series.columns) {
    html += fmt::format("<th>{}</th>", escaped(printable(column)));
  }
  html += "</tr>\n<tr><td>shares in all</td>";
  for (const double sum : sums) html += signed_cell(sum, view);
  html += "</tr>\n";
  for (int64_t t = 0; t < explanation.steps; ++t) {
    const std::string label = printable(series.labels[static_cast<size_t>(t)]);
    html += fmt::format("<tr><td>{}</td>", escaped(label));
    for (size_t k = 0; k < X; ++k) {
      const size_t i = static_cast<size_t>(t) * X + k;
      const double share = explanation.shares[i];
      html += fmt::format("<td{} data-n=\"{}, {}: share {}\" tabindex=\"-1\">{:.5g}</td>",
                          level_class(strength(share, largest, kLevels)), escaped(label),
                          escaped(printable(series.columns[k])), share_text(share, view),
                          series.values[static_cast<int64_t>(i)]);
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n</body></html>\n";
}

}  // namespace eddy
