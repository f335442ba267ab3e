// SPDX-License-Identifier: MIT
// Which model, options and inputs can be explained, and f of a model's output.
#include "model/explainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/nearest.h"

namespace eddy {
namespace {

constexpr const char* kWhere = "explain";
constexpr int64_t kMostSteps = 4096, kMostValues = int64_t{1} << 26, kMostPoints = 10000;

[[noreturn]] void refuse(ErrorCode code, const std::string& what, const std::string& fix) {
  throw Error(code, kWhere, what, fix);
}

void check_word(const char* key, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  refuse(ErrorCode::invalid_argument,
         fmt::format("{}: expected a known word, got '{}'.", key, word), suggest(word, known));
}

// The layer that the model's input enters, if it is a Normalization of the last axis.
const NormalizationOptions* first_normalization(const GraphOptions& options, size_t& layer) {
  for (const auto& call : options.calls) {
    if (call.inputs.size() != 1 || call.inputs[0].call != options.inputs[0].call) continue;
    layer = static_cast<size_t>(call.layer);
    const auto* o = std::get_if<NormalizationOptions>(&options.layers[layer]);
    const bool last =
        o != nullptr && (o->axis == std::vector<int64_t>{-1} || o->axis == std::vector<int64_t>{2});
    return last && !o->invert ? o : nullptr;
  }
  return nullptr;
}

}  // namespace

void check_explained_size(int64_t steps, int64_t variants, int64_t values) {
  if (steps > kMostSteps) {
    refuse(ErrorCode::bad_data,
           fmt::format("input: expected at most {} steps that the model sees, got {}.", kMostSteps,
                       steps),
           "explain a part of it.");
  }
  if (values <= kMostValues / std::max<int64_t>(variants, 1)) return;
  refuse(ErrorCode::bad_data,
         fmt::format("input: expected at most {} values in all its variants, got {} variants of "
                     "{}.",
                     kMostValues, variants, values),
         "explain a part of it.");
}

Explainer::Explainer(const Model& model, const ExplainOptions& options)
    : options_(options), network_(model.network()) {
  check_word("method", options.method, {"leave-one-out", "gradient", "integrated"});
  check_word("baseline", options.baseline, {"auto", "pad", "zero", "mean"});
  if (options.steps < 1 || options.steps > kMostPoints) {
    refuse(ErrorCode::invalid_argument,
           fmt::format("steps: expected 1 to {}, got {}.", kMostPoints, options.steps),
           "give the number of points between the baseline and the input.");
  }
  const Graph<float>& graph = *network_.graph;
  const Shape& output = graph.output_shape();
  if (graph.options().inputs.size() != 1 || graph.output_shapes().size() != 1 ||
      output.size() != 2) {
    refuse(
        ErrorCode::not_supported,
        fmt::format("model: expected one input and one output [batch, outputs], got {} and {} "
                    "of {}.",
                    graph.options().inputs.size(), graph.output_shapes().size(), to_string(output)),
        "explain a model that answers once to a whole sequence.");
  }
  if (options.output < 0 || options.output >= output[1]) {
    refuse(ErrorCode::invalid_argument,
           fmt::format("output: expected 0 to {}, got {}.", output[1] - 1, options.output),
           "name one of the model's outputs.");
  }
  const auto* embedding = embedding_of(graph.options());
  ids_ = embedding != nullptr;
  masked_ = ids_ && embedding->mask_zero;
  const size_t rank = ids_ ? 2 : 3;
  if (graph.input_shape(0).size() != rank) {
    refuse(ErrorCode::not_supported,
           fmt::format("model: expected an input [batch, time] of ids or [batch, time, features], "
                       "got {}.",
                       to_string(graph.input_shape(0))),
           "explain a model of sequences.");
  }
  choose_baseline();
  chain_ = state_chain(graph);
}

Explainer::~Explainer() = default;

void Explainer::choose_baseline() {
  size_t layer = 0;
  const bool mean = !ids_ && first_normalization(network_.graph->options(), layer) != nullptr;
  baseline_ = options_.baseline;
  if (ids_ && !by_gradients()) {
    if (baseline_ != "auto") {
      refuse(ErrorCode::invalid_argument,
             fmt::format("baseline: expected auto for leave-one-out of ids, got {}.", baseline_),
             "use the method gradient or integrated: what is left out needs no stand-in.");
    }
    baseline_.clear();
    return;
  }
  if (baseline_ == "auto" && !ids_) baseline_ = mean ? "mean" : "zero";
  if (baseline_ == "auto") {
    baseline_ = options_.method == "gradient" || masked_ ? "zero" : "pad";
  }
  if ((baseline_ == "pad" && !ids_) || (baseline_ == "mean" && !mean)) {
    refuse(ErrorCode::invalid_argument,
           baseline_ == "pad"
               ? "baseline: expected mean or zero for a model of numbers, got pad."
               : "baseline: expected a model that begins with Normalization, got mean for another.",
           ids_ ? "use pad or zero." : "use zero.");
  }
}

std::vector<float> Explainer::baseline_step(int64_t width) const {
  std::vector<float> values(static_cast<size_t>(width), 0.0F);
  if (baseline_ != "mean") return values;
  size_t layer = 0;
  const auto* o = first_normalization(network_.graph->options(), layer);
  if (o->mean) {
    const auto& given = o->mean->values;
    for (size_t k = 0; k < values.size(); ++k) {
      values[k] = static_cast<float>(given[given.size() == 1 ? 0 : k]);
    }
    return values;
  }
  for (const auto* weight : network_.graph->layer(layer)->weights()) {
    if (weight->name == "mean") std::copy_n(weight->value.begin(), values.size(), values.begin());
  }
  return values;
}

void Explainer::check(const Input& x) const {
  const bool ids = std::holds_alternative<IntTensor>(x);
  const Shape& shape =
      std::visit([](const auto& tensor) -> const Shape& { return tensor.shape(); }, x);
  Shape expected = network_.graph->input_shape(0);
  expected[0] = 1;
  bool fits = ids == ids_ && shape.size() == expected.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = (expected[i] == kNone && shape[i] > 0) || shape[i] == expected[i];
  }
  if (fits) return;
  refuse(ErrorCode::shape_mismatch,
         fmt::format("input: expected {} {}, got {} {}.", ids_ ? "ids" : "reals",
                     to_string(expected), ids ? "ids" : "reals", to_string(shape)),
         "give one input as the model takes it.");
}

double Explainer::answer(const Signal<float>& out, int64_t row) const {
  const float* values = options_.logit ? out.logits : out.value;
  if (values == nullptr) {
    refuse(ErrorCode::not_supported,
           "logit: expected a model that ends with a sigmoid or softmax, got another.",
           "explain its answer, without logit.");
  }
  const auto value = static_cast<double>(values[row * out.shape[1] + options_.output]);
  if (!options_.complement) return value;
  return options_.logit ? -value : 1 - value;
}

}  // namespace eddy
