// SPDX-License-Identifier: MIT
// The time loop against Keras' equations written out one number at a time, in double, for every
// instruction set and at awkward sizes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "cells/cell.h"
#include "core/random.h"
#include "eddy/threads.h"
#include "every_target.h"
#include "layers/graph.h"
#include "layers/options.h"

namespace eddy::recurrent_oracle_test {
namespace {

using Vector = std::vector<double>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// One step of a cell for one row, by Keras' formulas: state is [h] or [h, c].
struct Oracle {
  std::string cell;
  size_t X, H;
  Vector W, U, b;  // as Keras stores them
  Vector P;        // peepholes: [3, H] or [H, 3 * H], for i, f, o

  size_t gates() const { return cell.starts_with("lstm") ? 4 : (cell.starts_with("gru") ? 3 : 1); }
  double product(const Vector& M, const Vector& v, size_t column) const {
    double sum = 0;
    for (size_t k = 0; k < v.size(); ++k) sum += v[k] * M[k * gates() * H + column];
    return sum;
  }
  // What the carry adds to a gate; `own` is the unit's carry that a diagonal peephole sees.
  double peephole(size_t number, size_t j, const Vector& carry, double own) const {
    if (cell == "lstm_peephole") return P[number * H + j] * own;
    double sum = 0;
    for (size_t k = 0; cell == "lstm_full" && k < H; ++k) {
      sum += carry[k] * P[k * 3 * H + number * H + j];
    }
    return sum;
  }
  void step(const Vector& x, Vector& h, Vector& c) const {
    const Vector before = h, carry = c;
    Vector reset(H);
    for (size_t j = 0; cell == "gru_reset_before" && j < H; ++j) {
      reset[j] = before[j] * sigmoid(product(W, x, H + j) + product(U, before, H + j) + b[H + j]);
    }
    for (size_t j = 0; j < H; ++j) {
      const auto z = [&](size_t gate) {
        return product(W, x, gate * H + j) + product(U, before, gate * H + j) + b[gate * H + j];
      };
      if (cell == "simple_rnn") {
        h[j] = std::tanh(z(0));
      } else if (cell.starts_with("lstm")) {
        const double i = sigmoid(z(0) + peephole(0, j, carry, carry[j]));
        const double f = sigmoid(z(1) + peephole(1, j, carry, carry[j]));
        c[j] = f * carry[j] + i * std::tanh(z(2));
        h[j] = sigmoid(z(3) + peephole(2, j, carry, c[j])) * std::tanh(c[j]);
      } else if (cell == "gru_reset_before") {
        const double n =
            std::tanh(product(W, x, 2 * H + j) + product(U, reset, 2 * H + j) + b[2 * H + j]);
        const double u = sigmoid(z(0));
        h[j] = u * before[j] + (1 - u) * n;
      } else {
        const auto recurrent_bias = [&](size_t gate) { return b[(3 + gate) * H + j]; };
        const double u = sigmoid(z(0) + recurrent_bias(0)), r = sigmoid(z(1) + recurrent_bias(1));
        const double n = std::tanh(product(W, x, 2 * H + j) + b[2 * H + j] +
                                   r * (product(U, before, 2 * H + j) + recurrent_bias(2)));
        h[j] = u * before[j] + (1 - u) * n;
      }
    }
  }
  // Outputs [T, H] in processing order; a masked step repeats the previous output (zeros at first).
  std::vector<Vector> run(const std::vector<Vector>& x, const std::vector<bool>& mask,
                          bool backwards) const {
    Vector h(H, 0.0), c(H, 0.0);
    std::vector<Vector> out;
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t t = backwards ? x.size() - 1 - i : i;
      if (mask[t]) step(x[t], h, c);
      out.push_back(h);
    }
    return out;
  }
};

struct Form {
  enum Kind { reals, padded_ids, masked_ids, holes } kind;
  bool sequences, backwards;
};

struct Sizes {
  int64_t B, T, X, H;
};

// Every cell with its variants, and the LSTM whose carry has matrices of its own.
std::vector<std::string> oracle_cells() {
  std::vector<std::string> names = {"lstm_full"};
  for (const CellSpec& cell : all_cells()) names.emplace_back(cell.name);
  return names;
}

std::string cell_of(const std::string& name) {
  for (const char* known :
       {"simple_rnn", "lstm", "gru", "gru_reset_before", "lstm_peephole", "lstm_full"}) {
    if (name == known) return name;
  }
  return "";
}

// Ids below 9 and reals for the same [B, T]; pads as the form says.
template <class Real>
std::pair<std::vector<int32_t>, std::vector<Real>> make_inputs(const Sizes& size, const Form& form,
                                                               Random& random) {
  const auto [B, T, X, H] = size;
  std::vector<int32_t> tokens;
  std::vector<Real> values;
  for (int64_t i = 0; i < B * T; ++i) {
    const int64_t pads = (i / T * 5) % (T + 2);  // some rows are padding throughout
    const bool pad = form.kind == Form::holes ? random.below(3) == 0 : i % T < pads;
    tokens.push_back(pad ? 0 : 1 + static_cast<int32_t>(random.below(8)));
    for (int64_t k = 0; k < X; ++k) values.push_back(static_cast<Real>(random.uniform(-1, 1)));
  }
  return {std::move(tokens), std::move(values)};
}

std::vector<LayerSpec> make_specs(const std::string& cell, const Sizes& size, const Form& form) {
  const int64_t X = size.X, H = size.H;
  const bool ids = form.kind != Form::reals;
  std::vector<LayerSpec> specs;
  if (ids) {
    specs.push_back(Embedding(EmbeddingOptions{
        .input_dim = 9, .output_dim = X, .mask_zero = form.kind != Form::padded_ids, .name = "e"}));
  }
  RecurrentOptions options;
  options.units = H;
  options.cell = cell == "lstm_full" ? "lstm" : cell;
  if (cell == "lstm_full") options.peephole = "full";
  options.name = "r";
  options.return_sequences = form.sequences;
  options.go_backwards = form.backwards;
  specs.push_back(Recurrent(options));
  return specs;
}

// The equations with the layer's weights, which begin at `first`.
template <class Real>
Oracle make_oracle(const std::string& cell, const Sizes& size,
                   const std::vector<Weight<Real>*>& weights, size_t first) {
  const auto copy = [&](size_t i) {
    return i < weights.size() ? Vector(weights[i]->value.begin(), weights[i]->value.end())
                              : Vector();
  };
  return {cell,
          static_cast<size_t>(size.X),
          static_cast<size_t>(size.H),
          copy(first),
          copy(first + 1),
          copy(first + 2),
          copy(first + 3)};
}

// Runs Embedding (for ids) and the recurrent layer; returns the largest difference to the oracle.
template <class Real>
double difference(const std::string& cell, const Sizes& size, const Form& form, bool training) {
  const auto [B, T, X, H] = size;
  const bool ids = form.kind != Form::reals;
  const auto specs = make_specs(cell, size, form);
  const Shape shape = ids ? Shape{kNone, T} : Shape{kNone, T, X};
  Graph<Real> stack(specs, shape);
  stack.allocate();
  Random random(static_cast<uint64_t>(B * 1000 + T * 100 + X * 10 + H));
  // Small enough that a rounding error shrinks from step to step instead of growing.
  const double limit = 1 / std::sqrt(static_cast<double>(H));
  for (auto* weight : stack.weights()) {
    for (auto& v : weight->value) v = static_cast<Real>(random.uniform(-limit, limit));
  }
  const auto inputs = make_inputs<Real>(size, form, random);
  const std::vector<int32_t>& tokens = inputs.first;
  const std::vector<Real>& values = inputs.second;
  Signal<Real> input;
  input.shape = shape;
  input.shape[0] = B;
  if (ids)
    input.ids = tokens.data();
  else
    input.value = const_cast<Real*>(values.data());
  const auto& out = stack.forward(input, Pass{.training = training});

  const auto weights = stack.weights();
  const Oracle oracle = make_oracle(cell, size, weights, ids ? 1 : 0);
  double worst = 0;
  for (int64_t b = 0; b < B; ++b) {
    std::vector<Vector> x;
    std::vector<bool> mask;
    for (int64_t t = 0; t < T; ++t) {
      const int64_t cell_index = b * T + t;
      const auto token = tokens[static_cast<size_t>(cell_index)];
      const Real* from =
          ids ? weights[0]->value.data() + token * X : values.data() + cell_index * X;
      x.emplace_back(from, from + X);
      mask.push_back(form.kind == Form::reals || form.kind == Form::padded_ids || token != 0);
    }
    const auto want = oracle.run(x, mask, form.backwards);
    for (int64_t t = form.sequences ? 0 : T - 1; t < T; ++t) {
      for (int64_t j = 0; j < H; ++j) {
        const int64_t at = form.sequences ? (b * T + t) * H + j : b * H + j;
        const double error = std::abs(static_cast<double>(out.value[at]) -
                                      want[static_cast<size_t>(t)][static_cast<size_t>(j)]);
        worst = error <= worst ? worst : error;
      }
    }
  }
  return worst;
}

constexpr Sizes kSizes[] = {{1, 1, 1, 1},   {3, 5, 2, 4},   {37, 6, 3, 7},   {20, 12, 5, 16},
                            {2, 30, 17, 8}, {5, 4, 33, 33}, {130, 4, 6, 20}, {33, 20, 3, 5}};

std::vector<Form> forms() {
  std::vector<Form> all;
  for (const auto kind : {Form::reals, Form::padded_ids, Form::masked_ids, Form::holes}) {
    for (const bool sequences : {false, true}) {
      for (const bool backwards : {false, true}) all.push_back({kind, sequences, backwards});
    }
  }
  return all;
}

// 3e-6: the activations are within 6e-7 of the true value, and errors of a step shrink in the next.
TEST_P(EveryTarget, TimeLoopEqualsTheEquations) {
  for (const auto& cell : oracle_cells()) {
    ASSERT_NE(cell_of(cell), "") << "write the equations of " << cell << " into the oracle";
    for (const Sizes& size : kSizes) {
      for (const Form& form : forms()) {
        const std::string what = fmt::format(
            "{} B={} T={} X={} H={} kind={} sequences={} backwards={}", cell, size.B, size.T,
            size.X, size.H, static_cast<int>(form.kind), form.sequences, form.backwards);
        EXPECT_LT(difference<float>(cell, size, form, true), 3e-6) << what;
        EXPECT_LT(difference<float>(cell, size, form, false), 3e-6) << what;
      }
    }
  }
}

// Weights beyond the second cache: the input is multiplied before the walk, not by it. 5e-6: sums
// of 500 products.
TEST_P(EveryTarget, LargeWeightsToo) {
  for (const auto& cell : oracle_cells()) {
    for (const bool training : {true, false}) {
      EXPECT_LT(difference<float>(cell, {3, 3, 500, 130}, {Form::reals, true, false}, training),
                5e-6)
          << cell;
    }
  }
}

// More steps than are projected together.
TEST_P(EveryTarget, LargeWeightsOverManySteps) {
  for (const bool training : {true, false}) {
    const Form form{Form::reals, false, true};
    EXPECT_LT(difference<float>("lstm", {16, 9, 500, 130}, form, training), 5e-6);
  }
}

// Rows for one block alone: the threads share the units of each step.
TEST_P(EveryTarget, UnitsOnAllThreads) {
  const Form form{Form::reals, true, false};
  for (const auto& cell : oracle_cells()) {
    for (const bool training : {true, false}) {
      std::vector<double> differences;
      for (const int threads : {1, 3}) {
        set_num_threads(threads);
        differences.push_back(difference<float>(cell, {3, 3, 5, 300}, form, training));
      }
      set_num_threads(0);
      EXPECT_LT(differences[0], 5e-6) << cell;
      EXPECT_EQ(differences[0], differences[1]) << cell;
    }
  }
}

TEST(TimeLoop, InDoubleEqualsTheEquations) {
  for (const auto& cell : oracle_cells()) {
    for (const Sizes& size : kSizes) {
      for (const Form& form : forms()) {
        EXPECT_LT(difference<double>(cell, size, form, true), 1e-13) << cell << " H=" << size.H;
        EXPECT_LT(difference<double>(cell, size, form, false), 1e-13) << cell << " H=" << size.H;
      }
    }
  }
}

}  // namespace
}  // namespace eddy::recurrent_oracle_test
