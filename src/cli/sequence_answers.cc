// SPDX-License-Identifier: MIT
#include "sequence_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "answer_report.h"
#include "command.h"
#include "eddy/report.h"
#include "evaluation_report.h"
#include "interrupt.h"
#include "labels.h"
#include "sequence_input.h"
#include "sequence_setup.h"
#include "text_answers.h"

namespace eddy::cli {
namespace {

SequenceSetup setup_for(const Model& model, const SequenceQuestion& question) {
  SequenceSetup setup = SequenceSetup::of(model, question.model);
  if (!question.id.empty()) setup.id = question.id;
  if (!question.label.empty()) setup.label = question.label;
  return setup;
}

// [sequences, outputs]. Sequences of one length go together: nothing is filled up, so that an
// answer does not depend on the other sequences.
Tensor answers_to(Model& model, const std::vector<datasets::Sequence>& sequences,
                  int64_t batch_size) {
  std::map<int64_t, std::vector<size_t>> by_length;
  for (size_t i = 0; i < sequences.size(); ++i) {
    by_length[sequences[i].values.dim(0)].push_back(i);
  }
  const int64_t width = model.output_shape()[1];
  Tensor outputs({static_cast<int64_t>(sequences.size()), width});
  for (const auto& [length, places] : by_length) {
    for (size_t from = 0; from < places.size(); from += static_cast<size_t>(batch_size)) {
      InterruptGuard::check();
      const size_t to = std::min(places.size(), from + static_cast<size_t>(batch_size));
      std::vector<datasets::Sequence> batch;
      for (size_t i = from; i < to; ++i) batch.push_back(sequences[places[i]]);
      const Tensor answers = model.predict(pad_steps(batch, sequence_padding()), batch_size);
      for (size_t i = from; i < to; ++i) {
        std::copy_n(answers.data() + static_cast<int64_t>(i - from) * width, width,
                    outputs.data() + static_cast<int64_t>(places[i]) * width);
      }
    }
  }
  return outputs;
}

std::string line_of(const TextAnswers& answers, const std::string& id, const float* output) {
  if (answers.are_numbers()) return fmt::format("{}\t{:.6g}", id, answers.number(output));
  const size_t best = answers.best_class(output);
  return fmt::format("{}\t{}\t{:.6f}", id, answers.classes()[best],
                     answers.probability(output, best));
}

std::string json_line_of(const TextAnswers& answers, const std::string& id, const float* output) {
  nlohmann::ordered_json line = {{"id", id}};
  if (answers.are_numbers()) {
    line["value"] = answers.number(output);
  } else {
    const auto& classes = answers.classes();
    line["class"] = classes[answers.best_class(output)];
    for (size_t i = 0; i < classes.size(); ++i) {
      line["probabilities"][classes[i]] = answers.probability(output, i);
    }
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

int predict_sequences(Model& model, const SequenceQuestion& question) {
  const SequenceSetup setup = setup_for(model, question);
  const TextAnswers answers(model, question.model, setup.classes);
  const InterruptGuard guard;
  auto sequences = setup.read(question.path, false).data.sequences;
  for (auto& sequence : sequences) cut_sequence(sequence, setup.maxlen, question.path);
  const Tensor outputs = answers_to(model, sequences, question.batch_size);
  for (size_t i = 0; i < sequences.size(); ++i) {
    const float* const output = outputs.data() + static_cast<int64_t>(i) * outputs.dim(1);
    std::cout << (question.json ? json_line_of : line_of)(answers, sequences[i].id, output) << '\n';
  }
  std::cout.flush();
  return kOk;
}

int evaluate_sequences(Model& model, const SequenceQuestion& question) {
  const SequenceSetup setup = setup_for(model, question);
  const TextAnswers answers(model, question.model, setup.classes);
  const Labels labels(answers.classes());
  AnswerReport report(question.report, answers);
  const InterruptGuard guard;
  SequenceInput input(setup, question.path, question.memory);
  const bool of_test = input.take_test();
  SequenceSide side(input.rows());
  SequenceCount count;
  int64_t cut = 0;
  std::vector<std::string> ids;  // for the report, as are the steps
  std::vector<int64_t> steps;
  input.for_each([&](datasets::Sequence& sequence) {
    count.add(sequence);
    input.check_count(count.sequences);
    cut += cut_sequence(sequence, setup.maxlen, question.path) ? 1 : 0;
    side.add(sequence, labels.target(sequence.label,
                                     fmt::format("{}, sequence '{}'", question.path, sequence.id)));
    if (report.is_asked_for()) {
      ids.push_back(sequence.id);
      steps.push_back(sequence.values.dim(0));
    }
    sequence.values = Tensor();
  });
  const Tensor y = side.take_targets();
  const SampleSource x = side.x;
  const Metrics metrics = model.evaluate(x, y, {.batch_size = question.batch_size});
  Evaluation evaluation{"sequences", y.size(), metrics, baseline_of(labels, y, y), {}};
  if (!labels.are_numbers()) {
    evaluation.classes = count_classes(
        model, answers, x, y, question.batch_size, [&](const Tensor& outputs, int64_t first) {
          if (!report.is_asked_for()) return;
          report.add(outputs, y.data() + first, steps.data() + first);
        });
  }
  if (report.is_asked_for()) {
    report.write(
        {question.model, question.path, "sequences", "steps", metrics,
         describe(labels, evaluation.baseline, y.size(), "sequences"), question.json},
        [&](int64_t i) { return fmt::format("sequence '{}'", ids[static_cast<size_t>(i)]); });
  }
  if (question.json) {
    print_json(question.model, question.path, answers, evaluation);
    return kOk;
  }
  std::cout << describe_sequences(input.facts(), count, question.path)
            << (of_test ? ", the test part" : "");
  if (cut > 0) std::cout << fmt::format("; {} lose their end", fmt::group_digits(cut));
  std::cout << '\n';
  print_text(labels, answers, evaluation);
  return kOk;
}

}  // namespace eddy::cli
