// SPDX-License-Identifier: MIT
// What differs between two models; see eddy/inspect.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "eddy/inspect.h"
#include "files/flat_config.h"
#include "files/weight_facts.h"
#include "layers/options.h"

namespace eddy {
namespace files {
namespace {

using Strings = std::vector<std::string>;
constexpr size_t kNoLayer = SIZE_MAX;
using Pair = std::pair<size_t, size_t>;  // layers of before and after; kNoLayer: none

// Adds what differs between two flat tables.
void compare(const FlatConfig& before, const FlatConfig& after, const std::string& prefix,
             std::vector<Change>& changes) {
  std::set<std::string> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  const auto value = [](const FlatConfig& config, const std::string& key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string() : found->second;
  };
  for (const auto& key : keys) {
    std::string old = value(before, key), now = value(after, key);
    if (old != now) changes.push_back({prefix + key, std::move(old), std::move(now)});
  }
}

// Layers that belong together, in the order of `after`: the common subsequence with the most layers
// of one class, among those the one with the most of one name.
std::vector<Pair> pair_layers(const ModelFacts& before, const ModelFacts& after) {
  const size_t n = before.layers.size(), m = after.layers.size();
  std::vector<std::vector<int>> best(n + 1, std::vector<int>(m + 1, 0));
  const auto score = [&](size_t i, size_t j) {
    const LayerFacts &a = before.layers[i], &b = after.layers[j];
    if (a.class_name != b.class_name) return 0;
    return 4 + (a.name == b.name ? 2 : 0) + (a.output_shape == b.output_shape ? 1 : 0);
  };
  for (size_t i = n; i-- > 0;) {
    for (size_t j = m; j-- > 0;) {
      best[i][j] = std::max(best[i + 1][j], best[i][j + 1]);
      if (const int s = score(i, j); s > 0) {
        best[i][j] = std::max(best[i][j], s + best[i + 1][j + 1]);
      }
    }
  }
  std::vector<Pair> pairs;
  for (size_t i = 0, j = 0; i < n || j < m;) {
    const bool both = i < n && j < m;
    if (both && score(i, j) > 0 && best[i][j] == score(i, j) + best[i + 1][j + 1]) {
      pairs.emplace_back(i++, j++);
    } else if (i < n && (j == m || best[i][j] == best[i + 1][j])) {
      pairs.emplace_back(i++, kNoLayer);
    } else {
      pairs.emplace_back(kNoLayer, j++);
    }
  }
  return pairs;
}

// Two arrays of one shape.
// Also of NaN, and not of 0 and -0.
bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

void compare_values(const Weight<float>& before, const Weight<float>& after, WeightDiff& diff) {
  const auto count = static_cast<size_t>(before.size());
  const float *a = before.value.data(), *b = after.value.data();
  diff.identical = std::equal(a, a + count, b, same_bits);
  if (diff.identical) return;
  double squares = 0, norm = 0;
  size_t at = 0;
  bool lost = false;  // a NaN or infinity in one of them
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    if (!same_bits(a[i], b[i])) {
      const double change = std::fabs(y - x);
      if (!std::isfinite(change) && !lost) {
        lost = true;
        at = i;
        diff.largest = std::numeric_limits<double>::infinity();
      } else if (change > diff.largest) {
        diff.largest = change;
        at = i;
      }
      squares += change * change;
    }
    norm += x * x;
  }
  const double infinity = std::numeric_limits<double>::infinity();
  diff.relative = lost ? infinity : std::sqrt(squares) / std::sqrt(norm);
  if (std::isnan(diff.relative)) diff.relative = squares == 0 ? 0 : infinity;  // -0 beside 0
  for (size_t axis = before.shape.size(); axis-- > 0;) {
    const auto length = static_cast<size_t>(before.shape[axis]);
    diff.where.insert(diff.where.begin(), static_cast<int64_t>(at % length));
    at /= length;
  }
}

using Weights = std::vector<Weight<float>*>;
Weights weights_of(const Network& network, size_t layer) {
  if (layer == kNoLayer || network.layer(layer) == nullptr) return {};
  return network.layer(layer)->weights();
}

void add_weights(const std::string& layer, const Weights& before, const Weights& after,
                 std::vector<WeightDiff>& diffs) {
  const auto find = [](const Weights& weights, const std::string& path) -> const Weight<float>* {
    for (const auto* weight : weights) {
      if (path_in_layer(*weight) == path) return weight;
    }
    return nullptr;
  };
  for (const auto* weight : after) {
    WeightDiff diff;
    diff.layer = layer;
    diff.path = path_in_layer(*weight);
    diff.after = weight->shape;
    if (const auto* old = find(before, diff.path)) {
      diff.before = old->shape;
      diff.same_shape = diff.before == diff.after;
      if (diff.same_shape) compare_values(*old, *weight, diff);
    }
    diffs.push_back(std::move(diff));
  }
  for (const auto* weight : before) {
    if (find(after, path_in_layer(*weight)) != nullptr) continue;
    diffs.push_back({layer, path_in_layer(*weight), weight->shape, {}});
  }
}

// By the ids that the model knows them by.
const Strings& words_of(const Network& network) {
  static const Strings none;
  if (!network.text) return none;
  return network.text->vectorization ? network.text->vectorization->vocabulary
                                     : network.text->words;
}

WordsDiff compare_words(const Strings& before, const Strings& after) {
  WordsDiff diff;
  diff.before = static_cast<int64_t>(before.size());
  diff.after = static_cast<int64_t>(after.size());
  if (before == after) return diff;
  std::unordered_map<std::string, size_t> place;
  for (size_t i = 0; i < before.size(); ++i) place.emplace(before[i], i);
  std::vector<bool> kept(before.size(), false);
  for (size_t i = 0; i < after.size(); ++i) {
    const auto found = place.find(after[i]);
    if (found == place.end()) {
      diff.added.push_back(after[i]);
      continue;
    }
    kept[found->second] = true;
    if (found->second != i) ++diff.moved;
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (!kept[i]) diff.lost.push_back(before[i]);
  }
  return diff;
}

Strings missing_in(const Strings& in, const Strings& from) {
  Strings missing;
  for (const auto& word : from) {
    if (std::find(in.begin(), in.end(), word) == in.end()) missing.push_back(word);
  }
  return missing;
}

// All that is neither a layer nor a weight nor a word.
FlatConfig settings_of(const Network& network, const ModelFacts& facts) {
  FlatConfig settings = facts.compiled;
  settings["name"] = facts.name;
  settings["class_name"] = facts.class_name;
  for (size_t i = 0; i < facts.inputs.size(); ++i) {
    settings[fmt::format("input {}", i + 1)] = to_string(facts.inputs[i]);
  }
  settings["outputs"] = fmt::format("{}", fmt::join(network.output_names(), ", "));
  if (facts.optimizer) {
    settings["optimizer"] = facts.optimizer->name;
    for (const auto& [key, value] : facts.optimizer->options) settings["optimizer." + key] = value;
    settings["optimizer.iterations"] = std::to_string(facts.optimizer->iterations);
  }
  for (const auto& [name, text] : facts.notes) settings["note " + name] = text;
  if (!network.text) return settings;
  const TextEncoder& text = *network.text;
  settings["text.threshold"] = fmt::format("{}", text.threshold);
  settings["text.classes"] = fmt::format("{}", fmt::join(text.classes, ", "));
  settings["text.lower"] = text.lower ? "true" : "false";
  if (const auto& layer = text.vectorization) {
    settings["text.max_tokens"] = layer->max_tokens ? std::to_string(*layer->max_tokens) : "none";
    settings["text.standardize"] = layer->standardize;
    settings["text.split"] = layer->split;
    settings["text.ngrams"] = fmt::format("{}", fmt::join(layer->ngrams, ", "));
    settings["text.output_sequence_length"] = std::to_string(layer->output_sequence_length);
  } else {
    settings["text.num_words"] = std::to_string(text.num_words);
    settings["text.start_char"] = std::to_string(text.start_char);
    settings["text.oov_char"] = std::to_string(text.oov_char);
    settings["text.index_from"] = std::to_string(text.index_from);
    settings["text.maxlen"] = std::to_string(text.maxlen);
    settings["text.padding"] = text.padding;
    settings["text.truncating"] = text.truncating;
  }
  return settings;
}

bool same_state(const Network& before, const Network& after) {
  const auto *a = before.optimizer.get(), *b = after.optimizer.get();
  if (a == nullptr || b == nullptr) return a == b;
  std::list<Buffer<float>> copies;
  const auto first = before.optimizer->slots_to_save(copies);
  const auto second = after.optimizer->slots_to_save(copies);
  if (a->iterations != b->iterations || first.size() != second.size()) return false;
  for (size_t i = 0; i < first.size(); ++i) {
    const Buffer<float>&x = *first[i].values, &y = *second[i].values;
    if (first[i].shape != second[i].shape || x.size() != y.size()) return false;
    if (!std::equal(x.begin(), x.end(), y.begin(), y.end(), same_bits)) return false;
  }
  return true;
}

FlatConfig options_of(const LayerFacts& layer) {
  FlatConfig options = layer.options;
  options["name"] = layer.name;
  options["inputs"] = fmt::format("{}", fmt::join(layer.inputs, ", "));
  return options;
}

// Where a layer in front has only got another name, that is no change of this one.
LayerDiff compare_layers(const LayerFacts& before, const LayerFacts& after,
                         const std::map<std::string, std::string>& renamed) {
  LayerDiff diff{"changed", after.name, after.class_name, {}};
  LayerFacts old = before;
  for (auto& input : old.inputs) {
    const size_t colon = std::min(input.find(':'), input.size());
    const auto found = renamed.find(input.substr(0, colon));
    if (found != renamed.end()) input.replace(0, colon, found->second);
  }
  compare(options_of(old), options_of(after), "", diff.changes);
  return diff;
}

}  // namespace
}  // namespace files

ModelDiff diff(const Model& before, const Model& after) {
  using namespace files;  // NOLINT(google-build-using-namespace)
  const Network &a = before.network(), &b = after.network();
  const ModelFacts old = inspect(before, {.weights = false});
  const ModelFacts now = inspect(after, {.weights = false});
  ModelDiff result;
  const auto pairs = pair_layers(old, now);
  std::map<std::string, std::string> renamed;
  for (const auto& [i, j] : pairs) {
    if (i != kNoLayer && j != kNoLayer) renamed[old.layers[i].name] = now.layers[j].name;
  }
  for (const auto& [i, j] : pairs) {
    const LayerFacts& layer = j != kNoLayer ? now.layers[j] : old.layers[i];
    add_weights(layer.name, weights_of(a, i), weights_of(b, j), result.weights);
    if (i == kNoLayer || j == kNoLayer) {
      result.layers.push_back(
          {i == kNoLayer ? "added" : "removed", layer.name, layer.class_name, {}});
      continue;
    }
    LayerDiff change = compare_layers(old.layers[i], layer, renamed);
    if (!change.changes.empty()) result.layers.push_back(std::move(change));
  }
  result.words = compare_words(words_of(a), words_of(b));
  if (a.text && b.text) {
    result.classes_added = missing_in(a.text->classes, b.text->classes);
    result.classes_lost = missing_in(b.text->classes, a.text->classes);
  }
  FlatConfig left = settings_of(a, old), right = settings_of(b, now);
  compare(left, right, "", result.settings);
  result.same_optimizer_state = same_state(a, b);
  result.identical = result.layers.empty() && result.settings.empty() &&
                     words_of(a) == words_of(b) && result.same_optimizer_state &&
                     std::all_of(result.weights.begin(), result.weights.end(),
                                 [](const WeightDiff& weight) { return weight.identical; });
  return result;
}

}  // namespace eddy
