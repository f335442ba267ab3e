// SPDX-License-Identifier: MIT
#include "eddy/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/denormals.h"
#include "eddy/model.h"
#include "layers/graph.h"
#include "layers/step_layer.h"
#include "model/network.h"

namespace eddy {

// What all copies of a stream have in common.
struct Stream::Weights {
  struct Place {
    std::unique_ptr<StepLayer<float>> layer;
    int64_t memory;  // where the layer's own begins
  };
  std::vector<Place> layers;
  int64_t memory = 0, input_size = 0, output_size = 0;
  bool faint = false;
};

struct Stream::Memory {
  Buffer<float> values;
  int64_t steps = 0;
  bool faint = false;  // when last looked at; always where the weights are
};

namespace {

// To switch denormal numbers off and on again takes a fifth of a step of few units: a processor
// begins nothing else before all that it has begun is done. So they stay on while nothing is near
// zero, which a stream looks for every few steps. Of a fainter value tanh's fourth power is
// denormal; a product with a weight is added to others, so only a denormal weight itself counts.
constexpr int64_t kStepsPerLook = 64;
constexpr float kFaintValue = 0x1p-30F, kFaintWeight = 0x1p-126F;

[[noreturn]] void refuse_graph(const std::string& model, const char* got) {
  throw Error(ErrorCode::not_supported, model,
              fmt::format("step by step: expected a chain of layers, got {}.", got),
              "give whole sequences to predict.");
}

// Each call takes the value before it, and nothing else.
void expect_chain(const std::string& name, const GraphOptions& graph) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    refuse_graph(name, "several inputs or outputs");
  }
  const auto last = static_cast<int64_t>(graph.calls.size()) - 1;
  for (int64_t c = 0; c <= last; ++c) {
    const auto& inputs = graph.calls[static_cast<size_t>(c)].inputs;
    const bool chained =
        c == 0 ? inputs.empty()
               : inputs.size() == 1 && inputs[0].call == c - 1 && inputs[0].output == 0;
    if (!chained) refuse_graph(name, "values that go to several layers");
  }
  if (graph.outputs[0].call != last) refuse_graph(name, "an output in the middle");
}

}  // namespace

Stream::Stream(Model& model) : memory_(std::make_unique<Memory>()) {
  Network& network = model.network();
  Graph<float>& graph = *network.graph;
  const GraphOptions& options = graph.options();
  expect_chain(network.name, options);
  auto weights = std::make_shared<Weights>();
  for (const auto* weight : graph.weights()) {
    weights->faint = weights->faint || any_faint(weight->value, kFaintWeight);
  }
  for (size_t c = 1; c < options.calls.size(); ++c) {
    const auto layer = static_cast<size_t>(options.calls[c].layer);
    if (graph.call_shapes(c)[0].size() > 3) refuse_graph(network.name, "steps with several axes");
    weights->layers.push_back({graph.layer(layer)->make_step(), weights->memory});
    weights->memory += weights->layers.back().layer->memory();
    constexpr int64_t kLine = 16;  // of whole registers, for layers that load them so
    weights->memory = (weights->memory + kLine - 1) / kLine * kLine;
  }
  const Shape& input = graph.input_shape(0);
  weights->input_size = input.size() == 3 ? input[2] : 0;
  weights->output_size = graph.output_shape().back();
  weights_ = std::move(weights);
  reset();
}

Stream::Stream(const Stream& other)
    : weights_(other.weights_), memory_(std::make_unique<Memory>()) {
  memory_->values.resize(other.memory_->values.size());
  std::copy(other.memory_->values.begin(), other.memory_->values.end(), memory_->values.begin());
  memory_->steps = other.memory_->steps;
  memory_->faint = other.memory_->faint;
}

Stream::Stream(Stream&& other) noexcept = default;
Stream::~Stream() = default;

Stream& Stream::operator=(Stream other) noexcept {
  std::swap(weights_, other.weights_);
  std::swap(memory_, other.memory_);
  return *this;
}

void Stream::reset() {
  memory_->values.resize_zeroed(static_cast<size_t>(weights_->memory));
  memory_->steps = 0;
  memory_->faint = weights_->faint;
}

std::span<const float> Stream::run(const float* values, int32_t id) {
  if (!memory_->faint) return walk(values, id);
  const FlushDenormals flush;
  return walk(values, id);
}

std::span<const float> Stream::walk(const float* values, int32_t id) {
  Memory& sequence = *memory_;
  StepValue<float> value{values, id};
  for (const auto& place : weights_->layers) {
    value.values = place.layer->step(value, sequence.steps, sequence.values.data() + place.memory);
  }
  if (++sequence.steps % kStepsPerLook == 0) look(values);
  return {value.values, static_cast<size_t>(weights_->output_size)};
}

// All that a step leaves lies in the memory of its sequence.
void Stream::look(const float* values) {
  const auto input_size = static_cast<size_t>(weights_->input_size);
  memory_->faint = weights_->faint || any_faint(memory_->values, kFaintValue) ||
                   any_faint({values, input_size}, kFaintValue);
}

std::span<const float> Stream::step(std::span<const float> x) {
  if (static_cast<int64_t>(x.size()) != weights_->input_size || x.empty()) {
    throw Error(
        ErrorCode::shape_mismatch, "stream",
        weights_->input_size == 0
            ? fmt::format("step: expected an id, got {} values.", x.size())
            : fmt::format("step: expected {} values, got {}.", weights_->input_size, x.size()),
        "give one step of what the model was built for.");
  }
  return run(x.data(), 0);
}

std::span<const float> Stream::step(int32_t id) {
  if (weights_->input_size != 0) {
    throw Error(ErrorCode::shape_mismatch, "stream",
                fmt::format("step: expected {} values, got an id.", weights_->input_size),
                "give the features of one step.");
  }
  return run(nullptr, id);
}

int64_t Stream::steps() const { return memory_->steps; }
int64_t Stream::input_size() const { return weights_->input_size; }
int64_t Stream::output_size() const { return weights_->output_size; }

}  // namespace eddy
