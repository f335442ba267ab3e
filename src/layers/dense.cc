// SPDX-License-Identifier: MIT
#include "layers/dense.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "layers/constraints.h"
#include "layers/products.h"
#include "layers/regularizers.h"
#include "layers/signal.h"

namespace eddy {

template <class Real>
DenseLayer<Real>::DenseLayer(const DenseOptions& options)
    : UnaryLayer<Real>(options.name),
      options_(options),
      activation_(options.activation, options.name),
      kernel_(&kernels<Real>()) {
  if (options.units < 1 || options.units > INT32_MAX) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("units: expected 1 to {}, got {}.", INT32_MAX, options.units),
                "give the number of outputs of the layer.");
  }
}

template <class Real>
Shape DenseLayer<Real>::build_one(const Shape& input) {
  if (input.size() < 2 || input.back() < 1) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, ..., features], got {}.", to_string(input)),
                "give every sample at least one feature axis of known length.");
  }
  features_ = input.back();
  this->activity_regularizer_ = resolved(options_.activity_regularizer);
  auto& weights = this->weights_;
  weights.resize(options_.use_bias ? 2 : 1);
  weights[kKernel].name = "kernel";
  weights[kKernel].shape = {features_, options_.units};
  weights[kKernel].initializer = options_.kernel_initializer;
  weights[kKernel].regularizer = resolved(options_.kernel_regularizer);
  weights[kKernel].constraint = resolved(options_.kernel_constraint);
  if (options_.use_bias) {
    weights[kBias].name = "bias";
    weights[kBias].shape = {options_.units};
    weights[kBias].initializer = options_.bias_initializer;
    weights[kBias].regularizer = resolved(options_.bias_regularizer);
    weights[kBias].constraint = resolved(options_.bias_constraint);
  }
  Shape output = input;
  output.back() = options_.units;
  return output;
}

template <class Real>
void DenseLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const int64_t rows = in.size() / features_, units = options_.units;
  const Real* x = dense_values(in, input_);
  const auto& kernel = this->weights_[kKernel].value;
  parallel_pack<Real>({kernel.data(), units, 1}, features_, units, kernel_->lanes,
                      suitable_panel(units, kernel_->lanes), packed_);
  out.shape = in.shape;
  out.shape.back() = units;
  pass_sequence_facts(in, out);
  logits_.resize(static_cast<size_t>(rows * units));
  parallel_product(
      *kernel_,
      ProductArgs<Real>{.rows = rows,
                        .a = x,
                        .a_stride = features_,
                        .b = &packed_,
                        .bias = options_.use_bias ? this->weights_[kBias].value.data() : nullptr,
                        .c = logits_.data(),
                        .c_stride = units});
  out.value = logits_.data();
  if (activation_.is_linear()) return;
  output_.resize(static_cast<size_t>(rows * units));
  activation_.forward(logits_.data(), rows, units, output_.data());
  out.value = output_.data();
  out.logits_activation = activation_.stable_name();
  if (*out.logits_activation != '\0') out.logits = logits_.data();
}

template <class Real>
void DenseLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>& out,
                                    Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  const int64_t rows = in.size() / features_, units = options_.units;
  Real* dz = dout.dense.data();
  if (!dout.at_logits && !activation_.is_linear()) {
    activation_.backward(logits_.data(), out.value, dz, rows, units, dz);
  }
  auto& weights = this->weights_;
  for (auto& weight : weights) weight.grad.resize(static_cast<size_t>(weight.size()));
  Real* dkernel = weights[kKernel].grad.data();
  parallel_outer(*kernel_,
                 OuterArgs<Real>{.rows = rows,
                                 .a_columns = features_,
                                 .d_columns = units,
                                 .a = dense_values(in, input_),
                                 .a_stride = features_,
                                 .d = dz,
                                 .d_stride = units,
                                 .sums = options_.use_bias ? weights[kBias].grad.data() : nullptr},
                 outer_memory_, [&](int64_t m, int64_t first, int64_t count, const Real* from) {
                   std::copy_n(from, count, dkernel + m * units + first);
                 });
  if (din == nullptr) return;
  parallel_pack<Real>({weights[kKernel].value.data(), 1, units}, units, features_, kernel_->lanes,
                      suitable_panel(features_, kernel_->lanes), transposed_);
  din->dense.resize(static_cast<size_t>(rows * features_));
  parallel_product(*kernel_, ProductArgs<Real>{.rows = rows,
                                               .a = dz,
                                               .a_stride = units,
                                               .b = &transposed_,
                                               .c = din->dense.data(),
                                               .c_stride = features_});
}

namespace {

template <class Real>
class DenseStep final : public StepLayer<Real> {
 public:
  DenseStep(PackedMatrix<Real> kernel, std::vector<Real> bias, RowActivation activation)
      : packed_(std::move(kernel)), bias_(std::move(bias)), activation_(activation) {}
  int64_t memory() const override { return packed_.vectors() * packed_.lanes; }
  const Real* step(const StepValue<Real>& in, int64_t, Real* memory) const override {
    kernel_->product(ProductArgs<Real>{.rows = 1,
                                       .a = in.values,
                                       .a_stride = packed_.rows,
                                       .b = &packed_,
                                       .bias = bias_.empty() ? nullptr : bias_.data(),
                                       .c = memory,
                                       .c_stride = packed_.columns});
    if (!activation_.is_linear()) activation_.forward(memory, 1, packed_.columns, memory);
    return memory;
  }

 private:
  PackedMatrix<Real> packed_;
  std::vector<Real> bias_;
  RowActivation activation_;
  const Kernels<Real>* kernel_ = &kernels<Real>();
};

}  // namespace

template <class Real>
std::unique_ptr<StepLayer<Real>> DenseLayer<Real>::make_step() {
  const auto& weights = this->weights_;
  PackedMatrix<Real> packed;
  pack<Real>({weights[kKernel].value.data(), options_.units, 1}, features_, options_.units,
             kernel_->lanes, suitable_panel(options_.units, kernel_->lanes), packed);
  std::vector<Real> bias;
  if (options_.use_bias) bias.assign(weights[kBias].value.begin(), weights[kBias].value.end());
  return std::make_unique<DenseStep<Real>>(std::move(packed), std::move(bias), activation_);
}

template class DenseLayer<float>;
template class DenseLayer<double>;

}  // namespace eddy
