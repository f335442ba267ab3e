// SPDX-License-Identifier: MIT
// Sequential: layers, weights and compile options. Training and inference stand in fit.cc and
// run.cc.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "layers/options.h"
#include "model/functional.h"
#include "model/network.h"
#include "training/initializers.h"
#include "training/losses.h"
#include "training/metrics.h"

namespace eddy {
namespace {

constexpr size_t kMaxNotes = 1'000'000;

uint64_t seed_of_the_system() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

std::unique_ptr<Network> make_network(const ModelOptions& options, const char* default_name) {
  auto network = std::make_unique<Network>();
  network->name = options.name.empty() ? default_name : options.name;
  network->seed = options.seed ? *options.seed : seed_of_the_system();
  return network;
}

}  // namespace

std::unique_ptr<Network> declare_network(GraphOptions graph, std::optional<uint64_t> seed) {
  auto network = make_network({.name = graph.name, .seed = seed}, "model");
  network->sequential = graph.sequential;
  network->specs = graph.layers;
  if (graph.sequential) network->specs.erase(network->specs.begin());  // its input
  network->graph = std::make_unique<Graph<float>>(std::move(graph));
  network->input_shape = network->graph->input_shape(0);
  return network;
}

Model::Model(std::unique_ptr<Network> network) : network_(std::move(network)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model::Model(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs,
             const ModelOptions& options)
    : Model(declare_network(
          trace_graph(inputs, outputs, options.name.empty() ? "functional" : options.name),
          options.seed)) {
  initialize_weights(network_->graph->weights(), network_->seed);
}

LayerSpec Model::as_layer() const {
  const GraphOptions graph = built() ? network_->graph->options() : chain(network_->specs, {});
  return NestedOptions{std::make_shared<const GraphOptions>(graph), network_->name};
}

void Model::reset_state() { network().graph->reset_state(); }

Sequential::Sequential(std::vector<LayerSpec> layers, const ModelOptions& options)
    : Model(make_network(options, "sequential")) {
  for (LayerSpec& layer : layers) add(std::move(layer));
}

void Sequential::add(LayerSpec layer) {
  if (built()) {
    throw Error(ErrorCode::invalid_argument, network_->name,
                "add: expected a model that is not built yet, got a built one.",
                "add all layers before build, fit, evaluate or predict.");
  }
  name_layer(layer, network_->specs);
  network_->specs.push_back(std::move(layer));
}

bool Model::built() const { return network_->graph != nullptr; }

void Model::build(const Shape& input_shape) {
  if (!network_->sequential) return;
  if (input_shape.size() < 2) {
    throw Error(ErrorCode::shape_mismatch, network_->name,
                fmt::format("input: expected [batch, ...], got {}.", to_string(input_shape)),
                "give every sample at least one axis.");
  }
  Shape shape = input_shape;
  shape[0] = kNone;
  network_->graph = std::make_unique<Graph<float>>(chain(network_->specs, shape, network_->name));
  initialize_weights(network_->graph->weights(), network_->seed);
  network_->input_shape = std::move(shape);
}

void Model::compile(CompileOptions options) {
  options.optimizer = resolve_optimizer(options.optimizer);
  if (options.loss.empty()) {
    throw Error(ErrorCode::invalid_argument, "compile", "loss: expected a name, got none.",
                "use binary_crossentropy for two classes, mean_squared_error for numbers.");
  }
  for (LossSpec& loss : options.loss.list) {
    if (loss.name.empty() || is_automatic_crossentropy(loss.name)) continue;
    loss.name = Loss(loss).name();
  }
  for (const MetricLists* lists : {&options.metrics, &options.weighted_metrics}) {
    for (const auto& list : lists->lists) {
      for (const auto& metric : list) Metric(metric, {kNone, 1}, {kNone, 1});
    }
  }
  network_->compiled = std::move(options);
  network_->optimizer.reset();
}

std::vector<std::string> Network::output_names() const {
  std::vector<std::string> names;
  const GraphOptions& options = graph->options();
  for (const auto& output : options.outputs) {
    const auto layer = options.calls[static_cast<size_t>(output.call)].layer;
    names.push_back(layer_name(options.layers[static_cast<size_t>(layer)]));
  }
  return names;
}

std::vector<Shape> Network::input_shapes() const {
  std::vector<Shape> shapes;
  for (size_t i = 0; i < graph->options().inputs.size(); ++i) {
    shapes.push_back(graph->input_shape(i));
  }
  return shapes;
}

OptimizerState<float>& Network::optimizer_state() {
  if (!compiled) {
    throw Error(ErrorCode::invalid_argument, name, "fit: expected a compiled model, got none.",
                "call compile with an optimizer and a loss first.");
  }
  if (optimizer) return *optimizer;
  std::vector<Weight<float>*> trainable;
  for (auto* weight : graph->weights()) {
    if (weight->trainable) trainable.push_back(weight);
  }
  optimizer = make_optimizer<float>(compiled->optimizer, trainable);
  return *optimizer;
}

Network& Model::network() {
  return const_cast<Network&>(std::as_const(*this).network());  // NOLINT: one check for both
}

const Network& Model::network() const {
  if (!built()) {
    throw Error(ErrorCode::invalid_argument, network_->name,
                "model: expected a built one, got one that has not seen a shape.",
                "call build({batch, time, ...}) or fit first.");
  }
  return *network_;
}

const Network& Model::description() const { return *network_; }

std::vector<Tensor> Model::get_weights() const {
  std::vector<Tensor> all;
  for (const auto* weight : network().graph->weights()) {
    all.emplace_back(weight->shape, std::vector<float>(weight->value.begin(), weight->value.end()));
  }
  return all;
}

void Model::set_weights(const std::vector<Tensor>& weights) {
  const auto mine = network().graph->weights();
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

void Model::set_note(const std::string& name, std::string text) {
  if (text.empty()) {
    network_->notes.erase(name);
    return;
  }
  size_t bytes = name.size() + text.size();
  for (const auto& [other, kept] : network_->notes) {
    if (other != name) bytes += other.size() + kept.size();
  }
  if (bytes > kMaxNotes) {
    throw Error(ErrorCode::invalid_argument, network_->name,
                fmt::format("notes: expected at most {} bytes in all, got {}.", kMaxNotes, bytes),
                "keep large things in files of their own.");
  }
  network_->notes[name] = std::move(text);
}

std::string Model::note(const std::string& name) const {
  const auto found = network_->notes.find(name);
  return found == network_->notes.end() ? "" : found->second;
}

void Model::set_text_encoder(TextEncoder encoder) {
  network_->text_index = nullptr;
  network_->text = std::move(encoder);
}

const TextEncoder* Model::text_encoder() const {
  return network_->text ? &*network_->text : nullptr;
}

}  // namespace eddy
