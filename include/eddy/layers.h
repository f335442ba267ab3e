// SPDX-License-Identifier: MIT
// Layers by description: factories that read like Keras, taking the options of layer_options.h. A
// description is a small value; a model builds the live layer from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "eddy/export.h"
#include "eddy/layer_options.h"
#include "eddy/tensor.h"

namespace eddy {

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

using LayerOptions =
    std::variant<EmbeddingOptions, RecurrentOptions, DenseOptions, DropoutOptions,
                 ActivationOptions, BidirectionalOptions, TimeDistributedOptions, RNNOptions,
                 InputOptions, NestedOptions, LayerNormalizationOptions, BatchNormalizationOptions,
                 MaskingOptions, SpatialDropout1DOptions, PoolingOptions, GlobalPoolingOptions,
                 FlattenOptions, ReshapeOptions, PermuteOptions, RepeatVectorOptions, MergeOptions,
                 ConcatenateOptions, Conv1DOptions, NormalizationOptions>;

template <class T, class Variant>
inline constexpr bool kIsAlternative = false;
template <class T, class... Alternatives>
inline constexpr bool kIsAlternative<T, std::variant<Alternatives...>> =
    (std::is_same_v<T, Alternatives> || ...);

// Means and variances of features over steps that need not be in memory at once: for adapt().
class EDDY_API FeatureMoments {
 public:
  explicit FeatureMoments(int64_t features)
      : mean_(static_cast<size_t>(features)), squares_(mean_.size()) {}

  // More steps: [..., features]. Throws Error{shape_mismatch}, Error{bad_data} for NaN or infinity.
  void add(const Tensor& data);

 private:
  friend class LayerSpec;
  std::vector<double> mean_, squares_;  // squared distances from the mean, summed up
  int64_t steps_ = 0;
};

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

  // Of a Normalization: learns the mean and the variance of the data, which the weights of every
  // model that is made from it later begin with.
  //   data  [N, ...]  as the layer will take them
  // Throws Error{invalid_argument} for another layer, for one with given numbers and for no data,
  // Error{shape_mismatch} for data without the layer's axes, Error{bad_data} for NaN or infinity.
  void adapt(const Tensor& data);
  // The same from data that came step by step, for a Normalization of the last axis alone.
  void adapt(const FeatureMoments& moments);

  bool same_layer(const LayerSpec& other) const { return identity_ == other.identity_; }

  // false: training leaves the weights of the layer, and of all layers inside, as they are, without
  // penalties; BatchNormalization works as at inference. To be set before the model is made.
  bool trainable = true;

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

EDDY_API LayerSpec LayerNormalization(LayerNormalizationOptions options = {});
EDDY_API LayerSpec BatchNormalization(BatchNormalizationOptions options = {});
// (x - mean) / sqrt(variance): numbers given, or learned by adapt(data) before the model is made.
EDDY_API LayerSpec Normalization(NormalizationOptions options = {});
EDDY_API LayerSpec Masking(double mask_value = 0);
EDDY_API LayerSpec Masking(MaskingOptions options);
EDDY_API LayerSpec SpatialDropout1D(double rate);
EDDY_API LayerSpec SpatialDropout1D(SpatialDropout1DOptions options);
EDDY_API LayerSpec MaxPooling1D(int64_t pool_size = 2);
EDDY_API LayerSpec MaxPooling1D(PoolingOptions options);
EDDY_API LayerSpec AveragePooling1D(int64_t pool_size);
EDDY_API LayerSpec AveragePooling1D(PoolingOptions options);
EDDY_API LayerSpec GlobalMaxPooling1D(GlobalPoolingOptions options = {});
EDDY_API LayerSpec GlobalAveragePooling1D(GlobalPoolingOptions options = {});
EDDY_API LayerSpec Flatten(FlattenOptions options = {});
EDDY_API LayerSpec Reshape(Shape target_shape);
EDDY_API LayerSpec Reshape(ReshapeOptions options);
EDDY_API LayerSpec Permute(std::vector<int64_t> dims);
EDDY_API LayerSpec Permute(PermuteOptions options);
EDDY_API LayerSpec RepeatVector(int64_t n);
EDDY_API LayerSpec RepeatVector(RepeatVectorOptions options);
// Merging layers are called on a list of values: Add()({x, y}).
EDDY_API LayerSpec Add(MergeOptions options = {});
EDDY_API LayerSpec Subtract(MergeOptions options = {});
EDDY_API LayerSpec Multiply(MergeOptions options = {});
EDDY_API LayerSpec Average(MergeOptions options = {});
EDDY_API LayerSpec Maximum(MergeOptions options = {});
EDDY_API LayerSpec Minimum(MergeOptions options = {});
EDDY_API LayerSpec Concatenate(int64_t axis = -1);
EDDY_API LayerSpec Concatenate(ConcatenateOptions options);
EDDY_API LayerSpec Conv1D(int64_t filters, int64_t kernel_size, std::string activation = "linear");
EDDY_API LayerSpec Conv1D(Conv1DOptions options);

// Names of all recurrent cells, sorted: the words for RecurrentOptions::cell.
EDDY_API std::vector<std::string> cell_names();

}  // namespace eddy
