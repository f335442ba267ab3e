// SPDX-License-Identifier: MIT
#include "report/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "eddy/model.h"
#include "keras_tables.h"
#include "report/styled_text.h"

namespace eddy::summary_test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Sequential article_model() {
  return Sequential({Embedding(10000, 32), LSTM(32), Dense(1, "sigmoid")});
}

void fit_once(Sequential& model, const Optimizer& optimizer, int64_t steps) {
  model.compile({.optimizer = optimizer, .loss = "binary_crossentropy", .metrics = {"acc"}});
  model.fit(IntTensor(Shape{2, steps}), Tensor(Shape{2}), {.batch_size = 2});
}

TEST(Summary, AnUnbuiltModelIsKeras) {
  EXPECT_EQ(article_model().summary_text(80), keras_tables::kLstmUnbuilt80);
}

TEST(Summary, ABuiltModelIsKeras) {
  Sequential model = article_model();
  model.build({kNone, 500});
  EXPECT_EQ(model.summary_text(80), keras_tables::kLstmBuilt80);
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy"});
  EXPECT_EQ(model.summary_text(), keras_tables::kLstmBuilt80);
}

TEST(Summary, ATrainedModelShowsItsOptimizerAsKeras) {
  Sequential model = article_model();
  fit_once(model, "rmsprop", 500);
  EXPECT_EQ(model.summary_text(80), keras_tables::kLstmFitted80);
  EXPECT_EQ(model.summary_text(100), keras_tables::kLstmFitted100);
  EXPECT_EQ(model.summary_text(200), keras_tables::kLstmFitted100);
}

TEST(Summary, EveryLayerAndALongNameAreKeras) {
  Sequential model({Embedding({.input_dim = 50,
                               .output_dim = 8,
                               .name = "a_very_long_name_for_an_embedding_layer_indeed_yes"}),
                    SimpleRNN({.units = 16, .return_sequences = true}), Dropout(0.5), SimpleRNN(16),
                    Activation("relu"), Dense(3), Dense(3)},
                   {.name = "my_model"});
  EXPECT_EQ(model.summary_text(40), keras_tables::kMixedUnbuilt40);
  model.build({kNone, 7});
  EXPECT_EQ(model.summary_text(80), keras_tables::kMixed80);
  EXPECT_EQ(model.summary_text(100), keras_tables::kMixed100);
}

TEST(Summary, LayersThatAreNotRecurrentAreKeras) {
  Sequential model(
      {Embedding(20, 6), SpatialDropout1D(0.1), LayerNormalization(),
       Conv1D({.filters = 8, .kernel_size = 3, .padding = "same", .groups = 2}),
       BatchNormalization(), MaxPooling1D(), Permute({2, 1}), Flatten(), Reshape({5, 8}), Masking(),
       GlobalAveragePooling1D(), RepeatVector(3), LSTM({.units = 4, .return_sequences = true}),
       AveragePooling1D({.pool_size = 2, .strides = 1}), GlobalMaxPooling1D(), Dense(1)},
      {.name = "layers"});
  EXPECT_EQ(model.summary_text(80), keras_tables::kLayersUnbuilt80);
  model.build({kNone, 10});
  EXPECT_EQ(model.summary_text(80), keras_tables::kLayers80);
}

TEST(Summary, ACountOfNormalizationHasEightBytes) {
  Sequential model({Normalization()}, {.name = "sequential"});
  model.build({kNone, 5, 3});
  EXPECT_NE(
      model.summary_text(80).find(" Total params: 7 (32.00 B)\n Trainable params: 0 (0.00 B)\n"
                                  " Non-trainable params: 7 (32.00 B)\n"),
      std::string::npos)
      << model.summary_text(80);
}

TEST(Summary, OptimizerTotalsAreKeras) {
  const std::pair<Optimizer, const char*> cases[] = {
      {"adam",
       " Total params: 979,109 (3.74 MB)\n Trainable params: 326,369 (1.24 MB)\n"
       " Non-trainable params: 0 (0.00 B)\n Optimizer params: 652,740 (2.49 MB)\n"},
      {"sgd",
       " Total params: 326,371 (1.25 MB)\n Trainable params: 326,369 (1.24 MB)\n"
       " Non-trainable params: 0 (0.00 B)\n Optimizer params: 2 (12.00 B)\n"},
      {Optimizer("sgd", {{"momentum", 0.9}}),
       " Total params: 652,740 (2.49 MB)\n Trainable params: 326,369 (1.24 MB)\n"
       " Non-trainable params: 0 (0.00 B)\n Optimizer params: 326,371 (1.25 MB)\n"},
      {Optimizer("rmsprop", {{"momentum", 0.5}, {"centered", 1}}),
       " Total params: 1,305,478 (4.98 MB)\n Trainable params: 326,369 (1.24 MB)\n"
       " Non-trainable params: 0 (0.00 B)\n Optimizer params: 979,109 (3.74 MB)\n"}};
  for (const auto& [optimizer, totals] : cases) {
    Sequential model({Embedding(10000, 32), GRU(32), Dense(1, "sigmoid")});
    fit_once(model, optimizer, 10);
    EXPECT_THAT(model.summary_text(), EndsWith(totals)) << optimizer.name;
  }
}

TEST(Summary, GoesToAnyStreamWithoutColor) {
  std::ostringstream out;
  article_model().summary(out);
  EXPECT_EQ(out.str(), keras_tables::kLstmUnbuilt80);
}

TEST(Summary, ATinyWindowStillGetsATable) {
  Sequential model = article_model();
  EXPECT_EQ(model.summary_text(0), model.summary_text(32));
  EXPECT_THAT(model.summary_text(0), HasSubstr("Total params"));
}

TEST(StyledText, ColorsAreThoseOfKeras) {
  // Bytes of Keras 3.15.1 on a terminal of 256 colours.
  Sequential model({Embedding(50, 8)});
  model.build({kNone, 7});
  const std::string text = render_summary(model.network(), 80, true);
  EXPECT_THAT(text, HasSubstr("\x1b[1mModel: \"sequential\"\x1b[0m\n"));
  EXPECT_THAT(text, HasSubstr("┃\x1b[1m Layer (type)                    \x1b[0m┃"));
  EXPECT_THAT(text, HasSubstr("│ embedding (\x1b[38;5;33mEmbedding\x1b[0m)           │ "
                              "(\x1b[38;5;45mNone\x1b[0m, \x1b[38;5;34m7\x1b[0m, "
                              "\x1b[38;5;34m8\x1b[0m)           │           "
                              "\x1b[38;5;34m400\x1b[0m │\n"));
  EXPECT_THAT(text, HasSubstr("\x1b[1m Total params: \x1b[0m\x1b[38;5;34m400\x1b[0m (1.56 KB)\n"));
  EXPECT_THAT(render_summary(model.network(), 80, false), Not(HasSubstr("\x1b")));
}

TEST(StyledText, WrapsAtBlanksAndCutsLongWords) {
  const auto lines = StyledText("ab cdefghij klm n", Look::plain).wrap(5);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].render(false), "ab");
  EXPECT_EQ(lines[1].render(false), "cdef…");
  EXPECT_EQ(lines[2].render(false), "klm n");
  EXPECT_EQ(StyledText("größe", Look::plain).cells(), 5);
  EXPECT_EQ(StyledText("größer", Look::plain).wrap(4)[0].render(false), "grö…");
  EXPECT_EQ(StyledText().wrap(4).size(), 1U);
}

}  // namespace
}  // namespace eddy::summary_test
