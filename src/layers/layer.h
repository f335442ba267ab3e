// SPDX-License-Identifier: MIT
// The layer interface and what flows between layers.
// Letters: B batch, T time, X features, V rows of a table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/buffer.h"
#include "eddy/layers.h"
#include "eddy/tensor.h"
#include "layers/weight.h"

namespace eddy {

// Circumstances of one forward (and its backward).
struct Pass {
  bool training = false;     // keep what backward needs, dropout active
  uint64_t seed = 0;         // of the model; dropout draws from (seed, step, layer)
  int64_t step = 0;          // training steps so far
  bool share_prefix = true;  // test switch: false walks every row's padding separately
};

// A table looked up by ids, before anybody has written the rows out: value[b, t] = table[ids[b,
// t]].
template <class Real>
struct Lookup {
  const Real* table = nullptr;   // [V, X]
  const int32_t* ids = nullptr;  // [B, T], all in [0, V)
  int64_t rows = 0;              // V
};

// The value between two layers: ids or reals of one shape, and what is known about them.
// One of `ids`, `value`, `lookup` is the content; at the end of a model a lookup has its value too.
template <class Real>
struct Signal {
  Shape shape;                         // [B, ...], all known
  const int32_t* ids = nullptr;        // integer input of the model
  Real* value = nullptr;               // row-major
  std::optional<Lookup<Real>> lookup;  // rows of a table
  // Leading steps of row b that hold the same content in every row, step by step (left padding);
  // null: unknown. [B]
  const int32_t* prefix = nullptr;
  const uint8_t* mask = nullptr;  // [B, T]  1 = real step; null: all real
  // The value is sigmoid(logits) or softmax(logits), by name in logits_activation; for stable
  // losses.
  const Real* logits = nullptr;
  const char* logits_activation = "";

  // Forgets all but the memory of the shape.
  void reset() {
    shape.clear();
    ids = nullptr;
    value = nullptr;
    lookup.reset();
    prefix = nullptr;
    mask = nullptr;
    logits = nullptr;
    logits_activation = "";
  }
  int64_t batch() const { return shape[0]; }
  int64_t size() const { return element_count(shape); }
};

// d(loss)/d(signal), in the form that suits the layer below.
template <class Real>
struct Gradient {
  Buffer<Real> dense;      // like Signal::value
  bool at_logits = false;  // dense is with respect to Signal::logits
  bool by_rows = false;    // for a lookup: with respect to the table's rows, in `dense` [rows, X]
  std::vector<int32_t> rows;  // distinct table rows
};

template <class Real>
class Layer {
 public:
  explicit Layer(std::string name) : name_(std::move(name)) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // input   [None, ...]
  // Declares the weights (no memory yet) and returns the output's shape. Throws
  // Error{shape_mismatch}.
  virtual Shape build(const Shape& input) = 0;
  // `out` points into memory of this layer (or of `in`), valid until the next forward.
  virtual void forward(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) = 0;
  // dout  with respect to `out`; may be used as scratch
  // din   with respect to `in`; null: nobody needs it
  // Overwrites the gradient of every weight.
  virtual void backward(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                        Gradient<Real>* din, const Pass& pass) = 0;

  const std::string& name() const { return name_; }
  std::vector<Weight<Real>>& weights() { return weights_; }
  const std::vector<Weight<Real>>& weights() const { return weights_; }

 protected:
  std::string name_;
  std::vector<Weight<Real>> weights_;  // in Keras' order
};

}  // namespace eddy
