// SPDX-License-Identifier: MIT
// eddy predict: the probability that a text is of class 1, one line a text.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"

namespace eddy::cli {
namespace {

constexpr size_t kMaxLine = size_t{1} << 20;  // bytes: a text of a million letters
constexpr size_t kBatch = 128;                // lines of a file at a time

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

// One line without its end, within kMaxLine; false at the end of the stream.
bool read_line(std::istream& stream, std::string& line, const std::string& where) {
  line.clear();
  for (int c = stream.get(); c != std::char_traits<char>::eof(); c = stream.get()) {
    if (c == '\n') {
      if (line.ends_with('\r')) line.pop_back();
      return true;
    }
    if (line.size() == kMaxLine) {
      throw Error(ErrorCode::bad_data, where,
                  fmt::format("text: expected at most {} bytes, got more.", kMaxLine),
                  "put one text a line.");
    }
    line += static_cast<char>(c);
  }
  return !line.empty();
}

void check_text(const std::string& text, const std::string& where) {
  if (!tokenize(text).empty()) return;
  throw Error(ErrorCode::bad_data, where,
              fmt::format("text: expected at least one word, got {}.",
                          text.empty() ? "an empty one" : "none"),
              "leave empty texts out.");
}

class Predictor {
 public:
  explicit Predictor(const PredictFlags& flags)
      : model_(Sequential::load(flags.model)), json_(flags.json) {
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

  // Prints after every `batch` texts. What stands before a bad line is answered first.
  void print_stream(std::istream& stream, const std::string& name, size_t batch) {
    std::vector<std::string> texts;
    std::string line;
    try {
      for (int64_t number = 1;; ++number) {
        const std::string where = fmt::format("{}, line {}", name, number);
        if (!read_line(stream, line, where)) break;
        check_text(line, where);
        texts.push_back(line);
        if (texts.size() == batch) {
          print(texts);
          texts.clear();
        }
      }
    } catch (const Error&) {
      if (!texts.empty()) print(texts);
      throw;
    }
    if (!texts.empty()) print(texts);
  }

 private:
  Sequential model_;
  bool json_;
};

int predict(const PredictFlags& flags) {
  require(flags.model, "predict", "model");
  if (flags.file.empty()) require(flags.text, "predict", "text (or --file FILE, or - for stdin)");
  if (!flags.file.empty() && !flags.text.empty()) {
    throw UsageError("--file", "input: expected a text or a file, got both.", "leave one out.");
  }
  set_num_threads(flags.threads);
  std::ifstream file;
  if (!flags.file.empty()) {
    file.open(flags.file);
    if (!file.is_open() || file.peek() == std::char_traits<char>::eof()) {
      throw Error(ErrorCode::io, flags.file,
                  fmt::format("file: expected texts, got {}.",
                              file.is_open() ? "an empty file" : "one that cannot be read"),
                  "name a file with one text a line.");
    }
  }
  if (flags.file.empty() && flags.text != "-") check_text(flags.text, "text");
  Predictor predictor(flags);
  if (!flags.file.empty()) {
    predictor.print_stream(file, flags.file, kBatch);
  } else if (flags.text == "-") {
    predictor.print_stream(std::cin, "stdin", 1);
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
