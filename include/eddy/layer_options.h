// SPDX-License-Identifier: MIT
// Options of single layers, with Keras' names and defaults. A name is Keras' automatic one unless
// it is given. Letters: B batch, T time steps, X features.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/initializers.h"
#include "eddy/tensor.h"

namespace eddy {

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

// Normalizes over `axis` of every sample: y = (x - mean) / sqrt(variance + epsilon) gamma + beta.
struct LayerNormalizationOptions {
  std::vector<int64_t> axis = {-1};  // negative: from the last axis
  double epsilon = 1e-3;
  bool center = true, scale = true;  // false: no beta, no gamma
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  std::optional<Regularizer> beta_regularizer = {}, gamma_regularizer = {};
  std::optional<Constraint> beta_constraint = {}, gamma_constraint = {};
  std::string name = {};
};

// Normalizes over all axes but `axis`: in training with the moments of the batch (of its unmasked
// steps), otherwise with moving averages of them.
struct BatchNormalizationOptions {
  int64_t axis = -1;
  double momentum = 0.99;  // moving = moving * momentum + batch * (1 - momentum)
  double epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = "zeros", gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros", moving_variance_initializer = "ones";
  std::optional<Regularizer> beta_regularizer = {}, gamma_regularizer = {};
  std::optional<Constraint> beta_constraint = {}, gamma_constraint = {};
  bool synchronized = false;  // between devices; accepted, here is one
  std::string name = {};
};

// Given numbers: one for all, a list, or an array.
struct Constants {
  Shape shape = {};
  std::vector<double> values = {0};

  Constants() = default;
  Constants(double value) : values{value} {}  // NOLINT(google-explicit-constructor)
  Constants(const std::vector<double>& list)  // NOLINT(google-explicit-constructor)
      : shape{static_cast<int64_t>(list.size())}, values(list) {}
  Constants(Shape shape_, std::vector<double> values_)
      : shape(std::move(shape_)), values(std::move(values_)) {}
  bool operator==(const Constants&) const = default;
};

// Standardizes with numbers that training leaves alone: (x - mean) / sqrt(variance), or back with
// `invert`. They are given here, or learned from data by LayerSpec::adapt and then weights; without
// either the layer changes nothing. Every place along the axes has a mean and a variance of its
// own.
struct NormalizationOptions {
  std::vector<int64_t> axis = {-1};  // negative: from the last axis; empty: one mean for all values
  bool invert = false;
  std::optional<Constants> mean = {}, variance = {};  // both or none; repeated along the axes
  std::vector<float> adapted_mean = {},
                     adapted_variance = {};  // first values of the weights, row-major
  std::string name = {};
};

// Steps whose features are all equal to mask_value are skipped by the layers behind that know
// masks (docs/masking.md); their values become 0.
struct MaskingOptions {
  double mask_value = 0;
  std::string name = {};
};

// Dropout of whole features: [B, T, X] loses a feature of a row at all steps or at none.
struct SpatialDropout1DOptions {
  double rate = 0;
  std::optional<int64_t> seed = {};
  std::string name = {};
};

// The largest or mean value of windows of steps: [B, T, X] -> [B, windows, X].
struct PoolingOptions {
  int64_t pool_size = 2;
  std::optional<int64_t> strides = {};  // steps between windows; none: pool_size
  std::string padding = "valid";        // or "same": a window for every `strides` steps
  std::string name = {};
  std::string pool = "max";  // "max", "average"; the factories set it
};

// The largest or mean value of all steps: [B, T, X] -> [B, X]; the mean is over unmasked steps.
struct GlobalPoolingOptions {
  bool keepdims = false;  // [B, 1, X]
  std::string name = {};
  std::string pool = "max";  // "max", "average"; the factories set it
};

// [B, ...] -> [B, values of a sample].
struct FlattenOptions {
  std::string name = {};
};

// The same values in another shape of the samples, without the batch; one length may be -1: what
// is left.
struct ReshapeOptions {
  Shape target_shape = {};
  std::string name = {};
};

// The axes of the samples in another order: dims {2, 1} turns [B, T, X] into [B, X, T].
struct PermuteOptions {
  std::vector<int64_t> dims = {};
  std::string name = {};
};

// [B, X] -> [B, n, X].
struct RepeatVectorOptions {
  int64_t n = 0;
  std::string name = {};
};

// Several values into one, element by element; lengths of 1 are repeated.
struct MergeOptions {
  std::string name = {};
  // "add", "subtract", "multiply", "average", "maximum", "minimum"; the factories set it
  std::string merge = "add";
};

// Several values one after another along an axis.
struct ConcatenateOptions {
  int64_t axis = -1;
  std::string name = {};
};

// Windows of kernel_size steps times a kernel: [B, T, X] -> [B, windows, filters].
struct Conv1DOptions {
  int64_t filters = 0;
  int64_t kernel_size = 0;
  int64_t strides = 1;            // steps between windows
  std::string padding = "valid";  // "same": as many windows as steps; "causal": of the past alone
  int64_t dilation_rate = 1;      // steps between those of a window; not together with strides
  int64_t groups = 1;  // the features and filters are cut into as many parts, each with its own
  std::string activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::optional<Regularizer> kernel_regularizer = {}, bias_regularizer = {},
                             activity_regularizer = {};
  std::optional<Constraint> kernel_constraint = {}, bias_constraint = {};
  std::string name = {};
};

}  // namespace eddy
