// SPDX-License-Identifier: MIT
// The one list of every layer's options, in the key order of Keras' configs. It drives reading and
// writing of config.json; defaults are the structs' own.
//
// A visitor has
//   operator()(key, value&)   an option of ours: bool, int64_t, double, std::string (an activation
//                             or a word), Initializer, std::optional of int64_t, Regularizer,
//                             Constraint, Constants
//   if_given(key, value&)     an optional that is written only when there is one
//   word(key, value&, none)   a word, or null for the word `none`
//   word_unless(key, value&, none)  a word of ours that Keras does not know, left out when `none`
//   single(key, value&)       a size; in files also, and when written always, a list of one
//   integer(key, value&)      an integer of either sign; in files also a list of one
//   integers(key, list&)      a list of such; in files also one alone
//   layer(key, box&)          a layer inside, or null; cells(key, list&) for RNN
//   only(key, value, fix)     a Keras option that has just this value here (nullptr: null): written
//                             as it is, refused when a file says otherwise; `fix` may be left out
#pragma once

#include <string>
#include <vector>

#include "cells/cell.h"
#include "eddy/layers.h"

namespace eddy {

// The description as the variant that std::visit takes.
inline const LayerOptions& options_of(const LayerSpec& spec) { return spec; }
inline LayerOptions& options_of(LayerSpec& spec) { return spec; }

// "LSTM", "Dense", ...: Keras' class name.
std::string class_name(const LayerSpec& spec);

// The user's name of the layer, "" when there is none.
const std::string& layer_name(const LayerSpec& spec);
void set_layer_name(LayerSpec& spec, std::string name);

// Keras' naming rule: "SimpleRNN" -> "simple_rnn", "LSTM" -> "lstm".
std::string snake_case(const std::string& class_name);

// Where Keras' weights files keep the layers of a list: "dense", "dense_1", ..., by class, not
// name.
std::vector<std::string> slot_names(const std::vector<std::string>& class_names);

// A description with Keras' defaults for a class name; throws Error{not_supported} for an unknown
// one.
LayerSpec default_spec(const std::string& class_name);

template <class Visitor>
void visit_options(EmbeddingOptions& o, Visitor&& visit) {
  visit("input_dim", o.input_dim);
  visit("output_dim", o.output_dim);
  visit("embeddings_initializer", o.embeddings_initializer);
  visit("embeddings_regularizer", o.embeddings_regularizer);
  visit.only("activity_regularizer", nullptr);
  visit("embeddings_constraint", o.embeddings_constraint);
  visit("mask_zero", o.mask_zero);
}

template <class Visitor>
void visit_cell(RecurrentOptions& o, Visitor&& visit, bool layer = false);

template <class Visitor>
void visit_options(RecurrentOptions& o, Visitor&& visit) {
  visit("return_sequences", o.return_sequences);
  visit("return_state", o.return_state);
  visit("go_backwards", o.go_backwards);
  visit("stateful", o.stateful);
  visit("unroll", o.unroll);
  visit("zero_output_for_mask", o.zero_output_for_mask);
  visit_cell(o, visit, true);
}

// What the layer and its cell class have in common.
template <class Visitor>
void visit_cell(RecurrentOptions& o, Visitor&& visit, bool layer) {
  const CellSpec& cell = find_cell(o.cell);
  visit("units", o.units);
  visit("activation", o.activation);
  if (cell.has_recurrent_activation) visit("recurrent_activation", o.recurrent_activation);
  visit("use_bias", o.use_bias);
  visit("kernel_initializer", o.kernel_initializer);
  visit("recurrent_initializer", o.recurrent_initializer);
  visit("bias_initializer", o.bias_initializer);
  if (cell.forget_gate >= 0) visit("unit_forget_bias", o.unit_forget_bias);
  visit("kernel_regularizer", o.kernel_regularizer);
  visit("recurrent_regularizer", o.recurrent_regularizer);
  visit("bias_regularizer", o.bias_regularizer);
  if (layer) visit("activity_regularizer", o.activity_regularizer);
  visit("kernel_constraint", o.kernel_constraint);
  visit("recurrent_constraint", o.recurrent_constraint);
  visit("bias_constraint", o.bias_constraint);
  visit("dropout", o.dropout);
  visit("recurrent_dropout", o.recurrent_dropout);
  if (cell.has_recurrent_bias) visit("reset_after", o.reset_after);
  visit.word_unless("peephole", o.peephole, "none");
}

template <class Visitor>
void visit_options(DenseOptions& o, Visitor&& visit) {
  visit.if_given("activity_regularizer", o.activity_regularizer);
  visit("units", o.units);
  visit("activation", o.activation);
  visit("use_bias", o.use_bias);
  visit("kernel_initializer", o.kernel_initializer);
  visit("bias_initializer", o.bias_initializer);
  visit("kernel_regularizer", o.kernel_regularizer);
  visit("bias_regularizer", o.bias_regularizer);
  visit("kernel_constraint", o.kernel_constraint);
  visit("bias_constraint", o.bias_constraint);
}

template <class Visitor>
void visit_options(DropoutOptions& o, Visitor&& visit) {
  visit("rate", o.rate);
  visit("seed", o.seed);
  visit.only("noise_shape", nullptr);
}

template <class Visitor>
void visit_options(ActivationOptions& o, Visitor&& visit) {
  visit("activation", o.activation);
}

template <class Visitor>
void visit_options(BidirectionalOptions& o, Visitor&& visit) {
  visit.word("merge_mode", o.merge_mode, "none");
  visit.layer("layer", o.layer);
  visit.layer("backward_layer", o.backward_layer);
}

template <class Visitor>
void visit_options(TimeDistributedOptions& o, Visitor&& visit) {
  visit.layer("layer", o.layer);
}

template <class Visitor>
void visit_options(LayerNormalizationOptions& o, Visitor&& visit) {
  visit.integers("axis", o.axis);
  visit("epsilon", o.epsilon);
  visit("center", o.center);
  visit("scale", o.scale);
  visit.only("rms_scaling", false);
  visit("beta_initializer", o.beta_initializer);
  visit("gamma_initializer", o.gamma_initializer);
  visit("beta_regularizer", o.beta_regularizer);
  visit("gamma_regularizer", o.gamma_regularizer);
  visit("beta_constraint", o.beta_constraint);
  visit("gamma_constraint", o.gamma_constraint);
}

template <class Visitor>
void visit_options(BatchNormalizationOptions& o, Visitor&& visit) {
  visit.integer("axis", o.axis);
  visit("momentum", o.momentum);
  visit("epsilon", o.epsilon);
  visit("center", o.center);
  visit("scale", o.scale);
  visit("beta_initializer", o.beta_initializer);
  visit("gamma_initializer", o.gamma_initializer);
  visit("moving_mean_initializer", o.moving_mean_initializer);
  visit("moving_variance_initializer", o.moving_variance_initializer);
  visit("beta_regularizer", o.beta_regularizer);
  visit("gamma_regularizer", o.gamma_regularizer);
  visit("beta_constraint", o.beta_constraint);
  visit("gamma_constraint", o.gamma_constraint);
  visit("synchronized", o.synchronized);
  visit.only("renorm", false);
  visit.only("renorm_clipping", nullptr);
  visit.only("renorm_momentum", 0.99);
}

template <class Visitor>
void visit_options(NormalizationOptions& o, Visitor&& visit) {
  visit.integers("axis", o.axis);
  visit("invert", o.invert);
  visit("mean", o.mean);
  visit("variance", o.variance);
}

template <class Visitor>
void visit_options(MaskingOptions& o, Visitor&& visit) {
  visit("mask_value", o.mask_value);
}

template <class Visitor>
void visit_options(SpatialDropout1DOptions& o, Visitor&& visit) {
  visit("rate", o.rate);
  visit("seed", o.seed);
}

inline constexpr const char* kPermuteInstead =
    "put Permute({2, 1}) in front of the layer and behind it, and use channels_last.";

template <class Visitor>
void visit_options(PoolingOptions& o, Visitor&& visit) {
  visit.single("pool_size", o.pool_size);
  visit.word("padding", o.padding, "");
  if (!o.strides) o.strides = o.pool_size;
  visit.single("strides", *o.strides);
  visit.only("data_format", "channels_last", kPermuteInstead);
}

template <class Visitor>
void visit_options(GlobalPoolingOptions& o, Visitor&& visit) {
  visit.only("data_format", "channels_last", kPermuteInstead);
  visit("keepdims", o.keepdims);
}

template <class Visitor>
void visit_options(FlattenOptions&, Visitor&& visit) {
  visit.only("data_format", "channels_last", kPermuteInstead);
}

template <class Visitor>
void visit_options(ReshapeOptions& o, Visitor&& visit) {
  visit.integers("target_shape", o.target_shape);
}

template <class Visitor>
void visit_options(PermuteOptions& o, Visitor&& visit) {
  visit.integers("dims", o.dims);
}

template <class Visitor>
void visit_options(RepeatVectorOptions& o, Visitor&& visit) {
  visit("n", o.n);
}

template <class Visitor>
void visit_options(MergeOptions&, Visitor&&) {}

template <class Visitor>
void visit_options(ConcatenateOptions& o, Visitor&& visit) {
  visit.integer("axis", o.axis);
}

template <class Visitor>
void visit_options(Conv1DOptions& o, Visitor&& visit) {
  visit("filters", o.filters);
  visit.single("kernel_size", o.kernel_size);
  visit.single("strides", o.strides);
  visit.word("padding", o.padding, "");
  visit.only("data_format", "channels_last", kPermuteInstead);
  visit.single("dilation_rate", o.dilation_rate);
  visit("groups", o.groups);
  visit("activation", o.activation);
  visit("use_bias", o.use_bias);
  visit("kernel_initializer", o.kernel_initializer);
  visit("bias_initializer", o.bias_initializer);
  visit("kernel_regularizer", o.kernel_regularizer);
  visit("bias_regularizer", o.bias_regularizer);
  visit("activity_regularizer", o.activity_regularizer);
  visit("kernel_constraint", o.kernel_constraint);
  visit("bias_constraint", o.bias_constraint);
}

// Neither stands in a list of layers with options of its own kind; see the model's config.
template <class Visitor>
void visit_options(InputOptions&, Visitor&&) {}
template <class Visitor>
void visit_options(NestedOptions&, Visitor&&) {}

template <class Visitor>
void visit_options(RNNOptions& o, Visitor&& visit) {
  visit("return_sequences", o.return_sequences);
  visit("return_state", o.return_state);
  visit("go_backwards", o.go_backwards);
  visit("stateful", o.stateful);
  visit("unroll", o.unroll);
  visit("zero_output_for_mask", o.zero_output_for_mask);
  visit.cells("cell", o.cells, o.stacked);
}

}  // namespace eddy
