// SPDX-License-Identifier: MIT
// A report as one page: no script, nothing from outside, readable in dark and light and on a phone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/evaluated.h"
#include "report/explained.h"

namespace eddy {
namespace {

constexpr size_t kMostOfText = 2000;  // characters of a mistake
constexpr size_t kMostCells = 12;     // classes of a confusion that stands in the page as a table

constexpr const char* kReportStyle = R"(
:root{color-scheme:light dark;--ink:#1c1f23;--paper:#fff;--dim:#62686f;--line:#d5d9de}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181c;--dim:#9aa2ab;--line:#3a4048}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem 1rem 4rem;max-width:64rem;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.3;margin:.5rem 0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:1rem 0;padding:0}
.facts div{min-width:7rem}dt{color:var(--dim);font-size:.85rem}dd{margin:0;font-size:1.15rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
p.dim,figcaption{color:var(--dim);font-size:.9rem;margin:.3rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.95rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--line)}th{color:var(--dim);font-weight:500}
th:first-child,td:first-child{text-align:left}tfoot td{color:var(--dim)}td.cell{text-align:center}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;margin:1rem 0}
figure{margin:0}figure img{display:block;width:100%;height:auto;background:#fff;border-radius:.4rem;border:1px solid var(--line)}
@media (max-width:34rem){table{font-size:.75rem}th,td{padding:.25rem .2rem}}
ol{padding-left:1.4rem}li{margin:.8rem 0}blockquote{margin:.2rem 0;padding-left:.8rem;border-left:3px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere}
)";

std::string class_name_html(const Evaluated& evaluated, size_t label) {
  return escaped(printable(evaluated.answers.classes[label]));
}

// SVG in a link of its own, where its names cannot meet those of another picture.
std::string data_uri(const std::string& svg) {
  std::string uri = "data:image/svg+xml;charset=utf-8,";
  for (const char c : svg) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x21 || byte > 0x7E || c == '%' || c == '#' || c == '"' || c == '<' || c == '>' ||
        c == '&' || c == '\'' || c == '?') {
      uri += fmt::format("%{:02X}", byte);
    } else {
      uri += c;
    }
  }
  return uri;
}

std::string facts_html(const ReportView& view) {
  std::string html = "<dl class=\"facts\">\n";
  for (const auto& [name, value] : view.facts) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(printable(name)),
                        escaped(printable(value)));
  }
  return html + "</dl>\n";
}

std::string area_html(const std::optional<Curve>& curve) {
  return curve ? fmt::format("{:.3f}", curve->area) : std::string("–");
}

std::string classes_html(const Evaluated& evaluated, const ReportView& view) {
  std::string html = fmt::format(
      "<h2>Classes</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>class</th><th>{}</th>"
      "<th>precision</th><th>recall</th><th>F1</th><th>AUC</th><th>AP</th></tr>"
      "</thead>\n<tbody>\n",
      escaped(view.samples));
  const auto row = [&](const std::string& name, const ClassScore& score, const std::string& roc,
                       const std::string& precision) {
    return fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{:.3f}</td><td>{:.3f}</td><td>{:.3f}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        name, score.support, score.precision, score.recall, score.f1, roc, precision);
  };
  for (size_t i = 0; i < evaluated.scores.size(); ++i) {
    html += row(class_name_html(evaluated, i), evaluated.scores[i], area_html(evaluated.roc[i]),
                area_html(evaluated.precision_recall[i]));
  }
  ClassScore mean = macro_average(evaluated.scores);
  mean.support = evaluated.samples();
  html += "</tbody>\n<tfoot>\n";
  html += row("mean over the classes", mean, fmt::format("{:.3f}", evaluated.macro_roc),
              fmt::format("{:.3f}", evaluated.macro_precision));
  return html + "</tfoot></table></div>\n";
}

std::string confusion_html(const Evaluated& evaluated) {
  const size_t classes = evaluated.answers.classes.size();
  if (classes > kMostCells) return "";
  std::string html =
      "<h2>Confusion</h2>\n<p class=\"dim\">Rows: what is true. Columns: what was answered.</p>\n"
      "<div class=\"wide\"><table>\n<thead><tr><th></th>";
  for (size_t i = 0; i < classes; ++i) {
    html += fmt::format("<th>{}</th>", class_name_html(evaluated, i));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (size_t truth = 0; truth < classes; ++truth) {
    const auto& row = evaluated.confusion[truth];
    const auto all = std::max<int64_t>(std::accumulate(row.begin(), row.end(), int64_t{0}), 1);
    html += fmt::format("<tr><td>{}</td>", class_name_html(evaluated, truth));
    for (const int64_t count : row) {
      html += fmt::format("<td class=\"cell\" style=\"background:rgba(38,128,235,{:.2f})\">{}</td>",
                          0.45 * static_cast<double>(count) / static_cast<double>(all), count);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string lengths_html(const Evaluated& evaluated, const ReportView& view) {
  if (evaluated.lengths.empty()) return "";
  std::string html = fmt::format(
      "<h2>Accuracy by length</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>{}</th><th>{}</th>"
      "<th>accuracy</th></tr></thead>\n<tbody>\n",
      escaped(view.unit), escaped(view.samples));
  for (const LengthBin& bin : evaluated.lengths) {
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{:.3f}</td></tr>\n",
                        bin.from == bin.to ? fmt::format("{}", bin.from)
                                           : fmt::format("{} to {}", bin.from, bin.to),
                        bin.count, bin.accuracy());
  }
  return html + "</tbody></table></div>\n";
}

std::string mistakes_html(const Evaluated& evaluated, const ReportView& view) {
  if (view.mistakes.empty()) return "";
  std::string html =
      "<h2>The worst mistakes</h2>\n<p class=\"dim\">Wrong answers, the most confident first.</p>\n"
      "<ol>\n";
  const ClassifierAnswers& answers = evaluated.answers;
  for (const auto& [number, text] : view.mistakes) {
    const auto sample = static_cast<size_t>(number);
    const auto answer = static_cast<size_t>(answers.answer[sample]);
    html += fmt::format(
        "<li><b>{}</b> with {:.4f}, but it is <b>{}</b> <span class=\"dim\">(no. {})</span>"
        "<blockquote>{}</blockquote></li>\n",
        class_name_html(evaluated, answer),
        answers.probabilities[sample * answers.classes.size() + answer],
        class_name_html(evaluated, static_cast<size_t>(answers.truth[sample])), number + 1,
        escaped(printable(first_characters(text, kMostOfText))));
  }
  return html + "</ol>\n";
}

}  // namespace

std::string report_html(const Evaluated& evaluated, const ReportView& view,
                        const std::vector<ReportPicture>& pictures) {
  const std::string title = escaped(printable(view.title));
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{0}</title>\n<link rel=\"icon\" "
      "href=\"data:,\">\n<style>{1}</style></head>\n<body>\n<h1>{0}</h1>\n",
      title, kReportStyle);
  html += facts_html(view) + classes_html(evaluated, view);
  if (!pictures.empty()) html += "<h2>Pictures</h2>\n<div class=\"pictures\">\n";
  for (const ReportPicture& picture : pictures) {
    html += fmt::format(
        "<figure><img alt=\"{}\" width=\"640\" height=\"560\" src=\"{}\"><figcaption>{}"
        "</figcaption></figure>\n",
        escaped(picture.title), data_uri(picture.svg), escaped(printable(picture.description)));
  }
  if (!pictures.empty()) html += "</div>\n";
  html += confusion_html(evaluated) + lengths_html(evaluated, view);
  html += fmt::format(
      "<p class=\"dim\">Calibration: the probabilities are off by {:.3f} on average (expected "
      "calibration error, ten bins).</p>\n",
      evaluated.calibration.error);
  return html + mistakes_html(evaluated, view) + "</body></html>\n";
}

}  // namespace eddy
