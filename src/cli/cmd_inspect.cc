// SPDX-License-Identifier: MIT
// eddy inspect: what a model file holds, in numbers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "machine.h"
#include "provenance.h"

namespace eddy::cli {
namespace {

using Json = nlohmann::ordered_json;

// A number that JSON cannot say becomes null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json weight_json(const WeightFacts& weight) {
  return {
      {"path", weight.path},           {"shape", weight.shape}, {"trainable", weight.trainable},
      {"count", weight.count},         {"norm", weight.norm},   {"mean", weight.mean},
      {"deviation", weight.deviation}, {"min", weight.min},     {"max", weight.max},
      {"zeros", weight.zeros},         {"nans", weight.nans},   {"infinities", weight.infinities},
      {"histogram", weight.histogram}};
}

Json shape_json(const Shape& shape) {
  Json list = Json::array();
  for (const int64_t length : shape) list.push_back(length == kNone ? Json() : Json(length));
  return list;
}

Json layer_json(const LayerFacts& layer) {
  Json json = {{"name", layer.name},
               {"class_name", layer.class_name},
               {"output_shape", shape_json(layer.output_shape)},
               {"inputs", layer.inputs},
               {"parameters", layer.parameters},
               {"trainable", layer.trainable},
               {"options", layer.options}};
  json["gates"] = Json::array();
  for (const auto& gate : layer.gates) {
    Json entry = {{"path", gate.path},       {"cell", gate.cell},
                  {"gate", gate.gate},       {"mean", number(gate.mean)},
                  {"min", number(gate.min)}, {"max", number(gate.max)}};
    if (gate.recurrent_mean) entry["recurrent_mean"] = number(*gate.recurrent_mean);
    json["gates"].push_back(std::move(entry));
  }
  json["weights"] = Json::array();
  for (const auto& weight : layer.weights) json["weights"].push_back(weight_json(weight));
  return json;
}

// A note that is JSON stands as such.
Json note_json(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_structured() ? value : Json(text);
}

Json model_json(const ModelFacts& facts) {
  Json json = {{"name", facts.name}, {"class_name", facts.class_name}, {"purpose", facts.purpose}};
  for (const auto& shape : facts.inputs) json["inputs"].push_back(shape_json(shape));
  for (const auto& shape : facts.outputs) json["outputs"].push_back(shape_json(shape));
  json["parameters"] = facts.parameters;
  json["trainable"] = facts.trainable;
  if (facts.text) {
    json["text"] = {{"vocabulary", facts.text->vocabulary},
                    {"unit", facts.text->unit},
                    {"ids", facts.text->ids},
                    {"length", facts.text->length},
                    {"threshold", facts.text->threshold},
                    {"classes", facts.text->classes}};
  }
  if (!facts.compiled.empty()) json["compiled"] = facts.compiled;
  if (facts.optimizer) {
    json["optimizer"] = {{"name", facts.optimizer->name},
                         {"learning_rate", number(facts.optimizer->learning_rate)},
                         {"iterations", facts.optimizer->iterations},
                         {"parameters", facts.optimizer->parameters},
                         {"options", facts.optimizer->options}};
  }
  json["notes"] = Json::object();
  for (const auto& [name, text] : facts.notes) json["notes"][name] = note_json(text);
  if (facts.file) {
    json["file"] = {{"path", facts.file->path.string()},
                    {"format", facts.file->format},
                    {"bytes", facts.file->bytes},
                    {"sha256", facts.file->sha256},
                    {"keras_version", facts.file->keras_version},
                    {"backend", facts.file->backend},
                    {"date_saved", facts.file->date_saved}};
  }
  if (!facts.not_compiled.empty()) json["not_compiled"] = facts.not_compiled;
  json["layers"] = Json::array();
  for (const auto& layer : facts.layers) json["layers"].push_back(layer_json(layer));
  return json;
}

std::string shapes(const std::vector<Shape>& all) {
  std::string text;
  for (const auto& shape : all) text += (text.empty() ? "" : ", ") + to_string(shape);
  return text;
}

std::string counted(int64_t count, const char* one) {
  return fmt::format("{} {}{}", fmt::group_digits(count), one, count == 1 ? "" : "s");
}

void line(const char* title, const std::string& text) {
  if (!text.empty()) std::cout << fmt::format("{:<12}{}\n", title, text);
}

std::string text_line(const TextFacts& text) {
  std::string line = counted(text.vocabulary, text.unit.c_str());
  if (text.ids > 0) line += fmt::format(", {} ids", fmt::group_digits(text.ids));
  line += text.length > 0 ? fmt::format("; rows of {}", text.length) : "; rows as long as the text";
  if (text.classes.size() == 2) {
    line += fmt::format("; '{}' above {}", text.classes[1], text.threshold);
  }
  return line;
}

std::string optimizer_line(const OptimizerFacts& optimizer) {
  return fmt::format("{}, learning rate {}, after {}", optimizer.name, optimizer.learning_rate,
                     counted(optimizer.iterations, "step"));
}

std::string file_line(const FileFacts& file) {
  std::string line = fmt::format("{}, {} bytes", file.format, fmt::group_digits(file.bytes));
  if (!file.keras_version.empty()) line += ", in the form of Keras " + file.keras_version;
  if (!file.backend.empty()) line += " on " + file.backend;
  if (!file.date_saved.empty()) line += ", saved " + file.date_saved;
  return line;
}

void print_head(const ModelFacts& facts) {
  line("Model", fmt::format("{} ({}), {} -> {}", facts.name, facts.class_name, shapes(facts.inputs),
                            shapes(facts.outputs)));
  line("For", facts.purpose);
  if (facts.text) line("Vocabulary", text_line(*facts.text));
  line("Parameters", fmt::format("{}, {} of them trainable", fmt::group_digits(facts.parameters),
                                 facts.trainable == facts.parameters
                                     ? "all"
                                     : fmt::format("{}", fmt::group_digits(facts.trainable))));
  std::string compiled;
  for (const auto& [key, value] : facts.compiled) {
    compiled += fmt::format("{}{} {}", compiled.empty() ? "" : ", ", key, value);
  }
  line("Compiled", compiled);
  if (facts.optimizer) line("Optimizer", optimizer_line(*facts.optimizer));
  line("", facts.not_compiled);
  const auto provenance = facts.notes.find(kProvenanceNote);
  if (provenance != facts.notes.end()) {
    line("Made by", provenance_line(provenance->second));
    const std::string digest = provenance_data(provenance->second);
    if (!digest.empty()) line("Data", "SHA-256 " + digest);
  }
  for (const auto& [name, text] : facts.notes) {
    if (name == kProvenanceNote) continue;
    line("Note",
         fmt::format("{}: {}{}", name, text.substr(0, 200), text.size() > 200 ? "..." : ""));
  }
  if (facts.file) {
    line("File", file_line(*facts.file));
    line("", "SHA-256 " + facts.file->sha256);
  }
}

// Columns as wide as their widest cell; the first is flush left, others as `left` says.
class Table {
 public:
  explicit Table(std::vector<bool> left) : left_(std::move(left)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print() const {
    std::vector<size_t> widths(left_.size(), 0);
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    for (const auto& row : rows_) {
      std::string text;
      for (size_t i = 0; i < row.size(); ++i) {
        const std::string blanks(widths[i] - width(row[i]), ' ');
        text += (i == 0 ? "" : "  ") + (left_[i] ? row[i] + blanks : blanks + row[i]);
      }
      text.erase(text.find_last_not_of(' ') + 1);
      std::cout << text << '\n';
    }
  }

 private:
  static size_t width(const std::string& text) {  // of UTF-8
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
      return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    }));
  }
  std::vector<bool> left_;
  std::vector<std::vector<std::string>> rows_;
};

// In a Sequential every layer comes from the one above.
void print_layers(const ModelFacts& facts) {
  const bool chain = facts.class_name == "Sequential";
  Table table({true, true, true, false, true});
  table.add({"layer", "class", "output", "parameters", chain ? "" : "from"});
  for (const auto& layer : facts.layers) {
    table.add({layer.name, layer.class_name, to_string(layer.output_shape),
               fmt::format("{}", fmt::group_digits(layer.parameters)),
               chain ? "" : fmt::format("{}", fmt::join(layer.inputs, ", "))});
  }
  table.print();
}

std::string short_number(double value) { return fmt::format("{:.3g}", value); }

void print_gates(const ModelFacts& facts) {
  Table table({true, true, false, false, false, false});
  table.add({"biases of gates", "gate", "mean", "min", "max", ""});
  bool any = false;
  for (const auto& layer : facts.layers) {
    for (const auto& gate : layer.gates) {
      any = true;
      table.add({layer.name + "/" + gate.path, gate.gate, short_number(gate.mean),
                 short_number(gate.min), short_number(gate.max),
                 gate.recurrent_mean
                     ? fmt::format("recurrent mean {}", short_number(*gate.recurrent_mean))
                     : ""});
    }
  }
  if (!any) return;
  std::cout << '\n';
  table.print();
}

// One block a bin, an eighth of a line for an eighth of the fullest bin; a blank has none at all.
std::string bars(const std::vector<int64_t>& histogram) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const int64_t most = std::max<int64_t>(*std::max_element(histogram.begin(), histogram.end()), 1);
  std::string text;
  for (const int64_t count : histogram) {
    text += count == 0 ? " " : kBars[std::min<int64_t>(count * 8 / most, 7)];
  }
  return text;
}

void print_weights(const ModelFacts& facts) {
  Table table({true, true, false, false, false, false, false, false, true, true});
  table.add({"weight", "shape", "norm", "mean", "deviation", "min", "max", "zeros",
             "from min to max", ""});
  for (const auto& layer : facts.layers) {
    for (const auto& weight : layer.weights) {
      const double zeros = weight.count == 0 ? 0
                                             : 100.0 * static_cast<double>(weight.zeros) /
                                                   static_cast<double>(weight.count);
      std::string remark;
      if (weight.nans > 0) remark += fmt::format("{} NaN ", fmt::group_digits(weight.nans));
      if (weight.infinities > 0) {
        remark += fmt::format("{} infinite ", fmt::group_digits(weight.infinities));
      }
      if (!weight.trainable) remark += "not trained";
      table.add({layer.name + "/" + weight.path, to_string(weight.shape), short_number(weight.norm),
                 short_number(weight.mean), short_number(weight.deviation),
                 short_number(weight.min), short_number(weight.max), fmt::format("{:.1f}%", zeros),
                 bars(weight.histogram), remark});
    }
  }
  std::cout << '\n';
  table.print();
}

// Said without --weights, too: such a model answers nonsense.
void print_warning(const ModelFacts& facts) {
  int64_t bad = 0;
  for (const auto& layer : facts.layers) {
    for (const auto& weight : layer.weights) bad += weight.nans + weight.infinities;
  }
  if (bad > 0) {
    std::cout << fmt::format("\n{} {} NaN or infinite; --weights says where.\n",
                             counted(bad, "number"), bad == 1 ? "is" : "are");
  }
}

struct InspectFlags {
  std::string model;
  bool weights = false, json = false;
};

int inspect_command(const InspectFlags& flags) {
  require(flags.model, "inspect", "model");
  const ModelFacts facts = inspect(flags.model);
  if (flags.json) {
    Json json = model_json(facts);
    if (!flags.weights) {
      for (auto& layer : json["layers"]) layer.erase("weights");
    }
    std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    return kOk;
  }
  print_head(facts);
  std::cout << '\n';
  print_layers(facts);
  print_gates(facts);
  if (flags.weights) print_weights(facts);
  if (!flags.weights) print_warning(facts);
  return kOk;
}

}  // namespace

void add_inspect(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("inspect", "Say what a model file holds: layers, weights, origin.");
  auto flags = std::make_shared<InspectFlags>();
  Flags declared(*command);
  declared.argument("model", flags->model, "FILE", "a .keras or .h5 file");
  declared.flag("--weights", flags->weights, "every array: norm, mean, range, histogram");
  declared.flag("--json", flags->json, "one JSON object instead of text");
  command->callback([&action, flags] { action = [flags] { return inspect_command(*flags); }; });
}

}  // namespace eddy::cli
