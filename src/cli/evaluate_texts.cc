// SPDX-License-Identifier: MIT
#include "evaluate_texts.h"

#include <fmt/format.h>

#include <iostream>
#include <utility>
#include <vector>

#include "command.h"
#include "eddy/report.h"
#include "evaluation_report.h"
#include "interrupt.h"
#include "text_answers.h"
#include "text_rows.h"

namespace eddy::cli {

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
  const Evaluation evaluation{"texts", y.size(), metrics, baseline, counts};
  if (task.json) {
    print_json(task.model, task.path, answers, evaluation);
    return kOk;
  }
  std::cout << fmt::format("{}; {} texts\n", columns_of(texts, task.path),
                           fmt::group_digits(y.size()));
  print_text(labels, answers, evaluation);
  return kOk;
}

}  // namespace eddy::cli
