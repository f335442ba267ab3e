// SPDX-License-Identifier: MIT
// eddy evaluate: loss and accuracy over a data set's test texts, or over a person's own data.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>

#include "answer_report.h"
#include "command.h"
#include "data_memory.h"
#include "dataset.h"
#include "eddy/eddy.h"
#include "evaluate_characters.h"
#include "evaluate_tags.h"
#include "evaluate_texts.h"
#include "flags.h"
#include "labels.h"
#include "sequence_answers.h"
#include "sequence_setup.h"
#include "tag_answers.h"
#include "text_answers.h"

namespace eddy::cli {
namespace {

struct EvaluateFlags {
  std::string model, text, label, id;
  DatasetFlags data;
  int64_t num_words = 10000, maxlen = 500, batch_size = 128, threads = 0;
  std::optional<int64_t> memory;
  bool json = false;
  std::string report;

  void declare(Flags& flags) {
    flags.argument("model", model, "FILE", "a .keras file");
    data.declare(flags, false);
    flags.text("--text", text, "COLUMN",
               "own texts: where the text stands; of words with labels the number of the column");
    flags.text("--label", label, "COLUMN", "own data: where the label stands");
    flags.text("--id", id, "COLUMN", "own numbers: which rows are one sequence");
    flags.whole("--num-words", num_words, {5, 10'000'000},
                "vocabulary of a model that does not carry its own");
    flags.whole("--maxlen", maxlen, {1, 100'000},
                "words of a review, for a model that does not say it");
    flags.whole("--batch-size", batch_size, {1, 1'000'000}, "reviews at a time");
    flags.size("--memory", memory, DataMemory::kRange, DataMemory::kHelp);
    flags.whole("--threads", threads, {0, 1024}, "threads, 0 for all cores");
    flags.flag("--json", json, "one JSON object instead of text");
    flags.text("--report", report, "DIR",
               "of classes: pictures and one page, report.html: confusion, curves, calibration, "
               "accuracy by length, the worst mistakes");
  }
};

// The rule that made the ids the network was trained on.
TextEncoder encoder_of(const Model& model, const EvaluateFlags& flags) {
  if (const TextEncoder* own = model.text_encoder()) return *own;
  return {.words = {}, .num_words = flags.num_words, .maxlen = flags.maxlen};
}

void check_vocabulary(const TextEncoder& encoder, const Dataset& dataset,
                      const EvaluateFlags& flags) {
  const bool none = encoder.words.empty() && !encoder.vectorization;
  const bool takes_texts =
      encoder.vectorization && encoder.classes.size() == dataset.classes.size();
  if (none || takes_texts || encoder.words == dataset.words) return;
  throw Error(ErrorCode::bad_data, flags.model,
              fmt::format("vocabulary: expected that of {}, got a model trained on other words.",
                          dataset.info.name),
              "evaluate the model on the data set that it was trained on.");
}

int evaluate_language_model(Model& model, const EvaluateFlags& flags) {
  for (const std::string& column : {flags.text, flags.label}) {
    if (column.empty()) continue;
    throw UsageError(flags.text.empty() ? "--label" : "--text",
                     "model: expected a classifier, got a language model.",
                     "leave the flag out: the whole file is one text.");
  }
  return evaluate_characters(model, flags.model, flags.data.dataset, flags.json);
}

int evaluate_on_sequences(Model& model, const EvaluateFlags& flags) {
  if (!flags.data.is_path() || !flags.text.empty()) {
    throw UsageError(flags.text.empty() ? "dataset" : "--text",
                     fmt::format("data: expected sequences of numbers, as {} was trained on, got "
                                 "{}.",
                                 flags.model, flags.text.empty() ? flags.data.dataset : "texts"),
                     "name a .csv, .tsv or .npz file.");
  }
  return evaluate_sequences(model, {.model = flags.model,
                                    .path = flags.data.dataset,
                                    .id = flags.id,
                                    .label = flags.label,
                                    .batch_size = flags.batch_size,
                                    .memory = flags.memory,
                                    .json = flags.json,
                                    .report = flags.report});
}

// Of the test part of imdb, reviews or reuters.
void report_on(AnswerReport& report, Model& model, const IntTensor& x, const Dataset& dataset,
               const Metrics& metrics, const EvaluateFlags& flags) {
  const datasets::Split& test = dataset.data.test;
  std::vector<int64_t> words;
  for (const auto& ids : test.x) words.push_back(std::ssize(ids) - 1);  // without the start
  report.add(model.predict(x, flags.batch_size), test.y.data(), words.data());
  const Labels labels(dataset.classes);
  const Baseline baseline = baseline_of(labels, dataset.data.train.y, test.y);
  report.write({flags.model, dataset.title(), dataset.texts(), "words", metrics,
                describe(labels, baseline, test.y.size(), dataset.texts()), flags.json},
               [&](int64_t sample) {
                 return review_texts(dataset, {test.x[static_cast<size_t>(sample)]})[0];
               });
}

// The test part of imdb, reviews or reuters.
int evaluate_dataset(Model& model, const EvaluateFlags& flags) {
  const TextEncoder encoder = encoder_of(model, flags);
  const Dataset dataset = load_dataset(flags.data,
                                       {.num_words = encoder.num_words,
                                        .start_char = encoder.start_char,
                                        .oov_char = encoder.oov_char,
                                        .index_from = encoder.index_from},
                                       false);
  check_vocabulary(encoder, dataset, flags);
  std::optional<TextAnswers> answers;
  std::optional<AnswerReport> report;
  if (!flags.report.empty()) {
    answers.emplace(model, flags.model, dataset.classes);
    report.emplace(flags.report, *answers);
  }
  const datasets::Split& test = dataset.data.test;
  const IntTensor x = encoder.vectorization ? encode_padded(encoder, review_texts(dataset, test.x))
                                            : pad_sequences(test.x, padding_of(encoder));
  const Metrics metrics = model.evaluate(x, test.y, flags.batch_size);
  if (flags.json) {
    nlohmann::json result = {
        {"model", flags.model}, {"dataset", dataset.info.name}, {dataset.texts(), test.y.size()}};
    for (const auto& [name, value] : metrics) result[name] = value;
    std::cout << result.dump() << '\n';
    if (report) report_on(*report, model, x, dataset, metrics, flags);
    return kOk;
  }
  std::cout << fmt::format("{}: {} test {}\n", dataset.title(), fmt::group_digits(test.y.size()),
                           dataset.texts());
  for (const auto& [name, value] : metrics) {
    std::cout << fmt::format("{:<9}{:.4f}\n", name == "acc" ? "accuracy" : name, value);
  }
  if (dataset.classes.size() > 2) {
    const Labels labels(dataset.classes);
    const Baseline baseline = baseline_of(labels, dataset.data.train.y, test.y);
    std::cout << fmt::format("baseline {}\n", describe(labels, baseline, test.y.size()));
  }
  if (report) report_on(*report, model, x, dataset, metrics, flags);
  return kOk;
}

int evaluate(const EvaluateFlags& flags) {
  require(flags.model, "evaluate", "model");
  flags.data.check("evaluate");
  set_num_threads(flags.threads);
  Model model = Model::load(flags.model);
  if (!flags.report.empty() && flags.memory) {
    throw UsageError("--report", "value: expected none beside --memory, got one.",
                     "leave one of the two out: a report holds all answers.");
  }
  if (SequenceSetup::is_in(model)) return evaluate_on_sequences(model, flags);
  if (!flags.id.empty()) {
    throw UsageError("--id", "model: expected one of sequences of numbers, got another one.",
                     "leave the flag out.");
  }
  if (flags.memory &&
      (is_language_model(model) || TagAnswers::fit(model) || !flags.data.is_path())) {
    throw UsageError("--memory", "data: expected a path to labelled texts, got others.",
                     "leave the flag out: these data are read as a whole.");
  }
  if (!flags.report.empty() &&
      (is_language_model(model) || (flags.data.is_path() && TagAnswers::fit(model)))) {
    throw UsageError("--report",
                     fmt::format("model: expected one that answers with a class, got {}.",
                                 is_language_model(model) ? "a language model"
                                                          : "one with a label for every word"),
                     "leave the flag out: the scores are printed.");
  }
  if (is_language_model(model)) {
    if (flags.data.is_path()) return evaluate_language_model(model, flags);
    throw UsageError("dataset",
                     fmt::format("value: expected a text file, got {}.", flags.data.dataset),
                     "the model foretells characters: name a plain text.");
  }
  if (flags.data.is_path() && TagAnswers::fit(model)) {
    return evaluate_tags(model, {.model = flags.model,
                                 .path = flags.data.dataset,
                                 .columns = tagged_columns(flags.text, flags.label),
                                 .batch_size = flags.batch_size,
                                 .json = flags.json});
  }
  if (flags.data.is_path()) {
    TextEvaluation task;
    task.model = flags.model;
    task.path = flags.data.dataset;
    task.columns.text = flags.text;
    task.columns.label = flags.label;
    task.batch_size = flags.batch_size;
    task.memory = flags.memory;
    task.json = flags.json;
    task.report = flags.report;
    return evaluate_texts(model, task);
  }
  return evaluate_dataset(model, flags);
}

}  // namespace

void add_evaluate(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "evaluate", "Measure a model on test reviews or on your own labelled texts or sequences.");
  auto flags = std::make_shared<EvaluateFlags>();
  Flags declared(*command);
  flags->declare(declared);
  command->callback([&action, flags] { action = [flags] { return evaluate(*flags); }; });
}

}  // namespace eddy::cli
