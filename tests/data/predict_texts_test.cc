// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "data_support.h"
#include "eddy/datasets.h"
#include "eddy/model.h"
#include "model/network.h"

namespace eddy::predict_texts_test {
namespace {

using data::expect_error;

TextEncoder encoder() {
  TextEncoder made;
  made.words = {"the", "film", "was", "good"};
  made.num_words = 8;
  made.maxlen = 5;
  return made;
}

Sequential model_ending_with(std::vector<LayerSpec> last) {
  std::vector<LayerSpec> layers = {Embedding(8, 3)};
  for (auto& layer : last) layers.push_back(std::move(layer));
  Sequential model(std::move(layers), {.seed = 7});
  model.set_text_encoder(encoder());
  return model;
}

TEST(PredictTexts, AnswersAsPredictDoesForTheirIds) {
  Sequential model = model_ending_with({GRU(2), Dense(1, "sigmoid")});
  const std::vector<std::string> texts = {"The film was GOOD.", "film", "good good the film was"};
  const auto answers = model.predict_texts(texts);
  const Tensor p = model.predict(pad_sequences(encode(encoder(), texts), {.maxlen = 5}), 128);
  ASSERT_EQ(answers.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(answers[i], p[static_cast<int64_t>(i)]);
  EXPECT_THAT(model.predict_texts({}), testing::IsEmpty());
}

TEST(PredictTexts, IndexesTheWordsOnceForEachEncoder) {
  Sequential model = model_ending_with({GRU(2), Dense(1, "sigmoid")});
  const auto before = model.predict_texts({"the film"});
  const TextIndex* index = model.network().text_index.get();
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(model.predict_texts({"the film"}), before);
  EXPECT_EQ(model.network().text_index.get(), index);
  Sequential moved = std::move(model);
  EXPECT_EQ(moved.predict_texts({"the film"}), before);

  TextEncoder other = encoder();
  other.words = {"good", "was", "film", "the"};
  moved.set_text_encoder(other);
  EXPECT_EQ(moved.predict_texts({"good was"}), before);
  EXPECT_NE(moved.predict_texts({"the film"}), before);
}

TEST(PredictTexts, RefusesAModelWithoutOneNumberAText) {
  const auto refused = [](std::vector<LayerSpec> last, const std::string& got) {
    expect_error(ErrorCode::not_supported, "expected one output for each text, (None, 1), " + got,
                 [&] { model_ending_with(std::move(last)).predict_texts({"the film"}); });
  };
  refused({GRU(2), Dense(3, "softmax")}, "got (None, 3)");
  refused({GRU({.units = 2, .return_sequences = true}), Dense(1)}, "got (None, 5, 1)");
}

TEST(PredictTexts, RefusesAModelWithoutItsVocabularyAndEmptyTexts) {
  Sequential silent({Embedding(8, 3), GRU(2), Dense(1, "sigmoid")});
  expect_error(ErrorCode::not_supported, "carries its vocabulary",
               [&] { silent.predict_texts({"the film"}); });
  Sequential model = model_ending_with({GRU(2), Dense(1, "sigmoid")});
  expect_error(ErrorCode::bad_data, "text 1: expected at least one letter or digit", [&] {
    model.predict_texts({"fine", ""});
  });
}

}  // namespace
}  // namespace eddy::predict_texts_test
