// SPDX-License-Identifier: MIT
// evaluate and predict.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "layers/regularizers.h"
#include "model/batches.h"
#include "model/evaluation.h"
#include "model/network.h"

namespace eddy {

namespace {

std::vector<OutputShape> output_shapes(const Network& network,
                                       const std::vector<const Tensor*>& targets) {
  const auto names = network.output_names();
  std::vector<OutputShape> shapes;
  for (size_t k = 0; k < names.size(); ++k) {
    shapes.push_back({names[k], network.graph->output_shapes()[k], targets[k]->shape()});
  }
  return shapes;
}

}  // namespace

Evaluation::Evaluation(Network& network, const std::vector<const Tensor*>& targets)
    : network_(network), objective_(*network.compiled, output_shapes(network, targets)) {}

void Evaluation::check(const Samples& samples) const {
  for (size_t k = 0; k < samples.y.size(); ++k) {
    objective_.check(k, *samples.y[k], samples.weights_of(k));
  }
}

double Evaluation::loss(std::span<const Signal<float>> predictions, const Batches& batch,
                        std::vector<Gradient<float>>* gradients) {
  outputs_.resize(predictions.size());
  for (size_t k = 0; k < predictions.size(); ++k) {
    outputs_[k] = {&predictions[k], &batch.targets(k), batch.weights(k)};
  }
  return objective_.loss(outputs_, gradients);
}

void Evaluation::run(const TestData& data, const Hook& before, const Hook& after) {
  reset();
  Batches batches(data.samples);
  const auto weights = network_.graph->weights();
  const double penalties = weight_penalties(weights, false);
  for (int64_t step = 0; step < data.batches(); ++step) {
    if (before) before(step);
    const int64_t at = step * data.batch_size;
    batches.load(nullptr, data.first + at, std::min(data.batch_size, data.count - at));
    // Callbacks may do anything.
    const Pass pass{.same_weights = step > 0 && !before && !after};
    const double loss = this->loss(network_.graph->run(batches.inputs(), pass), batches, nullptr);
    add_metrics();
    add_total(loss + penalties + network_.graph->activity_penalty(), batches.size());
    if (after) after(step);
  }
}

Metrics Evaluation::logs() const {
  Metrics logs = results();
  std::sort(logs.begin(), logs.end());
  return logs;
}

namespace {

Metrics evaluate_samples(Model& model, Samples samples, const EvaluateOptions& options) {
  check_batch_size(options.batch_size, "evaluate");
  if (!model.built() && samples.x.size() == 1) model.build(shape_of(samples.x[0]));
  Network& network = model.network();
  if (!network.compiled) {
    throw Error(ErrorCode::invalid_argument, "evaluate",
                "model: expected a compiled one, got none.", "call compile with a loss first.");
  }
  check_inputs(samples, network.input_shapes(), "evaluate");
  check_targets(samples, network.graph->output_shapes().size(), "evaluate");
  samples.weights = weights_of(options.sample_weight, samples.y.size(), "evaluate");
  Evaluation evaluation(network, samples.y);
  evaluation.check(samples);
  const TestData data{samples, 0, samples.count(), options.batch_size, options.steps};
  TrainingState state;
  state.batches = data.batches();
  const auto call = [&](void (Callback::*event)(TrainingState&)) {
    for (Callback* callback : options.callbacks) (callback->*event)(state);
  };
  call(&Callback::on_test_begin);
  const auto before = [&](int64_t batch) {
    state.batch = batch;
    state.logs.clear();
    call(&Callback::on_test_batch_begin);
  };
  const auto after = [&](int64_t) {
    state.logs = evaluation.logs();
    call(&Callback::on_test_batch_end);
  };
  if (options.callbacks.empty()) {
    evaluation.run(data);
  } else {
    evaluation.run(data, before, after);
  }
  call(&Callback::on_test_end);
  return evaluation.results();
}

std::vector<Tensor> predict_samples(Model& model, const Samples& samples, int64_t batch_size) {
  check_batch_size(batch_size, "predict");
  if (!model.built() && samples.x.size() == 1) model.build(shape_of(samples.x[0]));
  Network& network = model.network();
  check_inputs(samples, network.input_shapes(), "predict");
  Batches batches(samples);
  std::vector<Tensor> results(network.graph->output_shapes().size());
  for (int64_t at = 0; at < samples.count(); at += batch_size) {
    batches.load(nullptr, at, std::min(batch_size, samples.count() - at));
    const auto predictions = network.graph->run(batches.inputs(), {.same_weights = at > 0});
    for (size_t k = 0; k < results.size(); ++k) {
      const Signal<float>& prediction = predictions[k];
      if (at == 0) {
        Shape shape = prediction.shape;
        shape[0] = samples.count();
        results[k] = Tensor(std::move(shape));
      }
      const int64_t width = prediction.size() / prediction.batch();
      std::copy_n(prediction.value, prediction.size(), results[k].data() + at * width);
    }
  }
  return results;
}

}  // namespace

Metrics Model::evaluate(const Input& x, const Tensor& y, int64_t batch_size) {
  EvaluateOptions options;
  options.batch_size = batch_size;
  return evaluate(x, y, options);
}

Metrics Model::evaluate(const Input& x, const Tensor& y, const EvaluateOptions& options) {
  return evaluate_samples(*this, {{view_of(x)}, {&y}, {}}, options);
}

Metrics Model::evaluate(const std::vector<Input>& x, const std::vector<Tensor>& y,
                        const EvaluateOptions& options) {
  return evaluate_samples(*this, samples_of(x, y), options);
}

Metrics Model::evaluate(const SampleSource& x, const Tensor& y, const EvaluateOptions& options) {
  return evaluate_samples(*this, {{view_of(x)}, {&y}, {}}, options);
}

Metrics Model::evaluate(const std::vector<SampleSource>& x, const std::vector<Tensor>& y,
                        const EvaluateOptions& options) {
  return evaluate_samples(*this, samples_of(x, y), options);
}

const Shape& Model::output_shape() const {
  const auto& shapes = network().graph->output_shapes();
  if (shapes.size() == 1) return shapes[0];
  throw Error(ErrorCode::invalid_argument, "predict",
              fmt::format("model: expected one output, got {}.", shapes.size()),
              "call predict_outputs, which gives all of them.");
}

Tensor Model::predict(const Input& x, int64_t batch_size) {
  if (built()) output_shape();
  return std::move(predict_samples(*this, {{view_of(x)}, {}, {}}, batch_size)[0]);
}

std::vector<Tensor> Model::predict_outputs(const std::vector<Input>& x, int64_t batch_size) {
  return predict_samples(*this, samples_of(x, std::vector<Tensor>{}), batch_size);
}

Tensor Model::predict(const SampleSource& x, int64_t batch_size) {
  if (built()) output_shape();
  return std::move(predict_samples(*this, {{view_of(x)}, {}, {}}, batch_size)[0]);
}

std::vector<Tensor> Model::predict_outputs(const std::vector<SampleSource>& x, int64_t batch_size) {
  return predict_samples(*this, samples_of(x, std::vector<Tensor>{}), batch_size);
}

}  // namespace eddy
