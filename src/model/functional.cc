// SPDX-License-Identifier: MIT
#include "model/functional.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "eddy/error.h"
#include "layers/options.h"

namespace eddy {
namespace {

using SymbolCall = const Symbol::Call*;

// A walk from the outputs down to the inputs.
class Trace {
 public:
  // Calls in an order in which each stands after those it depends on, and layers in the order of
  // their first visit.
  void visit(SymbolCall call) {
    if (std::count(done_.begin(), done_.end(), call) > 0) return;
    layer_of(call);
    for (const Symbol& input : call->inputs) visit(input.call().get());
    if (std::count(done_.begin(), done_.end(), call) == 0) done_.push_back(call);
  }

  const std::vector<SymbolCall>& calls() const { return done_; }

  // Keras lists layers by their distance from the outputs, farthest first; those of one distance by
  // first visit.
  GraphOptions options(const std::vector<Symbol>& inputs) {
    std::map<SymbolCall, int> call_depth;
    std::vector<int> layer_depth(layers_.size(), 0);
    for (size_t c = done_.size(); c-- > 0;) {
      const SymbolCall call = done_[c];
      int& depth = layer_depth[layer_of(call)];
      depth = std::max(depth, call_depth[call]);
      call_depth[call] = depth;
      for (const Symbol& input : call->inputs) {
        int& below = call_depth[input.call().get()];
        below = std::max(below, depth + 1);
      }
    }
    std::vector<size_t> order(layers_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return layer_depth[a] > layer_depth[b]; });
    GraphOptions graph;
    std::vector<int64_t> place(layers_.size());
    for (size_t i = 0; i < order.size(); ++i) {
      place[order[i]] = static_cast<int64_t>(i);
      graph.layers.push_back(layers_[order[i]]->layer);
      name_layer(graph.layers.back(), {graph.layers.begin(), graph.layers.end() - 1});
    }
    for (const SymbolCall call : done_) {
      GraphOptions::Call made{.layer = place[layer_of(call)]};
      for (const Symbol& input : call->inputs) made.inputs.push_back(value_of(input));
      graph.calls.push_back(std::move(made));
    }
    for (const Symbol& input : inputs) graph.inputs.push_back(value_of(input));
    return graph;
  }

  GraphOptions::Value value_of(const Symbol& symbol) const {
    const auto found = std::find(done_.begin(), done_.end(), symbol.call().get());
    return {.call = found - done_.begin(), .output = symbol.number()};
  }

 private:
  size_t layer_of(SymbolCall call) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i]->layer.same_layer(call->layer)) return i;
    }
    layers_.push_back(call);
    return layers_.size() - 1;
  }

  std::vector<SymbolCall> done_;
  std::vector<SymbolCall> layers_;  // one call of each layer
};

bool is_input(const LayerSpec& layer) { return std::holds_alternative<InputOptions>(layer); }

void name_inside(LayerBox& box) {
  if (!box || !layer_name(*box).empty()) return;
  LayerSpec inside = *box;
  name_layer(inside, {});
  box = inside;
}

}  // namespace

void name_layer(LayerSpec& spec, const std::vector<LayerSpec>& before) {
  if (auto* o = std::get_if<BidirectionalOptions>(&spec)) {
    name_inside(o->layer);
    name_inside(o->backward_layer);
  }
  if (auto* o = std::get_if<TimeDistributedOptions>(&spec)) name_inside(o->layer);
  if (!layer_name(spec).empty()) return;
  const std::string base = snake_case(class_name(spec));
  const auto taken = [&](const std::string& name) {
    return std::any_of(before.begin(), before.end(),
                       [&](const LayerSpec& other) { return layer_name(other) == name; });
  };
  std::string name = base;
  for (int n = 1; taken(name); ++n) name = fmt::format("{}_{}", base, n);
  set_layer_name(spec, name);
}

GraphOptions trace_graph(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs,
                         const std::string& name) {
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    throw Error(ErrorCode::invalid_argument, name, what, fix);
  };
  if (inputs.empty() || outputs.empty()) {
    refuse(fmt::format("inputs and outputs: expected at least one of each, got {} and {}.",
                       inputs.size(), outputs.size()),
           "give what InputLayer(...) and the last layers returned.");
  }
  Trace trace;
  for (const Symbol& output : outputs) trace.visit(output.call().get());
  for (const Symbol& input : inputs) {
    if (!is_input(input.call()->layer)) {
      refuse("inputs: expected values of InputLayer(...), got an output of " +
                 class_name(input.call()->layer) + ".",
             "start every path of the model with InputLayer(shape).");
    }
    trace.visit(input.call().get());
  }
  for (const auto* call : trace.calls()) {
    const bool given = std::any_of(inputs.begin(), inputs.end(),
                                   [&](const Symbol& input) { return input.call().get() == call; });
    if (is_input(call->layer) && !given) {
      refuse(
          "inputs: expected every InputLayer that the outputs depend on, got a list without one.",
          "add it to the inputs of the model.");
    }
  }
  GraphOptions graph = trace.options(inputs);
  graph.name = name;
  for (const Symbol& output : outputs) graph.outputs.push_back(trace.value_of(output));
  return graph;
}

Symbol LayerSpec::operator()(const Symbol& input) const {
  return (*this)(std::vector<Symbol>{input});
}

Symbol LayerSpec::operator()(const std::vector<Symbol>& inputs) const {
  return {std::make_shared<const Symbol::Call>(Symbol::Call{*this, inputs}), 0};
}

Symbol InputLayer(Shape shape, std::string dtype, std::string name) {
  InputOptions options;
  options.batch_shape = std::move(shape);
  options.batch_shape.insert(options.batch_shape.begin(), kNone);
  options.dtype = std::move(dtype);
  options.name = std::move(name);
  return LayerSpec(options)(std::vector<Symbol>{});
}

}  // namespace eddy
