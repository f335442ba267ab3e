// SPDX-License-Identifier: MIT
// Building a graph, and its forward pass.
#include "layers/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/denormals.h"
#include "layers/factory.h"
#include "layers/options.h"
#include "layers/signal.h"

namespace eddy {
namespace {

template <class Real>
bool all_finite(const Real* values, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

const InputOptions* as_input(const LayerSpec& spec) { return std::get_if<InputOptions>(&spec); }

void check_names(const GraphOptions& options) {
  const std::string where = options.sequential ? "Sequential" : "Model";
  if (options.calls.size() <= options.inputs.size()) {
    throw Error(ErrorCode::invalid_argument, where, "layers: expected at least one, got 0.",
                "add a layer, e.g. Dense(1).");
  }
  std::set<std::string> names;
  for (const LayerSpec& spec : options.layers) {
    if (names.insert(layer_name(spec)).second) continue;
    throw Error(
        ErrorCode::invalid_argument, where,
        fmt::format("layer names: expected distinct ones, got '{}' twice.", layer_name(spec)),
        "rename one of the layers.");
  }
}

template <class Real>
bool has_trainable(const std::vector<Weight<Real>*>& weights) {
  return std::any_of(weights.begin(), weights.end(),
                     [](auto* weight) { return weight->trainable; });
}

bool fits(const Shape& shape, const Shape& expected) {
  if (expected.empty()) return true;  // a model whose shapes come with its use
  if (shape.size() != expected.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (expected[i] != kNone && shape[i] != kNone && shape[i] != expected[i]) return false;
  }
  return true;
}

}  // namespace

GraphOptions chain(std::vector<LayerSpec> layers, const Shape& input_shape,
                   const std::string& name) {
  GraphOptions model;
  model.name = name;
  model.sequential = true;
  model.layers.emplace_back(InputOptions{.batch_shape = input_shape, .name = "input_layer"});
  model.calls.push_back({});
  for (LayerSpec& layer : layers) {
    model.calls.push_back({.layer = static_cast<int64_t>(model.layers.size()),
                           .inputs = {{.call = static_cast<int64_t>(model.calls.size()) - 1}}});
    model.layers.push_back(std::move(layer));
  }
  model.inputs = {{}};
  model.outputs = {{.call = static_cast<int64_t>(model.calls.size()) - 1}};
  return model;
}

template <class Real>
Graph<Real>::Graph(GraphOptions options) : Layer<Real>(options.name), options_(std::move(options)) {
  uint64_t streams = 0;
  make_nodes(streams);
  std::vector<Shape> inputs;
  for (const auto& value : options_.inputs) {
    const auto& call = options_.calls[static_cast<size_t>(value.call)];
    inputs.push_back(as_input(options_.layers[static_cast<size_t>(call.layer)])->batch_shape);
  }
  build(inputs);
}

template <class Real>
Graph<Real>::Graph(GraphOptions options, uint64_t& streams)
    : Layer<Real>(options.name), options_(std::move(options)) {
  make_nodes(streams);
}

template <class Real>
void Graph<Real>::make_nodes(uint64_t& streams) {
  check_names(options_);
  nodes_.resize(options_.calls.size());
  first_call_.assign(options_.layers.size(), nodes_.size());
  for (size_t c = 0; c < nodes_.size(); ++c) {
    const auto layer = static_cast<size_t>(options_.calls[c].layer);
    if (first_call_[layer] == nodes_.size()) first_call_[layer] = c;
    if (as_input(options_.layers[layer]) != nullptr) continue;
    nodes_[c].layer = make_layer<Real>(options_.layers[layer], streams);
  }
  for (size_t i = 0; i < options_.inputs.size(); ++i) {
    nodes_[static_cast<size_t>(options_.inputs[i].call)].input = i;
  }
}

template <class Real>
std::vector<Shape> Graph<Real>::build(const std::vector<Shape>& inputs) {
  check_input_count(this->name(), inputs.size(), options_.inputs.size(), options_.inputs.size());
  for (size_t c = 0; c < nodes_.size(); ++c) {
    Node& node = nodes_[c];
    const auto& call = options_.calls[c];
    if (node.layer == nullptr) {
      const auto* input = as_input(options_.layers[static_cast<size_t>(call.layer)]);
      const Shape& shape = inputs[node.input];
      if (!fits(shape, input->batch_shape)) {
        throw Error(ErrorCode::shape_mismatch, this->name(),
                    fmt::format("input '{}': expected {}, got {}.", input->name,
                                to_string(input->batch_shape), to_string(shape)),
                    "give values of the shape that the model was made for.");
      }
      node.shapes = {shape};
    } else {
      std::vector<Shape> shapes;
      for (const auto& value : call.inputs) {
        shapes.push_back(shape_of(value));
      }
      const LayerSpec& spec = options_.layers[static_cast<size_t>(call.layer)];
      node.shapes = node.layer->build_as(spec.trainable, shapes);
    }
  }
  output_shapes_.clear();
  for (const auto& value : options_.outputs) {
    output_shapes_.push_back(shape_of(value));
  }
  share_weights();
  connect();
  place_weights();
  return output_shapes_;
}

// Keras' files keep a layer below the model that holds it.
template <class Real>
void Graph<Real>::place_weights() {
  std::vector<std::string> classes;
  std::vector<Layer<Real>*> layers;
  for (size_t layer = 0; layer < options_.layers.size(); ++layer) {
    if (options_.sequential && this->layer(layer) == nullptr) continue;  // its input has no place
    classes.push_back(class_name(options_.layers[layer]));
    layers.push_back(this->layer(layer));
  }
  const auto slots = slot_names(classes);
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i] == nullptr) continue;
    for (auto* weight : layers[i]->weights()) {
      weight->holder = "layers/" + slots[i] + (weight->holder.empty() ? "" : "/" + weight->holder);
    }
  }
}

template <class Real>
const Shape& Graph<Real>::shape_of(const GraphOptions::Value& value) const {
  const Node& node = nodes_[static_cast<size_t>(value.call)];
  if (value.output < 0 || value.output >= static_cast<int64_t>(node.shapes.size())) {
    throw Error(
        ErrorCode::invalid_argument, this->name(),
        fmt::format("output {} of layer '{}': expected below {}.", value.output,
                    node.layer != nullptr ? node.layer->name() : "input", node.shapes.size()),
        "use return_state = true for the states of a recurrent layer.");
  }
  return node.shapes[static_cast<size_t>(value.output)];
}

template <class Real>
void Graph<Real>::share_weights() {
  for (size_t c = 0; c < nodes_.size(); ++c) {
    const size_t first = first_call_[static_cast<size_t>(options_.calls[c].layer)];
    if (first == c || nodes_[c].layer == nullptr) continue;
    const auto mine = nodes_[c].layer->weights(), owners = nodes_[first].layer->weights();
    for (size_t w = 0; w < owners.size(); ++w) {
      if (mine[w]->shape != owners[w]->shape) {
        throw Error(
            ErrorCode::shape_mismatch, nodes_[c].layer->name(),
            fmt::format("weight '{}': expected {} at every place of the layer, got {}.",
                        mine[w]->name, to_string(owners[w]->shape), to_string(mine[w]->shape)),
            "call a shared layer on inputs of one width.");
      }
      mine[w]->value = owners[w]->value;
    }
    nodes_[c].layer->relink();
  }
}

template <class Real>
void Graph<Real>::connect() {
  for (Node& node : nodes_) {
    node.signals.resize(node.shapes.size());
    node.consumers.assign(node.shapes.size(), {});
    node.leaves.assign(node.shapes.size(), 0);
    node.zeros.resize(node.shapes.size());
    node.dout.resize(node.shapes.size());
  }
  for (size_t c = 0; c < nodes_.size(); ++c) {
    Node& node = nodes_[c];
    const auto& inputs = options_.calls[c].inputs;
    node.gradients.resize(inputs.size());
    node.din.resize(inputs.size());
    node.in.clear();
    node.learns = node.layer != nullptr && has_trainable(node.layer->weights());
    for (size_t i = 0; i < inputs.size(); ++i) {
      Node& source = nodes_[static_cast<size_t>(inputs[i].call)];
      const auto output = static_cast<size_t>(inputs[i].output);
      node.in.push_back(&source.signals[output]);
      node.learns = node.learns || source.learns;
      source.consumers[output].push_back(&node.gradients[i]);
    }
  }
  for (const auto& value : options_.outputs) {
    ++nodes_[static_cast<size_t>(value.call)].leaves[static_cast<size_t>(value.output)];
  }
  results_.resize(options_.outputs.size());
  written_out_.resize(options_.outputs.size());
}

template <class Real>
void Graph<Real>::freeze() {
  this->trainable_ = false;
  for (Node& node : nodes_) {
    if (node.layer != nullptr) node.layer->freeze();
    node.learns = false;
  }
}

template <class Real>
std::vector<Weight<Real>*> Graph<Real>::weights() {
  std::vector<Weight<Real>*> all;
  for (size_t layer = 0; layer < options_.layers.size(); ++layer) {
    if (this->layer(layer) == nullptr) continue;
    for (auto* weight : this->layer(layer)->weights()) all.push_back(weight);
  }
  return all;
}

template <class Real>
void Graph<Real>::allocate() {
  for (auto* weight : weights()) {
    weight->value.resize_zeroed(static_cast<size_t>(element_count(weight->shape)));
  }
}

template <class Real>
bool Graph<Real>::has_activity_penalty() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return node.layer != nullptr && node.layer->has_activity_penalty();
  });
}

template <class Real>
double Graph<Real>::activity_penalty(std::span<const Signal<Real>>) const {
  double sum = 0;
  for (const Node& node : nodes_) {
    if (node.layer != nullptr) sum += node.layer->activity_penalty(node.signals);
  }
  return sum;
}

template <class Real>
void Graph<Real>::reset_state() {
  for (Node& node : nodes_) {
    if (node.layer != nullptr) node.layer->reset_state();
  }
}

template <class Real>
void Graph<Real>::exchange_state(SavedState& state) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    SavedState part = state.part(std::to_string(i));
    if (nodes_[i].layer != nullptr) nodes_[i].layer->exchange_state(part);
  }
}

template <class Real>
const Signal<Real>& Graph<Real>::signal(const GraphOptions::Value& value) const {
  return nodes_[static_cast<size_t>(value.call)].signals[static_cast<size_t>(value.output)];
}

template <class Real>
void Graph<Real>::forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) {
  const FlushDenormals flush;
  for (Node& node : nodes_) {
    if (node.layer == nullptr) {
      node.signals[0] = *in[node.input];
      continue;
    }
    for (auto& signal : node.signals) signal.reset();
    node.layer->forward(node.in, node.signals, pass);
  }
  for (size_t k = 0; k < out.size(); ++k) {
    const auto& value = options_.outputs[k];
    const Node& node = nodes_[static_cast<size_t>(value.call)];
    out[k] = signal(value);
    // A gradient at the logits could not be added to those of other consumers.
    const auto output = static_cast<size_t>(value.output);
    if (!node.consumers[output].empty() || node.leaves[output] > 1) out[k].logits = nullptr;
  }
}

template <class Real>
std::span<const Signal<Real>> Graph<Real>::run(Inputs<Real> in, const Pass& pass) {
  forward(in, results_, pass);
  for (size_t k = 0; k < results_.size(); ++k) {  // losses and users want the rows of a lookup
    if (results_[k].lookup) {
      dense_values(results_[k], written_out_[k]);
      results_[k].value = written_out_[k].data();
    }
  }
  return results_;
}

template <class Real>
auto Graph<Real>::first_not_finite() const -> std::optional<BadOutput> {
  for (const Node& node : nodes_) {
    if (node.layer == nullptr) continue;
    for (const auto& out : node.signals) {
      if (out.value == nullptr || all_finite(out.value, out.size())) continue;
      BadOutput found{node.layer->name()};
      if (const auto* inside = dynamic_cast<const Graph*>(node.layer.get())) {
        if (const auto deeper = inside->first_not_finite()) {
          return BadOutput{found.layer + "/" + deeper->layer, deeper->step};
        }
      }
      if (out.shape.size() != 3) return found;
      const int64_t B = out.shape[0], T = out.shape[1], width = out.shape[2];
      for (found.step = 0; found.step + 1 < T; ++found.step) {
        for (int64_t b = 0; b < B; ++b) {
          if (!all_finite(out.value + (b * T + found.step) * width, width)) return found;
        }
      }
      return found;
    }
  }
  return std::nullopt;
}

template class Graph<float>;
template class Graph<double>;

}  // namespace eddy
