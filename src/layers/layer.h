// SPDX-License-Identifier: MIT
// The layer interface and what flows between layers.
// Letters: B batch, T time, X features, V rows of a table.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/buffer.h"
#include "eddy/layers.h"
#include "eddy/saved_state.h"
#include "eddy/tensor.h"
#include "layers/step_layer.h"
#include "layers/weight.h"

namespace eddy {

// Throws Error{invalid_argument} unless a layer gets low to high inputs.
void check_input_count(const std::string& layer, size_t count, size_t low, size_t high);

// Circumstances of one forward (and its backward).
struct Pass {
  bool training = false;      // keep what backward needs, dropout active
  uint64_t seed = 0;          // of the model; dropout draws from (seed, step, layer)
  int64_t step = 0;           // training steps so far
  bool share_prefix = true;   // test switch: false walks every row's padding separately
  bool same_weights = false;  // nobody can have moved a weight since the pass before
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
  const Real* value = nullptr;         // row-major
  std::optional<Lookup<Real>> lookup;  // rows of a table
  // Leading steps of row b that hold the same content in every row, step by step (left padding);
  // null: unknown. [B]
  const int32_t* prefix = nullptr;
  // 1 = real, over the first axes of the shape, mostly [B, T]; null: all real
  const uint8_t* mask = nullptr;
  size_t mask_rank = 2;
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
    mask_rank = 2;
    logits = nullptr;
    logits_activation = "";
  }
  int64_t batch() const { return shape[0]; }
  int64_t size() const { return element_count(shape); }
  void take_mask(const Signal& other) {
    mask = other.mask;
    mask_rank = other.mask_rank;
  }
};

// d(loss)/d(signal), in the form that suits the layer below.
template <class Real>
struct Gradient {
  bool any = false;        // false: zero everywhere, the rest is not set
  Buffer<Real> dense;      // like Signal::value
  bool at_logits = false;  // dense is with respect to Signal::logits
  bool by_rows = false;    // for a lookup: with respect to the table's rows, in `dense` [rows, X]
  std::vector<int32_t> rows;  // distinct table rows
};

template <class Real>
using Inputs = std::span<const Signal<Real>* const>;
template <class Real>
using Gradients = std::span<Gradient<Real>* const>;

template <class Real>
class Layer {
 public:
  explicit Layer(std::string name) : name_(std::move(name)) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // inputs   [None, ...] of every input
  // Declares the weights (no memory yet) and returns the shape of every output. Throws
  // Error{shape_mismatch}.
  virtual std::vector<Shape> build(const std::vector<Shape>& inputs) = 0;
  // `out`, one signal per output, points into memory of this layer (or of `in`), valid until the
  // next forward.
  virtual void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) = 0;
  // dout  with respect to every `out`, at least one with `any`; may be used as scratch
  // din   with respect to every `in`; null: nobody needs it. `any` is false; a layer sets it where
  //       it writes a gradient
  // Overwrites the gradient of every trainable weight.
  virtual void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                        Gradients<Real> din, const Pass& pass) = 0;
  // Own weights in Keras' order: trainable ones, others, then those of layers inside.
  virtual std::vector<Weight<Real>*> weights() {
    std::vector<Weight<Real>*> all;
    for (auto& weight : weights_) all.push_back(&weight);
    return all;
  }
  // After build(): what LayerSpec::trainable = false says.
  virtual void freeze() {
    trainable_ = false;
    for (auto* weight : weights()) weight->trainable = false;
  }
  // build(), and freeze() where the description asks for it.
  std::vector<Shape> build_as(bool trainable, const std::vector<Shape>& inputs) {
    auto outputs = build(inputs);
    if (!trainable) freeze();
    return outputs;
  }
  // After somebody gave weights() other memory: passes it on to layers inside that share it.
  virtual void relink() {}
  // The layer at work on one step of a sequence, with copies of the weights as they are now. Throws
  // Error{not_supported} for a layer that needs more than the step and what came before.
  virtual std::unique_ptr<StepLayer<Real>> make_step();
  // Forgets the states kept from batch to batch.
  virtual void reset_state() {}
  // Names those states, and nothing else: weights are named by the model.
  virtual void exchange_state(SavedState&) {}

  const std::string& name() const { return name_; }
  // After a forward: the penalties on these outputs (activity_regularizer) and on those of layers
  // inside, divided by the batch size as Keras 3.14 and later.
  virtual double activity_penalty(std::span<const Signal<Real>> out) const;
  virtual bool has_activity_penalty() const { return activity_regularizer_.has_value(); }
  // Adds the gradients of its own penalty to dout, before backward().
  void add_activity_gradients(std::span<const Signal<Real>> out, Gradients<Real> dout) const;

 protected:
  std::string name_;
  bool trainable_ = true;
  std::optional<Regularizer> activity_regularizer_;
  std::vector<Weight<Real>> weights_;
};

// A layer with one input and one output.
template <class Real>
class UnaryLayer : public Layer<Real> {
 public:
  using Layer<Real>::Layer;
  virtual Shape build_one(const Shape& input) = 0;
  virtual void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) = 0;
  // din  null: nobody needs it; else written whole
  virtual void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                            Gradient<Real>* din, const Pass& pass) = 0;

  std::vector<Shape> build(const std::vector<Shape>& inputs) final {
    check_input_count(this->name(), inputs.size(), 1, 1);
    return {build_one(inputs[0])};
  }
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) final {
    forward_one(*in[0], out[0], pass);
  }
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) final {
    if (din[0] != nullptr) din[0]->any = true;
    backward_one(*in[0], out[0], *dout[0], din[0], pass);
  }
};

}  // namespace eddy
