// SPDX-License-Identifier: MIT
#include "model/not_finite.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "core/threads.h"
#include "layers/options.h"
#include "layers/weight_path.h"

namespace eddy {
namespace {

constexpr size_t kKept = 5;        // steps whose gradients are told
constexpr double kSuspicious = 2;  // times the first loss

// Index of the first that is NaN or infinite; `count`: none.
int64_t first_bad(const float* values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return i;
  }
  return count;
}

const char* word_of(float value) { return std::isnan(value) ? "NaN" : "an infinity"; }

std::string place_of(BatchPlace place) {
  return fmt::format("epoch {}, step {}", place.epoch + 1, place.batch + 1);
}

// "(3, 0)" of sample 17: the index inside of a sample.
std::string index_in(int64_t at, const Shape& shape) {
  std::string text;
  for (size_t axis = shape.size(); axis-- > 1;) {
    const int64_t length = std::max<int64_t>(shape[axis], 1);
    text = fmt::format("{}{}{}", at % length, text.empty() ? "" : ", ", text);
    at /= length;
  }
  return fmt::format("({})", text);
}

// In samples [B, ...].
std::optional<std::string> bad_sample(const float* values, const Shape& shape,
                                      const int64_t* order) {
  const int64_t count = element_count(shape);
  if (values == nullptr || count == 0) return std::nullopt;
  const int64_t at = first_bad(values, count);
  if (at == count) return std::nullopt;
  const int64_t width = count / shape[0];
  const int64_t bad =
      std::count_if(values, values + count, [](float value) { return !std::isfinite(value); });
  std::string text = fmt::format("{} in sample {}", word_of(values[at]), order[at / width]);
  if (width > 1) text += " at " + index_in(at % width, shape);
  if (bad > 1) text += fmt::format(", {} such values in this batch", bad);
  return text;
}

// Unbounded ones, whose outputs can grow from step to step.
bool grows(const std::string& activation) {
  static const std::set<std::string> known = {
      "relu",       "linear",    "elu",        "selu", "gelu", "silu",
      "swish",      "softplus",  "leaky_relu", "mish", "celu", "exponential",
      "squareplus", "hard_silu", "hard_swish", "relu6"};
  return known.contains(activation);
}

void find_cells(const LayerSpec& spec, std::vector<RecurrentOptions>& cells) {
  if (const auto* layer = std::get_if<RecurrentOptions>(&spec)) cells.push_back(*layer);
  if (const auto* rnn = std::get_if<RNNOptions>(&spec)) {
    cells.insert(cells.end(), rnn->cells.begin(), rnn->cells.end());
  }
  if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) find_cells(*both->layer, cells);
}

// What helps where numbers grew too large.
std::string calmer(const Network& network) {
  const OptimizerState<float>& optimizer = *network.optimizer;
  const auto& values = optimizer.options().values;
  const bool clips = values.contains("clipnorm") || values.contains("global_clipnorm") ||
                     values.contains("clipvalue");
  std::string fix = fmt::format("lower the learning_rate (now {})",
                                static_cast<float>(optimizer.learning_rate()));
  if (!clips) fix += ", or give the optimizer a clipnorm, e.g. 1";
  for (const LayerSpec& spec : network.specs) {
    std::vector<RecurrentOptions> cells;
    find_cells(spec, cells);
    for (const auto& cell : cells) {
      if (!grows(cell.activation)) continue;
      return fix +
             fmt::format(", or use tanh in layer '{}': the states of {} can grow at every step",
                         layer_name(spec), cell.activation) +
             ".";
    }
  }
  return fix + ", or look for extreme inputs.";
}

// Of the layer whose gradient is not finite, the one nearest to the loss.
std::optional<std::pair<std::string, std::string>> bad_gradient(const Network& network) {
  for (size_t i = network.specs.size(); i-- > 0;) {
    if (network.layer(i) == nullptr) continue;
    for (const auto* weight : network.layer(i)->weights()) {
      if (!weight->trainable) continue;
      const auto size = static_cast<int64_t>(weight->grad.size());
      if (first_bad(weight->grad.data(), size) == size) continue;
      return std::make_pair(layer_name(network.specs[i]), path_in_layer(*weight));
    }
  }
  return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> bad_weight(const Network& network) {
  for (size_t i = 0; i < network.specs.size(); ++i) {
    if (network.layer(i) == nullptr) continue;
    for (const auto* weight : network.layer(i)->weights()) {
      if (first_bad(weight->value.data(), weight->size()) == weight->size()) continue;
      return std::make_pair(layer_name(network.specs[i]), path_in_layer(*weight));
    }
  }
  return std::nullopt;
}

// Targets and weights of samples have been checked before the training began.
bool bad_data(const Batches& batches, const int64_t* order, NotFinite& result) {
  const auto inputs = batches.inputs();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto found = bad_sample(inputs[i]->value, inputs[i]->shape, order);
    if (!found) continue;
    result.part = "input";
    const std::string which = inputs.size() > 1 ? fmt::format(" {}", i + 1) : "";
    result.what = fmt::format("the input data{}: {}", which, *found);
    result.fix = "clean the data: leave such samples out, or put a number in the gaps.";
    return true;
  }
  return false;
}

// A gradient that was NaN before the update that spoiled the weights, or the update itself.
bool bad_step(const Network& network, const GradientWatch& watch, BatchPlace step,
              NotFinite& result) {
  const auto weight = bad_weight(network);
  if (!weight) return false;
  const auto gradient = watch.has_steps() ? bad_gradient(network) : std::nullopt;
  std::tie(result.layer, result.weight) = gradient ? *gradient : *weight;
  result.part = gradient ? "gradient" : "weight";
  if (gradient || watch.has_steps()) {
    result.epoch = step.epoch;
    result.batch = step.batch;
    result.what = fmt::format(
        "the {} '{}' of layer '{}', {} {}", gradient ? "gradient of the weight" : "weight",
        result.weight, result.layer, gradient ? "at" : "after the update of", place_of(step));
    result.fix = calmer(network);
  } else {
    result.what = fmt::format("the weight '{}' of layer '{}', before the first update",
                              result.weight, result.layer);
    result.fix = "begin with weights that are finite: `eddy inspect --weights` counts the others.";
  }
  return true;
}

void bad_output(const Network& network, NotFinite& result) {
  const auto output = network.graph->first_not_finite();
  result.part = output ? "output" : "loss";
  result.fix = calmer(network);
  if (!output) {
    result.what = "the loss itself, of finite outputs";
    return;
  }
  result.layer = output->layer;
  result.what = fmt::format("the output of layer '{}'", result.layer);
  if (output->step >= 0) result.what += fmt::format(", time step {}", output->step + 1);
}

// One a layer; below 0: it has no gradient.
std::vector<double> measure(const Network& network) {
  std::vector<double> norms;
  for (size_t i = 0; i < network.specs.size(); ++i) {
    double squares = 0;
    bool any = false;
    const auto* layer = network.layer(i);
    for (const auto* weight :
         layer == nullptr ? std::vector<Weight<float>*>() : network.layer(i)->weights()) {
      if (!weight->trainable) continue;
      any = any || weight->grad.size() > 0;
      for (size_t k = 0; k < weight->grad.size(); ++k) {
        const auto value = static_cast<double>(weight->grad.data()[k]);
        squares += value * value;
      }
    }
    norms.push_back(any ? std::sqrt(squares) : -1);
  }
  return norms;
}

}  // namespace

void GradientWatch::note(double loss) {
  if (!first_loss_) first_loss_ = loss;
  noted_ = std::fabs(loss) > kSuspicious * std::fabs(*first_loss_);
  if (!noted_) {
    kept_.clear();
    return;
  }
  kept_.push_back(measure(network_));
  if (kept_.size() > kKept) kept_.pop_front();
}

NotFinite::Norms GradientWatch::norms() const {
  NotFinite::Norms norms;
  if (!has_steps()) return norms;
  auto steps = kept_;
  if (!noted_) steps.push_back(measure(network_));  // what the update left
  for (size_t i = 0; i < network_.specs.size(); ++i) {
    std::vector<double> values;
    for (const auto& step : steps) {
      if (!(step[i] < 0)) values.push_back(step[i]);  // NaN too
    }
    if (!values.empty()) norms.emplace_back(layer_name(network_.specs[i]), std::move(values));
  }
  return norms;
}

std::vector<std::pair<std::string, double>> gradient_norms(const Network& network) {
  std::vector<std::pair<std::string, double>> named;
  const std::vector<double> norms = measure(network);
  for (size_t i = 0; i < norms.size(); ++i) {
    if (!(norms[i] < 0)) named.emplace_back(layer_name(network.specs[i]), norms[i]);  // NaN too
  }
  return named;
}

NotFinite find_not_finite(const Network& network, const Batches& batches, const int64_t* order,
                          const GradientWatch& watch, BatchPlace now, BatchPlace before) {
  NotFinite result;
  result.epoch = now.epoch;
  result.batch = now.batch;
  result.gradient_norms = watch.norms();
  if (!bad_data(batches, order, result) && !bad_step(network, watch, before, result)) {
    bad_output(network, result);
  }
  return result;
}

NotFinite find_bad_update(const Network& network, const GradientWatch& watch, BatchPlace now) {
  NotFinite result;
  result.gradient_norms = watch.norms();
  bad_step(network, watch, now, result);
  return result;
}

// Large tables by pieces on all threads, each without a branch: many numbers at a time.
bool weights_are_finite(const Network& network) {
  constexpr int64_t kPiece = 1 << 15;
  constexpr uint32_t kExponent = 0x7f800000;
  std::atomic<bool> finite = true;
  for (const auto* weight : network.optimizer->weights()) {
    parallel_for((weight->size() + kPiece - 1) / kPiece, [&](int64_t piece, int64_t) {
      const float* values = weight->value.data() + piece * kPiece;
      const int64_t count = std::min(kPiece, weight->size() - piece * kPiece);
      uint32_t bad = 0;
      for (int64_t i = 0; i < count; ++i) {
        bad |= (std::bit_cast<uint32_t>(values[i]) & kExponent) == kExponent ? 1U : 0U;
      }
      if (bad != 0) finite.store(false, std::memory_order_relaxed);
    });
  }
  return finite;
}

}  // namespace eddy
