// SPDX-License-Identifier: MIT
// Layers by description: option structs with Keras' names and defaults, and factories that read
// like Keras. A description is a small value; Sequential builds the live layer from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "eddy/export.h"

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

// Looks up rows of a table: ids [B, T] -> [B, T, output_dim].
struct EmbeddingOptions {
  int64_t input_dim = 0;   // rows of the table: vocabulary size
  int64_t output_dim = 0;  // columns of the table
  Initializer embeddings_initializer = "uniform";
  bool mask_zero = false;  // id 0 is padding that the next layers skip
  std::string name = {};   // empty: Keras' automatic name
};

// A recurrent layer: [B, T, X] -> [B, units], or [B, T, units] with return_sequences.
struct RecurrentOptions {
  int64_t units = 0;
  std::string activation = "tanh";
  std::string recurrent_activation = "sigmoid";  // of the gates; SimpleRNN has none
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  // LSTM only: the forget gate's bias starts at 1
  bool return_sequences = false;
  bool go_backwards = false;
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

using LayerSpec = std::variant<EmbeddingOptions, RecurrentOptions, DenseOptions, DropoutOptions,
                               ActivationOptions>;

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
EDDY_API LayerSpec Dense(int64_t units, std::string activation = "linear");
EDDY_API LayerSpec Dense(DenseOptions options);
EDDY_API LayerSpec Dropout(double rate);
EDDY_API LayerSpec Dropout(DropoutOptions options);
EDDY_API LayerSpec Activation(std::string activation);
EDDY_API LayerSpec Activation(ActivationOptions options);

// Names of all recurrent cells, sorted: the words for RecurrentOptions::cell.
EDDY_API std::vector<std::string> cell_names();

}  // namespace eddy
