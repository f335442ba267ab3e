// SPDX-License-Identifier: MIT
// Sequential: layers, weights and compile options. Training and inference stand in fit.cc and
// run.cc.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "layers/options.h"
#include "model/network.h"
#include "training/initializers.h"
#include "training/losses.h"

namespace eddy {
namespace {

uint64_t seed_of_the_system() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

// Keras' names: snake case of the class, then _1, _2, ... within this model.
void name_layer(LayerSpec& spec, const std::vector<LayerSpec>& before) {
  if (!layer_name(spec).empty()) return;
  const std::string base = snake_case(class_name(spec));
  const auto taken = [&](const std::string& name) {
    for (const LayerSpec& other : before) {
      if (layer_name(other) == name) return true;
    }
    return false;
  };
  std::string name = base;
  for (int n = 1; taken(name); ++n) name = fmt::format("{}_{}", base, n);
  set_layer_name(spec, name);
}

}  // namespace

Sequential::Sequential(std::vector<LayerSpec> layers, SequentialOptions options)
    : network_(std::make_unique<Network>()) {
  network_->name = std::move(options.name);
  network_->seed = options.seed ? *options.seed : seed_of_the_system();
  for (LayerSpec& layer : layers) add(std::move(layer));
}

Sequential::~Sequential() = default;
Sequential::Sequential(Sequential&&) noexcept = default;
Sequential& Sequential::operator=(Sequential&&) noexcept = default;

void Sequential::add(LayerSpec layer) {
  if (built()) {
    throw Error(ErrorCode::invalid_argument, network_->name,
                "add: expected a model that is not built yet, got a built one.",
                "add all layers before build, fit, evaluate or predict.");
  }
  name_layer(layer, network_->specs);
  network_->specs.push_back(std::move(layer));
}

bool Sequential::built() const { return network_->stack != nullptr; }

void Sequential::build(const Shape& input_shape) {
  if (input_shape.size() < 2) {
    throw Error(ErrorCode::shape_mismatch, network_->name,
                fmt::format("input: expected [batch, ...], got {}.", to_string(input_shape)),
                "give every sample at least one axis.");
  }
  Shape shape = input_shape;
  shape[0] = kNone;
  network_->stack = std::make_unique<Graph<float>>(network_->specs, shape);
  initialize_weights(network_->stack->weights(), network_->seed);
  network_->input_shape = std::move(shape);
}

void Sequential::compile(CompileOptions options) {
  options.optimizer = resolve_optimizer(options.optimizer);
  if (options.loss.empty()) {
    throw Error(ErrorCode::invalid_argument, "compile", "loss: expected a name, got none.",
                "use binary_crossentropy for two classes, mean_squared_error for numbers.");
  }
  options.loss = Loss(options.loss).name();
  for (const auto& metric : options.metrics) Metric(metric, {kNone, 1}, {kNone, 1});
  network_->compiled = std::move(options);
  network_->optimizer.reset();
}

OptimizerState<float>& Network::optimizer_state() {
  if (!compiled) {
    throw Error(ErrorCode::invalid_argument, name, "fit: expected a compiled model, got none.",
                "call compile with an optimizer and a loss first.");
  }
  if (optimizer) return *optimizer;
  std::vector<Weight<float>*> trainable;
  for (auto* weight : stack->weights()) {
    if (weight->trainable) trainable.push_back(weight);
  }
  optimizer = make_optimizer<float>(compiled->optimizer, trainable);
  return *optimizer;
}

Network& Sequential::network() {
  return const_cast<Network&>(std::as_const(*this).network());  // NOLINT: one check for both
}

const Network& Sequential::network() const {
  if (!built()) {
    throw Error(ErrorCode::invalid_argument, network_->name,
                "model: expected a built one, got one that has not seen a shape.",
                "call build({batch, time, ...}) or fit first.");
  }
  return *network_;
}

const Network& Sequential::description() const { return *network_; }

std::vector<Tensor> Sequential::get_weights() const {
  std::vector<Tensor> all;
  for (const auto* weight : network().stack->weights()) {
    all.emplace_back(weight->shape, std::vector<float>(weight->value.begin(), weight->value.end()));
  }
  return all;
}

void Sequential::set_weights(const std::vector<Tensor>& weights) {
  const auto mine = network().stack->weights();
  if (mine.size() != weights.size()) {
    throw Error(
        ErrorCode::shape_mismatch, network_->name,
        fmt::format("set_weights: expected {} arrays, got {}.", mine.size(), weights.size()),
        "pass the arrays of get_weights(), in its order.");
  }
  for (size_t i = 0; i < mine.size(); ++i) {
    if (weights[i].shape() == mine[i]->shape) continue;
    throw Error(
        ErrorCode::shape_mismatch, network_->name,
        fmt::format("set_weights: expected array {} ('{}') of shape {}, got {}.", i, mine[i]->name,
                    to_string(mine[i]->shape), to_string(weights[i].shape())),
        "pass the arrays of get_weights(), in its order.");
  }
  for (size_t i = 0; i < mine.size(); ++i) {
    std::copy(weights[i].values().begin(), weights[i].values().end(), mine[i]->value.begin());
  }
}

void Sequential::set_text_encoder(TextEncoder encoder) {
  network_->text_index = nullptr;
  network_->text = std::move(encoder);
}

const TextEncoder* Sequential::text_encoder() const {
  return network_->text ? &*network_->text : nullptr;
}

}  // namespace eddy
