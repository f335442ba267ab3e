// SPDX-License-Identifier: MIT
// Every layer's gradients against central differences, in double, through the very code that
// trains.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "cells/cell.h"
#include "core/random.h"
#include "kernels/activation.h"
#include "layers/activations.h"
#include "layers/graph.h"
#include "layers/options.h"
#include "training/losses.h"

namespace eddy::gradient_test {
namespace {

struct GradientCase {
  const char* name;
  std::vector<LayerSpec> layers;
  Shape input;  // [B, T] ids below 11, or [B, T, X] reals
  Shape targets;
  const char* loss = "mean_squared_error";
  std::vector<int> leading_zeros = {};  // ids: left padding of each row
  bool share_prefix = true;
};

std::vector<LayerSpec> named(std::vector<LayerSpec> specs) {
  int n = 0;
  for (auto& spec : specs) set_layer_name(spec, fmt::format("layer_{}", n++));
  return specs;
}

// A model with inputs, targets and its loss as a function of its weights.
class Problem {
 public:
  explicit Problem(const GradientCase& c) : case_(c), stack_(named(c.layers), none_first(c.input)) {
    stack_.allocate();
    Random random(11);
    for (auto* weight : stack_.weights()) {  // all different, biases too
      for (auto& value : weight->value) value = random.uniform(-0.6, 0.6);
    }
    const auto cells = static_cast<size_t>(element_count(c.input));
    input_.shape = c.input;
    if (c.input.size() == 2) {
      const auto T = static_cast<size_t>(c.input[1]);
      for (size_t i = 0; i < cells; ++i) {
        const bool pad =
            !c.leading_zeros.empty() && i % T < static_cast<size_t>(c.leading_zeros[i / T]);
        ids_.push_back(pad ? 0 : 1 + static_cast<int32_t>(random.below(10)));
      }
      input_.ids = ids_.data();
    } else {
      for (size_t i = 0; i < cells; ++i) reals_.push_back(random.uniform(-1, 1));
      input_.value = reals_.data();
    }
    const bool classes = std::string(c.loss) == "sparse_categorical_crossentropy";
    for (int64_t i = 0; i < element_count(c.targets); ++i) {
      labels_.push_back(classes ? static_cast<float>(random.below(3))
                                : static_cast<float>(random.uniform(0, 1)));
    }
  }

  double loss() { return run(nullptr); }
  void gradients() {
    for (auto* weight : stack_.weights()) {
      weight->grad.resize(weight->value.size());
      for (auto& g : weight->grad) g = std::nan("");  // what backward forgets shows
    }
    Gradient<double> gradient;
    run(&gradient);
    stack_.backward(input_, gradient, pass());
  }

  // Difference between the slope of the loss along a random direction of all weights and the
  // gradient's; for models with too many weights to move one by one.
  double along_a_direction() {
    gradients();
    Random random(12);
    std::vector<std::vector<double>> start, direction;
    double analytic = 0;
    for (auto* weight : stack_.weights()) {
      const std::vector<double> gradient = dense_gradient(*weight);
      start.emplace_back(weight->value.begin(), weight->value.end());
      direction.emplace_back();
      for (const double g : gradient) {
        direction.back().push_back(random.uniform(-1, 1));
        analytic += g * direction.back().back();
      }
    }
    const auto loss_at = [&](double h) {
      for (size_t w = 0; w < start.size(); ++w) {
        auto& value = stack_.weights()[w]->value;
        for (size_t i = 0; i < value.size(); ++i) value[i] = start[w][i] + h * direction[w][i];
      }
      return loss();
    };
    const double h = 1e-6;
    return std::abs((loss_at(h) - loss_at(-h)) / (2 * h) - analytic);
  }

  // The largest difference between analytic and numeric derivative over all weights.
  double worst(std::string& where) {
    gradients();
    double worst = 0;
    for (auto* weight : stack_.weights()) {
      const std::vector<double> analytic = dense_gradient(*weight);
      for (size_t i = 0; i < analytic.size(); ++i) {
        const double kept = weight->value[i], h = 1e-5;
        weight->value[i] = kept + h;
        const double above = loss();
        weight->value[i] = kept - h;
        const double below = loss();
        weight->value[i] = kept;
        const double numeric = (above - below) / (2 * h);
        const double error = std::abs(numeric - analytic[i]);
        if (!(error <= worst)) {
          worst = error;
          where =
              fmt::format("{}[{}]: analytic {}, numeric {}", weight->name, i, analytic[i], numeric);
        }
      }
    }
    return worst;
  }

  static std::vector<double> dense_gradient(const Weight<double>& weight) {
    if (!weight.by_rows) return {weight.grad.begin(), weight.grad.end()};
    std::vector<double> dense(weight.value.size(), 0.0);
    const size_t width = dense.size() / static_cast<size_t>(weight.shape[0]);
    for (size_t k = 0; k < weight.rows.size(); ++k) {
      for (size_t j = 0; j < width; ++j) {
        dense[static_cast<size_t>(weight.rows[k]) * width + j] += weight.grad[k * width + j];
      }
    }
    return dense;
  }

  Graph<double>& stack() { return stack_; }

 private:
  static Shape none_first(Shape shape) {
    shape[0] = kNone;
    return shape;
  }
  Pass pass() const {
    return {.training = true, .seed = 3, .step = 5, .share_prefix = case_.share_prefix};
  }
  double run(Gradient<double>* gradient) {
    const auto& prediction = stack_.forward(input_, pass());
    return Loss(case_.loss).mean(prediction, {labels_.data(), case_.targets}, gradient);
  }

  const GradientCase& case_;
  Graph<double> stack_;
  Signal<double> input_;
  std::vector<int32_t> ids_;
  std::vector<double> reals_;
  std::vector<float> labels_;
};

RecurrentOptions cell(const std::string& name, int64_t units, bool sequences = false) {
  RecurrentOptions options;
  options.cell = name;
  options.units = units;
  options.return_sequences = sequences;
  return options;
}

void add_plain_cases(const std::string& name, std::vector<GradientCase>& all) {
  auto backwards = cell(name, 4);
  backwards.go_backwards = true;
  auto other = cell(name, 4);
  other.activation = "softsign";
  other.recurrent_activation = "hard_sigmoid";
  auto no_bias = cell(name, 4, true);
  no_bias.use_bias = false;
  const LayerSpec out = Dense(3);
  all.push_back({"reals", {Recurrent(cell(name, 4)), out}, {5, 7, 2}, {5, 3}});
  all.push_back({"many_rows", {Recurrent(cell(name, 3)), out}, {37, 4, 2}, {37, 3}});
  all.push_back({"long", {Recurrent(cell(name, 3)), out}, {2, 130, 2}, {2, 3}});
  all.push_back({"one_step", {Recurrent(cell(name, 3)), out}, {1, 1, 6}, {1, 3}});
  all.push_back({"go_backwards", {Recurrent(backwards), out}, {5, 7, 2}, {5, 3}});
  all.push_back({"other_activations", {Recurrent(other), out}, {5, 7, 2}, {5, 3}});
  all.push_back(
      {"stacked", {Recurrent(no_bias), Recurrent(cell(name, 5)), out}, {5, 7, 2}, {5, 3}});
  all.push_back({"ids", {Embedding(11, 2), Recurrent(cell(name, 4)), out}, {6, 7}, {6, 3}});
}

// Ids [6, 7] with left padding.
void add_padded_cases(const std::string& name, std::vector<GradientCase>& all) {
  const auto add = [&](const char* what, std::vector<LayerSpec> layers, Shape targets,
                       std::vector<int> zeros = {3, 0, 6, 7, 1, 3}, bool share = true) {
    all.push_back({what,
                   std::move(layers),
                   {6, 7},
                   std::move(targets),
                   "mean_squared_error",
                   std::move(zeros),
                   share});
  };
  auto backwards = cell(name, 4, true);
  backwards.go_backwards = true;
  const LayerSpec out = Dense(3), table = Embedding(11, 2);
  const LayerSpec masked =
      Embedding(EmbeddingOptions{.input_dim = 11, .output_dim = 2, .mask_zero = true});
  const LayerSpec one = Recurrent(cell(name, 4)), sequences = Recurrent(cell(name, 4, true));
  const LayerSpec five = Recurrent(cell(name, 5)), backward_sequences = Recurrent(backwards);
  add("shared_prefix", {table, one, out}, {6, 3});
  add("unshared_prefix", {table, one, out}, {6, 3}, {3, 0, 6, 7, 1, 3}, false);
  add("shared_prefix_sequences", {table, sequences, five, out}, {6, 3});
  add("sequence_output", {table, sequences, out}, {6, 7, 3});
  add("backward_sequences", {table, backward_sequences, out}, {6, 7, 3});
  add("masked", {masked, one, out}, {6, 3});
  add("masked_sequences", {masked, sequences, five, out}, {6, 3}, {3, 0, 6, 5, 1, 3});
  add("masked_backward_sequences", {masked, backward_sequences, out}, {6, 7, 3});
  add("dropout", {table, Dropout(0.4), one, Dropout(0.3), out}, {6, 3});
}

void add_output_cases(std::vector<GradientCase>& all) {
  const auto add = [&](const char* what, std::vector<LayerSpec> layers, Shape targets,
                       const char* loss = "mean_squared_error") {
    layers.insert(layers.begin(), Recurrent(cell(all_cells().front().name, 4)));
    all.push_back({what, std::move(layers), {5, 3, 2}, std::move(targets), loss});
  };
  const char* binary = "binary_crossentropy";
  const char* categorical = "categorical_crossentropy";
  const char* sparse = "sparse_categorical_crossentropy";
  add("binary_logits", {Dense(1, "sigmoid")}, {5}, binary);
  add("binary_clipped", {Dense(2, "hard_sigmoid")}, {5, 2}, binary);
  add("softmax_logits", {Dense(3), Activation("softmax")}, {5, 3}, categorical);
  add("softmax_clipped", {Dense(3, "exponential")}, {5, 3}, categorical);
  add("sparse_logits", {Dense(3, "softmax")}, {5}, sparse);
  add("sparse_clipped", {Dense(3, "exponential")}, {5}, sparse);
  add("softmax_mse", {Dense(3, "softmax")}, {5, 3});
  add("sigmoid_mse", {Dense(3, "sigmoid"), Dense(2, "tanh")}, {5, 2});
  add("mae", {Dense(3)}, {5, 3}, "mean_absolute_error");
  for (const auto& name : activation_names()) {
    add("activation", {Dense(5), Activation(name)}, {5, 5});
  }
  all.push_back({"embedding_on_top", {Embedding(11, 3)}, {4, 5}, {4, 5, 3}});
}

std::vector<GradientCase> cases() {
  std::vector<GradientCase> all;
  for (const CellSpec& spec : all_cells()) {
    add_plain_cases(spec.name, all);
    add_padded_cases(spec.name, all);
  }
  add_output_cases(all);
  return all;
}

TEST(Gradient, OfEveryCaseMatchesCentralDifferences) {
  for (const GradientCase& c : cases()) {
    Problem problem(c);
    std::string where;
    EXPECT_LT(problem.worst(where), 1e-7)
        << c.name << " " << class_name(c.layers[0]) << " "
        << (c.layers.size() > 1 ? class_name(c.layers[1]) : "") << ": " << where;
  }
}

TEST(Gradient, SharedPrefixEqualsUnshared) {
  for (const CellSpec& spec : all_cells()) {
    GradientCase c{"prefix",
                   {Embedding(11, 2), Recurrent(cell(spec.name, 4, true)),
                    Recurrent(cell(spec.name, 3)), Dense(1, "sigmoid")},
                   {40, 30},
                   {40},
                   "binary_crossentropy"};
    for (int r = 0; r < 40; ++r) c.leading_zeros.push_back((r * 7) % 31);
    GradientCase plain = c;
    plain.share_prefix = false;
    Problem shared(c), unshared(plain);
    shared.gradients();
    unshared.gradients();
    EXPECT_NEAR(shared.loss(), unshared.loss(), 1e-14);
    for (size_t w = 0; w < shared.stack().weights().size(); ++w) {
      const auto a = Problem::dense_gradient(*shared.stack().weights()[w]);
      const auto b = Problem::dense_gradient(*unshared.stack().weights()[w]);
      for (size_t i = 0; i < a.size(); ++i)
        ASSERT_NEAR(a[i], b[i], 1e-13) << spec.name << w << " " << i;
    }
  }
}

// A gradient of U with more than 32,768 elements is a product of its own after the walk; and with
// more than 768 KiB of weights, those of the second layer, the input is multiplied before it.
void expect_directional_derivative(const CellSpec& spec, double recurrent_weights) {
  const auto units = static_cast<int64_t>(std::ceil(std::sqrt(recurrent_weights / spec.gates)));
  GradientCase c{"large",
                 {Embedding(11, 2), Recurrent(cell(spec.name, units, true)),
                  Recurrent(cell(spec.name, units + 1)), Dense(1, "sigmoid")},
                 {19, 6},
                 {19},
                 "binary_crossentropy"};
  for (int r = 0; r < 19; ++r) c.leading_zeros.push_back(r % 5);
  for (const bool share : {true, false}) {
    c.share_prefix = share;
    Problem problem(c);
    for (auto* weight : problem.stack().weights()) {
      for (auto& value : weight->value) value *= 0.2;  // so that no gate is saturated
    }
    EXPECT_LT(problem.along_a_direction(), 1e-7) << spec.name;
  }
}

// The gradient of U comes from a product of its own; with the larger ones all threads share a step.
TEST(Gradient, OfLargeLayersMatchesADirectionalDerivative) {
  for (const CellSpec& spec : all_cells()) {
    for (const double weights : {50000.0, 70000.0}) expect_directional_derivative(spec, weights);
  }
}

}  // namespace
}  // namespace eddy::gradient_test
