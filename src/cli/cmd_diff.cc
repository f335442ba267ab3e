// SPDX-License-Identifier: MIT
// eddy diff: what differs between two model files. Like diff: 0 nothing, 1 something.
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

namespace eddy::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kDiffers = 1;
constexpr size_t kMostWords = 8;   // named in one line
constexpr size_t kMostText = 60;   // bytes of one value
constexpr size_t kMostLines = 20;  // of weights

Json changes_json(const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    list.push_back({{"key", change.key}, {"before", change.before}, {"after", change.after}});
  }
  return list;
}

Json weight_json(const WeightDiff& weight) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  Json json = {{"layer", weight.layer}, {"path", weight.path}, {"identical", weight.identical}};
  if (weight.same_shape) {
    json["shape"] = weight.after;
    json["relative"] = number(weight.relative);
    json["largest"] = number(weight.largest);
    json["where"] = weight.where;
  } else {
    json["before"] = weight.before;
    json["after"] = weight.after;
  }
  return json;
}

void print_json(const ModelDiff& diff, const std::string& before, const std::string& after) {
  Json json = {{"before", before}, {"after", after}, {"identical", diff.identical}};
  json["layers"] = Json::array();
  for (const auto& layer : diff.layers) {
    json["layers"].push_back({{"kind", layer.kind},
                              {"name", layer.name},
                              {"class_name", layer.class_name},
                              {"changes", changes_json(layer.changes)}});
  }
  json["weights"] = Json::array();
  for (const auto& weight : diff.weights) json["weights"].push_back(weight_json(weight));
  json["words"] = {{"before", diff.words.before},
                   {"after", diff.words.after},
                   {"added", diff.words.added},
                   {"lost", diff.words.lost},
                   {"moved", diff.words.moved}};
  json["classes"] = {{"added", diff.classes_added}, {"lost", diff.classes_lost}};
  json["settings"] = changes_json(diff.settings);
  json["same_optimizer_state"] = diff.same_optimizer_state;
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string shortened(const std::string& text) {
  if (text.empty()) return "(none)";
  if (text.size() <= kMostText) return text;
  size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

// Of two long texts, what stands around their first difference.
std::pair<std::string, std::string> around_difference(const Change& change) {
  const auto &a = change.before, &b = change.after;
  if (std::max(a.size(), b.size()) <= kMostText || a.empty() || b.empty()) {
    return {shortened(a), shortened(b)};
  }
  auto at =
      static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  at = at > kMostText / 3 ? at - kMostText / 3 : 0;
  while (at > 0 && (static_cast<unsigned char>(a[at]) & 0xC0U) == 0x80U) --at;
  const std::string dots = at > 0 ? "..." : "";
  return {dots + shortened(a.substr(at)), dots + shortened(b.substr(at))};
}

void print_change(const Change& change, const char* indent) {
  const auto [before, after] = around_difference(change);
  std::cout << fmt::format("{}{}: {} -> {}\n", indent, change.key, before, after);
}

void print_layers(const ModelDiff& diff) {
  for (const auto& layer : diff.layers) {
    std::cout << fmt::format("layer {} ({}): {}\n", layer.name, layer.class_name, layer.kind);
    for (const auto& change : layer.changes) print_change(change, "  ");
  }
}

std::string change_of(const WeightDiff& weight) {
  if (!weight.same_shape) {
    const auto shape = [](const Shape& of) { return of.empty() ? "(none)" : to_string(of); };
    return fmt::format("{} -> {}", shape(weight.before), shape(weight.after));
  }
  const std::string where = fmt::format("[{}]", fmt::join(weight.where, ", "));
  if (!std::isfinite(weight.largest)) return fmt::format("NaN or infinite, first at {}", where);
  const std::string relative = std::isfinite(weight.relative)
                                   ? fmt::format("changed by {:.3g} %", 100 * weight.relative)
                                   : "was all zeros";
  return fmt::format("{}, at most by {:.3g} at {}", relative, weight.largest, where);
}

// The largest changes first; arrays of another shape before them.
void print_weights(const ModelDiff& diff) {
  std::vector<const WeightDiff*> changed;
  for (const auto& weight : diff.weights) {
    if (!weight.identical) changed.push_back(&weight);
  }
  std::stable_sort(changed.begin(), changed.end(), [](const auto* a, const auto* b) {
    if (a->same_shape != b->same_shape) return b->same_shape;
    return a->relative > b->relative;
  });
  for (size_t i = 0; i < std::min(changed.size(), kMostLines); ++i) {
    std::cout << fmt::format("weight {}/{}: {}\n", changed[i]->layer, changed[i]->path,
                             change_of(*changed[i]));
  }
  if (changed.size() > kMostLines) {
    std::cout << fmt::format("{} more weights differ; --json names them\n",
                             changed.size() - kMostLines);
  }
  const size_t same = diff.weights.size() - changed.size();
  if (same > 0) {
    std::cout << fmt::format("{} of {} weights are identical\n", same, diff.weights.size());
  }
}

void print_words(const char* what, const std::vector<std::string>& words) {
  if (words.empty()) return;
  const size_t shown = std::min(words.size(), kMostWords);
  std::cout << fmt::format(
      "{} ({}): {}{}\n", what, fmt::group_digits(words.size()),
      fmt::join(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < words.size() ? ", ..." : "");
}

void print(const ModelDiff& diff) {
  print_layers(diff);
  print_weights(diff);
  if (diff.words.before != diff.words.after) {
    std::cout << fmt::format("vocabulary: {} -> {} words\n", fmt::group_digits(diff.words.before),
                             fmt::group_digits(diff.words.after));
  }
  print_words("words added", diff.words.added);
  print_words("words lost", diff.words.lost);
  if (diff.words.moved > 0) {
    std::cout << fmt::format("words with another id: {}\n", fmt::group_digits(diff.words.moved));
  }
  print_words("classes added", diff.classes_added);
  print_words("classes lost", diff.classes_lost);
  for (const auto& change : diff.settings) print_change(change, "");
  if (!diff.same_optimizer_state) std::cout << "optimizer: its state differs\n";
}

// Loss and optimizer that eddy does not have are left out of the comparison, which is said.
Model load(const std::string& path) {
  try {
    return Model::load(path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_supported) throw;
    Model model = Model::load(path, false);
    std::cerr << "note: without loss and optimizer: " << error.what() << '\n';
    return model;
  }
}

struct DiffFlags {
  std::string before, after;
  bool json = false;
};

int diff_command(const DiffFlags& flags) {
  require(flags.before, "diff", "before");
  require(flags.after, "diff", "after");
  const ModelDiff found = diff(load(flags.before), load(flags.after));
  if (flags.json) {
    print_json(found, flags.before, flags.after);
  } else if (found.identical) {
    std::cout << "identical\n";
  } else {
    print(found);
  }
  return found.identical ? kOk : kDiffers;
}

}  // namespace

void add_diff(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "diff", "Say what differs between two models; exit status 0: nothing, 1: something.");
  auto flags = std::make_shared<DiffFlags>();
  Flags declared(*command);
  declared.argument("before", flags->before, "FILE", "a .keras or .h5 file");
  declared.argument("after", flags->after, "FILE", "another one");
  declared.flag("--json", flags->json, "one JSON object instead of text");
  command->callback([&action, flags] { action = [flags] { return diff_command(*flags); }; });
}

}  // namespace eddy::cli
