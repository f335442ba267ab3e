// SPDX-License-Identifier: MIT
// Gradients of every layer that is not recurrent, and of every option, against central differences.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "layers/options.h"
#include "model/graph_gradient_support.h"

namespace eddy::layer_gradient_test {
namespace {

TEST(LayerGradient, LayerNormalization) {
  for (const std::vector<int64_t>& axis :
       std::vector<std::vector<int64_t>>{{-1}, {2}, {1}, {1, 2}, {-1, 1}}) {
    for (const bool center : {false, true}) {
      for (const bool scale : {false, true}) {
        LayerNormalizationOptions options{.axis = axis, .center = center, .scale = scale};
        const Symbol x = InputLayer({6, 3}), ids = InputLayer({7}, "int32");
        expect_exact({x}, {LayerNormalization(options)(x)}, fmt::format("{}", axis[0]));
        expect_exact({ids}, {LayerNormalization(options)(masked_embedding(3)(ids))}, "lookup");
      }
    }
  }
  const Symbol x = InputLayer({4, 3, 2}), y = InputLayer({17});
  expect_exact({x}, {LayerNormalization({.axis = {1, 3}, .epsilon = 0.1})(x)}, "first and last");
  expect_exact({x}, {LayerNormalization({.axis = {2}})(x)}, "middle");
  expect_exact({y}, {LayerNormalization()(y)}, "vectors");
}

TEST(LayerGradient, BatchNormalization) {
  for (const int64_t axis : {-1, 1, 2}) {
    for (const bool center : {false, true}) {
      for (const bool scale : {false, true}) {
        BatchNormalizationOptions options{.axis = axis, .center = center, .scale = scale};
        const Symbol x = InputLayer({6, 3}), ids = InputLayer({7}, "int32");
        expect_exact({x}, {BatchNormalization(options)(x)}, fmt::format("{}", axis));
        expect_exact({ids}, {BatchNormalization(options)(masked_embedding(3)(ids))}, "masked");
      }
    }
  }
  const Symbol x = InputLayer({4, 3, 2}), y = InputLayer({3}), z = InputLayer({4, 1});
  expect_exact({x}, {BatchNormalization({.axis = 2, .epsilon = 0.1})(x)}, "middle");
  expect_exact({y}, {BatchNormalization()(y)}, "vectors");
  expect_exact({z}, {BatchNormalization({.axis = 1})(z)}, "one value a step");
  const LayerSpec shared = BatchNormalization();
  expect_exact({x}, {shared(x), shared(Dense(2, "tanh")(x))}, "shared");
}

TEST(LayerGradient, Normalization) {
  const Constants mean({2}, {0.5, -1.5}), variance({2}, {4, 0.25});
  const Symbol x = InputLayer({4, 2}), ids = InputLayer({7}, "int32");
  for (const bool invert : {false, true}) {
    const NormalizationOptions given{.invert = invert, .mean = mean, .variance = variance};
    expect_exact({x}, {Normalization(given)(Dense(2, "tanh")(x))}, "features");
    expect_exact({ids}, {Normalization(given)(masked_embedding(2)(ids))}, "lookup");
    const NormalizationOptions steps{
        .axis = {1, 2}, .invert = invert, .mean = mean, .variance = variance};
    expect_exact({x}, {Normalization(steps)(Dense(2)(x))}, "steps");
    expect_exact({x},
                 {Normalization({.axis = {}, .invert = invert, .mean = 3, .variance = 7})(
                     GRU({.units = 3, .return_sequences = true})(x))},
                 "one for all");
  }
}

TEST(LayerGradient, Pooling) {
  const Symbol x = InputLayer({8, 3}), ids = InputLayer({7}, "int32");
  for (const char* padding : {"valid", "same"}) {
    for (const int64_t size : {2, 3}) {
      for (const int64_t strides : {1, 2, 4}) {
        const PoolingOptions options{.pool_size = size, .strides = strides, .padding = padding};
        for (const LayerSpec& layer : {MaxPooling1D(options), AveragePooling1D(options)}) {
          expect_exact({x}, {layer(x)}, fmt::format("{} {} {}", padding, size, strides));
          expect_exact({ids}, {layer(masked_embedding(2)(ids))}, "lookup");
        }
      }
    }
  }
}

TEST(LayerGradient, GlobalPooling) {
  const Symbol x = InputLayer({8, 3}), ids = InputLayer({7}, "int32");
  for (const bool keepdims : {false, true}) {
    for (const LayerSpec& layer : {GlobalMaxPooling1D({.keepdims = keepdims}),
                                   GlobalAveragePooling1D({.keepdims = keepdims})}) {
      expect_exact({x}, {layer(x)}, "all steps");
      expect_exact({ids}, {layer(masked_embedding(2)(ids))}, "masked steps");
    }
  }
}

TEST(LayerGradient, MaskingAndSpatialDropout) {
  const Symbol x = InputLayer({6, 3}), ids = InputLayer({7}, "int32");
  expect_exact({x}, {LSTM(4)(Masking()(x))}, "nothing masked");
  const Symbol zeros = Activation("relu")(Dense({.units = 2, .use_bias = false})(x));
  expect_exact({x}, {GRU(3)(Masking()(zeros))}, "steps without a positive feature are masked");
  expect_exact({ids}, {SpatialDropout1D(0.4)(masked_embedding(3)(ids))}, "dropout, lookup");
  expect_exact({ids}, {SpatialDropout1D(0)(masked_embedding(3)(ids))}, "rate 0, lookup");
  expect_exact({x}, {SimpleRNN(4)(SpatialDropout1D(0.4)(x))}, "dropout");
}

TEST(LayerGradient, Shapes) {
  const Symbol x = InputLayer({4, 3, 2}), v = InputLayer({5}), ids = InputLayer({7}, "int32");
  const Symbol rows = masked_embedding(2)(ids);
  expect_exact({x}, {Dense(3, "tanh")(Flatten()(x))}, "flatten");
  expect_exact({x}, {LSTM(3)(Reshape({6, -1})(x)), Reshape({-1})(x)}, "reshape");
  expect_exact({x}, {Dense(3)(Permute({3, 1, 2})(x))}, "permute");
  expect_exact({v}, {GRU(3)(RepeatVector(4)(v))}, "repeat");
  expect_exact({ids}, {Flatten()(rows), Reshape({2, 7})(rows), Permute({2, 1})(rows)}, "lookups");
  expect_exact({ids}, {LSTM(2)(Embedding(kVocabulary, 3)(Reshape({7})(Permute({1})(ids))))}, "ids");
}

TEST(LayerGradient, Merges) {
  const Symbol a = InputLayer({4, 3}), b = InputLayer({4, 3}), c = InputLayer({1, 3}),
               d = InputLayer({3}), ids = InputLayer({7}, "int32"), x = InputLayer({7, 2});
  const Symbol masked = masked_embedding(2)(ids), other = masked_embedding(2)(ids);
  const Symbol fewer = Masking()(Activation("relu")(Dense({.units = 2, .use_bias = false})(x)));
  for (const LayerSpec& layer : {Add(), Multiply(), Average(), Maximum(), Minimum()}) {
    const std::string what = class_name(layer);
    expect_exact({a, b}, {layer({a, b, a})}, what);
    expect_exact({a, c, d}, {layer({a, c, d}), layer({d, c})}, what + " broadcast");
    expect_exact({ids, x}, {layer({masked, x}), layer({x, masked, x})}, what + " one mask");
    expect_exact({ids, x}, {layer({masked, fewer, other}), LSTM(3)(layer({masked, fewer}))},
                 what + " masks");
  }
  expect_exact({a, b, c}, {Subtract()({a, b}), Subtract()({c, a})}, "subtract");
  expect_exact({ids, x}, {LSTM(3)(Subtract()({masked, fewer}))}, "subtract, masked");
}

TEST(LayerGradient, Concatenate) {
  const Symbol a = InputLayer({4, 3}), b = InputLayer({4, 2}), c = InputLayer({5, 3}),
               ids = InputLayer({7}, "int32");
  const Symbol masked = masked_embedding(3)(ids);
  expect_exact({a, b}, {Concatenate()({a, b, a})}, "features");
  expect_exact({a, c}, {LSTM(2)(Concatenate(1)({a, c}))}, "steps");
  expect_exact({ids, a}, {LSTM(2)(Concatenate(-2)({a, masked, masked}))}, "steps, masked");
  expect_exact({ids}, {LSTM(2)(Concatenate()({masked, masked}))}, "features, masked");
}

TEST(LayerGradient, Conv1D) {
  const Symbol x = InputLayer({8, 4}), ids = InputLayer({7}, "int32");
  for (const char* padding : {"valid", "same", "causal"}) {
    for (const int64_t groups : {1, 2}) {
      for (const auto& [strides, dilation] : {std::pair<int64_t, int64_t>{1, 1}, {2, 1}, {1, 2}}) {
        for (const bool bias : {false, true}) {
          const LayerSpec layer = Conv1D({.filters = 6,
                                          .kernel_size = 3,
                                          .strides = strides,
                                          .padding = padding,
                                          .dilation_rate = dilation,
                                          .groups = groups,
                                          .activation = bias ? "tanh" : "linear",
                                          .use_bias = bias});
          const std::string what = fmt::format("{} groups {} strides {} dilation {}", padding,
                                               groups, strides, dilation);
          expect_exact({x}, {layer(x)}, what);
          expect_exact({ids}, {layer(masked_embedding(4)(ids))}, what + ", lookup");
        }
      }
    }
  }
}

TEST(LayerGradient, RegularizersOfTheseLayers) {
  const Symbol x = InputLayer({8, 4});
  expect_exact({x},
               {Conv1D({.filters = 3,
                        .kernel_size = 2,
                        .kernel_regularizer = "l2",
                        .bias_regularizer = "l1",
                        .activity_regularizer = "l2"})(x)},
               "convolution");
  expect_exact({x}, {LayerNormalization({.beta_regularizer = "l2", .gamma_regularizer = "l1"})(x)},
               "layer normalization");
  expect_exact({x}, {BatchNormalization({.beta_regularizer = "l1", .gamma_regularizer = "l2"})(x)},
               "batch normalization");
}

TEST(LayerGradient, ActivationsOverTheLastAxis) {
  const Symbol x = InputLayer({3, 4}), ids = InputLayer({7}, "int32");
  for (const char* name : {"softmax", "log_softmax", "sparsemax", "glu"}) {
    expect_exact({x}, {Activation(name)(x)}, name);
    expect_exact({ids}, {Activation(name)(masked_embedding(4)(ids))},
                 name + std::string(", lookup"));
    if (name == std::string("glu")) continue;
    expect_exact({x}, {Dense(5, name)(x), Conv1D(5, 2, name)(x)},
                 name + std::string(", in layers"));
  }
}

// Dense maps the last axis of any rank.
TEST(LayerGradient, DenseOfAnyRank) {
  const Symbol v = InputLayer({3}), x = InputLayer({4, 3}), y = InputLayer({2, 4, 3});
  const LayerSpec dense = Dense(5, "tanh");
  expect_exact({v, x, y}, {dense(v), dense(x), dense(y)}, "one dense layer at three ranks");
}

}  // namespace
}  // namespace eddy::layer_gradient_test
