// SPDX-License-Identifier: MIT
#include "evaluate_texts.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <map>
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
  const DataMemory memory(task.memory);
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
  const auto rows_and_targets = rows.take();
  const TextSource& x = rows_and_targets.first;
  const Tensor& y = rows_and_targets.second;
  if (y.empty()) {
    throw Error(ErrorCode::bad_data, task.path, "texts: expected labelled ones, got none.",
                "name a file or folder with texts.");
  }
  const Metrics metrics = model.evaluate(SampleSource(x), y, {.batch_size = task.batch_size});
  const Baseline baseline = baseline_of(labels, y, y);
  std::vector<ClassCounts> counts;
  if (!labels.are_numbers()) {
    counts = count_classes(model, answers, x, y, task.batch_size,
                           [&](const Tensor& outputs, int64_t first) {
                             if (!report.is_asked_for()) return;
                             report.add(outputs, y.data() + first, lengths.data() + first);
                           });
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
