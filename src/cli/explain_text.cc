// SPDX-License-Identifier: MIT
// eddy explain for models of texts.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "command.h"
#include "explain_flags.h"
#include "text_answers.h"

namespace eddy::cli {
namespace {

constexpr size_t kMostBytes = size_t{16} << 20;

std::string read_all(std::istream& in, const std::string& name) {
  std::string text(kMostBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad() || (text.empty() && !in.eof())) {
    throw Error(ErrorCode::io, name,
                fmt::format("file: expected a text, got '{}'.", std::strerror(errno)),
                "name a file that holds one text.");
  }
  if (text.size() > kMostBytes) {
    throw Error(ErrorCode::bad_data, name,
                fmt::format("text: expected at most {} bytes, got more.", kMostBytes),
                "explain a part of it.");
  }
  return text;
}

std::string text_of(const ExplainFlags& flags) {
  if (flags.file.empty()) require(flags.input, "explain", "text (or --file FILE, or - for stdin)");
  if (!flags.file.empty() && !flags.input.empty()) {
    throw UsageError("--file", "input: expected a text or a file, got both.", "leave one out.");
  }
  if (flags.file.empty()) {
    return flags.input == "-" ? read_all(std::cin, "stdin") : flags.input;
  }
  std::ifstream in(flags.file, std::ios::binary);
  if (!in) {
    throw Error(ErrorCode::io, flags.file,
                fmt::format("file: expected a text, got '{}'.", std::strerror(errno)),
                "name a file that holds one text.");
  }
  return read_all(in, flags.file);
}

// Which number of the model is explained, and its name.
struct Target {
  int64_t output = 0;
  bool complement = false;
  std::string class_name;  // "": the answer is a number
};

Target target_of(const ExplainFlags& flags, Model& model, const TextAnswers& answers,
                 const std::string& text) {
  Target target;
  const auto& classes = answers.classes();
  if (answers.are_numbers()) {
    if (flags.class_name.empty()) return target;
    throw UsageError("--class", fmt::format("model: expected one of classes, got one of numbers."),
                     "leave the flag out.");
  }
  const bool one_output = model.output_shape()[1] == 1;
  size_t chosen = 1;
  if (!flags.class_name.empty()) {
    const auto found = std::find(classes.begin(), classes.end(), flags.class_name);
    if (found == classes.end()) {
      throw UsageError(
          "--class",
          fmt::format("name: expected a class of the model, got '{}'.", flags.class_name),
          did_you_mean(flags.class_name, classes));
    }
    chosen = static_cast<size_t>(found - classes.begin());
  } else if (!one_output) {
    chosen = answers.best_class(model.predict_text_outputs({text}).data());
  }
  target.class_name = classes[chosen];
  target.complement = one_output && chosen == 0;
  target.output = one_output ? 0 : static_cast<int64_t>(chosen);
  return target;
}

nlohmann::ordered_json json_of(const TextExplanation& explanation, const ExplainFlags& flags,
                               const Target& target) {
  nlohmann::ordered_json json = {{"model", flags.model}, {"text", explanation.text}};
  if (!target.class_name.empty()) json["class"] = target.class_name;
  json["method"] = flags.method;
  json["logit"] = flags.logit;
  json["answer"] = json_number(explanation.answer);
  if (!explanation.baseline.empty()) json["baseline"] = explanation.baseline;
  if (flags.method == "integrated") {
    json["steps"] = flags.options().steps;
    json["baseline_answer"] = json_number(explanation.baseline_answer);
    json["completeness_error"] = json_number(explanation.completeness_error);
  }
  json["padding"] = json_number(explanation.padding);
  json["tokens"] = nlohmann::ordered_json::array();
  for (const TextToken& token : explanation.tokens) {
    nlohmann::ordered_json one = {
        {"token", token.token}, {"begin", token.begin}, {"end", token.end}};
    one["id"] = token.id < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(token.id);
    one["step"] = token.step < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(token.step);
    one["after"] = json_number(token.after);
    one["share"] = token.step < 0 ? nlohmann::ordered_json() : json_number(token.share);
    json["tokens"].push_back(std::move(one));
  }
  return json;
}

TracePicture picture_of(const TextExplanation& explanation, const ExplainFlags& flags) {
  TracePicture picture;
  picture.unit = flags.unit.value_or(-1);
  for (const TextToken& token : explanation.tokens) {
    if (token.step < 0) continue;
    picture.steps.push_back(token.step);
    picture.labels.push_back(token.end > token.begin ? token.token : "(start)");
  }
  return picture;
}

}  // namespace

int explain_one_text(const ExplainFlags& flags, Model& model) {
  const TextAnswers answers(model, flags.model);
  if (flags.step || !flags.series.empty()) {
    throw UsageError(flags.step ? "--step" : "--series",
                     "model: expected one of `eddy forecast`, got one of texts.",
                     "leave the flag out.");
  }
  const std::string text = text_of(flags);
  if (!model.built()) model.predict_text_outputs({text});
  const Target target = target_of(flags, model, answers, text);
  ExplainOptions options = flags.options();
  options.output = target.output;
  options.complement = target.complement;
  const bool number = target.class_name.empty();
  ExplanationView view = flags.view(
      "How the model reads this text",
      number ? "the model's number"
             : fmt::format("{} of '{}'", flags.logit ? "logit" : "probability", target.class_name));
  view.probability = !number && !flags.logit;
  with_usage_errors([&] {
    const TextExplanation explanation = explain_text(model, text, options);
    std::vector<LayerTrace> traces;
    if (!flags.gates.empty()) traces = trace_text(model, text);
    std::vector<std::string> files = draw_gates(flags, traces, picture_of(explanation, flags));
    if (!flags.html.empty()) {
      write_file(flags.html, explanation_html(explanation, view));
      files.push_back(flags.html);
    }
    if (!flags.json) {
      std::cout << explanation_text(explanation, view);
      print_files(files);
      return;
    }
    nlohmann::ordered_json json = json_of(explanation, flags, target);
    if (!flags.gates.empty()) json["trace"] = cli::json_of(traces);
    if (!files.empty()) json["files"] = files;
    print_json(json);
  });
  return kOk;
}

}  // namespace eddy::cli
