// SPDX-License-Identifier: MIT
// trace() against Keras' equations written out one number at a time, in double.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/random.h"
#include "eddy/explain.h"

namespace eddy::trace_test {
namespace {

using testing::HasSubstr;
using Vector = std::vector<double>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }

// Gates and states of one step, by name.
using Step = std::map<std::string, Vector>;

struct Equations {
  std::string cell;
  size_t H;
  const float *W, *U, *b;
  double (*activation)(double);

  double z(const Vector& x, const Vector& h, size_t gates, size_t gate, size_t j) const {
    double sum = static_cast<double>(b[gate * H + j]);
    for (size_t k = 0; k < x.size(); ++k) {
      sum += x[k] * static_cast<double>(W[k * gates * H + gate * H + j]);
    }
    return sum + zh(h, gates, gate, j);
  }
  double zh(const Vector& h, size_t gates, size_t gate, size_t j) const {
    double sum = 0;
    for (size_t k = 0; k < H; ++k) {
      sum += h[k] * static_cast<double>(U[k * gates * H + gate * H + j]);
    }
    return sum;
  }
  Step lstm(const Vector& x, const Vector& h, const Vector& c) const {
    Step step;
    for (size_t j = 0; j < H; ++j) {
      step["gate i"].push_back(sigmoid(z(x, h, 4, 0, j)));
      step["gate f"].push_back(sigmoid(z(x, h, 4, 1, j)));
      step["gate c"].push_back(activation(z(x, h, 4, 2, j)));
      step["gate o"].push_back(sigmoid(z(x, h, 4, 3, j)));
      step["state c"].push_back(step["gate f"][j] * c[j] + step["gate i"][j] * step["gate c"][j]);
      step["state h"].push_back(step["gate o"][j] * activation(step["state c"][j]));
    }
    return step;
  }
  Step gru(const Vector& x, const Vector& h) const {
    Step step;
    const Vector nothing(H, 0.0);
    for (size_t j = 0; j < H; ++j) {
      const auto bias = [&](size_t gate) { return static_cast<double>(b[(3 + gate) * H + j]); };
      const double u = sigmoid(z(x, h, 3, 0, j) + bias(0));
      const double r = sigmoid(z(x, h, 3, 1, j) + bias(1));
      const double n = activation(z(x, nothing, 3, 2, j) + r * (zh(h, 3, 2, j) + bias(2)));
      step["gate z"].push_back(u);
      step["gate r"].push_back(r);
      step["gate h"].push_back(n);
      step["state h"].push_back(u * h[j] + (1 - u) * n);
    }
    return step;
  }
  // Steps in the order of time; an empty one where the mask hides it.
  std::vector<Step> run(const std::vector<Vector>& x, const std::vector<bool>& real,
                        bool backwards) const {
    std::vector<Step> steps(x.size());
    Vector h(H, 0.0), c(H, 0.0);
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t t = backwards ? x.size() - 1 - i : i;
      if (!real[t]) continue;
      if (cell == "lstm") steps[t] = lstm(x[t], h, c);
      if (cell == "gru") steps[t] = gru(x[t], h);
      if (cell == "simple_rnn") {
        for (size_t j = 0; j < H; ++j) {
          steps[t]["state h"].push_back(activation(z(x[t], h, 1, 0, j)));
        }
      }
      h = steps[t]["state h"];
      if (cell == "lstm") c = steps[t]["state c"];
    }
    return steps;
  }
};

void expect_trace(const LayerTrace& trace, const std::vector<Step>& steps, size_t H) {
  size_t names = 0;
  const auto check = [&](const LayerTrace::Series& series, const std::string& name) {
    ++names;
    ASSERT_EQ(series.values.shape(),
              (Shape{static_cast<int64_t>(steps.size()), static_cast<int64_t>(H)}));
    for (size_t t = 0; t < steps.size(); ++t) {
      for (size_t j = 0; j < H; ++j) {
        const float value = series.values[static_cast<int64_t>(t * H + j)];
        if (steps[t].empty()) {
          EXPECT_TRUE(std::isnan(value)) << name << " at " << t;
        } else {
          // Float against double, over some steps of a contraction.
          EXPECT_NEAR(static_cast<double>(value), steps[t].at(name)[j], 2e-6)
              << trace.layer << " " << name << " at " << t << ", unit " << j;
        }
      }
    }
  };
  for (const auto& gate : trace.gates) check(gate, "gate " + gate.name);
  for (const auto& state : trace.states) check(state, "state " + state.name);
  const auto any =
      std::find_if(steps.begin(), steps.end(), [](const Step& s) { return !s.empty(); });
  EXPECT_EQ(names, any->size());
}

void randomize(Model& model) {
  Random random(17);
  std::vector<Tensor> weights = model.get_weights();
  for (Tensor& weight : weights) {
    for (int64_t i = 0; i < weight.size(); ++i) {
      weight[i] = static_cast<float>(random.uniform(-0.5, 0.5));
    }
  }
  model.set_weights(weights);
}

// Vectors of an embedding's rows.
std::vector<Vector> embedded(const Tensor& table, const IntTensor& ids) {
  std::vector<Vector> x;
  for (const int32_t id : ids.values()) {
    const float* row = table.data() + id * table.dim(1);
    x.emplace_back(row, row + table.dim(1));
  }
  return x;
}

std::vector<Vector> outputs(const std::vector<Step>& steps) {
  std::vector<Vector> h;
  for (const Step& step : steps) h.push_back(step.at("state h"));
  return h;
}

TEST(Trace, EqualsTheEquationsOfEveryCell) {
  const IntTensor ids({1, 9}, {0, 0, 3, 7, 0, 2, 5, 5, 1});
  for (const bool masked : {false, true}) {
    for (const bool plain : {true, false}) {  // tanh, or one whose slope needs its argument
      for (const std::string cell : {"simple_rnn", "lstm", "gru"}) {
        constexpr int64_t H = 19;  // more than a register of units, and no multiple
        RecurrentOptions options{
            .units = H, .dropout = 0.4, .recurrent_dropout = 0.2, .cell = cell};
        if (!plain) options.activation = "silu";
        Sequential model({Embedding({.input_dim = 9, .output_dim = 4, .mask_zero = masked}),
                          Recurrent(options), Dense(1)},
                         {.seed = 2});
        model.build({kNone, 9});
        randomize(model);
        const auto weights = model.get_weights();
        const Equations equations{cell,
                                  H,
                                  weights[1].data(),
                                  weights[2].data(),
                                  weights[3].data(),
                                  plain ? static_cast<double (*)(double)>(std::tanh) : silu};
        std::vector<bool> real;
        for (const int32_t id : ids.values()) real.push_back(!masked || id != 0);
        const auto traces = trace(model, ids);
        ASSERT_EQ(traces.size(), 1U);
        EXPECT_EQ(traces[0].cell, cell);
        EXPECT_EQ(traces[0].layer, cell);
        EXPECT_FALSE(traces[0].backwards);
        expect_trace(traces[0], equations.run(embedded(weights[0], ids), real, false), H);
      }
    }
  }
}

TEST(Trace, TellsStackedAndBidirectionalLayersApart) {
  constexpr int64_t A = 5, B = 6;
  Sequential model({Embedding(8, 3), GRU({.units = A, .return_sequences = true}),
                    Bidirectional(LSTM(B)), Dense(2)},
                   {.seed = 2});
  model.build({kNone, 7});
  randomize(model);
  const IntTensor ids({1, 7}, {1, 4, 2, 7, 3, 3, 5});
  const auto w = model.get_weights();
  const auto traces = trace(model, ids);
  ASSERT_EQ(traces.size(), 3U);
  EXPECT_EQ(traces[0].layer, "gru");
  EXPECT_EQ(traces[1].layer, "bidirectional/forward_lstm");
  EXPECT_EQ(traces[2].layer, "bidirectional/backward_lstm");
  EXPECT_TRUE(traces[2].backwards);
  const std::vector<bool> real(7, true);
  const auto tanh = static_cast<double (*)(double)>(std::tanh);
  const Equations gru{"gru", A, w[1].data(), w[2].data(), w[3].data(), tanh};
  const auto first = gru.run(embedded(w[0], ids), real, false);
  expect_trace(traces[0], first, A);
  const Equations forward{"lstm", B, w[4].data(), w[5].data(), w[6].data(), tanh};
  expect_trace(traces[1], forward.run(outputs(first), real, false), B);
  const Equations backward{"lstm", B, w[7].data(), w[8].data(), w[9].data(), tanh};
  expect_trace(traces[2], backward.run(outputs(first), real, true), B);
}

TEST(Trace, LooksIntoCellsOfAnRNN) {
  Sequential model({RNN({.cells = {{.units = 4, .cell = "lstm"}, {.units = 5, .cell = "gru"}},
                         .stacked = true,
                         .name = "two"}),
                    Dense(1)},
                   {.seed = 2});
  model.build({kNone, 6, 2});
  randomize(model);
  Tensor x({1, 6, 2});
  std::vector<Vector> steps;
  for (int64_t t = 0; t < 6; ++t) {
    for (int64_t k = 0; k < 2; ++k) x[t * 2 + k] = static_cast<float>(std::sin(3 * t + k));
    steps.push_back({static_cast<double>(x[t * 2]), static_cast<double>(x[t * 2 + 1])});
  }
  const auto w = model.get_weights();
  const auto traces = trace(model, x);
  ASSERT_EQ(traces.size(), 2U);
  EXPECT_EQ(traces[0].layer, "two/cell_0");
  EXPECT_EQ(traces[1].layer, "two/cell_1");
  const std::vector<bool> real(6, true);
  const auto tanh = static_cast<double (*)(double)>(std::tanh);
  const auto first =
      Equations{"lstm", 4, w[0].data(), w[1].data(), w[2].data(), tanh}.run(steps, real, false);
  expect_trace(traces[0], first, 4);
  expect_trace(traces[1],
               Equations{"gru", 5, w[3].data(), w[4].data(), w[5].data(), tanh}.run(outputs(first),
                                                                                    real, false),
               5);
}

TEST(Trace, SaysWhatItCannotTrace) {
  const auto message = [](const Model& model, const Input& x) -> std::string {
    try {
      trace(model, x);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  Sequential plain({Embedding(8, 3), GlobalAveragePooling1D(), Dense(1)}, {.seed = 2});
  plain.build({kNone, 4});
  EXPECT_THAT(message(plain, IntTensor({1, 4})), HasSubstr("expected one input and a SimpleRNN"));
  Sequential model({Embedding(8, 3), GRU(2)}, {.seed = 2});
  model.build({kNone, 4});
  EXPECT_THAT(message(model, IntTensor({1, 5})), HasSubstr("input: expected (1, 4), got (1, 5)."));
  EXPECT_THAT(message(model, IntTensor({2, 4})), HasSubstr("got (2, 4)."));
}

}  // namespace
}  // namespace eddy::trace_test
