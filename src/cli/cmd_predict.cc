// SPDX-License-Identifier: MIT
// eddy predict: the probability that a text is of class 1, one line a text.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "lines.h"

namespace eddy::cli {
namespace {

constexpr size_t kBatch = 128;  // texts at a time, if so many are there

struct PredictFlags {
  std::string model, text, file;
  int64_t threads = 0;
  bool json = false;

  void declare(Flags& flags) {
    flags.argument("model", model, "a .keras file that `eddy train` wrote");
    flags.argument("text", text, "one text, in quotes; - reads one text a line from stdin");
    flags.text("--file", file, "FILE", "one text a line");
    flags.whole("--threads", threads, {0, 1024}, "threads, 0 for all cores");
    flags.flag("--json", json, "one JSON object a line: text, probability, class");
  }
};

void check_text(const std::string& text, const std::string& where) {
  if (!tokenize(text).empty()) return;
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

class Predictor {
 public:
  explicit Predictor(const PredictFlags& flags)
      : model_(Model::load(flags.model, false)), json_(flags.json) {
    if (model_.text_encoder() != nullptr) return;
    throw Error(ErrorCode::not_supported, flags.model,
                "vocabulary: expected one inside the model, got none.",
                "use a model that `eddy train` wrote.");
  }

  void print(const std::vector<std::string>& texts) {
    const std::vector<double> probabilities = model_.predict_texts(texts);
    const TextEncoder& encoder = *model_.text_encoder();
    for (size_t i = 0; i < texts.size(); ++i) {
      const size_t answer = probabilities[i] > encoder.threshold ? 1 : 0;
      if (json_) {
        const nlohmann::json line = {
            {"text", texts[i]},
            {"probability", probabilities[i]},
            {"class",
             answer < encoder.classes.size() ? encoder.classes[answer] : std::to_string(answer)}};
        // A text in another encoding than UTF-8 is still a text.
        std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
      } else {
        std::cout << fmt::format("{:.6f}\n", probabilities[i]);
      }
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
        if (!tokenize(texts[i]).empty()) continue;
        const std::string bad = texts[i];
        texts.resize(i);
        if (i > 0) print(texts);
        check_text(bad, reader.place(i));
      }
      print(texts);
    }
  }

 private:
  Model model_;
  bool json_;
};

int predict(const PredictFlags& flags) {
  require(flags.model, "predict", "model");
  if (flags.file.empty()) require(flags.text, "predict", "text (or --file FILE, or - for stdin)");
  if (!flags.file.empty() && !flags.text.empty()) {
    throw UsageError("--file", "input: expected a text or a file, got both.", "leave one out.");
  }
  set_num_threads(flags.threads);
  if (flags.file.empty() && flags.text != "-") check_text(flags.text, "text");
  Predictor predictor(flags);
  if (!flags.file.empty()) {
    const InputFile file(flags.file);
    predictor.print_lines(file.descriptor(), flags.file);
  } else if (flags.text == "-") {
    predictor.print_lines(STDIN_FILENO, "stdin");
  } else {
    predictor.print({flags.text});
  }
  return kOk;
}

}  // namespace

void add_predict(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("predict", "Say how likely a text is of class 1 (positive).");
  auto flags = std::make_shared<PredictFlags>();
  Flags declared(*command);
  flags->declare(declared);
  command->callback([&action, flags] { action = [flags] { return predict(*flags); }; });
}

}  // namespace eddy::cli
