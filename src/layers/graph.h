// SPDX-License-Identifier: MIT
// Layers and the calls between them: shapes, weights, forward and backward through all of them. A
// graph is a layer itself, so a model can stand inside another one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eddy/layers.h"
#include "layers/gradient_sum.h"
#include "layers/layer.h"

namespace eddy {

// Layers one after another, for inputs [None, ...].
GraphOptions chain(std::vector<LayerSpec> layers, const Shape& input_shape,
                   const std::string& name = "sequential");

template <class Real>
class Graph final : public Layer<Real> {
 public:
  // Declares every layer: shapes are known, weights have no memory yet. Throws Error naming the
  // layer.
  explicit Graph(GraphOptions options);
  Graph(const std::vector<LayerSpec>& layers, const Shape& input_shape)
      : Graph(chain(layers, input_shape)) {}
  // Inside another model; its inputs' shapes come with build(). `streams` counts the layers that
  // draw random numbers.
  Graph(GraphOptions options, uint64_t& streams);

  std::vector<Shape> build(const std::vector<Shape>& inputs) override;
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) override;
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) override;
  std::vector<Weight<Real>*> weights() override;  // layer by layer, in Keras' order
  void freeze() override;
  void relink() override { share_weights(); }
  void reset_state() override;
  void exchange_state(SavedState& state) override;
  bool has_activity_penalty() const override;
  double activity_penalty(std::span<const Signal<Real>> out) const override;
  double activity_penalty() const { return activity_penalty(results_); }  // after run

  // The top of a model: outputs written out whole, valid until the next call.
  std::span<const Signal<Real>> run(Inputs<Real> in, const Pass& pass);
  // After run with pass.training: fills every weight's grad from d(loss)/d(output).
  void run_back(Inputs<Real> in, Gradients<Real> dout, const Pass& pass);
  // The same for one input and one output.
  const Signal<Real>& forward(const Signal<Real>& input, const Pass& pass);
  void backward(const Signal<Real>& input, Gradient<Real>& gradient, const Pass& pass);

  // Gives the weights memory, all zero, for values that come from elsewhere.
  void allocate();

  const GraphOptions& options() const { return options_; }
  // Of options().layers[layer], at the first place where it stands; null for inputs.
  Layer<Real>* layer(size_t layer) const { return nodes_[first_call_[layer]].layer.get(); }
  const Shape& output_shape(size_t layer) const { return nodes_[first_call_[layer]].shapes[0]; }
  const Shape& input_shape(size_t input) const {
    return nodes_[static_cast<size_t>(options_.inputs[input].call)].shapes[0];
  }
  // Of every output of options().calls[call].
  const std::vector<Shape>& call_shapes(size_t call) const { return nodes_[call].shapes; }
  const std::vector<Shape>& output_shapes() const { return output_shapes_; }
  const Shape& output_shape() const { return output_shapes_[0]; }

  // After a forward whose loss is NaN or infinite: the first output that is, of the layers inside
  // of models inside as "model/layer".
  struct BadOutput {
    std::string layer;
    int64_t step = -1;  // of a sequence [B, T, X], the first one
  };
  std::optional<BadOutput> first_not_finite() const;

 private:
  // One call of a layer. A layer that is called again has another live layer there, with the same
  // weights' memory.
  struct Node {
    std::unique_ptr<Layer<Real>> layer;  // null: an input of the graph
    size_t input = 0;                    // then its number
    std::vector<Shape> shapes;           // of every output
    std::vector<Signal<Real>> signals;
    std::vector<const Signal<Real>*> in;
    std::vector<Gradient<Real>> gradients;  // with respect to every input
    std::vector<Gradient<Real>> zeros;      // for outputs that nobody's loss depends on
    std::vector<Gradient<Real>*> dout, din;
    std::vector<std::vector<Gradient<Real>*>> consumers;  // of every output
    std::vector<int> leaves;  // of every output: outputs of the graph that it is
    bool learns = false;      // weights that training moves, here or before
  };

  void make_nodes(uint64_t& streams);
  void connect();
  void place_weights();
  void share_weights();
  const Shape& shape_of(const GraphOptions::Value& value) const;
  const Signal<Real>& signal(const GraphOptions::Value& value) const;
  bool gather_gradients(size_t call, Gradients<Real> dout);
  void add_shared_gradients();

  GraphOptions options_;
  std::vector<Node> nodes_;         // one per call
  std::vector<size_t> first_call_;  // of each layer
  std::vector<Shape> output_shapes_;
  std::vector<Buffer<Real>> written_out_;  // rows of lookups that leave the graph
  std::vector<Signal<Real>> results_;
  std::vector<Gradient<Real>*> no_input_gradients_;
  GradientSum<Real> sum_;
};

}  // namespace eddy
