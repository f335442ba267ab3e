// SPDX-License-Identifier: MIT
// Reports of a classifier's answers.
#include "eddy/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "eddy/error.h"
#include "eddy/plot.h"
#include "message_of.h"
#include "report/evaluated.h"

namespace eddy::evaluation_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Six samples of two classes; the second and the fifth answer are wrong.
ClassifierAnswers two_classes() {
  return {
      .classes = {"ham & eggs", "<spam>"},
      .truth = {0, 0, 1, 1, 1, 0},
      .answer = {0, 1, 1, 1, 0, 0},
      .probabilities = {0.9F, 0.1F, 0.3F, 0.7F, 0.2F, 0.8F, 0.4F, 0.6F, 0.95F, 0.05F, 0.8F, 0.2F},
      .lengths = {5, 9, 2, 30, 7, 1}};
}

TEST(Evaluation, TellsMistakesTheMostConfidentFirst) {
  EXPECT_THAT(worst_mistakes(two_classes()), ElementsAre(4, 1));
  EXPECT_THAT(worst_mistakes(two_classes(), 1), ElementsAre(4));
}

TEST(Evaluation, ScoresTheSecondOfTwoClasses) {
  const ClassifierAnswers answers = two_classes();
  const Evaluated evaluated = evaluate_answers(answers);
  EXPECT_EQ(evaluated.confusion, (Confusion{{2, 1}, {1, 2}}));
  EXPECT_FALSE(evaluated.roc[0].has_value());
  // Scores of class 1: 0.8 0.6 0.05 of it, 0.7 0.2 0.1 of the other: of nine pairs five are right.
  EXPECT_NEAR(evaluated.roc[1]->area, 5 / 9.0, 1e-12);
  EXPECT_NEAR(evaluated.macro_roc, 5 / 9.0, 1e-12);
  int64_t count = 0;
  for (const LengthBin& bin : evaluated.lengths) {
    EXPECT_LE(bin.from, bin.to);
    count += bin.count;
  }
  EXPECT_EQ(count, 6);
}

TEST(Evaluation, ScoresEachOfManyClassesAgainstTheOthers) {
  const ClassifierAnswers answers{
      .classes = {"a", "b", "c", "never"},
      .truth = {0, 1, 2, 1},
      .answer = {0, 1, 1, 1},
      .probabilities = {0.7F, 0.1F, 0.1F, 0.1F, 0.2F, 0.6F, 0.1F, 0.1F, 0.1F, 0.5F, 0.3F, 0.1F,
                        0.3F, 0.4F, 0.2F, 0.1F}};
  const Evaluated evaluated = evaluate_answers(answers);
  EXPECT_NEAR(evaluated.roc[0]->area, 1, 1e-12);
  EXPECT_NEAR(evaluated.roc[1]->area, 0.75, 1e-12);  // 0.6 and 0.4 against 0.1 and 0.5
  EXPECT_NEAR(evaluated.roc[2]->area, 1, 1e-12);
  EXPECT_FALSE(evaluated.roc[3].has_value());
  EXPECT_NEAR(evaluated.macro_roc, 2.75 / 3, 1e-12);
  EXPECT_TRUE(evaluated.lengths.empty());
}

TEST(Evaluation, SamplesOfOneLengthStayTogether) {
  ClassifierAnswers answers{.classes = {"a", "b"}};
  for (int64_t i = 0; i < 100; ++i) {
    answers.truth.push_back(i % 2);
    answers.answer.push_back(i < 50 ? i % 2 : 0);
    answers.probabilities.insert(answers.probabilities.end(), {0.5F, 0.5F});
    answers.lengths.push_back(i < 60 ? 4 : i);
  }
  const Evaluated evaluated = evaluate_answers(answers);
  ASSERT_GT(evaluated.lengths.size(), 2U);
  EXPECT_EQ(evaluated.lengths[0].from, 4);
  EXPECT_EQ(evaluated.lengths[0].to, 4);
  EXPECT_EQ(evaluated.lengths[0].count, 60);
  EXPECT_EQ(evaluated.lengths[0].right, 55);
}

TEST(Evaluation, WritesOnePageThatNeedsNothingElse) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "eddy_report" / "made";
  std::filesystem::remove_all(folder.parent_path());
  ReportView view{.title = "a <title>", .facts = {{"loss", "0.5"}}};
  view.mistakes = {{4, "a text with <script>alert(1)</script> & more"}};
  const auto written = write_report(two_classes(), view, folder);
  ASSERT_FALSE(written.empty());
  EXPECT_EQ(written.back(), folder / "report.html");
  EXPECT_EQ(written.size(), can_plot() ? 11U : 1U) << "five pictures, twice, and the page";
  for (const auto& path : written) EXPECT_GT(std::filesystem::file_size(path), 1000U) << path;
  std::ifstream file(folder / "report.html");
  const std::string html((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(html, HasSubstr("a text with &lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
  EXPECT_THAT(html, HasSubstr("<b>ham &amp; eggs</b> with 0.9500, but it is <b>&lt;spam&gt;</b>"));
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("=\"http"), std::string::npos) << "a link to the outside";
  std::filesystem::remove_all(folder.parent_path());
}

TEST(Evaluation, RefusesListsThatDoNotFit) {
  const auto refused = [](const std::function<void(ClassifierAnswers&)>& change) {
    ClassifierAnswers answers = two_classes();
    change(answers);
    return message_of([&] { evaluate_answers(answers); });
  };
  EXPECT_THAT(refused([](auto& a) { a.classes.pop_back(); }), HasSubstr("two or more, got 1"));
  EXPECT_THAT(refused([](auto& a) { a.answer.pop_back(); }),
              HasSubstr("answer: expected 6, got 5"));
  EXPECT_THAT(refused([](auto& a) { a.lengths.pop_back(); }),
              HasSubstr("expected 6 or none, got 5"));
  EXPECT_THAT(refused([](auto& a) { a.probabilities[3] = 1.5F; }), HasSubstr("0 to 1, got 1.5"));
  EXPECT_THAT(refused([](auto& a) { a.truth[2] = 2; }), HasSubstr("expected"));
  EXPECT_THAT(refused([](auto& a) { a = {.classes = {"a", "b"}}; }), HasSubstr("got none"));
}

TEST(Evaluation, RefusesClassesAndSamplesThatAreNotThere) {
  ClassifierAnswers answers = two_classes();
  answers.answer[1] = 2;
  EXPECT_THAT(message_of([&] { worst_mistakes(answers); }),
              HasSubstr("class: expected 0 to 1, got 2"));
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "eddy_refused";
  std::filesystem::remove_all(folder);
  for (const int64_t sample : {int64_t{-1}, int64_t{6}}) {
    const ReportView view{.mistakes = {{sample, "a text"}}};
    EXPECT_THAT(message_of([&] { write_report(two_classes(), view, folder); }),
                HasSubstr("mistakes: expected samples 0 to 5, got"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace eddy::evaluation_test
