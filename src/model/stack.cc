// SPDX-License-Identifier: MIT
#include "model/stack.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "layers/factory.h"
#include "layers/options.h"
#include "layers/signal.h"
#include "training/initializers.h"

namespace eddy {
namespace {

template <class Real>
bool all_finite(const Real* values, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

}  // namespace

template <class Real>
Stack<Real>::Stack(const std::vector<LayerSpec>& specs, const Shape& input_shape) {
  if (specs.empty()) {
    throw Error(ErrorCode::invalid_argument, "Sequential", "layers: expected at least one, got 0.",
                "add a layer, e.g. Dense(1).");
  }
  std::set<std::string> names;
  Shape shape = input_shape;
  for (const LayerSpec& spec : specs) {
    const std::string& name = layer_name(spec);
    if (!names.insert(name).second) {
      throw Error(ErrorCode::invalid_argument, "Sequential",
                  fmt::format("layer names: expected distinct ones, got '{}' twice.", name),
                  "rename one of the layers.");
    }
    auto layer = make_layer<Real>(spec, layers_.size() + 1);
    shape = layer->build(shape);
    shapes_.push_back(shape);
    layers_.push_back(std::move(layer));
  }
  signals_.resize(layers_.size());
  gradients_.resize(layers_.size());
}

template <class Real>
void Stack<Real>::initialize(uint64_t seed) {
  uint64_t number = 0;
  for (auto* weight : weights()) initialize_weight(*weight, seed, number++);
}

template <class Real>
void Stack<Real>::allocate() {
  for (auto* weight : weights()) {
    weight->value.resize_zeroed(static_cast<size_t>(element_count(weight->shape)));
  }
}

template <class Real>
std::vector<Weight<Real>*> Stack<Real>::weights() const {
  std::vector<Weight<Real>*> all;
  for (const auto& layer : layers_) {
    for (auto& weight : layer->weights()) all.push_back(&weight);
  }
  return all;
}

template <class Real>
const Signal<Real>& Stack<Real>::forward(const Signal<Real>& input, const Pass& pass) {
  const Signal<Real>* in = &input;
  for (size_t i = 0; i < layers_.size(); ++i) {
    signals_[i].reset();
    layers_[i]->forward(*in, signals_[i], pass);
    in = &signals_[i];
  }
  if (in->lookup) {  // an Embedding on top: losses and users want its rows
    dense_values(*in, written_out_);
    signals_.back().value = written_out_.data();
  }
  return *in;
}

template <class Real>
void Stack<Real>::backward(const Signal<Real>& input, Gradient<Real>& gradient, const Pass& pass) {
  for (size_t i = layers_.size(); i-- > 0;) {
    Gradient<Real>& dout = i + 1 == layers_.size() ? gradient : gradients_[i];
    layers_[i]->backward(i == 0 ? input : signals_[i - 1], signals_[i], dout,
                         i == 0 ? nullptr : &gradients_[i - 1], pass);
  }
}

template <class Real>
std::string Stack<Real>::first_not_finite(const Signal<Real>& input) const {
  if (input.value != nullptr && !all_finite(input.value, input.size())) return "the input data";
  for (size_t i = 0; i < layers_.size(); ++i) {
    for (const auto& weight : layers_[i]->weights()) {
      if (!all_finite(weight.value.data(), weight.size())) {
        return fmt::format("the weight '{}' of layer '{}'", weight.name, layers_[i]->name());
      }
    }
    const Signal<Real>& out = signals_[i];
    if (out.value != nullptr && !all_finite(out.value, out.size())) {
      return fmt::format("the output of layer '{}'", layers_[i]->name());
    }
  }
  return "the loss itself";
}

template class Stack<float>;
template class Stack<double>;

}  // namespace eddy
