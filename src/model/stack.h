// SPDX-License-Identifier: MIT
// Layers one after another: shapes, weights, forward and backward through all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "eddy/layers.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class Stack {
 public:
  // Declares every layer for inputs [None, ...]: shapes are known, weights have no memory yet.
  // Throws Error naming the layer.
  Stack(const std::vector<LayerSpec>& specs, const Shape& input_shape);

  // Gives the weights memory and draws their initial values from `seed`.
  void initialize(uint64_t seed);
  // Gives the weights memory, all zero, for values that come from elsewhere.
  void allocate();

  // Parallel to the specs.
  const std::vector<std::unique_ptr<Layer<Real>>>& layers() const { return layers_; }
  const Shape& output_shape(size_t layer) const { return shapes_[layer]; }
  const Shape& output_shape() const { return shapes_.back(); }

  // All weights, layer by layer, in Keras' order.
  std::vector<Weight<Real>*> weights() const;

  // The result stays valid until the next call.
  const Signal<Real>& forward(const Signal<Real>& input, const Pass& pass);
  // After forward with pass.training: fills every weight's grad from d(loss)/d(output).
  void backward(const Signal<Real>& input, Gradient<Real>& gradient, const Pass& pass);

  // After a forward whose loss is NaN or infinite: where it first shows, in words.
  std::string first_not_finite(const Signal<Real>& input) const;

 private:
  std::vector<std::unique_ptr<Layer<Real>>> layers_;
  std::vector<Shape> shapes_;
  std::vector<Signal<Real>> signals_;
  std::vector<Gradient<Real>> gradients_;
  Buffer<Real> written_out_;  // the rows of a lookup at the very end
};

}  // namespace eddy
