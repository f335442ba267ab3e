// SPDX-License-Identifier: MIT
// The article's networks in float, with and without the shared prefix: the same numbers up to the
// order of sums. (gradient_test.cc compares the two in double.)
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cells/cell.h"
#include "core/random.h"
#include "layers/graph.h"
#include "layers/options.h"
#include "training/initializers.h"
#include "training/losses.h"
#include "training/optimizer.h"

namespace eddy::shared_prefix_test {
namespace {

constexpr int64_t kRows = 128, kSteps = 500, kVocabulary = 10000;
constexpr uint64_t kBatches = 20;
constexpr double kTolerance = 1e-5;  // relative

// Left-padded rows with the lengths and the skewed word counts of reviews. Some words tell the
// label.
struct Reviews {
  std::vector<int32_t> ids;   // [kRows, kSteps]
  std::vector<float> labels;  // [kRows]

  explicit Reviews(uint64_t batch) : ids(kRows * kSteps, 0) {
    Random random(17, batch);
    for (int64_t row = 0; row < kRows; ++row) {
      const bool positive = random.below(2) == 1;
      labels.push_back(positive ? 1.0F : 0.0F);
      const double middle = random.uniform(-1, 1) + random.uniform(-1, 1);
      const auto length = static_cast<int64_t>(175 * std::exp(0.9 * middle));
      for (int64_t t = kSteps - std::min(length, kSteps); t < kSteps; ++t) {
        auto id =
            static_cast<int32_t>(4 * std::exp(random.uniform(0, std::log(kVocabulary / 4.0))));
        if (random.below(20) == 0) id = static_cast<int32_t>(100 + 2 * random.below(20) + positive);
        ids[static_cast<size_t>(row * kSteps + t)] = id;
      }
    }
  }
};

class Trainer {
 public:
  Trainer(const std::string& cell, bool share_prefix) : graph_(layers(cell), {kNone, kSteps}) {
    pass_.training = true;
    pass_.share_prefix = share_prefix;
    initialize_weights(graph_.weights(), 5);
    optimizer_ = make_optimizer<float>(resolve_optimizer("rmsprop"), graph_.weights());
  }

  // The loss; the gradients stay in weights().
  double forward_and_backward(const Reviews& reviews) {
    Signal<float> input;
    input.shape = {kRows, kSteps};
    input.ids = reviews.ids.data();
    const auto& prediction = graph_.forward(input, pass_);
    const double loss =
        Loss("binary_crossentropy").mean(prediction, {reviews.labels.data(), {kRows}}, &gradient_);
    graph_.backward(input, gradient_, pass_);
    return loss;
  }
  void apply() { optimizer_->apply(); }
  std::vector<Weight<float>*> weights() { return graph_.weights(); }

 private:
  static std::vector<LayerSpec> layers(const std::string& cell) {
    RecurrentOptions options;
    options.cell = cell;
    options.units = 32;
    std::vector<LayerSpec> specs = {Embedding(kVocabulary, 32), Recurrent(options),
                                    Dense(1, "sigmoid")};
    for (auto& spec : specs) set_layer_name(spec, class_name(spec));
    return specs;
  }

  Graph<float> graph_;
  Pass pass_;
  Gradient<float> gradient_;
  std::unique_ptr<OptimizerState<float>> optimizer_;
};

std::vector<float> dense_gradient(const Weight<float>& weight) {
  if (!weight.by_rows) return {weight.grad.begin(), weight.grad.end()};
  std::vector<float> dense(weight.value.size(), 0.0F);
  const size_t width = dense.size() / static_cast<size_t>(weight.shape[0]);
  for (size_t k = 0; k < weight.rows.size(); ++k) {
    std::copy_n(weight.grad.data() + k * width, width,
                dense.data() + static_cast<size_t>(weight.rows[k]) * width);
  }
  return dense;
}

void expect_same_gradients(Trainer& shared, Trainer& plain) {
  for (size_t w = 0; w < shared.weights().size(); ++w) {
    const auto a = dense_gradient(*shared.weights()[w]), b = dense_gradient(*plain.weights()[w]);
    double largest = 0, difference = 0;
    for (size_t i = 0; i < b.size(); ++i) {
      largest = std::max(largest, std::abs(double{b[i]}));
      difference = std::max(difference, std::abs(double{a[i]} - b[i]));
    }
    EXPECT_GT(largest, 0) << shared.weights()[w]->name;
    EXPECT_LE(difference, kTolerance * largest) << shared.weights()[w]->name;
  }
}

TEST(SlowSharedPrefix, GivesTheSameLossAndGradientsFromTheSameWeights) {
  for (const CellSpec& cell : all_cells()) {
    Trainer shared(cell.name, true), plain(cell.name, false);
    for (uint64_t batch = 0; batch < kBatches; ++batch) {
      SCOPED_TRACE(std::string(cell.name) + " " + std::to_string(batch));
      const Reviews reviews(batch);
      for (size_t w = 0; w < plain.weights().size(); ++w) {
        const auto& value = shared.weights()[w]->value;
        std::copy(value.begin(), value.end(), plain.weights()[w]->value.begin());
      }
      const double loss = plain.forward_and_backward(reviews);
      EXPECT_NEAR(shared.forward_and_backward(reviews), loss, kTolerance * loss);
      if (batch == 0) expect_same_gradients(shared, plain);
      shared.apply();
    }
  }
}

// Not SimpleRNN: its gradients over hundreds of steps make training chaotic. From a last bit its
// losses part by a factor of 10 to 100 a batch (in double too: from 1e-16 to 1e-6 in 20 batches).
TEST(SlowSharedPrefix, TrainsGatedCellsThroughTheSameLosses) {
  for (const char* cell : {"gru", "lstm"}) {
    Trainer shared(cell, true), plain(cell, false);
    for (uint64_t batch = 0; batch < kBatches; ++batch) {
      SCOPED_TRACE(std::string(cell) + " " + std::to_string(batch));
      const Reviews reviews(batch);
      const double loss = plain.forward_and_backward(reviews);
      EXPECT_NEAR(shared.forward_and_backward(reviews), loss, kTolerance * loss);
      shared.apply();
      plain.apply();
    }
  }
}

}  // namespace
}  // namespace eddy::shared_prefix_test
