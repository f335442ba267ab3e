// SPDX-License-Identifier: MIT
// The training loop, in the order of Keras' fit.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/random.h"
#include "layers/regularizers.h"
#include "model/batches.h"
#include "model/evaluation.h"
#include "model/fit_state.h"
#include "model/network.h"
#include "model/not_finite.h"

namespace eddy {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr uint64_t kShuffleStream = uint64_t{1}
                                    << 62;  // far from the weights' and dropout's streams

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, "fit", what, fix);
}

void check_at_least(const char* name, int64_t value, int64_t low, const char* fix) {
  if (value < low) refuse(fmt::format("{}: expected at least {}, got {}.", name, low, value), fix);
}

void check_options(const FitOptions& options) {
  check_at_least("epochs", options.epochs, 1, "give the number of passes over the data.");
  check_batch_size(options.batch_size, "fit");
  if (!(options.validation_split >= 0 && options.validation_split < 1)) {
    refuse(fmt::format("validation_split: expected 0 up to, but not including, 1, got {}.",
                       options.validation_split),
           "give the share of samples to keep for validation, e.g. 0.2.");
  }
  check_at_least("initial_epoch", options.initial_epoch, 0, "Keras' default is 0.");
  check_at_least("steps_per_epoch", options.steps_per_epoch, 0, "0 stands for all batches.");
  check_at_least("validation_steps", options.validation_steps, 0, "0 stands for all batches.");
  check_at_least("validation_batch_size", options.validation_batch_size, 0,
                 "0 stands for batch_size.");
  if (const auto* every = std::get_if<int64_t>(&options.validation_freq)) {
    check_at_least("validation_freq", *every, 1, "1 validates after every epoch.");
  }
  if (!options.sample_weight.empty() && !options.class_weight.empty()) {
    refuse("class_weight: expected it without sample_weight, got both.",
           "multiply the two into one sample_weight.");
  }
  if (!options.validation_sample_weight.empty() && !options.validation_data) {
    refuse("validation_sample_weight: expected validation_data with it, got none.",
           "give the data, or leave the weights to validation_split.");
  }
}

// Keras' class_weight as sample weights: the class is the rounded target, or with several targets a
// sample the largest.
Tensor class_weights(const std::map<int64_t, double>& factors, const Tensor& y) {
  const int64_t samples = y.dim(0), width = y.size() / std::max<int64_t>(samples, 1);
  if (y.rank() > 2) {
    throw Error(ErrorCode::not_supported, "fit",
                fmt::format("class_weight: expected one class a sample, got targets {}.",
                            to_string(y.shape())),
                "give sample_weight of shape [N, T] instead.");
  }
  Tensor weights({samples});
  for (int64_t i = 0; i < samples; ++i) {
    const float* row = y.data() + i * width;
    const int64_t label = width == 1 ? static_cast<int64_t>(std::nearbyint(row[0]))
                                     : std::max_element(row, row + width) - row;
    const auto found = factors.find(label);
    weights[i] = found == factors.end() ? 1 : static_cast<float>(found->second);
  }
  return weights;
}

// The model as callbacks see it.
class Trained final : public ModelInTraining {
 public:
  Trained(Model& model, const Evaluation& evaluation) : model_(model), evaluation_(evaluation) {}
  std::vector<Tensor> get_weights() const override { return model_.get_weights(); }
  void set_weights(const std::vector<Tensor>& weights) override { model_.set_weights(weights); }
  double learning_rate() const override {
    return model_.network().optimizer_state().learning_rate();
  }
  int64_t iterations() const override { return model_.network().optimizer_state().iterations; }
  void set_learning_rate(double learning_rate) override {
    model_.network().optimizer_state().set_learning_rate(learning_rate);
  }
  const Model& model() const override { return model_; }
  std::optional<NotFinite> find_not_finite() const override { return look_ ? look_() : none_; }
  std::vector<std::pair<std::string, double>> gradient_norms() const override {
    return eddy::gradient_norms(model_.network());
  }
  void set_look(std::function<std::optional<NotFinite>()> look) { look_ = std::move(look); }
  int direction(const std::string& metric) const override {
    return evaluation_.objective().direction(metric);
  }
  void back_up(std::function<void(const SavedState&)> write) override {
    backups_.push_back(std::move(write));
  }
  // Asked for since the last call.
  std::vector<std::function<void(const SavedState&)>> take_backups() {
    return std::exchange(backups_, {});
  }

 private:
  Model& model_;
  const Evaluation& evaluation_;
  std::function<std::optional<NotFinite>()> look_;
  std::optional<NotFinite> none_;
  std::vector<std::function<void(const SavedState&)>> backups_;
};

// One call of fit().
class Fit {
 public:
  //   validation  of options.validation_data
  Fit(Model& model, Samples samples, Samples validation, const FitOptions& options)
      : network_(model.network()),
        samples_(std::move(samples)),
        validation_(std::move(validation)),
        options_(options),
        optimizer_(network_.optimizer_state()),
        evaluation_(network_, samples_.y),
        trained_(model, evaluation_),
        batches_(samples_),
        watch_(network_) {
    const int64_t samples_in_all = samples_.count();
    train_ = samples_in_all;
    if (!options.validation_data) {
      // From the end, before any shuffling, as Keras.
      train_ = static_cast<int64_t>(
          std::floor(static_cast<double>(samples_in_all) * (1.0 - options.validation_split)));
      if (train_ == 0 || (options.validation_split > 0 && train_ == samples_in_all)) {
        refuse(fmt::format("validation_split: expected samples on both sides, got {} and {}.",
                           train_, samples_in_all - train_),
               "use more data or another share.");
      }
    }
    all_batches_ = (train_ + options.batch_size - 1) / options.batch_size;
    state_.epochs = options.epochs;
    state_.samples = train_;
    state_.batches = options.steps_per_epoch > 0 ? options.steps_per_epoch : all_batches_;
    state_.model = &trained_;
    trained_.set_look([this]() -> std::optional<NotFinite> {
      if (!state_.not_finite) return {};
      return find_not_finite();
    });
    state_.validates = options.validation_data || train_ < samples_in_all;
  }

  History run() {
    state_.epoch = options_.initial_epoch;
    Backup backup = training_to_resume();
    if (backup) resume(*backup);
    call(&Callback::on_train_begin);
    if (backup) exchange_callbacks(*backup);
    state_.resumed = false;
    for (; state_.epoch < options_.epochs && (inside_ || !state_.stop_training); ++state_.epoch) {
      if (!epoch()) {
        history_.interrupted = true;
        break;
      }
    }
    optimizer_.finalize();
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

  // Of the callbacks, the first that has one.
  Backup training_to_resume() {
    for (Callback* callback : options_.callbacks) {
      Backup backup = callback->training_to_resume();
      if (backup) return backup;
    }
    return {};
  }

  void resume(SavedState& backup) {
    exchange(backup);
    state_.resumed = true;
    state_.logs.clear();
    if (inside_) {
      add_logs(evaluation_, "");
    } else {
      state_.batch = 0;
    }
    if (next_batch_ > 0) order_samples(pass_began_at_);
  }

  // All that the rest of the training depends on.
  void exchange(SavedState& state) {
    if (digest_.empty()) digest_ = digest_of(samples_, validation_);
    exchange_conditions(state, options_, train_, digest_);
    SavedState network = state.part("model"), history = state.part("history");
    exchange_network(network, network_);
    exchange_history(history, history_);
    SavedState part = state.part("fit"), metrics = part.part("metrics");
    part.value("epoch", state_.epoch);
    part.value("batch", state_.batch);
    part.value("inside", inside_);
    part.value("seconds", state_.seconds);
    part.value("stop_training", state_.stop_training);
    part.value("next_batch", next_batch_);
    part.value("pass_began_at", pass_began_at_);
    evaluation_.objective().exchange(metrics);
  }

  void exchange_callbacks(SavedState& state) {
    const auto& callbacks = options_.callbacks;
    for (size_t i = 0; i < callbacks.size(); ++i) {
      SavedState part = state.part(fmt::format("callback {}", i));
      callbacks[i]->exchange(part);
    }
  }

  // When a callback has asked for it; `epoch` and `batch` are what comes next.
  void back_up(int64_t epoch, int64_t batch, bool inside) {
    const auto backups = trained_.take_backups();
    if (backups.empty()) return;
    const auto now = std::make_pair(state_.epoch, state_.batch);
    std::tie(state_.epoch, state_.batch) = std::make_pair(epoch, batch);
    inside_ = inside;
    SavedState state;
    exchange(state);
    inside_ = false;
    std::tie(state_.epoch, state_.batch) = now;
    exchange_callbacks(state);
    for (const auto& write : backups) write(state);
  }

  // A new order of the samples, when a pass over them begins.
  void begin_pass() {
    pass_began_at_ = optimizer_.iterations;
    order_samples(pass_began_at_);
  }

  void order_samples(int64_t iterations) {
    order_.resize(static_cast<size_t>(train_));
    std::iota(order_.begin(), order_.end(), int64_t{0});
    if (!options_.shuffle) return;
    Random random(network_.seed, kShuffleStream + static_cast<uint64_t>(iterations));
    random.shuffle(order_);
  }

  // False: stopped in the middle.
  bool epoch() {
    if (!std::exchange(inside_, false)) {
      evaluation_.reset();
      state_.logs.clear();
      state_.seconds = 0;
      state_.batch = 0;
      call(&Callback::on_epoch_begin);
    }
    if (!train()) return false;
    state_.batch = state_.batches - 1;
    validate();
    state_.seconds = seconds_since(start_);
    call(&Callback::on_epoch_end);
    history_.epoch.push_back(state_.epoch);
    history_.seconds.push_back(state_.seconds);
    for (const auto& [name, value] : state_.logs) history_.history[name].push_back(value);
    back_up(state_.epoch + 1, 0, false);
    return !state_.stop_now;
  }

  // The batches of an epoch. With steps_per_epoch a pass over the data goes on from epoch to epoch;
  // an epoch in which the data run out is shorter, as in Keras.
  bool train() {
    start_ = Clock::now() - std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(state_.seconds));
    for (; !state_.stop_training && state_.batch < state_.batches; ++state_.batch) {
      if (next_batch_ == all_batches_) break;
      if (next_batch_ == 0) begin_pass();
      state_.logs.clear();
      call(&Callback::on_train_batch_begin);
      const double loss = train_step(next_batch_++);
      const bool last = state_.batch + 1 == state_.batches || next_batch_ == all_batches_;
      loss_is_finite_ = std::isfinite(loss);
      state_.not_finite = !loss_is_finite_ || (last && !weights_are_finite(network_));
      state_.seconds = seconds_since(start_);
      add_logs(evaluation_, "");
      call(&Callback::on_train_batch_end);
      const bool stops = state_.stop_now || state_.stop_training;
      if (!stops && state_.not_finite) refuse_loss(loss);
      state_.not_finite = false;
      before_ = {state_.epoch, state_.batch};
      back_up(state_.epoch, state_.batch + 1, true);
      if (state_.stop_now) return false;
      if (state_.stop_training) break;
    }
    if (next_batch_ == all_batches_) next_batch_ = 0;
    return true;
  }

  double train_step(int64_t batch) {
    const int64_t first = batch * options_.batch_size;
    batches_.load(order_.data(), first, std::min(options_.batch_size, train_ - first));
    Pass pass;
    pass.training = true;
    pass.seed = network_.seed;
    pass.step = optimizer_.iterations;
    const auto predictions = network_.graph->run(batches_.inputs(), pass);
    double loss = evaluation_.loss(predictions, batches_, &gradients_);
    loss += network_.graph->activity_penalty();
    evaluation_.add_metrics();
    if (std::isfinite(loss)) {
      dout_.clear();
      for (auto& gradient : gradients_) dout_.push_back(&gradient);
      network_.graph->run_back(batches_.inputs(), dout_, pass);
      loss += weight_penalties(optimizer_.weights(), true);
    }
    evaluation_.add_total(loss, batches_.size());
    if (std::isfinite(loss)) {
      watch_.note(loss);
      optimizer_.apply();
    }
    return loss;
  }

  NotFinite find_not_finite() const {
    const BatchPlace now{state_.epoch, state_.batch};
    if (loss_is_finite_) return find_bad_update(network_, watch_, now);
    const int64_t* order = order_.data() + (next_batch_ - 1) * options_.batch_size;
    return eddy::find_not_finite(network_, batches_, order, watch_, now, before_);
  }

  [[noreturn]] void refuse_loss(double loss) {
    const NotFinite found = find_not_finite();
    const std::string place = fmt::format("epoch {}, step {}", state_.epoch + 1, state_.batch + 1);
    std::string what =
        loss_is_finite_
            ? fmt::format("weights: expected finite numbers, got others at {}", place)
            : fmt::format("loss: expected a finite number, got {} at {}", std::abs(loss),  // "-nan"
                          place);
    what += fmt::format("; it first shows in {}.", found.what);
    if (!found.gradient_norms.empty()) {
      what +=
          fmt::format(" Gradient norms of the last steps: {}.", to_string(found.gradient_norms));
    }
    throw Error(ErrorCode::numeric, "fit", what, found.fix);
  }

  bool is_due() const {
    const int64_t number = state_.epoch + 1;
    if (const auto* every = std::get_if<int64_t>(&options_.validation_freq)) {
      return number % *every == 0;
    }
    const auto& epochs = std::get<std::vector<int64_t>>(options_.validation_freq);
    return std::find(epochs.begin(), epochs.end(), number) != epochs.end();
  }

  void validate() {
    if (!state_.validates || !is_due()) return;
    const bool own = options_.validation_data.has_value();
    Samples samples = own ? validation_ : samples_;
    // Keras splits sample_weight with the data; class_weight is for training alone.
    if (!own && options_.sample_weight.empty()) samples.weights.clear();
    const int64_t first = own ? 0 : train_, count = samples.count() - first;
    const int64_t batch_size =
        options_.validation_batch_size > 0 ? options_.validation_batch_size : options_.batch_size;
    const TestData data{std::move(samples), first, count, batch_size, options_.validation_steps};
    Evaluation validation(network_, data.samples.y);
    const int64_t batch = state_.batch, batches = state_.batches;
    state_.batches = data.batches();
    Metrics logs = std::move(state_.logs);
    state_.logs.clear();
    call(&Callback::on_test_begin);
    validation.run(
        data,
        [&](int64_t step) {
          state_.batch = step;
          state_.logs.clear();
          call(&Callback::on_test_batch_begin);
        },
        [&](int64_t) {
          state_.logs = validation.logs();
          call(&Callback::on_test_batch_end);
        });
    call(&Callback::on_test_end);
    state_.batch = batch;
    state_.batches = batches;
    state_.logs = std::move(logs);
    add_logs(validation, "val_");
  }

  Network& network_;
  Samples samples_, validation_;
  const FitOptions& options_;
  OptimizerState<float>& optimizer_;
  Evaluation evaluation_;
  Trained trained_;
  Batches batches_;
  std::vector<Gradient<float>> gradients_;  // one an output
  std::vector<Gradient<float>*> dout_;      // the same
  TrainingState state_;
  History history_;
  std::vector<int64_t> order_;
  int64_t train_ = 0, all_batches_ = 0;
  int64_t next_batch_ = 0;     // of the pass over the data
  int64_t pass_began_at_ = 0;  // iterations of the optimizer
  GradientWatch watch_;
  BatchPlace before_;           // the batch before this one
  bool loss_is_finite_ = true;  // of the last batch
  bool inside_ = false;         // an epoch goes on that an earlier run has begun
  Clock::time_point start_;     // of the epoch
  std::string digest_;          // of the data; empty: not yet taken
};

Samples validation_samples(Network& network, const FitOptions& options) {
  const std::string where = "fit: validation_data";
  if (!options.validation_data) return {};
  const LabelledData& data = *options.validation_data;
  Samples samples =
      data.sources.empty() ? samples_of(data.x, data.y) : samples_of(data.sources, data.y);
  check_inputs(samples, network.input_shapes(), where);
  check_targets(samples, network.graph->output_shapes().size(), where);
  samples.weights = weights_of(options.validation_sample_weight, samples.y.size(), where);
  Evaluation(network, samples.y).check(samples);
  return samples;
}

History fit_samples(Model& model, Samples samples, const FitOptions& options) {
  check_options(options);
  if (!model.built() && samples.x.size() == 1) model.build(shape_of(samples.x[0]));
  Network& network = model.network();
  check_inputs(samples, network.input_shapes(), "fit");
  check_targets(samples, network.graph->output_shapes().size(), "fit");
  network.optimizer_state();
  samples.weights = weights_of(options.sample_weight, samples.y.size(), "fit");
  std::vector<Tensor> by_class;
  if (!options.class_weight.empty()) {
    if (samples.y.size() > 1) {
      throw Error(ErrorCode::not_supported, "fit",
                  fmt::format("class_weight: expected a model with one output, got {} outputs.",
                              samples.y.size()),
                  "give sample_weight, one for every output.");
    }
    by_class.push_back(class_weights(options.class_weight, *samples.y[0]));
    samples.weights = {by_class.data()};
  }
  Evaluation(network, samples.y).check(samples);
  Samples validation = validation_samples(network, options);
  return Fit(model, std::move(samples), std::move(validation), options).run();
}

}  // namespace

History Model::fit(const Input& x, const Tensor& y, const FitOptions& options) {
  return fit_samples(*this, {{view_of(x)}, {&y}, {}}, options);
}

History Model::fit(const std::vector<Input>& x, const std::vector<Tensor>& y,
                   const FitOptions& options) {
  return fit_samples(*this, samples_of(x, y), options);
}

History Model::fit(const SampleSource& x, const Tensor& y, const FitOptions& options) {
  return fit_samples(*this, {{view_of(x)}, {&y}, {}}, options);
}

History Model::fit(const std::vector<SampleSource>& x, const std::vector<Tensor>& y,
                   const FitOptions& options) {
  return fit_samples(*this, samples_of(x, y), options);
}

}  // namespace eddy
