// SPDX-License-Identifier: MIT
// Weights of a recurrent layer: declared in Keras' order, computed with in gate order.
#include <fmt/format.h>

#include <algorithm>

#include "core/nearest.h"
#include "layers/constraints.h"
#include "layers/products.h"
#include "layers/recurrent.h"
#include "layers/regularizers.h"

namespace eddy {
namespace {

ActivationKind activation_of(const std::string& name, const char* option,
                             const std::string& layer) {
  if (const auto kind = find_activation(name)) return *kind;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("{}: expected an activation of one number, got '{}'.", option, name),
              suggest(name, activation_names()));
}

}  // namespace

template <class Real>
RecurrentLayer<Real>::RecurrentLayer(const RecurrentOptions& options, uint64_t stream)
    : Layer<Real>(options.name),
      options_(options),
      stream_(stream),
      spec_(find_cell(options.cell)),
      kernel_(&kernels<Real>()),
      cell_(cell_kernels<Real>(options.cell)),
      units_(options.units) {
  if (units_ < 1 || units_ > (1 << 20)) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("units: expected 1 to {}, got {}.", 1 << 20, units_),
                "give the number of units of the layer.");
  }
  if (options_.dropout != 0 || options_.recurrent_dropout != 0 || !options_.reset_after ||
      options_.peephole != "none") {
    throw Error(ErrorCode::not_supported, this->name(),
                "dropout, recurrent_dropout, reset_after, peephole: expected 0, 0, true, none, got "
                "other values.",
                "leave them out.");
  }
  activations_.state = activation_of(options.activation, "activation", this->name());
  if (spec_.has_recurrent_activation) {
    activations_.gate =
        activation_of(options.recurrent_activation, "recurrent_activation", this->name());
  }
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

template <class Real>
int64_t RecurrentLayer<Real>::gate_column(int64_t column) const {
  const int64_t gate = column / units_, unit = column % units_, lanes = cell_.lanes;
  return (unit / lanes * spec_.gates + gate) * lanes + unit % lanes;
}

template <class Real>
void RecurrentLayer<Real>::unpack_columns(const Real* gate_order, int64_t rows, Real* keras) const {
  const int64_t columns = spec_.gates * units_;
  for (int64_t j = 0; j < columns; ++j) {
    const Real* from = gate_order + gate_column(j);
    for (int64_t k = 0; k < rows; ++k) keras[k * columns + j] = from[k * gate_width()];
  }
}

template <class Real>
void RecurrentLayer<Real>::pack_weights(bool training) {
  const int64_t width = gate_width(), columns = spec_.gates * units_;
  input_columns_.resize_zeroed(static_cast<size_t>(features_ * width));
  recurrent_columns_.resize_zeroed(static_cast<size_t>(padded_ * width));
  bias_columns_.resize_zeroed(static_cast<size_t>(width));
  recurrent_bias_.resize_zeroed(static_cast<size_t>(width));
  auto& weights = this->weights_;
  const Real* kernel = weights[kKernel].value.data();
  const Real* recurrent = weights[kRecurrent].value.data();
  for (int64_t j = 0; j < columns; ++j) {
    const int64_t to = gate_column(j);
    for (int64_t k = 0; k < features_; ++k) {
      input_columns_[static_cast<size_t>(k * width + to)] = kernel[k * columns + j];
    }
    for (int64_t k = 0; k < units_; ++k) {
      recurrent_columns_[static_cast<size_t>(k * width + to)] = recurrent[k * columns + j];
    }
    if (!options_.use_bias) continue;
    const Real* bias = weights[kBias].value.data();
    bias_columns_[static_cast<size_t>(to)] = bias[j];
    if (!spec_.has_recurrent_bias) continue;
    // Gates whose products are added anyway take both biases with the input.
    auto& home = j / units_ < spec_.apart ? bias_columns_ : recurrent_bias_;
    home[static_cast<size_t>(to)] += bias[columns + j];
  }
  const int64_t lanes = cell_.lanes;
  pack<Real>({input_columns_.data(), width, 1}, features_, width, lanes,
             suitable_panel(width, lanes), w_);
  pack<Real>({recurrent_columns_.data(), width, 1}, units_, width, lanes,
             spec_.gates * blocks_per_panel(spec_.gates), u_);
  if (!training) return;
  pack<Real>({recurrent_columns_.data(), 1, width}, width, padded_, lanes,
             suitable_panel(padded_, lanes), u_transposed_);
  pack<Real>({input_columns_.data(), 1, width}, width, features_, lanes,
             suitable_panel(features_, lanes), w_transposed_);
}

// dz  [n, G*Hp]  d(loss)/d(zx) of every projected row
template <class Real>
void RecurrentLayer<Real>::finish_weight_gradients(const Real* dz, Gradient<Real>* din) {
  const int64_t width = gate_width(), columns = spec_.gates * units_;
  const int64_t n = lookup_ ? groups_.count() : plan_.positions();
  auto& weights = this->weights_;
  for (auto& weight : weights) weight.grad.resize(static_cast<size_t>(weight.size()));

  dw_.resize(static_cast<size_t>(features_ * width));
  parallel_outer(*kernel_, OuterArgs<Real>{.rows = n,
                                           .a_columns = features_,
                                           .d_columns = width,
                                           .a = inputs_.data(),
                                           .a_stride = features_,
                                           .d = dz,
                                           .d_stride = width,
                                           .c = dw_.data(),
                                           .c_stride = width});
  unpack_columns(dw_.data(), features_, weights[kKernel].grad.data());

  const int64_t size = units_ * width;
  const auto parts = static_cast<int64_t>(plan_.blocks().size()) + 1;
  parallel_for(units_, [&](int64_t unit, int64_t) {
    Real* sum = du_blocks_.data() + unit * width;  // in block order
    for (int64_t b = 1; b < parts; ++b) kernel_->add(width, sum + b * size, sum);
  });
  unpack_columns(du_blocks_.data(), units_, weights[kRecurrent].grad.data());

  if (options_.use_bias) {
    db_.resize(static_cast<size_t>(width));
    column_sums(*kernel_, dz, n, width, db_.data());
    Real* grad = weights[kBias].grad.data();
    unpack_columns(db_.data(), 1, grad);
    if (spec_.has_recurrent_bias) {
      for (int64_t b = 1; b < parts; ++b) {
        kernel_->add(width, dbh_blocks_.data() + b * width, dbh_blocks_.data());
      }
      unpack_columns(dbh_blocks_.data(), 1, grad + columns);
    }
  }
  if (din == nullptr) return;
  Buffer<Real>& dx = lookup_ ? din->dense : dinput_;
  dx.resize(static_cast<size_t>(n * features_));
  parallel_product(*kernel_, ProductArgs<Real>{.rows = n,
                                               .a = dz,
                                               .a_stride = width,
                                               .b = &w_transposed_,
                                               .c = dx.data(),
                                               .c_stride = features_});
  if (lookup_) {
    din->by_rows = true;
    din->rows = groups_.ids();
    return;
  }
  din->dense.resize_zeroed(static_cast<size_t>(plan_.rows() * plan_.steps() * features_));
  for (int64_t p = 0; p < n; ++p) {
    // Distinct cells, but for the shared prefix: it stands once, in the row that has the longest.
    std::copy_n(dinput_.data() + p * features_, features_,
                din->dense.data() + plan_.cells()[static_cast<size_t>(p)] * features_);
  }
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
