// SPDX-License-Identifier: MIT
#include "files/weight_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cells/cell.h"

namespace eddy::files {
namespace {

// In Keras' storage order.
struct GateNames {
  const char* cell;
  std::vector<const char*> gates;
};
const std::vector<GateNames>& gate_names() {
  static const std::vector<GateNames> names = {
      {"gru", {"update", "reset", "candidate"}},
      {"lstm", {"input", "forget", "candidate", "output"}}};
  return names;
}

std::string gate_name(const std::string& cell, size_t gate) {
  for (const auto& names : gate_names()) {
    if (cell == names.cell && gate < names.gates.size()) return names.gates[gate];
  }
  return fmt::format("gate {}", gate + 1);
}

// The cells of a layer in the order of their weights.
void add_cells(const LayerSpec& spec, std::vector<RecurrentOptions>& cells) {
  if (const auto* layer = std::get_if<RecurrentOptions>(&spec)) {
    cells.push_back(*layer);
  } else if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) {
    add_cells(*both->layer, cells);
    add_cells(both->backward_layer ? *both->backward_layer : *both->layer, cells);
  } else if (const auto* each = std::get_if<TimeDistributedOptions>(&spec)) {
    add_cells(*each->layer, cells);
  } else if (const auto* rnn = std::get_if<RNNOptions>(&spec)) {
    cells.insert(cells.end(), rnn->cells.begin(), rnn->cells.end());
  } else if (const auto* nested = std::get_if<NestedOptions>(&spec)) {
    for (const LayerSpec& inside : nested->model->layers) add_cells(inside, cells);
  }
}

struct Moments {
  double mean = 0, min = 0, max = 0;
};
Moments moments(const float* values, int64_t count) {
  Moments result{0, std::numeric_limits<double>::infinity(),
                 -std::numeric_limits<double>::infinity()};
  for (int64_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(values[i]);
    result.mean += value / static_cast<double>(count);
    result.min = std::min(result.min, value);
    result.max = std::max(result.max, value);
  }
  return result;
}

void add_gates(const RecurrentOptions& cell, const Weight<float>& bias, const std::string& path,
               std::vector<GateFacts>& facts) {
  const auto gates = static_cast<size_t>(find_cell(cell.cell).gates);
  const int64_t units = cell.units, width = units * static_cast<int64_t>(gates);
  if (gates == 1 || units == 0 || bias.size() % width != 0) return;
  for (size_t gate = 0; gate < gates; ++gate) {
    const float* values = bias.value.data() + static_cast<int64_t>(gate) * units;
    const Moments own = moments(values, units);
    GateFacts fact{path, cell.cell, gate_name(cell.cell, gate), own.mean, own.min, own.max};
    if (bias.size() > width) fact.recurrent_mean = moments(values + width, units).mean;
    facts.push_back(std::move(fact));
  }
}

// Without the last part of a path.
std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

WeightFacts weight_facts(const Weight<float>& weight, int64_t bins) {
  WeightFacts facts;
  facts.path = path_in_layer(weight);
  facts.shape = weight.shape;
  facts.trainable = weight.trainable;
  facts.count = weight.size();
  facts.min = std::numeric_limits<double>::infinity();
  facts.max = -facts.min;
  double sum = 0, squares = 0;
  int64_t finite = 0;
  for (const float number : weight.value) {
    const auto value = static_cast<double>(number);
    if (!std::isfinite(value)) {
      ++(std::isnan(value) ? facts.nans : facts.infinities);
      continue;
    }
    ++finite;
    if (number == 0) ++facts.zeros;
    sum += value;
    squares += value * value;
    facts.min = std::min(facts.min, value);
    facts.max = std::max(facts.max, value);
  }
  facts.histogram.assign(static_cast<size_t>(bins), 0);
  if (finite == 0) facts.min = facts.max = 0;
  if (finite == 0) return facts;
  facts.norm = std::sqrt(squares);
  facts.mean = sum / static_cast<double>(finite);
  double spread = 0;
  const double width = (facts.max - facts.min) / static_cast<double>(bins);
  for (const float number : weight.value) {
    const auto value = static_cast<double>(number);
    if (!std::isfinite(value)) continue;
    spread += (value - facts.mean) * (value - facts.mean);
    const double bin = width > 0 ? (value - facts.min) / width : 0;
    ++facts.histogram[static_cast<size_t>(std::min(bin, static_cast<double>(bins - 1)))];
  }
  facts.deviation = std::sqrt(spread / static_cast<double>(finite));
  return facts;
}

std::vector<GateFacts> gate_facts(const LayerSpec& spec, const Layer<float>& layer) {
  std::vector<RecurrentOptions> cells;
  add_cells(spec, cells);
  const auto weights = const_cast<Layer<float>&>(layer).weights();
  std::vector<std::string> places;
  for (const auto* weight : weights) {
    if (weight->name == "recurrent_kernel") places.push_back(folder_of(path_in_layer(*weight)));
  }
  std::vector<GateFacts> facts;
  if (places.size() != cells.size()) return facts;
  for (const auto* weight : weights) {
    if (weight->name != "bias") continue;
    const auto found = std::find(places.begin(), places.end(), folder_of(path_in_layer(*weight)));
    if (found == places.end()) continue;
    add_gates(cells[static_cast<size_t>(found - places.begin())], *weight, *found, facts);
  }
  return facts;
}

}  // namespace eddy::files
