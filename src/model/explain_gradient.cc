// SPDX-License-Identifier: MIT
// Shares by gradients with respect to the vectors that enter the first layer: an input of reals, or
// what an Embedding gives. For ids a second graph takes vectors in the place of the Embedding.
#include <algorithm>
#include <cmath>
#include <utility>

#include "model/explainer.h"

namespace eddy {
namespace {

constexpr int64_t kTogether = int64_t{1} << 14;  // steps of one batch of points

}  // namespace

// From the baseline to the input.
struct Explainer::Path {
  int64_t steps = 0, width = 0;
  std::vector<float> from, to;  // [T, E]
  std::vector<uint8_t> mask;    // [T]  empty: none
};

Explainer::Path Explainer::path_to(const Input& x) const {
  Path path;
  if (const auto* reals = std::get_if<Tensor>(&x)) {
    path.steps = reals->dim(1);
    path.width = reals->dim(2);
    path.to = reals->values();
    const std::vector<float> step = baseline_step(path.width);
    for (int64_t t = 0; t < path.steps; ++t) {
      path.from.insert(path.from.end(), step.begin(), step.end());
    }
    return path;
  }
  const auto& ids = std::get<IntTensor>(x);
  const size_t layer = only_embedding(network_.graph->options(), network_.name);
  const auto* table = network_.graph->layer(layer)->weights()[0];
  path.steps = ids.dim(1);
  path.width = table->shape[1];
  const auto width = static_cast<std::ptrdiff_t>(path.width);
  const std::vector<float> nothing(static_cast<size_t>(width), 0.0F);
  for (const int32_t id : ids.values()) {
    if (id < 0 || id >= table->shape[0]) {
      throw Error(ErrorCode::bad_data, "explain",
                  "ids: expected rows of the Embedding's table, got others.",
                  "use the ids that the model was made for.");
    }
    const float* vector = table->value.data() + id * width;
    path.to.insert(path.to.end(), vector, vector + width);
    const float* none = baseline_ == "pad" ? table->value.data() : nothing.data();
    path.from.insert(path.from.end(), none, none + width);
    if (masked_) path.mask.push_back(id != 0 ? 1 : 0);
  }
  return path;
}

// Points `first` ... of `points`: in the middles of equal parts of the way; of one: its end.
void Explainer::add_gradients(const Path& path, int64_t first, int64_t count, int64_t points,
                              std::vector<double>& sums, std::vector<double>& answers) {
  const int64_t size = path.steps * path.width;
  std::vector<float> values;
  std::vector<uint8_t> mask;
  for (int64_t k = first; k < first + count; ++k) {
    const float share = points == 0 ? static_cast<float>(k)
                                    : (static_cast<float>(k) + 0.5F) / static_cast<float>(points);
    for (int64_t i = 0; i < size; ++i) {
      const float from = path.from[static_cast<size_t>(i)], to = path.to[static_cast<size_t>(i)];
      values.push_back(share == 1 ? to : from + share * (to - from));
    }
    mask.insert(mask.end(), path.mask.begin(), path.mask.end());
  }
  Signal<float> signal;
  signal.shape = {count, path.steps, path.width};
  signal.value = values.data();
  signal.mask = mask.empty() ? nullptr : mask.data();
  const Signal<float>* in[] = {&signal};
  const Pass pass{.training = true};
  const auto out = vectors_->run(in, pass);
  const int64_t outputs = out[0].shape[1];
  Gradient<float> dout, din;
  dout.any = true;
  dout.at_logits = options_.logit;
  dout.dense.resize_zeroed(static_cast<size_t>(count * outputs));
  for (int64_t i = 0; i < count; ++i) {
    answers.push_back(answer(out[0], i));
    dout.dense[static_cast<size_t>(i * outputs + options_.output)] = options_.complement ? -1 : 1;
  }
  Gradient<float>* all_dout[] = {&dout};
  Gradient<float>* all_din[] = {&din};
  vectors_->backward(in, out, all_dout, all_din, pass);
  for (int64_t i = 0; din.any && i < count * size; ++i) {
    sums[static_cast<size_t>(i % size)] += static_cast<double>(din.dense[static_cast<size_t>(i)]);
  }
}

Explainer::Shares Explainer::shares(const Input& x) {
  const Path path = path_to(x);
  if (!vectors_) {
    GraphOptions options = plain(network_.graph->options());
    if (ids_) {
      const size_t layer = only_embedding(options, network_.name);
      const auto input =
          static_cast<size_t>(options.calls[static_cast<size_t>(options.inputs[0].call)].layer);
      auto& in = std::get<InputOptions>(options.layers[input]);
      in.batch_shape.push_back(path.width);
      in.dtype = "float32";
      options.layers[layer] =
          ActivationOptions{.name = std::get<EmbeddingOptions>(options.layers[layer]).name};
    }
    vectors_ = graph_with_weights(std::move(options), *network_.graph);
  }
  const bool integrated = options_.method == "integrated";
  const int64_t points = integrated ? options_.steps : 1;
  const int64_t batch = std::clamp<int64_t>(kTogether / std::max<int64_t>(path.steps, 1), 1, 256);
  const auto size = static_cast<size_t>(path.steps * path.width);
  std::vector<double> sums(size), answers, ignored(size);
  if (integrated) {
    for (int64_t k = 0; k < points; k += batch) {
      add_gradients(path, k, std::min(batch, points - k), points, sums, answers);
    }
    answers.clear();
    add_gradients(path, 0, 2, 0, ignored, answers);  // both ends
  } else {
    add_gradients(path, 1, 1, 0, sums, answers);
  }
  Shares shares;
  const int64_t width = ids_ ? 1 : path.width;
  shares.values.resize(static_cast<size_t>(path.steps * width));
  double total = 0;
  for (int64_t i = 0; i < path.steps * path.width; ++i) {
    const auto at = static_cast<size_t>(i);
    const double way = static_cast<double>(path.to[at]) - static_cast<double>(path.from[at]);
    const double share = way * sums[at] / static_cast<double>(points);
    shares.values[static_cast<size_t>(ids_ ? i / path.width : i)] += share;
    total += share;
  }
  shares.answer = answers.back();
  shares.baseline_answer = shares.completeness_error = std::nan("");
  if (integrated) {
    shares.baseline_answer = answers.front();
    shares.completeness_error = std::abs(total - (shares.answer - shares.baseline_answer));
  }
  return shares;
}

}  // namespace eddy
