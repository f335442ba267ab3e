// SPDX-License-Identifier: MIT
// Weights of a recurrent layer: declared, and their gradients gathered.
#include <fmt/format.h>

#include <algorithm>

#include "cells/row_cells.h"
#include "core/nearest.h"
#include "layers/activations.h"
#include "layers/constraints.h"
#include "layers/products.h"
#include "layers/recurrent.h"
#include "layers/regularizers.h"

namespace eddy {
namespace {

// The cell for these options: a variant of the one that they name, or that one.
const CellSpec& chosen_cell(const RecurrentOptions& options) {
  const CellSpec& cell = find_cell(options.cell);
  const std::vector<std::string> words = {"none", "diagonal", "full"};
  if (std::find(words.begin(), words.end(), options.peephole) == words.end()) {
    throw Error(
        ErrorCode::invalid_argument, options.name,
        fmt::format("peephole: expected none, diagonal or full, got '{}'.", options.peephole),
        suggest(options.peephole, words));
  }
  if (options.peephole != "none" && cell.peepholes() == 0) {
    throw Error(
        ErrorCode::invalid_argument, options.name,
        fmt::format("peephole: expected none for {}, got {}.", cell.class_name, options.peephole),
        "only a cell with a carry, LSTM, has peepholes.");
  }
  const char* variant = "";
  if (!options.reset_after) variant = cell.reset_before;
  if (options.peephole == "diagonal") variant = cell.diagonal;
  return *variant == '\0' ? cell : find_cell(variant);
}

void check_rate(const RecurrentOptions& options, const char* name, double rate) {
  if (rate >= 0 && rate <= 1) return;
  throw Error(ErrorCode::invalid_argument, options.name,
              fmt::format("{}: expected 0 to 1, got {}.", name, rate),
              "give the share of values to drop.");
}

}  // namespace

template <class Real>
RecurrentLayer<Real>::RecurrentLayer(const RecurrentOptions& options, uint64_t stream)
    : Layer<Real>(options.name),
      options_(options),
      stream_(stream),
      spec_(chosen_cell(options)),
      kernel_(&kernels<Real>(options.units)),
      cell_(cell_kernels<Real>(spec_.name, options.units)),
      units_(options.units) {
  if (units_ < 1 || units_ > (1 << 20)) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("units: expected 1 to {}, got {}.", 1 << 20, units_),
                "give the number of units of the layer.");
  }
  check_rate(options, "dropout", options.dropout);
  check_rate(options, "recurrent_dropout", options.recurrent_dropout);
  activations_.state = activation_of(options.activation, "activation", this->name());
  if (spec_.has_recurrent_activation) {
    activations_.gate =
        activation_of(options.recurrent_activation, "recurrent_activation", this->name());
  }
  if (activations_.over_rows()) cell_ = row_cell_kernels<Real>(spec_.name, units_);
  padded_ = (units_ + cell_.lanes - 1) / cell_.lanes * cell_.lanes;
  // Whole tiles of the step kernel, at least sixteen rows: enough to hide latencies, few enough
  // that several blocks keep all threads busy.
  rows_per_block_ = (16 + cell_.tile_rows - 1) / cell_.tile_rows * cell_.tile_rows;
}

template <class Real>
std::vector<Shape> RecurrentLayer<Real>::build(const std::vector<Shape>& inputs) {
  const auto states = static_cast<size_t>(spec_.states);
  check_input_count(this->name(), inputs.size(), 1, inputs.size() == 1 ? 1 : 1 + states);
  check_input_count(this->name(), inputs.size(), inputs.size() == 1 ? 1 : 1 + states, 1 + states);
  const Shape& input = inputs[0];
  if (input.size() != 3 || input[2] < 1) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, time, features], got {}.", to_string(input)),
                "put an Embedding in front of ids, or give every step a feature axis.");
  }
  features_ = input[2];
  this->activity_regularizer_ = resolved(options_.activity_regularizer);
  const int64_t columns = spec_.gates * units_;
  auto& weights = this->weights_;
  weights.resize(options_.use_bias ? 3 : 2);
  weights[kKernel].name = "kernel";
  weights[kKernel].shape = {features_, columns};
  weights[kKernel].initializer = options_.kernel_initializer;
  weights[kKernel].regularizer = resolved(options_.kernel_regularizer);
  weights[kKernel].constraint = resolved(options_.kernel_constraint);
  weights[kRecurrent].name = "recurrent_kernel";
  weights[kRecurrent].shape = {units_, columns};
  weights[kRecurrent].initializer = options_.recurrent_initializer;
  weights[kRecurrent].regularizer = resolved(options_.recurrent_regularizer);
  weights[kRecurrent].constraint = resolved(options_.recurrent_constraint);
  if (options_.use_bias) {
    weights[kBias].name = "bias";
    weights[kBias].shape = spec_.has_recurrent_bias ? Shape{2, columns} : Shape{columns};
    weights[kBias].initializer = options_.bias_initializer;
    weights[kBias].regularizer = resolved(options_.bias_regularizer);
    weights[kBias].constraint = resolved(options_.bias_constraint);
    if (spec_.forget_gate >= 0 && options_.unit_forget_bias) {
      weights[kBias].ones = {{spec_.forget_gate * units_, (spec_.forget_gate + 1) * units_}};
    }
  }
  if (spec_.has_vectors || options_.peephole == "full") declare_carry_weight();
  for (auto& weight : weights) weight.holder = "cell";
  for (size_t s = 1; s < inputs.size(); ++s) {
    if (inputs[s].size() == 2 && inputs[s][1] == units_) continue;
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("initial state {}: expected [batch, {}], got {}.", s - 1, units_,
                            to_string(inputs[s])),
                "give the states of a layer with as many units.");
  }
  const Shape end = {input[0], units_};
  std::vector<Shape> outputs = {end};
  if (options_.return_sequences) outputs = {{input[0], input[1], units_}};
  if (options_.return_state) outputs.insert(outputs.end(), states, end);
  return outputs;
}

// Not in Keras: it has no peepholes.
template <class Real>
void RecurrentLayer<Real>::declare_carry_weight() {
  Weight<Real> weight;
  weight.name = spec_.has_vectors ? "peephole" : "peephole_kernel";
  weight.shape =
      spec_.has_vectors ? Shape{kMostPeepholes, units_} : Shape{units_, kMostPeepholes * units_};
  weight.initializer =
      spec_.has_vectors ? options_.kernel_initializer : options_.recurrent_initializer;
  weight.regularizer = resolved(options_.recurrent_regularizer);
  weight.constraint = resolved(options_.recurrent_constraint);
  this->weights_.push_back(std::move(weight));
}

// dz  [n, G*Hp]  d(loss)/d(zx) of every projected row
template <class Real>
void RecurrentLayer<Real>::finish_weight_gradients(const Real* dz, Gradient<Real>* din) {
  const int64_t width = gate_width();
  const int64_t n = lookup_ ? groups_.count() : plan_.positions(), inputs = copies_ * features_;
  Real* dkernel = this->weights_[kKernel].grad.data();
  const int64_t columns = spec_.gates * units_;
  db_.resize(static_cast<size_t>(width));
  parallel_outer(*kernel_,
                 OuterArgs<Real>{.rows = n,
                                 .a_columns = inputs,
                                 .d_columns = width,
                                 .a = inputs_.data(),
                                 .a_stride = inputs,
                                 .d = dz,
                                 .d_stride = width,
                                 .sums = db_.data()},
                 outer_memory_, [&](int64_t m, int64_t first, int64_t count, const Real* from) {
                   const int64_t gate = copies_ == 1 ? kAllGates : m / features_;
                   put_columns(from, first, count, gate, dkernel + m % features_ * columns);
                 });
  finish_recurrent_gradients();
  if (options_.use_bias) {
    Real* grad = this->weights_[kBias].grad.data();
    put_columns(db_.data(), 0, width, kAllGates, grad);
    if (spec_.has_recurrent_bias) {
      const auto parts = static_cast<int64_t>(plan_.blocks().size()) + 1;
      for (int64_t b = 1; b < parts; ++b) {
        kernel_->add(width, dbh_blocks_.data() + b * width, dbh_blocks_.data());
      }
      put_columns(dbh_blocks_.data(), 0, width, kAllGates, grad + columns);
    }
  }
  if (din != nullptr && dx_ == nullptr) finish_input_gradients(dz, n, *din);
}

// Sums of the blocks' shares, in block order.
template <class Real>
void RecurrentLayer<Real>::finish_recurrent_gradients() {
  const int64_t columns = spec_.gates * units_, size = du_size(), row = size / units_;
  const auto parts = static_cast<int64_t>(plan_.blocks().size()) + 1;
  auto& weights = this->weights_;
  parallel_for(du_afterwards_ ? 0 : units_, [&](int64_t unit, int64_t) {
    Real* sum = du_blocks_.data() + unit * row;
    for (int64_t b = 1; b < parts; ++b) kernel_->add(row, sum + b * size, sum);
  });
  Real* du = weights[kRecurrent].grad.data();
  for (int64_t k = 0; !by_gates_ && !du_afterwards_ && k < units_; ++k) {
    put_columns(du_blocks_.data() + k * row, 0, row, kAllGates, du + k * columns);
  }
  for (int64_t m = 0; by_gates_ && m < products_.matrices(); ++m) {
    const Real* from = du_blocks_.data() + m * products_.matrix_size();
    const bool of_carry = m >= spec_.gates;
    const int64_t stride = of_carry ? kMostPeepholes * units_ : columns;
    Real* to = of_carry ? weights[carry_index()].grad.data() + (m - spec_.gates) * units_
                        : du + m * units_;
    for (int64_t k = 0; k < units_; ++k) std::copy_n(from + k * padded_, units_, to + k * stride);
  }
  if (!spec_.has_vectors) return;
  const int64_t vectors = kMostPeepholes * padded_;
  for (int64_t b = 1; b < parts; ++b) {
    kernel_->add(vectors, dv_blocks_.data() + b * vectors, dv_blocks_.data());
  }
  for (int p = 0; p < kMostPeepholes; ++p) {
    std::copy_n(dv_blocks_.data() + p * padded_, units_,
                weights[carry_index()].grad.data() + p * units_);
  }
}

// Zeros where no step writes: masked ones, and the shared prefix of all rows but one.
template <class Real>
Real* RecurrentLayer<Real>::start_input_gradients(Gradient<Real>& din) const {
  const int64_t cells = plan_.rows() * plan_.steps();
  din.by_rows = false;
  din.at_logits = false;
  din.dense.resize(static_cast<size_t>(cells * features_));
  if (plan_.positions() < cells || input_dropout_) din.dense.fill_zero();
  return din.dense.data();
}

template <class Real>
void RecurrentLayer<Real>::finish_input_gradients(const Real* dz, int64_t n, Gradient<Real>& din) {
  const int64_t inputs = copies_ * features_;
  ProductArgs<Real> all{
      .rows = n, .a = dz, .a_stride = gate_width(), .b = &w_transposed_, .c_stride = inputs};
  if (lookup_) {
    din.by_rows = true;
    din.at_logits = false;
    din.rows = groups_.ids();
    din.dense.resize(static_cast<size_t>(n * inputs));
    all.c = din.dense.data();
    return parallel_product(*kernel_, all);
  }
  Real* dx = start_input_gradients(din);
  if (input_dropout_) return add_masked_input_gradients(all, dx);
  // Distinct cells: the shared prefix stands once, in the row that has the longest.
  all.c = dx;
  all.c_rows = plan_.cells().data();
  parallel_product(*kernel_, all);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
