// SPDX-License-Identifier: MIT
// One live layer, run by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/random.h"
#include "eddy/error.h"
#include "layers/factory.h"
#include "layers/layer.h"
#include "layers/options.h"

namespace eddy {

// What goes into a layer. mask [B, T] or empty; prefix [B] or empty.
struct Given {
  Shape shape;
  std::vector<double> values;
  std::vector<uint8_t> mask = {};
  std::vector<int32_t> prefix = {};
};

inline Given random_input(Shape shape, uint64_t seed = 1) {
  Random random(seed);
  Given given{std::move(shape), {}};
  for (int64_t i = 0; i < element_count(given.shape); ++i) {
    given.values.push_back(random.uniform(-2, 2));
  }
  return given;
}

// A mask with holes, a row that is masked whole, and one that is not at all.
inline void add_mask(Given& given) {
  Random random(9);
  for (int64_t i = 0; i < given.shape[0] * given.shape[1]; ++i) {
    const int64_t row = i / given.shape[1];
    const bool real = row != 1 && (row == 2 || random.below(3) != 0);
    given.mask.push_back(real ? 1 : 0);
  }
}

template <class Real>
class LayerRun {
 public:
  // `shapes` with any batch; weights are drawn from (-1, 1), moving variances from (0.5, 1.5).
  LayerRun(LayerSpec spec, const std::vector<Shape>& shapes) {
    if (layer_name(spec).empty()) set_layer_name(spec, "layer");
    uint64_t streams = 0;
    layer_ = make_layer<Real>(spec, streams);
    std::vector<Shape> open = shapes;
    for (Shape& shape : open) shape[0] = kNone;
    shapes_ = layer_->build(open);
    out_.resize(shapes_.size());
    Random random(5);
    for (auto* weight : layer_->weights()) {
      weight->value.resize(static_cast<size_t>(element_count(weight->shape)));
      const bool positive = weight->name == "moving_variance";
      for (auto& v : weight->value) {
        v = static_cast<Real>(positive ? random.uniform(0.5, 1.5) : random.uniform(-1, 1));
      }
    }
  }

  const std::vector<Shape>& shapes() const { return shapes_; }
  std::vector<Weight<Real>*> weights() { return layer_->weights(); }
  Layer<Real>& layer() { return *layer_; }

  const Signal<Real>& forward(const std::vector<Given>& inputs, bool training = false) {
    pass_.training = training;
    given_ = inputs;
    values_.resize(inputs.size()), signals_.resize(inputs.size());
    in_.clear();
    for (size_t k = 0; k < inputs.size(); ++k) {
      values_[k].assign(inputs[k].values.begin(), inputs[k].values.end());
      signals_[k].reset();
      signals_[k].shape = inputs[k].shape;
      signals_[k].value = values_[k].data();
      if (!inputs[k].mask.empty()) signals_[k].mask = given_[k].mask.data();
      if (!inputs[k].prefix.empty()) signals_[k].prefix = given_[k].prefix.data();
      in_.push_back(&signals_[k]);
    }
    for (auto& signal : out_) signal.reset();
    layer_->forward(in_, out_, pass_);
    return out_[0];
  }

  // d(loss)/d(every input) of the latest forward, where d(loss)/d(output k) = dout[k].
  std::vector<std::vector<double>> backward(const std::vector<double>& dout) {
    Gradient<Real> given;
    given.any = true;
    given.dense.resize(dout.size());
    for (size_t i = 0; i < dout.size(); ++i) given.dense[i] = static_cast<Real>(dout[i]);
    std::vector<Gradient<Real>> gradients(in_.size());
    std::vector<Gradient<Real>*> din, douts = {&given};
    for (auto& gradient : gradients) din.push_back(&gradient);
    layer_->backward(in_, out_, douts, din, pass_);
    std::vector<std::vector<double>> all;
    all.reserve(gradients.size());
    for (auto& gradient : gradients) {
      all.emplace_back(gradient.dense.begin(), gradient.dense.end());
    }
    return all;
  }

 private:
  std::unique_ptr<Layer<Real>> layer_;
  std::vector<Shape> shapes_;
  std::vector<Given> given_;
  std::vector<std::vector<Real>> values_;
  std::vector<Signal<Real>> signals_, out_;
  std::vector<const Signal<Real>*> in_;
  Pass pass_{.training = false, .seed = 3, .step = 2};
};

template <class Real>
std::vector<double> values_of(const Signal<Real>& signal) {
  return {signal.value, signal.value + signal.size()};
}

// Empty where there is no mask.
template <class Real>
std::vector<uint8_t> mask_of(const Signal<Real>& signal) {
  if (signal.mask == nullptr) return {};
  int64_t size = 1;
  for (size_t k = 0; k < signal.mask_rank; ++k) size *= signal.shape[k];
  return {signal.mask, signal.mask + size};
}

// Empty where nothing is known to be shared.
template <class Real>
std::vector<int32_t> prefix_of(const Signal<Real>& signal) {
  if (signal.prefix == nullptr) return {};
  return {signal.prefix, signal.prefix + signal.batch()};
}

inline void expect_near(const std::vector<double>& got, const std::vector<double>& want,
                        double tolerance, const std::string& what = "") {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], tolerance) << what << i;
}

// The error that making or building the layer gives.
inline Error layer_refusal(const LayerSpec& spec, const std::vector<Shape>& shapes) {
  try {
    LayerRun<double>(spec, shapes);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::internal, "", "", ""};
}

}  // namespace eddy
