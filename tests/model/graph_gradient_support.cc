// SPDX-License-Identifier: MIT
#include "model/graph_gradient_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "layers/graph.h"
#include "layers/regularizers.h"
#include "model/functional.h"

namespace eddy {
namespace {

constexpr int64_t kBatch = 5;
constexpr Pass kTrainingPass{.training = true, .seed = 3, .step = 5};

class GraphProblem {
 public:
  GraphProblem(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs)
      : graph_(trace_graph(inputs, outputs, "test")) {
    graph_.allocate();
    for (auto* weight : graph_.weights()) {
      for (auto& value : weight->value) value = random_.uniform(-0.6, 0.6);
    }
    const size_t count = inputs.size();
    signals_.resize(count), ids_.resize(count), reals_.resize(count), dinputs_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      Shape shape = graph_.input_shape(i);
      shape[0] = kBatch;
      signals_[i].shape = shape;
      if (shape.size() == 2 && shape[1] == 7) {  // ids with holes and left padding
        for (int64_t k = 0; k < element_count(shape); ++k) {
          const bool zero = k / 7 == 3 ? k % 7 < 6 : random_.below(4) == 0;
          ids_[i].push_back(zero ? 0 : static_cast<int32_t>(random_.below(kVocabulary)));
        }
        signals_[i].ids = ids_[i].data();
      } else {
        for (int64_t k = 0; k < element_count(shape); ++k) {
          reals_[i].push_back(random_.uniform(-1, 1));
        }
        signals_[i].value = reals_[i].data();
      }
      in_.push_back(&signals_[i]);
    }
    for (const Shape& shape : graph_.output_shapes()) {
      Shape whole = shape;
      whole[0] = kBatch;
      auto& factors = factors_.emplace_back();
      for (int64_t k = 0; k < element_count(whole); ++k) factors.push_back(random_.uniform(-1, 1));
    }
  }

  double loss() {
    const auto out = graph_.run(in_, kTrainingPass);
    double sum = graph_.activity_penalty() + weight_penalties(graph_.weights(), false);
    for (size_t k = 0; k < out.size(); ++k) {
      EXPECT_EQ(out[k].size(), static_cast<int64_t>(factors_[k].size()));
      for (size_t i = 0; i < factors_[k].size(); ++i) sum += factors_[k][i] * out[k].value[i];
    }
    return sum;
  }

  // The largest difference between an analytic and a numeric derivative.
  double worst() {
    loss();
    std::vector<Gradient<double>> douts(factors_.size());
    std::vector<Gradient<double>*> dout, din;
    for (size_t k = 0; k < douts.size(); ++k) {
      douts[k].any = true;
      douts[k].dense.resize(factors_[k].size());
      std::copy(factors_[k].begin(), factors_[k].end(), douts[k].dense.begin());
      dout.push_back(&douts[k]);
    }
    for (auto& gradient : dinputs_) din.push_back(&gradient);
    graph_.backward(in_, {}, dout, din, kTrainingPass);
    weight_penalties(graph_.weights(), true);
    double worst = 0;
    std::vector<std::vector<double>> analytic;
    for (auto* weight : graph_.weights()) analytic.push_back(dense(*weight));
    size_t w = 0;
    for (auto* weight : graph_.weights()) {
      worst = std::max(worst, compare(weight->value.data(), analytic[w++]));
    }
    for (size_t i = 0; i < reals_.size(); ++i) {
      if (reals_[i].empty()) continue;
      const auto& d = dinputs_[i].dense;
      worst = std::max(worst, compare(reals_[i].data(), {d.begin(), d.end()}));
    }
    return worst;
  }

 private:
  static std::vector<double> dense(const Weight<double>& weight) {
    if (!weight.by_rows) return {weight.grad.begin(), weight.grad.end()};
    std::vector<double> all(weight.value.size(), 0.0);
    const auto width = static_cast<size_t>(weight.shape[1]);
    for (size_t k = 0; k < weight.rows.size() * width; ++k) {
      all[static_cast<size_t>(weight.rows[k / width]) * width + k % width] += weight.grad[k];
    }
    return all;
  }

  double compare(double* values, const std::vector<double>& analytic) {
    double worst = 0;
    for (size_t i = 0; i < analytic.size(); ++i) {
      const double kept = values[i], h = 1e-5;
      values[i] = kept + h;
      const double above = loss();
      values[i] = kept - h;
      const double below = loss();
      values[i] = kept;
      const double error = std::abs((above - below) / (2 * h) - analytic[i]);
      if (!(error <= worst)) worst = error;
    }
    return worst;
  }

  Random random_{17};
  Graph<double> graph_;
  std::vector<Signal<double>> signals_;
  std::vector<const Signal<double>*> in_;
  std::vector<std::vector<int32_t>> ids_;
  std::vector<std::vector<double>> reals_, factors_;
  std::vector<Gradient<double>> dinputs_;
};

}  // namespace

// Central differences of sums of O(10) with h = 1e-5 in double: about 1e-9 of noise.
void expect_exact(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs,
                  const std::string& what) {
  EXPECT_LT(GraphProblem(inputs, outputs).worst(), 1e-7) << what;
}

LayerSpec masked_embedding(int64_t width) {
  return Embedding(
      EmbeddingOptions{.input_dim = kVocabulary, .output_dim = width, .mask_zero = true});
}

}  // namespace eddy
