// SPDX-License-Identifier: MIT
#include "evaluate_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "command.h"
#include "eddy/report.h"
#include "interrupt.h"
#include "text_answers.h"
#include "text_rows.h"

namespace eddy::cli {
namespace {

struct ClassCounts {
  int64_t texts = 0, answered = 0, right = 0;
  double precision() const { return ratio(answered); }
  double recall() const { return ratio(texts); }

 private:
  double ratio(int64_t of) const {
    return of == 0 ? 0 : static_cast<double>(right) / static_cast<double>(of);
  }
};

std::vector<ClassCounts> count_classes(const TextAnswers& answers, const Tensor& outputs,
                                       const Tensor& y) {
  std::vector<ClassCounts> classes(answers.classes().size());
  for (int64_t i = 0; i < y.size(); ++i) {
    const size_t answer = answers.best_class(outputs.data() + i * outputs.dim(1));
    const auto truth = static_cast<size_t>(y[i]);
    ++classes[truth].texts;
    ++classes[answer].answered;
    if (answer == truth) ++classes[truth].right;
  }
  return classes;
}

void print_table(const TextAnswers& answers, const std::vector<ClassCounts>& counts) {
  size_t width = 5;
  for (const auto& name : answers.classes()) width = std::max(width, name.size());
  std::cout << fmt::format("\n{:<{}}  {:>8}  precision  recall\n", "class", width, "texts");
  for (size_t i = 0; i < counts.size(); ++i) {
    std::cout << fmt::format("{:<{}}  {:>8}  {:9.4f}  {:6.4f}\n", answers.classes()[i], width,
                             counts[i].texts, counts[i].precision(), counts[i].recall());
  }
}

void print_json(const TextEvaluation& task, const TextAnswers& answers, const Metrics& metrics,
                const Baseline& baseline, const std::vector<ClassCounts>& counts, int64_t texts) {
  nlohmann::ordered_json result = {{"model", task.model}, {"dataset", task.path}, {"texts", texts}};
  for (const auto& [name, value] : metrics) result[name] = value;
  if (answers.are_numbers()) {
    result["baseline"] = {{"value", baseline.mean}, {"mse", baseline.mse}, {"mae", baseline.mae}};
  } else {
    result["baseline"] = {{"class", answers.classes()[baseline.most_frequent]},
                          {"accuracy", baseline.accuracy}};
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    result["classes"][answers.classes()[i]] = {{"texts", counts[i].texts},
                                               {"precision", counts[i].precision()},
                                               {"recall", counts[i].recall()}};
  }
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace

int evaluate_texts(Model& model, const TextEvaluation& task) {
  const TextAnswers answers(model, task.model);
  const Labels labels(answers.classes());
  const InterruptGuard guard;
  datasets::LabelledTexts texts(task.path, task.columns);
  TextRows rows(*model.text_encoder());
  for_each_text(texts, [&](datasets::LabelledText& record) {
    rows.add(std::move(record.text), labels.target(record.label, texts.place()));
  });
  note_invalid(texts);
  const auto [x, y] = rows.take();
  if (y.empty()) {
    throw Error(ErrorCode::bad_data, task.path, "texts: expected labelled ones, got none.",
                "name a file or folder with texts.");
  }
  const Metrics metrics = model.evaluate(x, y, task.batch_size);
  const Baseline baseline = baseline_of(labels, y, y);
  std::vector<ClassCounts> counts;
  if (!labels.are_numbers()) counts = count_classes(answers, model.predict(x, task.batch_size), y);
  if (task.json) {
    print_json(task, answers, metrics, baseline, counts, y.size());
    return kOk;
  }
  std::cout << fmt::format("{}; {} texts\n", columns_of(texts, task.path),
                           fmt::group_digits(y.size()));
  for (const auto& [name, value] : metrics) {
    std::cout << fmt::format("{:<9}{:.4f}\n", name == "acc" ? "accuracy" : name, value);
  }
  std::cout << fmt::format("baseline {}\n", to_string(labels, baseline, y.size()));
  if (!counts.empty()) print_table(answers, counts);
  return kOk;
}

}  // namespace eddy::cli
