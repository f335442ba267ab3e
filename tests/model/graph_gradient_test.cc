// SPDX-License-Identifier: MIT
// Gradients through graphs: several inputs and outputs, shared layers, wrappers, states.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "cells/cell.h"
#include "kernels/activation.h"
#include "model/functional.h"
#include "model/graph_gradient_support.h"

namespace eddy::graph_gradient_test {
namespace {

RecurrentOptions cell(const std::string& name, int64_t units) {
  RecurrentOptions options;
  options.cell = name;
  options.units = units;
  return options;
}

const LayerSpec kMasked = masked_embedding(2);

TEST(GraphGradient, InitialAndFinalStates) {
  for (const CellSpec& spec : all_cells()) {
    for (const bool sequences : {false, true}) {
      auto options = cell(spec.name, 3);
      options.return_state = true;
      options.return_sequences = sequences;
      std::vector<Symbol> inputs = {InputLayer({6, 2})};
      for (int s = 0; s < spec.states; ++s) inputs.push_back(InputLayer({3}));
      const Symbol y = Recurrent(options)(inputs);
      std::vector<Symbol> outputs = {y};
      for (int s = 0; s < spec.states; ++s) outputs.push_back(y.output(s + 1));
      expect_exact(inputs, outputs, spec.name);
      // An encoder's states start a decoder; only some outputs count.
      auto decoder = cell(spec.name, 3);
      std::vector<Symbol> start = {InputLayer({4, 5})};
      for (int s = 0; s < spec.states; ++s) start.push_back(y.output(s + 1));
      auto both = inputs;
      both.push_back(start[0]);
      expect_exact(both, {Recurrent(decoder)(start)}, spec.name + std::string(" decoder"));
      expect_exact(inputs, {y.output(spec.states)}, spec.name + std::string(" last state"));
    }
  }
}

TEST(GraphGradient, MaskedStates) {
  for (const CellSpec& spec : all_cells()) {
    for (const bool zero : {false, true}) {
      for (const bool backwards : {false, true}) {
        for (const bool sequences : {false, true}) {
          auto options = cell(spec.name, 3);
          options.return_state = true;
          options.zero_output_for_mask = zero;
          options.go_backwards = backwards;
          options.return_sequences = sequences;
          const Symbol ids = InputLayer({7}, "int32");
          std::vector<Symbol> inputs = {ids}, at = {kMasked(ids)};
          for (int s = 0; s < spec.states; ++s) {
            inputs.push_back(InputLayer({3}));
            at.push_back(inputs.back());
          }
          const Symbol y = Recurrent(options)(at);
          expect_exact(inputs, {y, y.output(1)},
                       fmt::format("{} {} {}", spec.name, zero, backwards));
        }
      }
    }
  }
}

// Every cell with recurrent layers' dropouts (masks are the same in every forward of a step), the
// carry in the gates, and the options that change which rows and steps count.
TEST(GraphGradient, DropoutAndPeepholes) {
  const Symbol ids = InputLayer({7}, "int32"), x = InputLayer({6, 3});
  const LayerSpec table = Embedding(kVocabulary, 2);
  for (const CellSpec& spec : all_cells()) {
    for (const char* peephole : {"none", "full"}) {
      if (peephole != std::string("none") && (spec.peepholes() == 0 || spec.has_vectors)) continue;
      for (const auto& [dropout, recurrent] :
           {std::pair{0.0, 0.0}, {0.3, 0.0}, {0.0, 0.4}, {0.3, 0.4}, {1.0, 1.0}}) {
        for (const bool sequences : {false, true}) {
          auto options = cell(spec.name, 5);
          options.dropout = dropout;
          options.recurrent_dropout = recurrent;
          if (peephole != std::string("none")) options.peephole = peephole;
          options.return_sequences = sequences;
          options.go_backwards = sequences;
          const LayerSpec layer = Recurrent(options);
          const auto what =
              fmt::format("{} {} {} {} {}", spec.name, peephole, dropout, recurrent, sequences);
          expect_exact({x}, {layer(x)}, what + " reals");
          expect_exact({ids}, {layer(table(ids))}, what + " ids");
          expect_exact({ids}, {layer(kMasked(ids))}, what + " masked");
        }
      }
    }
  }
}

// Two steps: gates without bound (exponential) soon leave the range where differences mean much.
TEST(GraphGradient, EveryActivation) {
  const Symbol x = InputLayer({2, 3});
  for (const CellSpec& spec : all_cells()) {
    for (const std::string& name : activation_names()) {
      auto options = cell(spec.name, 5);
      options.activation = name;
      expect_exact({x}, {Recurrent(options)(x)}, spec.name + (" activation " + name));
      if (!spec.has_recurrent_activation) continue;
      options.activation = "tanh";
      options.recurrent_activation = name;
      expect_exact({x}, {Recurrent(options)(x)}, spec.name + (" recurrent " + name));
    }
  }
}

TEST(GraphGradient, Regularizers) {
  const Regularizer l2("l2", {{"l2", 0.3}}), both("l1_l2", {{"l1", 0.2}, {"l2", 0.4}});
  EmbeddingOptions table{.input_dim = kVocabulary, .output_dim = 2};
  table.embeddings_regularizer = both;
  auto options = cell("lstm", 3);
  options.return_sequences = options.return_state = true;
  options.kernel_regularizer = l2;
  options.recurrent_regularizer = Regularizer("orthogonal_regularizer", {{"factor", 0.5}});
  options.bias_regularizer = both;
  options.activity_regularizer = l2;
  DenseOptions shared{.units = 2, .activation = "sigmoid"};
  shared.activity_regularizer = both;
  shared.kernel_regularizer = l2;
  const LayerSpec dense = Dense(shared);
  const Symbol a = InputLayer({7}, "int32"), x = InputLayer({6, 2});
  const Symbol inner = InputLayer({6, 2});
  const GraphOptions model = trace_graph({inner}, {dense(inner)}, "inner");
  const LayerSpec nested = NestedOptions{std::make_shared<const GraphOptions>(model), "inner"};
  // One output of the pair has no other gradient than the penalty's.
  const Symbol pair = Bidirectional(Recurrent(options))(Embedding(table)(a));
  expect_exact({a, x}, {dense(pair.output(2)), nested(x)}, "regularizers");
}

TEST(GraphGradient, SharedLayers) {
  const Symbol a = InputLayer({7}, "int32"), b = InputLayer({7}, "int32"), x = InputLayer({6, 2});
  const LayerSpec table = Embedding(kVocabulary, 2), lstm = LSTM(3), out = Dense(2, "tanh");
  expect_exact({a, b, x}, {out(lstm(table(a))), out(lstm(table(b))), lstm(x)}, "shared");
  const Symbol rows = table(a);  // a lookup that goes to several places
  expect_exact({a}, {lstm(rows), GRU(4)(rows), Dense(3)(rows), rows}, "fan out");
}

TEST(GraphGradient, Bidirectional) {
  for (const CellSpec& spec : all_cells()) {
    for (const char* mode : {"concat", "sum", "mul", "ave", "none"}) {
      for (const bool sequences : {false, true}) {
        auto options = cell(spec.name, 3);
        options.return_sequences = sequences;
        options.return_state = true;
        const LayerSpec layer = Bidirectional(Recurrent(options), mode);
        const auto outputs = [&](const Symbol& y) {
          std::vector<Symbol> all = {y};
          for (int k = 1; k < 2 * spec.states + (mode == std::string("none") ? 2 : 1); ++k) {
            all.push_back(y.output(k));
          }
          return all;
        };
        const Symbol x = InputLayer({6, 2}), ids = InputLayer({7}, "int32");
        expect_exact({x}, outputs(layer(x)), fmt::format("{} {}", spec.name, mode));
        expect_exact({ids}, outputs(layer(kMasked(ids))),
                     fmt::format("{} {} ids", spec.name, mode));
      }
    }
  }
}

TEST(GraphGradient, BidirectionalWithInitialStatesAndOwnBackwardLayer) {
  auto forward = cell("lstm", 3), backward = cell("gru", 4);
  backward.go_backwards = true;
  const Symbol x = InputLayer({6, 2});
  BidirectionalOptions options;
  options.layer = LayerSpec(forward);
  options.backward_layer = LayerSpec(backward);
  expect_exact({x}, {Bidirectional(options)(x)}, "own backward layer");
  std::vector<Symbol> inputs = {x};
  for (int s = 0; s < 4; ++s) inputs.push_back(InputLayer({3}));
  expect_exact(inputs, {Bidirectional(LSTM(3))(inputs)}, "initial states");
}

TEST(GraphGradient, StackedCells) {
  for (const bool backwards : {false, true}) {
    for (const bool sequences : {false, true}) {
      RNNOptions options;
      options.cells = {cell("lstm", 3), cell("gru", 4), cell("simple_rnn", 2)};
      options.stacked = true;
      options.return_state = true;
      options.return_sequences = sequences;
      options.go_backwards = backwards;
      const Symbol x = InputLayer({6, 5}), ids = InputLayer({7}, "int32");
      const Symbol y = RNN(options)(x), z = RNN(options)(kMasked(ids));
      expect_exact({x}, {y, y.output(1), y.output(2), y.output(3), y.output(4)}, "stacked");
      expect_exact({ids}, {z, z.output(4)}, "stacked, masked");
      std::vector<Symbol> inputs = {x};
      for (const int64_t units : {3, 3, 4, 2}) inputs.push_back(InputLayer({units}));
      expect_exact(inputs, {RNN(options)(inputs)}, "stacked, initial states");
      options.return_state = false;
      expect_exact({x}, {Bidirectional(RNN(options))(x)}, "bidirectional stack");
    }
  }
}

TEST(GraphGradient, TimeDistributedAndNestedModels) {
  const Symbol x = InputLayer({4, 3, 2}), ids = InputLayer({7}, "int32");
  expect_exact({x}, {TimeDistributed(LSTM(3))(x), TimeDistributed(Dense(4, "tanh"))(x)}, "time");
  expect_exact({ids}, {TimeDistributed(Dense(4, "tanh"))(kMasked(ids))}, "time, ids");
  const Symbol a = InputLayer({2}), b = InputLayer({2});
  const LayerSpec dense = Dense(3, "tanh");
  GraphOptions inner = trace_graph({a, b}, {dense(a), dense(b)}, "inner");
  const LayerSpec nested = NestedOptions{std::make_shared<const GraphOptions>(inner), "inner"};
  const Symbol c = InputLayer({2}), d = InputLayer({2});
  const Symbol y = nested({c, d}), z = nested({d, d});
  expect_exact({c, d}, {y, y.output(1), z.output(1)}, "nested, shared");
}

}  // namespace
}  // namespace eddy::graph_gradient_test
