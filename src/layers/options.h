// SPDX-License-Identifier: MIT
// The one list of every layer's options, in the key order of Keras' configs. It drives reading and
// writing of config.json; defaults are the structs' own.
//
// A visitor has
//   operator()(key, value&)   an option of ours: bool, int64_t, double, std::string (an activation
//                             or a word), Initializer, std::optional<int64_t>
//   only(key, value)          a Keras option that has just this value here (nullptr: null): written
//                             as it is, refused when a file says otherwise
#pragma once

#include <string>

#include "cells/cell.h"
#include "eddy/layers.h"

namespace eddy {

// "LSTM", "Dense", ...: Keras' class name.
std::string class_name(const LayerSpec& spec);

// The user's name of the layer, "" when there is none.
const std::string& layer_name(const LayerSpec& spec);
void set_layer_name(LayerSpec& spec, std::string name);

// Keras' naming rule: "SimpleRNN" -> "simple_rnn", "LSTM" -> "lstm".
std::string snake_case(const std::string& class_name);

// A description with Keras' defaults for a class name; throws Error{not_supported} for an unknown
// one.
LayerSpec default_spec(const std::string& class_name);

template <class Visitor>
void visit_options(EmbeddingOptions& o, Visitor&& visit) {
  visit("input_dim", o.input_dim);
  visit("output_dim", o.output_dim);
  visit("embeddings_initializer", o.embeddings_initializer);
  visit.only("embeddings_regularizer", nullptr);
  visit.only("activity_regularizer", nullptr);
  visit.only("embeddings_constraint", nullptr);
  visit("mask_zero", o.mask_zero);
}

template <class Visitor>
void visit_options(RecurrentOptions& o, Visitor&& visit) {
  const CellSpec& cell = find_cell(o.cell);
  visit("return_sequences", o.return_sequences);
  visit.only("return_state", false);
  visit("go_backwards", o.go_backwards);
  visit.only("stateful", false);
  visit.only("unroll", false);
  visit.only("zero_output_for_mask", false);
  visit("units", o.units);
  visit("activation", o.activation);
  if (cell.has_recurrent_activation) visit("recurrent_activation", o.recurrent_activation);
  visit("use_bias", o.use_bias);
  visit("kernel_initializer", o.kernel_initializer);
  visit("recurrent_initializer", o.recurrent_initializer);
  visit("bias_initializer", o.bias_initializer);
  if (cell.forget_gate >= 0) visit("unit_forget_bias", o.unit_forget_bias);
  visit.only("kernel_regularizer", nullptr);
  visit.only("recurrent_regularizer", nullptr);
  visit.only("bias_regularizer", nullptr);
  visit.only("activity_regularizer", nullptr);
  visit.only("kernel_constraint", nullptr);
  visit.only("recurrent_constraint", nullptr);
  visit.only("bias_constraint", nullptr);
  visit.only("dropout", 0.0);
  visit.only("recurrent_dropout", 0.0);
  if (cell.has_recurrent_bias) visit.only("reset_after", true);
}

template <class Visitor>
void visit_options(DenseOptions& o, Visitor&& visit) {
  visit("units", o.units);
  visit("activation", o.activation);
  visit("use_bias", o.use_bias);
  visit("kernel_initializer", o.kernel_initializer);
  visit("bias_initializer", o.bias_initializer);
  visit.only("kernel_regularizer", nullptr);
  visit.only("bias_regularizer", nullptr);
  visit.only("kernel_constraint", nullptr);
  visit.only("bias_constraint", nullptr);
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

}  // namespace eddy
