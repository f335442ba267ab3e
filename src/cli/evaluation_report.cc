// SPDX-License-Identifier: MIT
#include "evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>
#include <variant>

namespace eddy::cli {
namespace {

void print_table(const TextAnswers& answers, const Evaluation& evaluation) {
  size_t width = 5;
  for (const auto& name : answers.classes()) width = std::max(width, name.size());
  const size_t column = std::max<size_t>(8, evaluation.samples.size());
  std::cout << fmt::format("\n{:<{}}  {:>{}}  precision  recall\n", "class", width,
                           evaluation.samples, column);
  for (size_t i = 0; i < evaluation.classes.size(); ++i) {
    const ClassCounts& counts = evaluation.classes[i];
    std::cout << fmt::format("{:<{}}  {:>{}}  {:9.4f}  {:6.4f}\n", answers.classes()[i], width,
                             counts.samples, column, counts.precision(), counts.recall());
  }
}

}  // namespace

void count_answers(const TextAnswers& answers, const Tensor& outputs, const float* y,
                   std::vector<ClassCounts>& classes) {
  classes.resize(answers.classes().size());
  for (int64_t i = 0; i < outputs.dim(0); ++i) {
    const size_t answer = answers.best_class(outputs.data() + i * outputs.dim(1));
    const auto truth = static_cast<size_t>(y[i]);
    ++classes[truth].samples;
    ++classes[answer].answered;
    if (answer == truth) ++classes[truth].right;
  }
}

std::vector<ClassCounts> count_classes(
    Model& model, const TextAnswers& answers, const SampleSource& x, const Tensor& y,
    int64_t batch_size, const std::function<void(const Tensor& outputs, int64_t first)>& visit) {
  std::vector<ClassCounts> classes;
  std::vector<int64_t> samples;
  for (int64_t first = 0; first < y.size(); first += std::ssize(samples)) {
    samples.resize(static_cast<size_t>(std::min(batch_size, y.size() - first)));
    std::iota(samples.begin(), samples.end(), first);
    const auto rows_of = [&]<class T>(const std::shared_ptr<const BasicSource<T>>& source) {
      Shape shape = source->shape();
      shape[0] = std::ssize(samples);
      BasicTensor<T> rows(shape);
      source->gather(samples, rows.data());
      return Input(std::move(rows));
    };
    const Tensor outputs = model.predict(std::visit(rows_of, x), batch_size);
    count_answers(answers, outputs, y.data() + first, classes);
    if (visit) visit(outputs, first);
  }
  return classes;
}

void print_text(const Labels& labels, const TextAnswers& answers, const Evaluation& evaluation) {
  for (const auto& [name, value] : evaluation.metrics) {
    std::cout << fmt::format("{:<9}{:.4f}\n", name == "acc" ? "accuracy" : name, value);
  }
  std::cout << fmt::format(
      "baseline {}\n", describe(labels, evaluation.baseline, evaluation.count, evaluation.samples));
  if (!evaluation.classes.empty()) print_table(answers, evaluation);
}

void print_json(const std::string& model, const std::string& data, const TextAnswers& answers,
                const Evaluation& evaluation) {
  const auto& [samples, count, metrics, baseline, classes] = evaluation;
  nlohmann::ordered_json result = {{"model", model}, {"dataset", data}, {samples, count}};
  for (const auto& [name, value] : metrics) result[name] = value;
  if (answers.are_numbers()) {
    result["baseline"] = {{"value", baseline.mean}, {"mse", baseline.mse}, {"mae", baseline.mae}};
  } else {
    result["baseline"] = {{"class", answers.classes()[baseline.most_frequent]},
                          {"accuracy", baseline.accuracy}};
  }
  for (size_t i = 0; i < classes.size(); ++i) {
    result["classes"][answers.classes()[i]] = {{samples, classes[i].samples},
                                               {"precision", classes[i].precision()},
                                               {"recall", classes[i].recall()}};
  }
  std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace eddy::cli
