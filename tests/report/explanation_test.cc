// SPDX-License-Identifier: MIT
// Explanations as text and as a page, and pictures of traces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "eddy/explain.h"
#include "eddy/plot.h"
#include "report/report_support.h"

namespace eddy::explanation_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TextToken token(std::string word, int64_t begin, int64_t end, int64_t step, double after,
                double share) {
  TextToken made;
  made.token = std::move(word);
  made.begin = begin;
  made.end = end;
  made.id = step < 0 ? -1 : 5;
  made.step = step;
  made.after = after;
  made.share = share;
  return made;
}

TextExplanation hostile() {
  TextExplanation e;
  e.text = "A <b>good</b> & \"old\"\x1b[31m film's end";
  e.tokens = {token("", 0, 0, 0, 0.5, 0.001),
              token("a", 0, 1, 1, 0.51, 0.01),
              token("b", 2, 13, 2, 0.52, 0.05),
              token("good", 2, 13, 3, 0.9, 0.4),
              token("old\x1b[31m", 16, 26, 4, 0.8, -0.2),
              token("film's", 27, 33, -1, std::nan(""), 0),
              token("end", 34, 37, 5, 0.75, -0.01)};
  e.answer = 0.75;
  e.baseline_answer = e.completeness_error = std::nan("");
  return e;
}

ExplanationView view(bool color = false) {
  ExplanationView v;
  v.title = "<title>";
  v.quantity = "probability of 'good'";
  v.method = "leave-one-out";
  v.top = 2;
  v.color = color;
  return v;
}

TEST(ExplanationText, MarksTheStrongestWordsWithoutColours) {
  const std::string text = explanation_text(hostile(), view());
  EXPECT_THAT(text, HasSubstr("Answer      0.7500  probability of 'good'\n"));
  EXPECT_THAT(text,
              HasSubstr("A <b>good</b>[+0.4500] & \"old\"\xEF\xBF\xBD[31m[-0.2000] film's end\n"));
  EXPECT_THAT(text, HasSubstr("    4    +0.4000     0.9000"));
  EXPECT_THAT(text, HasSubstr("    5    -0.2000     0.8000"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("+0.0100")));  // not among the top 2
}

TEST(ExplanationText, ColoursAllSeenWordsAndWrapsToTheWidth) {
  ExplanationView wide = view(true);
  const std::string text = explanation_text(hostile(), wide);
  EXPECT_THAT(text, HasSubstr("\x1b[38;5;16;48;5;39m<b>good</b>\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[2mfilm's\x1b[0m"));
  EXPECT_THAT(text, Not(HasSubstr("[+0.4")));
  TextExplanation longer = hostile();
  longer.text.clear();
  longer.tokens.clear();
  for (int i = 0; i < 60; ++i) {
    const auto at = static_cast<int64_t>(longer.text.size());
    longer.text += "w\xC3\xB6rd ";
    longer.tokens.push_back(token("w\xC3\xB6rd", at, at + 5, i, 0.5, 0.01 * i));
  }
  ExplanationView narrow = view();
  narrow.width = 40;
  std::istringstream lines(explanation_text(longer, narrow));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto cells = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    if (line.find("Word") != std::string::npos) break;  // numbers have a width of their own
    EXPECT_LE(cells, 40) << line;
  }
  EXPECT_GT(count, 8);
}

TEST(ExplanationText, CountsLongStretchesThatNobodySees) {
  TextExplanation e;
  for (int i = 0; i < 200; ++i) {
    const auto at = static_cast<int64_t>(e.text.size());
    e.text.append("w").append(std::to_string(i)).append(" ");
    const auto end = static_cast<int64_t>(e.text.size()) - 1;
    e.tokens.push_back(token("w", at, end, i < 150 ? -1 : i, 0.5, i == 199 ? 1 : 0));
  }
  e.answer = 1;
  e.baseline_answer = e.completeness_error = std::nan("");
  const std::string text = explanation_text(e, view());
  EXPECT_THAT(text, HasSubstr("[150 words that the model does not see] w150["));
  EXPECT_THAT(text, Not(HasSubstr("w149")));
}

TEST(ExplanationText, SaysHowWellIntegratedSharesAddUp) {
  TextExplanation e = hostile();
  e.baseline = "pad";
  e.baseline_answer = 0.5;
  e.completeness_error = 0.00031;
  e.padding = -0.02;
  ExplanationView v = view();
  v.method = "integrated";
  const std::string text = explanation_text(e, v);
  EXPECT_THAT(text, HasSubstr("pad answers 0.5000; the shares add up to +0.2500 with an error of\n"
                              "            0.00031\n"));
  EXPECT_THAT(text, HasSubstr("(padding)"));
}

// Every tag is closed by its own name, in order.
void expect_well_formed(const std::string& html) {
  std::vector<std::string> open;
  for (size_t at = 0; (at = html.find('<', at)) != std::string::npos; ++at) {
    const size_t end = html.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = html.substr(at + 1, end - at - 1);
    if (tag.starts_with('!') || tag.ends_with('/')) continue;
    std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (name == "meta" || name == "link" || name == "br") continue;
    if (name.starts_with('/')) {
      ASSERT_FALSE(open.empty()) << tag;
      EXPECT_EQ(open.back(), name.substr(1));
      open.pop_back();
    } else {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(ExplanationHtml, EscapesEverythingAndNeedsNothingFromOutside) {
  const std::string html = explanation_html(hostile(), view());
  expect_well_formed(html);
  EXPECT_THAT(html, HasSubstr("<title>&lt;title&gt;</title>"));
  EXPECT_THAT(html, HasSubstr(">&lt;b&gt;good&lt;/b&gt;</span>"));
  EXPECT_THAT(html, HasSubstr("&amp; <span"));
  EXPECT_THAT(html, HasSubstr(">&quot;old&quot;\xEF\xBF\xBD[31m</span>"));
  EXPECT_THAT(html, HasSubstr("probability of &#39;good&#39;"));
  EXPECT_THAT(html, HasSubstr("class=\"u9\" data-n=\"b: share +0.4500"));
  EXPECT_THAT(html, HasSubstr("data-n=\"not seen by the model\""));
  for (const char* outside : {"http:", "https:", "<script", "@import", "url(", " src=", "<b>g"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme:dark"));
}

SeriesExplanation series() {
  SeriesExplanation s;
  s.explanation.steps = 3;
  s.explanation.features = 2;
  s.explanation.answer = 21.5;
  s.explanation.shares = {0.1, -2, 0.3, 0, 0, 1.5};
  s.explanation.after = {20, 21, 21.5};
  s.explanation.baseline = "mean";
  s.explanation.baseline_answer = s.explanation.completeness_error = std::nan("");
  s.values = Tensor({3, 2}, {1, 2, 3, 4, 5, 6.25});
  s.columns = {"heat", "<wind>"};
  s.labels = {"mon", "tue", "wed"};
  return s;
}

TEST(ExplanationText, ListsColumnsAndValuesOfASeries) {
  ExplanationView v = view();
  v.probability = false;
  v.quantity = "heat, 1 step after the end";
  const std::string text = explanation_text(series(), v);
  EXPECT_THAT(text, HasSubstr("Answer      21.5  heat, 1 step after the end\n"));
  EXPECT_THAT(text, testing::ContainsRegex("<wind> +-0.5 +3.5"));
  EXPECT_THAT(text, testing::ContainsRegex("mon +<wind> +2 +-2 "));
  EXPECT_THAT(text, testing::ContainsRegex("wed +<wind> +6.25 +.1.5 "));
  const std::string html = explanation_html(series(), v);
  expect_well_formed(html);
  EXPECT_THAT(html, HasSubstr("<th>&lt;wind&gt;</th>"));
  EXPECT_THAT(html, HasSubstr("class=\"d9\" data-n=\"mon, &lt;wind&gt;: share -2\""));
}

LayerTrace small_trace() {
  LayerTrace trace;
  trace.layer = "both/forward_gru";
  trace.cell = "gru";
  Tensor values({4, 3}, {0, 0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F, 0.7F, 0.8F, 0.9F, 1, 0.5F});
  values[3] = std::numeric_limits<float>::quiet_NaN();
  trace.gates = {{"z", values}, {"h", values}};
  trace.states = {{"h", values}};
  return trace;
}

TEST(TracePlot, DrawsOneUnitAndAll) {
  if (!can_plot()) GTEST_SKIP() << "gnuplot is not installed";
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "").string();
  for (const int64_t unit : {-1, 2}) {
    const auto files = plot_trace(
        small_trace(),
        {.labels = {"it's", "a", "\xC3\xA9", "end"}, .steps = {0, 1, 2, 3}, .unit = unit}, prefix);
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[1].filename(), "both-forward_gru.png");
    for (const auto& file : files) EXPECT_GT(std::filesystem::file_size(file), 2000U) << file;
    std::ifstream svg(files[0]);
    std::stringstream content;
    content << svg.rdbuf();
    EXPECT_THAT(content.str(), HasSubstr("candidate h"));
    EXPECT_THAT(content.str(), HasSubstr("gate z"));
    EXPECT_THAT(content.str(), HasSubstr("state h"));
  }
}

TEST(TracePlot, SaysWhatIsNotThere) {
  const auto message = [](const TracePicture& picture) -> std::string {
    try {
      plot_trace(small_trace(), picture, "x");
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message({.labels = {"a"}, .steps = {0}, .unit = 3}),
              HasSubstr("unit: expected 0 to 2 of layer 'both/forward_gru', got 3."));
  EXPECT_THAT(message({.labels = {"a"}, .steps = {4}}),
              HasSubstr("steps: expected 0 to 3, got 4."));
  EXPECT_THAT(message({.labels = {}, .steps = {0}}), HasSubstr("with a label each, got 1 and 0."));
}

}  // namespace
}  // namespace eddy::explanation_test
