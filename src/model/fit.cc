// SPDX-License-Identifier: MIT
// The training loop, in the order of Keras' fit.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "model/batches.h"
#include "model/evaluation.h"
#include "model/network.h"

namespace eddy {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr uint64_t kShuffleStream = uint64_t{1}
                                    << 62;  // far from the weights' and dropout's streams

void check_options(const FitOptions& options) {
  const auto refuse = [](const std::string& what, const std::string& fix) {
    throw Error(ErrorCode::invalid_argument, "fit", what, fix);
  };
  if (options.epochs < 1) {
    refuse(fmt::format("epochs: expected at least 1, got {}.", options.epochs),
           "give the number of passes over the data.");
  }
  check_batch_size(options.batch_size, "fit");
  if (!(options.validation_split >= 0 && options.validation_split < 1)) {
    refuse(fmt::format("validation_split: expected 0 up to, but not including, 1, got {}.",
                       options.validation_split),
           "give the share of samples to keep for validation, e.g. 0.2.");
  }
}

// One call of fit().
class Fit {
 public:
  Fit(Network& network, const Input& x, const Tensor& y, const FitOptions& options)
      : network_(network),
        x_(x),
        y_(y),
        options_(options),
        optimizer_(network.optimizer_state()),
        evaluation_(network, y.shape()),
        batches_(x, &y) {
    const int64_t samples = y.dim(0);
    train_ = samples;
    if (!options.validation_data) {
      // From the end, before any shuffling, as Keras.
      train_ = static_cast<int64_t>(
          std::floor(static_cast<double>(samples) * (1.0 - options.validation_split)));
      if (train_ == 0 || (options.validation_split > 0 && train_ == samples)) {
        throw Error(ErrorCode::invalid_argument, "fit",
                    fmt::format("validation_split: expected samples on both sides, got {} and {}.",
                                train_, samples - train_),
                    "use more data or another share.");
      }
    }
    state_.epochs = options.epochs;
    state_.samples = train_;
    state_.batches = (train_ + options.batch_size - 1) / options.batch_size;
  }

  History run() {
    call(&Callback::on_train_begin);
    for (state_.epoch = 0; state_.epoch < options_.epochs && !state_.stop_training;
         ++state_.epoch) {
      if (!epoch()) {
        history_.interrupted = true;
        break;
      }
    }
    call(&Callback::on_train_end);
    return std::move(history_);
  }

 private:
  void call(void (Callback::*event)(TrainingState&)) {
    for (Callback* callback : options_.callbacks) (callback->*event)(state_);
  }

  void add_logs(const Evaluation& evaluation, const std::string& prefix) {
    for (const auto& [name, value] : evaluation.results()) {
      state_.logs.emplace_back(prefix + name, value);
    }
    std::sort(state_.logs.begin(), state_.logs.end());
  }

  // False: stopped in the middle.
  bool epoch() {
    const auto start = Clock::now();
    order_.resize(static_cast<size_t>(train_));
    std::iota(order_.begin(), order_.end(), int64_t{0});
    if (options_.shuffle) {
      Random random(network_.seed, kShuffleStream + static_cast<uint64_t>(optimizer_.iterations));
      random.shuffle(order_);
    }
    evaluation_.reset();
    state_.logs.clear();
    state_.seconds = 0;
    state_.batch = 0;
    call(&Callback::on_epoch_begin);
    for (; state_.batch < state_.batches; ++state_.batch) {
      train_step();
      state_.seconds = seconds_since(start);
      state_.logs.clear();
      add_logs(evaluation_, "");
      call(&Callback::on_train_batch_end);
      if (state_.stop_now) return false;
    }
    state_.batch = state_.batches - 1;
    validate();
    state_.seconds = seconds_since(start);
    history_.epoch.push_back(state_.epoch);
    history_.seconds.push_back(state_.seconds);
    for (const auto& [name, value] : state_.logs) history_.history[name].push_back(value);
    call(&Callback::on_epoch_end);
    return true;
  }

  void train_step() {
    const int64_t first = state_.batch * options_.batch_size;
    batches_.load(order_.data(), first, std::min(options_.batch_size, train_ - first));
    Pass pass;
    pass.training = true;
    pass.seed = network_.seed;
    pass.step = optimizer_.iterations;
    const auto& prediction = network_.stack->forward(batches_.input(), pass);
    const double loss = evaluation_.loss().mean(prediction, batches_.targets(), &gradient_);
    if (!std::isfinite(loss)) {
      throw Error(
          ErrorCode::numeric, "fit",
          fmt::format("loss: expected a finite number, got {} at epoch {}, step {}; it first "
                      "shows in {}.",
                      std::abs(loss), state_.epoch + 1, state_.batch + 1,  // not "-nan"
                      network_.stack->first_not_finite(batches_.input())),
          fmt::format("lower the learning_rate (now {}), or look for extreme inputs.",
                      optimizer_.learning_rate()));
    }
    evaluation_.add(loss, prediction, batches_.targets());
    network_.stack->backward(batches_.input(), gradient_, pass);
    optimizer_.apply();
  }

  void validate() {
    const Input& x = options_.validation_data ? options_.validation_data->first : x_;
    const Tensor& y = options_.validation_data ? options_.validation_data->second : y_;
    const int64_t first = options_.validation_data ? 0 : train_;
    if (y.dim(0) == first) return;
    Evaluation validation(network_, y.shape());
    validation.run(x, y, first, y.dim(0) - first, options_.batch_size);
    add_logs(validation, "val_");
  }

  Network& network_;
  const Input& x_;
  const Tensor& y_;
  const FitOptions& options_;
  OptimizerState<float>& optimizer_;
  Evaluation evaluation_;
  Batches batches_;
  Gradient<float> gradient_;
  TrainingState state_;
  History history_;
  std::vector<int64_t> order_;
  int64_t train_ = 0;
};

}  // namespace

History Model::fit(const Input& x, const Tensor& y, const FitOptions& options) {
  check_options(options);
  check_same_samples(x, y, "fit");
  if (!built()) build(shape_of(x));
  check_input(x, network_->input_shape, "fit");
  network_->optimizer_state();
  const Shape& output = network_->stack->output_shape();
  const Loss loss(network_->compiled->loss);
  loss.check_targets({y.data(), y.shape()}, output);
  if (options.validation_data) {
    const auto& [val_x, val_y] = *options.validation_data;
    check_input(val_x, network_->input_shape, "fit: validation_data");
    check_same_samples(val_x, val_y, "fit: validation_data");
    loss.check_targets({val_y.data(), val_y.shape()}, output);
  }
  return Fit(*network_, x, y, options).run();
}

}  // namespace eddy
