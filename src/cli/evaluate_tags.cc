// SPDX-License-Identifier: MIT
#include "evaluate_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "command.h"
#include "eddy/report.h"
#include "interrupt.h"
#include "tag_answers.h"

namespace eddy::cli {
namespace {

double ratio(int64_t part, int64_t of) {
  return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}

struct LabelCounts {
  int64_t steps = 0, answered = 0, right = 0;
  double precision() const { return ratio(right, answered); }
  double recall() const { return ratio(right, steps); }
  // 2PR / (P + R)
  double f1() const { return ratio(2 * right, steps + answered); }
};

std::vector<LabelCounts> count_labels(size_t labels, const IntTensor& x, const Tensor& y,
                                      const IntTensor& answers) {
  std::vector<LabelCounts> counts(labels);
  for (int64_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0) continue;
    const auto truth = static_cast<size_t>(y[i]), answer = static_cast<size_t>(answers[i]);
    ++counts[truth].steps;
    ++counts[answer].answered;
    if (answer == truth) ++counts[truth].right;
  }
  return counts;
}

// The mean over the labels that are there or were answered.
double macro_f1(const std::vector<LabelCounts>& counts) {
  double sum = 0;
  int64_t labels = 0;
  for (const LabelCounts& label : counts) {
    if (label.steps + label.answered == 0) continue;
    sum += label.f1();
    ++labels;
  }
  return labels == 0 ? 0 : sum / static_cast<double>(labels);
}

void print_table(const std::vector<std::string>& names, const std::vector<LabelCounts>& counts) {
  size_t width = 5;
  for (const auto& name : names) width = std::max(width, name.size());
  std::cout << fmt::format("\n{:<{}}  {:>9}  precision  recall      F1\n", "label", width, "steps");
  for (size_t i = 0; i < counts.size(); ++i) {
    std::cout << fmt::format("{:<{}}  {:>9}  {:9.4f}  {:6.4f}  {:6.4f}\n", names[i], width,
                             counts[i].steps, counts[i].precision(), counts[i].recall(),
                             counts[i].f1());
  }
}

void print_json(const TagEvaluation& task, const TagAnswers& answers, const Metrics& metrics,
                const TagRows& rows, const TagScores& scores,
                const std::vector<LabelCounts>& counts) {
  nlohmann::ordered_json result = {{"model", task.model},
                                   {"dataset", task.path},
                                   {"sequences", rows.sequences()},
                                   {"steps", rows.steps()},
                                   {"unknown", scores.unknown}};
  for (const auto& [name, value] : metrics) result[name] = value;
  result["macro_f1"] = macro_f1(counts);
  if (const auto& baseline = answers.note().baseline) {
    result["baseline"] = {{"label", answers.labels()[static_cast<size_t>(baseline->most_frequent)]},
                          {"accuracy", scores.of_most_frequent},
                          {"accuracy_of_words", scores.of_words}};
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    result["labels"][answers.labels()[i]] = {{"steps", counts[i].steps},
                                             {"precision", counts[i].precision()},
                                             {"recall", counts[i].recall()},
                                             {"f1", counts[i].f1()}};
  }
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace

int evaluate_tags(Model& model, const TagEvaluation& task) {
  TagAnswers answers(model, task.model);
  const Labels labels(answers.labels());
  const InterruptGuard guard;
  datasets::TaggedSequences sequences(task.path, task.columns);
  TagRows rows(*model.text_encoder(), labels, answers.note().maxlen);
  for_each_sequence(
      sequences, [&](const datasets::TaggedSequence& sequence) { rows.add(sequence, sequences); });
  note_oddities(sequences, task.path);
  const auto [x, y] = rows.take();
  if (y.empty()) {
    throw Error(ErrorCode::bad_data, task.path, "sequences: expected labelled ones, got none.",
                "name a file with a word and its label on a line.");
  }
  const Metrics metrics = model.evaluate(x, y, task.batch_size);
  const auto counts =
      count_labels(answers.labels().size(), x, y, answers.answer(x, task.batch_size));
  const auto& baseline = answers.note().baseline;
  const TagScores scores = scores_of(baseline.value_or(TagBaseline()), x, y);
  if (task.json) {
    print_json(task, answers, metrics, rows, scores, counts);
    return kOk;
  }
  std::cout << fmt::format("{}; {} sequences, {} steps, {:.1f} % of them of unknown words\n",
                           columns_of(sequences, task.path), fmt::group_digits(rows.sequences()),
                           fmt::group_digits(rows.steps()), 100 * scores.unknown);
  for (const auto& [name, value] : metrics) {
    std::cout << fmt::format("{:<9}{:.4f}\n", name == "acc" ? "accuracy" : name, value);
  }
  std::cout << fmt::format("macro F1 {:.4f}\n", macro_f1(counts));
  if (baseline) {
    std::cout << fmt::format(
        "baseline always '{}': {:.4f}; each word's most frequent label in training: {:.4f}\n",
        answers.labels()[static_cast<size_t>(baseline->most_frequent)], scores.of_most_frequent,
        scores.of_words);
  }
  print_table(answers.labels(), counts);
  return kOk;
}

}  // namespace eddy::cli
