// SPDX-License-Identifier: MIT
#include "layers/options.h"

#include <gtest/gtest.h>

#include "eddy/error.h"

namespace eddy::options_test {
namespace {

TEST(LayerNames, SnakeCaseIsKerasRule) {
  const std::pair<const char*, const char*> cases[] = {
      {"Embedding", "embedding"},
      {"SimpleRNN", "simple_rnn"},
      {"LSTM", "lstm"},
      {"GRUCell", "gru_cell"},
      {"SimpleRNNCell", "simple_rnn_cell"},
      {"TimeDistributed", "time_distributed"},
      {"SpatialDropout1D", "spatial_dropout1d"},
      {"MaxPooling1D", "max_pooling1d"},
      {"GlobalMaxPooling1D", "global_max_pooling1d"},
      {"RMSprop", "rm_sprop"},
      {"AdamW", "adam_w"},
      {"SGD", "sgd"},
      {"StackedRNNCells", "stacked_rnn_cells"},
      {"Conv1D", "conv1d"}};
  for (const auto& [name, expected] : cases) EXPECT_EQ(snake_case(name), expected);
}

TEST(LayerNames, ClassNamesComeBackAsDefaults) {
  for (const char* name : {"Embedding",
                           "SimpleRNN",
                           "LSTM",
                           "GRU",
                           "Dense",
                           "Dropout",
                           "Activation",
                           "Bidirectional",
                           "TimeDistributed",
                           "RNN",
                           "LayerNormalization",
                           "BatchNormalization",
                           "Normalization",
                           "Masking",
                           "SpatialDropout1D",
                           "MaxPooling1D",
                           "AveragePooling1D",
                           "GlobalMaxPooling1D",
                           "GlobalAveragePooling1D",
                           "Flatten",
                           "Reshape",
                           "Permute",
                           "RepeatVector",
                           "Add",
                           "Subtract",
                           "Multiply",
                           "Average",
                           "Maximum",
                           "Minimum",
                           "Concatenate",
                           "Conv1D"}) {
    EXPECT_EQ(class_name(default_spec(name)), name);
    EXPECT_EQ(layer_name(default_spec(name)), "");
  }
  LayerSpec spec = Dense(1);
  set_layer_name(spec, "head");
  EXPECT_EQ(layer_name(spec), "head");
}

TEST(LayerNames, UnknownClassSuggestsTheNearest) {
  try {
    default_spec("Lstm");
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::not_supported);
    EXPECT_NE(e.fix().find("LSTM"), std::string::npos);
  }
}

TEST(LayerFactories, SetWhatTheyNameAndKeepTheRest) {
  const auto lstm = std::get<RecurrentOptions>(LSTM({.units = 3, .return_sequences = true}));
  EXPECT_EQ(lstm.cell, "lstm");
  EXPECT_EQ(lstm.units, 3);
  EXPECT_TRUE(lstm.return_sequences);
  EXPECT_EQ(std::get<RecurrentOptions>(SimpleRNN(2)).cell, "simple_rnn");
  EXPECT_EQ(std::get<RecurrentOptions>(GRU(2)).cell, "gru");
  EXPECT_EQ(std::get<RecurrentOptions>(Recurrent({.units = 1, .cell = "LSTM"})).cell, "lstm");
  EXPECT_EQ(std::get<EmbeddingOptions>(Embedding(9, 4)).output_dim, 4);
  EXPECT_EQ(std::get<DenseOptions>(Dense(2, "relu")).activation, "relu");
  EXPECT_EQ(std::get<DropoutOptions>(Dropout(0.5)).rate, 0.5);
  EXPECT_EQ(std::get<ActivationOptions>(Activation("tanh")).activation, "tanh");
  EXPECT_THROW(Recurrent({.units = 1, .cell = "lstn"}), Error);
}

}  // namespace
}  // namespace eddy::options_test
