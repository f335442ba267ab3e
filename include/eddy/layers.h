// SPDX-License-Identifier: MIT
// Layers by description: option structs with Keras' names and defaults, and factories that read
// like Keras. A description is a small value; Sequential builds the live layer from it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "eddy/export.h"
#include "eddy/spec.h"
#include "eddy/tensor.h"

namespace eddy {

// A Keras initializer: snake_case name, its numbers (only those given; the rest are Keras'
// defaults) and, for variance_scaling, its words. Names: zeros ones constant random_uniform
// random_normal truncated_normal variance_scaling glorot_uniform glorot_normal lecun_uniform
// lecun_normal he_uniform he_normal orthogonal identity; "uniform" and "normal" are Keras' short
// forms.
struct Initializer {
  std::string name;
  std::map<std::string, double> values = {};      // "minval", "stddev", "gain", ...
  std::map<std::string, std::string> words = {};  // "mode", "distribution"
  std::optional<int64_t> seed = {};

  Initializer(std::string name_) : name(std::move(name_)) {}  // NOLINT(google-explicit-constructor)
  Initializer(const char* name_) : name(name_) {}             // NOLINT(google-explicit-constructor)
  bool operator==(const Initializer&) const = default;
};

// A penalty on a weight or an output that training adds to the loss: l1 (0.01 sum |w|), l2
// (0.01 sum w^2), l1_l2 (l1 0, l2 0), orthogonal_regularizer (factor 0.01, "mode" rows | columns).
struct Regularizer : Spec {
  using Spec::Spec;
  Regularizer() = default;
  bool operator==(const Regularizer&) const = default;
};

// What a weight is made to keep after every step: max_norm (max_value 2, axis 0), non_neg,
// unit_norm (axis 0), min_max_norm (min_value 0, max_value 1, rate 1, axis 0).
struct Constraint : Spec {
  using Spec::Spec;
  Constraint() = default;
  bool operator==(const Constraint&) const = default;
};

// Looks up rows of a table: ids [B, T] -> [B, T, output_dim].
struct EmbeddingOptions {
  int64_t input_dim = 0;   // rows of the table: vocabulary size
  int64_t output_dim = 0;  // columns of the table
  Initializer embeddings_initializer = "uniform";
  std::optional<Regularizer> embeddings_regularizer = {};
  std::optional<Constraint> embeddings_constraint = {};
  bool mask_zero = false;  // id 0 is padding that the next layers skip
  std::string name = {};   // empty: Keras' automatic name
};

// A recurrent layer: [B, T, X] -> [B, units], or [B, T, units] with return_sequences; with
// return_state its final states follow as further outputs, [B, units] each (LSTM: h, c). Called on
// more than one value, the others are its initial states.
struct RecurrentOptions {
  int64_t units = 0;
  std::string activation = "tanh";
  std::string recurrent_activation = "sigmoid";  // of the gates; SimpleRNN has none
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  std::optional<Regularizer> kernel_regularizer = {}, recurrent_regularizer = {},
                             bias_regularizer = {}, activity_regularizer = {};
  std::optional<Constraint> kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  bool unit_forget_bias = true;  // LSTM only: the forget gate's bias starts at 1
  double dropout = 0;            // share of the inputs, the same at every step of a row
  double recurrent_dropout = 0;  // share of the states where they enter U, a mask per gate
  std::optional<int64_t> seed = {};
  bool reset_after = true;  // GRU only: the reset gate after the product with U, as cuDNN
  std::string peephole =
      "none";  // LSTM only, eddy's own: "none", "diagonal", "full": c enters gates
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;  // outputs stand in the order of processing
  // The final states of a batch are the next one's initial states, until reset_state().
  bool stateful = false;
  bool unroll = false;                // accepted; the numbers are the same
  bool zero_output_for_mask = false;  // outputs of masked steps are 0, not the previous ones
  std::string name = {};
  std::string cell = {};  // "simple_rnn", "lstm", "gru", ...; the factories set it
};

// y = activation(x K + b) on the last axis.
struct DenseOptions {
  int64_t units = 0;
  std::string activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::optional<Regularizer> kernel_regularizer = {}, bias_regularizer = {},
                             activity_regularizer = {};
  std::optional<Constraint> kernel_constraint = {}, bias_constraint = {};
  std::string name = {};
};

// Zeroes a share of its input in training and scales the rest by 1 / (1 - rate).
struct DropoutOptions {
  double rate = 0;
  std::optional<int64_t> seed = {};
  std::string name = {};
};

struct ActivationOptions {
  std::string activation = "linear";
  std::string name = {};
};

class LayerSpec;
struct GraphOptions;

// A description inside another one.
class EDDY_API LayerBox {
 public:
  LayerBox() = default;
  LayerBox(const LayerSpec& spec);  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return spec_ != nullptr; }
  const LayerSpec& operator*() const { return *spec_; }
  const LayerSpec* operator->() const { return spec_.get(); }

 private:
  std::shared_ptr<const LayerSpec> spec_;
};

// A recurrent layer twice, forwards and backwards through time; its own copies of `layer`.
struct BidirectionalOptions {
  LayerBox layer;                     // SimpleRNN, LSTM, GRU or RNN
  std::string merge_mode = "concat";  // "concat", "sum", "mul", "ave", "none": two outputs
  LayerBox backward_layer = {};       // none: a copy of `layer` with the other go_backwards
  std::string name = {};
};

// The layer for every step: [B, T, ...].
struct TimeDistributedOptions {
  LayerBox layer;
  std::string name = {};
};

// RNN(cell), RNN([cell, ...]): each cell takes what the one below gives, at every step. Of the
// options of a cell only those that a cell has in Keras count.
struct RNNOptions {
  std::vector<RecurrentOptions> cells;
  bool stacked = false;  // a list of cells, also when there is one
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  std::string name = {};
};

// What goes into a functional model.
struct InputOptions {
  Shape batch_shape = {};  // [None, ...]; kNone where a length is free
  std::string dtype = "float32";
  std::string name = {};
};

// A whole model as a layer.
struct NestedOptions {
  std::shared_ptr<const GraphOptions> model;
  std::string name = {};
};

class Symbol;

using LayerOptions = std::variant<EmbeddingOptions, RecurrentOptions, DenseOptions, DropoutOptions,
                                  ActivationOptions, BidirectionalOptions, TimeDistributedOptions,
                                  RNNOptions, InputOptions, NestedOptions>;

template <class T, class Variant>
inline constexpr bool kIsAlternative = false;
template <class T, class... Alternatives>
inline constexpr bool kIsAlternative<T, std::variant<Alternatives...>> =
    (std::is_same_v<T, Alternatives> || ...);

// The description of one layer. Copies are the same layer: called twice it shares its weights.
class EDDY_API LayerSpec : public LayerOptions {
 public:
  template <class Options>
  requires kIsAlternative<Options, LayerOptions> LayerSpec(
      Options options)  // NOLINT(google-explicit-constructor)
      : LayerOptions(std::move(options)) {}
  LayerSpec() = default;

  // Puts the layer on values of a functional model: LSTM(32)(x). Further values are initial states
  // of recurrent layers and inputs of merging ones.
  Symbol operator()(const Symbol& input) const;
  Symbol operator()(const std::vector<Symbol>& inputs) const;

  bool same_layer(const LayerSpec& other) const { return identity_ == other.identity_; }

 private:
  std::shared_ptr<const int> identity_ = std::make_shared<const int>();
};

// A value between layers of a functional model, before there is one: output `output` of a call.
class EDDY_API Symbol {
 public:
  struct Call {
    LayerSpec layer;
    std::vector<Symbol> inputs;
  };
  Symbol(std::shared_ptr<const Call> call, int64_t output)
      : call_(std::move(call)), output_(output) {}
  // Another output of the same call, e.g. the states of an LSTM with return_state.
  Symbol output(int64_t number) const { return {call_, number}; }

  const std::shared_ptr<const Call>& call() const { return call_; }
  int64_t number() const { return output_; }

 private:
  std::shared_ptr<const Call> call_;
  int64_t output_ = 0;
};

// Keras' Input(shape): a value [None, shape...] that the caller of the model gives.
EDDY_API Symbol InputLayer(Shape shape, std::string dtype = "float32", std::string name = {});

// A model as layers and the calls between them.
struct GraphOptions {
  struct Value {
    int64_t call = 0, output = 0;
  };
  struct Call {
    int64_t layer = 0;  // in `layers`
    std::vector<Value> inputs = {};
  };
  std::string name = {};
  bool sequential = false;
  std::vector<LayerSpec> layers = {};  // each once, in Keras' order; inputs are InputOptions
  std::vector<Call> calls = {};        // each after those it depends on
  std::vector<Value> inputs = {}, outputs = {};
};

EDDY_API LayerSpec Embedding(int64_t input_dim, int64_t output_dim);
EDDY_API LayerSpec Embedding(EmbeddingOptions options);
EDDY_API LayerSpec SimpleRNN(int64_t units);
EDDY_API LayerSpec SimpleRNN(RecurrentOptions options);
EDDY_API LayerSpec LSTM(int64_t units);
EDDY_API LayerSpec LSTM(RecurrentOptions options);
EDDY_API LayerSpec GRU(int64_t units);
EDDY_API LayerSpec GRU(RecurrentOptions options);
// Any registered cell by name, e.g. Recurrent({.units = 32, .cell = "gru"}).
EDDY_API LayerSpec Recurrent(RecurrentOptions options);
EDDY_API LayerSpec Bidirectional(const LayerSpec& layer, std::string merge_mode = "concat");
EDDY_API LayerSpec Bidirectional(BidirectionalOptions options);
EDDY_API LayerSpec TimeDistributed(const LayerSpec& layer);
EDDY_API LayerSpec TimeDistributed(TimeDistributedOptions options);
EDDY_API LayerSpec RNN(RNNOptions options);
EDDY_API LayerSpec Dense(int64_t units, std::string activation = "linear");
EDDY_API LayerSpec Dense(DenseOptions options);
EDDY_API LayerSpec Dropout(double rate);
EDDY_API LayerSpec Dropout(DropoutOptions options);
EDDY_API LayerSpec Activation(std::string activation);
EDDY_API LayerSpec Activation(ActivationOptions options);

// Names of all recurrent cells, sorted: the words for RecurrentOptions::cell.
EDDY_API std::vector<std::string> cell_names();

}  // namespace eddy
