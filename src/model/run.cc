// SPDX-License-Identifier: MIT
// evaluate and predict.
#include <fmt/format.h>

#include <algorithm>

#include "model/batches.h"
#include "model/evaluation.h"
#include "model/network.h"

namespace eddy {

Evaluation::Evaluation(Network& network, const Shape& targets)
    : network_(network), loss_(network.compiled->loss) {
  for (const auto& name : network.compiled->metrics) {
    metrics_.emplace_back(name, network.stack->output_shape(), targets);
  }
}

void Evaluation::reset() {
  loss_sum_ = samples_ = 0;
  for (auto& metric : metrics_) metric.reset();
}

void Evaluation::add(double loss, const Signal<float>& prediction, const Targets& targets) {
  const auto count = static_cast<double>(prediction.batch());
  loss_sum_ += loss * count;
  samples_ += count;
  for (auto& metric : metrics_) metric.add(prediction, targets);
}

Metrics Evaluation::results() const {
  Metrics all = {{"loss", samples_ > 0 ? loss_sum_ / samples_ : 0}};
  for (const auto& metric : metrics_) all.emplace_back(metric.name(), metric.result());
  return all;
}

void Evaluation::run(const Input& x, const Tensor& y, int64_t first, int64_t count,
                     int64_t batch_size) {
  reset();
  Batches batches(x, &y);
  for (int64_t at = 0; at < count; at += batch_size) {
    batches.load(nullptr, first + at, std::min(batch_size, count - at));
    const auto& prediction = network_.stack->forward(batches.input(), Pass{});
    const double loss = loss_.mean<float>(prediction, batches.targets(), nullptr);
    add(loss, prediction, batches.targets());
  }
}

Metrics Model::evaluate(const Input& x, const Tensor& y, int64_t batch_size) {
  check_batch_size(batch_size, "evaluate");
  if (!built()) build(shape_of(x));
  if (!network_->compiled) {
    throw Error(ErrorCode::invalid_argument, "evaluate",
                "model: expected a compiled one, got none.", "call compile with a loss first.");
  }
  check_input(x, network_->input_shape, "evaluate");
  check_same_samples(x, y, "evaluate");
  Evaluation evaluation(*network_, y.shape());
  evaluation.loss().check_targets({y.data(), y.shape()}, network_->stack->output_shape());
  evaluation.run(x, y, 0, y.dim(0), batch_size);
  return evaluation.results();
}

Tensor Model::predict(const Input& x, int64_t batch_size) {
  check_batch_size(batch_size, "predict");
  if (!built()) build(shape_of(x));
  check_input(x, network_->input_shape, "predict");
  const int64_t samples = shape_of(x)[0];
  Batches batches(x, nullptr);
  Tensor result;
  for (int64_t at = 0; at < samples; at += batch_size) {
    batches.load(nullptr, at, std::min(batch_size, samples - at));
    const auto& prediction = network_->stack->forward(batches.input(), Pass{});
    if (at == 0) {
      Shape shape = prediction.shape;
      shape[0] = samples;
      result = Tensor(std::move(shape));
    }
    const int64_t width = prediction.size() / prediction.batch();
    std::copy_n(prediction.value, prediction.size(), result.data() + at * width);
  }
  return result;
}

}  // namespace eddy
