// SPDX-License-Identifier: MIT
#include "model_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "files/model_config.h"

namespace eddy::golden {
namespace {

template <class Real>
Graph<Real> graph_of(const Case& wanted) {
  const auto config = files::read_model_config({wanted.name, "config"}, wanted.config,
                                               files::KerasAge::keras_3, "");
  return Graph<Real>(config.graph);
}

// Those of `by_rows` written out.
template <class Real>
std::vector<Real> dense_gradient(const Weight<Real>& weight) {
  if (!weight.by_rows) return {weight.grad.begin(), weight.grad.end()};
  std::vector<Real> dense(weight.value.size(), Real{0});
  const size_t width = dense.size() / static_cast<size_t>(weight.shape[0]);
  for (size_t k = 0; k < weight.rows.size(); ++k) {
    for (size_t j = 0; j < width; ++j) {
      dense[static_cast<size_t>(weight.rows[k]) * width + j] += weight.grad[k * width + j];
    }
  }
  return dense;
}

}  // namespace

template <class Real>
GoldenModel<Real>::GoldenModel(const Case& wanted)
    : case_(&wanted), graph_(graph_of<Real>(wanted)) {
  graph_.allocate();
}

template <class Real>
double GoldenModel<Real>::worst_error(double tolerance, std::vector<std::string>& complaints) {
  tolerance_ = tolerance;
  complaints_ = &complaints;
  set_weights();
  int number = 0;
  for (const Call& call : case_->calls) {
    if (call.reset) graph_.reset_state();
    for (const bool training : {false, true}) {
      if (call.training && *call.training != training) continue;
      where_ = fmt::format("call {}{}: ", number, training ? " in training" : "");
      run_call(call, training);
      if (training && call.gradients) run_back(call);
      check_moved(call);
    }
    ++number;
  }
  return worst_;
}

template <class Real>
void GoldenModel<Real>::set_weights() {
  const auto weights = graph_.weights();
  if (weights.size() != case_->weights.size()) {
    complain(fmt::format("{} weights, expected {}", weights.size(), case_->weights.size()));
  }
  for (size_t i = 0; i < std::min(weights.size(), case_->weights.size()); ++i) {
    const CaseWeight& wanted = case_->weights[i];
    if (weights[i]->name != wanted.name || weights[i]->shape != wanted.value.shape) {
      complain(fmt::format("weight {} is '{}' {}, expected '{}' {}", i, weights[i]->name,
                           to_string(weights[i]->shape), wanted.path,
                           to_string(wanted.value.shape)));
      continue;
    }
    std::copy(wanted.value.reals.begin(), wanted.value.reals.end(), weights[i]->value.begin());
  }
}

template <class Real>
void GoldenModel<Real>::run_call(const Call& call, bool training) {
  values_.assign(call.inputs.size(), {});
  inputs_.assign(call.inputs.size(), {});
  input_pointers_.clear();
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const Array& from = call.inputs[i];
    inputs_[i].shape = from.shape;
    if (from.integers) {
      inputs_[i].ids = from.ids.data();
    } else {
      values_[i].assign(from.reals.begin(), from.reals.end());
      inputs_[i].value = values_[i].data();
    }
    input_pointers_.push_back(&inputs_[i]);
  }
  const auto outputs = graph_.run(input_pointers_, Pass{.training = training});
  outputs_.assign(outputs.begin(), outputs.end());
  check_outputs(call);
}

template <class Real>
void GoldenModel<Real>::check_outputs(const Call& call) {
  if (outputs_.size() != call.outputs.size()) {
    complain(fmt::format("{} outputs, expected {}", outputs_.size(), call.outputs.size()));
    return;
  }
  for (size_t k = 0; k < outputs_.size(); ++k) {
    const Signal<Real>& out = outputs_[k];
    if (out.shape != call.outputs[k].shape) {
      complain(fmt::format("output {} is {}, expected {}", k, to_string(out.shape),
                           to_string(call.outputs[k].shape)));
      continue;
    }
    compare(fmt::format("output {}", k), call.outputs[k], out.value,
            static_cast<size_t>(out.size()));
    const auto& mask = call.masks[k];
    if (mask.has_value() != (out.mask != nullptr)) {
      complain(fmt::format("output {} has {} mask", k, mask ? "no" : "a"));
    } else if (mask && (mask->shape.size() != out.mask_rank ||
                        !std::equal(mask->ids.begin(), mask->ids.end(), out.mask))) {
      complain(fmt::format("output {} has another mask", k));
    }
  }
}

template <class Real>
void GoldenModel<Real>::run_back(const Call& call) {
  cotangents_.resize(call.cotangents.size());
  std::vector<Gradient<Real>*> dout, din;
  for (size_t k = 0; k < call.cotangents.size(); ++k) {
    const auto& from = call.cotangents[k].reals;
    Gradient<Real>& to = cotangents_[k];
    to.any = true;
    to.at_logits = to.by_rows = false;
    to.dense.resize(from.size());
    std::copy(from.begin(), from.end(), to.dense.begin());
    dout.push_back(&to);
  }
  input_gradients_.resize(call.inputs.size());
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    input_gradients_[i].any = false;
    din.push_back(call.inputs[i].integers ? nullptr : &input_gradients_[i]);
  }
  for (auto* weight : graph_.weights()) {  // what backward forgets shows
    std::fill(weight->grad.begin(), weight->grad.end(), static_cast<Real>(std::nan("")));
  }
  graph_.backward(input_pointers_, outputs_, dout, din, Pass{.training = true});
  check_gradients(call);
}

template <class Real>
void GoldenModel<Real>::check_gradients(const Call& call) {
  const auto weights = graph_.weights();
  for (size_t i = 0; i < std::min(weights.size(), call.weight_gradients.size()); ++i) {
    const auto& wanted = call.weight_gradients[i];
    if (!wanted) continue;
    const auto got = dense_gradient(*weights[i]);
    compare("gradient of " + case_->weights[i].path, *wanted, got.data(), got.size());
  }
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const auto& wanted = call.input_gradients[i];
    if (!wanted) continue;
    if (!input_gradients_[i].any) {
      const bool zero = std::all_of(wanted->reals.begin(), wanted->reals.end(),
                                    [](float value) { return value == 0; });
      if (!zero) complain(fmt::format("no gradient of input {}", i));
      continue;
    }
    compare(fmt::format("gradient of input {}", i), *wanted, input_gradients_[i].dense.data(),
            input_gradients_[i].dense.size());
  }
}

template <class Real>
void GoldenModel<Real>::check_moved(const Call& call) {
  size_t next = 0;
  const auto weights = graph_.weights();
  for (size_t i = 0; i < weights.size() && next < call.moved.size(); ++i) {
    if (case_->weights[i].trainable) continue;
    compare("moved " + case_->weights[i].path, call.moved[next++], weights[i]->value.data(),
            weights[i]->value.size());
  }
  if (next < call.moved.size()) complain("weights that training moves are missing");
}

template <class Real>
void GoldenModel<Real>::compare(const std::string& what, const Array& wanted, const Real* got,
                                size_t size) {
  if (size != wanted.reals.size()) {
    complain(fmt::format("{} has {} numbers, expected {}", what, size, wanted.reals.size()));
    return;
  }
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < size; ++i) {
    const double want = static_cast<double>(wanted.reals[i]), have = static_cast<double>(got[i]);
    if (std::isnan(want) && std::isnan(have)) continue;
    const double error = std::abs(have - want) / (1 + std::abs(want));
    if (error <= worst) continue;
    worst = std::isnan(error) ? HUGE_VAL : error;
    at = i;
  }
  worst_ = std::max(worst_, worst);
  if (worst <= tolerance_) return;
  complain(fmt::format("{}[{}] is {}, expected {}", what, at, got[at], wanted.reals[at]));
}

template class GoldenModel<float>;
template class GoldenModel<double>;

}  // namespace eddy::golden
