// SPDX-License-Identifier: MIT
#include "evaluate_texts.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>
#include <vector>

#include "answer_report.h"
#include "command.h"
#include "eddy/report.h"
#include "evaluation_report.h"
#include "interrupt.h"
#include "text_answers.h"
#include "text_rows.h"

namespace eddy::cli {
namespace {

// A batch at a time: there may be more answers than memory.
std::vector<ClassCounts> count_classes(Model& model, const TextAnswers& answers, const IntSource& x,
                                       const Tensor& y, int64_t batch_size,
                                       const std::vector<int64_t>& lengths, AnswerReport& report) {
  std::vector<ClassCounts> classes;
  std::vector<int64_t> texts;
  for (int64_t first = 0; first < y.size(); first += std::ssize(texts)) {
    texts.resize(static_cast<size_t>(std::min(batch_size, y.size() - first)));
    std::iota(texts.begin(), texts.end(), first);
    IntTensor ids({std::ssize(texts), x.shape()[1]});
    x.gather(texts, ids.data());
    const Tensor outputs = model.predict(std::move(ids), batch_size);
    count_answers(answers, outputs, y.data() + first, classes);
    if (report.is_asked_for()) report.add(outputs, y.data() + first, lengths.data() + first);
  }
  return classes;
}

int64_t words_of(const std::string& text) {
  std::istringstream words(text);
  return std::distance(std::istream_iterator<std::string>(words), {});
}

// The texts that a report shows, by number: they are read once more.
std::map<int64_t, std::string> texts_of(datasets::LabelledTexts& texts,
                                        const std::vector<int64_t>& numbers) {
  std::map<int64_t, std::string> found;
  int64_t number = 0;
  size_t next = 0;
  for_each_text(texts, [&](datasets::LabelledText& record) {
    if (next < numbers.size() && numbers[next] == number) {
      found.emplace(number, std::move(record.text));
      ++next;
    }
    ++number;
  });
  return found;
}

}  // namespace

int evaluate_texts(Model& model, const TextEvaluation& task) {
  const TextAnswers answers(model, task.model);
  const Labels labels(answers.classes());
  const InterruptGuard guard;
  const TextMemory memory(task.memory);
  datasets::LabelledTextsOptions columns = task.columns;
  columns.max_bytes = memory.record();
  datasets::LabelledTexts texts(task.path, columns);
  AnswerReport report(task.report, answers);
  TextRows rows(*model.text_encoder(), memory, memory.rows());
  std::vector<int64_t> lengths;
  for_each_text(texts, [&](datasets::LabelledText& record) {
    if (report.is_asked_for()) lengths.push_back(words_of(record.text));
    rows.add(std::move(record.text), labels.target(record.label, texts.place()));
  });
  note_invalid(texts);
  const auto [x, y] = rows.take();
  if (y.empty()) {
    throw Error(ErrorCode::bad_data, task.path, "texts: expected labelled ones, got none.",
                "name a file or folder with texts.");
  }
  const Metrics metrics = model.evaluate(SampleSource(x), y, {.batch_size = task.batch_size});
  const Baseline baseline = baseline_of(labels, y, y);
  std::vector<ClassCounts> counts;
  if (!labels.are_numbers()) {
    counts = count_classes(model, answers, *x, y, task.batch_size, lengths, report);
  }
  const Evaluation evaluation{"texts", y.size(), metrics, baseline, counts};
  if (task.json) {
    print_json(task.model, task.path, answers, evaluation);
  } else {
    std::cout << fmt::format("{}; {} texts\n", columns_of(texts, task.path),
                             fmt::group_digits(y.size()));
    print_text(labels, answers, evaluation);
  }
  if (report.is_asked_for()) {
    const auto shown = texts_of(texts, report.shown());
    report.write({task.model, task.path, "texts", "words", metrics,
                  describe(labels, baseline, y.size()), task.json},
                 [&](int64_t sample) {
                   const auto text = shown.find(sample);
                   return text == shown.end() ? "(it is no longer there)" : text->second;
                 });
  }
  return kOk;
}

}  // namespace eddy::cli
