// SPDX-License-Identifier: MIT
// eddy predict: what a model answers to texts or sequences, one line for each, or one a word.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "lines.h"
#include "sequence_answers.h"
#include "sequence_setup.h"
#include "tag_answers.h"
#include "text_answers.h"

namespace eddy::cli {
namespace {

constexpr size_t kBatch = 128;  // texts at a time, if so many are there

struct PredictFlags {
  std::string model, text, file, id;
  int64_t threads = 0;
  bool json = false;

  void declare(Flags& flags) {
    flags.argument("model", model, "FILE", "a .keras file that `eddy train` wrote");
    flags.argument("text", text, "TEXT|FILE",
                   "one text, in quotes; - reads one text a line from stdin; for a "
                   "model of sequences a .csv, .tsv, .npz or .npy file");
    flags.text("--file", file, "FILE", "one text a line, or a file of sequences");
    flags.text("--id", id, "COLUMN", "own numbers: which rows are one sequence");
    flags.whole("--threads", threads, {0, 1024}, "threads, 0 for all cores");
    flags.flag("--json", json, "one JSON object a line: the text and the answer");
  }
};

bool has_words(const TextEncoder& encoder, const std::string& text) {
  if (!encoder.vectorization) return !tokenize(text).empty();
  const auto found = tokens(*encoder.vectorization, encoder.lower ? lower_case(text) : text);
  return !found.empty() && found != std::vector<std::string>{""};
}

void check_text(const TextEncoder& encoder, const std::string& text, const std::string& where) {
  if (has_words(encoder, text)) return;
  throw Error(ErrorCode::bad_data, where,
              fmt::format("text: expected at least one word, got {}.",
                          text.empty() ? "an empty one" : "none"),
              "leave empty texts out.");
}

// Open, and not empty.
class InputFile {
 public:
  explicit InputFile(const std::string& name)
      : descriptor_(open(name.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    const bool opened = descriptor_ >= 0 && fstat(descriptor_, &status) == 0;
    const bool empty = opened && S_ISREG(status.st_mode) && status.st_size == 0;
    if (opened && !empty) return;
    const std::string reason = empty ? "an empty file" : std::strerror(errno);
    if (descriptor_ >= 0) close(descriptor_);
    throw Error(ErrorCode::io, name, fmt::format("file: expected texts, got '{}'.", reason),
                "name a file with one text a line.");
  }
  ~InputFile() { close(descriptor_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// Not a language model, which answers with characters.
void check_answers(const Model& model, const std::string& file) {
  if (!is_language_model(model)) return;
  throw Error(
      ErrorCode::not_supported, file,
      "model: expected one that answers for texts, got a language model, which writes them.",
      fmt::format("`eddy generate {0}` has it write, `eddy evaluate {0} TEXT` measures it.", file));
}

class Predictor {
 public:
  Predictor(Model model, const PredictFlags& flags) : model_(std::move(model)), json_(flags.json) {
    if (TagAnswers::fit(model_)) {
      tags_.emplace(model_, flags.model);
    } else {
      answers_.emplace(model_, flags.model);
    }
  }

  const TextEncoder& encoder() const { return *model_.text_encoder(); }

  void print(const std::vector<std::string>& texts) {
    if (tags_) {
      print_tags(texts);
      return;
    }
    const Tensor outputs = model_.predict_text_outputs(texts);
    for (size_t i = 0; i < texts.size(); ++i) {
      const float* output = outputs.data() + static_cast<int64_t>(i) * outputs.dim(1);
      std::cout << (json_ ? json_line(texts[i], output) : line(output)) << '\n';
    }
    std::cout.flush();
  }

  // What stands before a bad line is answered first.
  void print_lines(int file, const std::string& name) {
    LineReader reader(file, name);
    for (;;) {
      std::vector<std::string> texts = reader.next(kBatch);
      if (texts.empty()) return;
      for (size_t i = 0; i < texts.size(); ++i) {
        if (has_words(encoder(), texts[i])) continue;
        const std::string bad = texts[i];
        texts.resize(i);
        if (i > 0) print(texts);
        check_text(encoder(), bad, reader.place(i));
      }
      print(texts);
    }
  }

 private:
  // The article's models say how likely class 1 is, others the class that they choose.
  bool of_reviews() const { return !encoder().vectorization && answers_->classes().size() == 2; }

  // As a file to train on: an empty line between sequences.
  void print_tags(const std::vector<std::string>& texts) {
    const std::vector<TagAnswer> answers = tags_->answer(texts);
    for (size_t i = 0; i < texts.size(); ++i) {
      if (json_) {
        std::cout << json_line(texts[i], answers[i]) << '\n';
        continue;
      }
      if (std::exchange(printed_, true)) std::cout << '\n';
      for (size_t step = 0; step < answers[i].tokens.size(); ++step) {
        std::cout << answers[i].tokens[step] << '\t' << tags_->labels()[answers[i].labels[step]]
                  << '\n';
      }
    }
    std::cout.flush();
  }

  std::string json_line(const std::string& text, const TagAnswer& answer) const {
    nlohmann::ordered_json line = {{"text", text}, {"tokens", answer.tokens}};
    for (const size_t label : answer.labels) line["labels"].push_back(tags_->labels()[label]);
    line["probabilities"] = answer.probabilities;
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  std::string line(const float* output) const {
    if (answers_->are_numbers()) return fmt::format("{:.6g}", answers_->number(output));
    if (of_reviews()) return fmt::format("{:.6f}", answers_->probability(output, 1));
    const size_t best = answers_->best_class(output);
    return fmt::format("{}\t{:.6f}", answers_->classes()[best],
                       answers_->probability(output, best));
  }

  std::string json_line(const std::string& text, const float* output) const {
    nlohmann::ordered_json line = {{"text", text}};
    if (answers_->are_numbers()) {
      line["value"] = answers_->number(output);
    } else {
      const auto& classes = answers_->classes();
      if (of_reviews()) line["probability"] = answers_->probability(output, 1);
      line["class"] = classes[answers_->best_class(output)];
      for (size_t i = 0; i < classes.size() && !of_reviews(); ++i) {
        line["probabilities"][classes[i]] = answers_->probability(output, i);
      }
    }
    // A text in another encoding than UTF-8 is still a text.
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  Model model_;
  std::optional<TextAnswers> answers_;  // one of these two
  std::optional<TagAnswers> tags_;
  bool json_, printed_ = false;
};

int predict(const PredictFlags& flags) {
  require(flags.model, "predict", "model");
  if (flags.file.empty()) require(flags.text, "predict", "text (or --file FILE, or - for stdin)");
  if (!flags.file.empty() && !flags.text.empty()) {
    throw UsageError("--file", "input: expected a text or a file, got both.", "leave one out.");
  }
  set_num_threads(flags.threads);
  Model model = Model::load(flags.model, false);
  check_answers(model, flags.model);
  if (SequenceSetup::is_in(model)) {
    return predict_sequences(model, {.model = flags.model,
                                     .path = flags.file.empty() ? flags.text : flags.file,
                                     .id = flags.id,
                                     .json = flags.json});
  }
  if (!flags.id.empty()) {
    throw UsageError("--id", "model: expected one of sequences of numbers, got another one.",
                     "leave the flag out.");
  }
  Predictor predictor(std::move(model), flags);
  if (!flags.file.empty()) {
    const InputFile file(flags.file);
    predictor.print_lines(file.descriptor(), flags.file);
  } else if (flags.text == "-") {
    predictor.print_lines(STDIN_FILENO, "stdin");
  } else {
    check_text(predictor.encoder(), flags.text, "text");
    predictor.print({flags.text});
  }
  return kOk;
}

}  // namespace

void add_predict(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "predict", "Say which class a text or sequence is of, and how likely; or label words.");
  auto flags = std::make_shared<PredictFlags>();
  Flags declared(*command);
  flags->declare(declared);
  command->callback([&action, flags] { action = [flags] { return predict(*flags); }; });
}

}  // namespace eddy::cli
