// SPDX-License-Identifier: MIT
// States that do not leak from training into validation, what a model foretells and what it writes.
#include "eddy/language_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "eddy/callbacks.h"
#include "eddy/model.h"
#include "eddy/stream.h"
#include "message_of.h"

namespace eddy::language_model_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<int32_t> some_ids(size_t count, int32_t ids) {
  std::vector<int32_t> text(count);
  uint32_t state = 7;
  for (int32_t& id : text) {
    state = state * 1664525U + 1013904223U;
    id = static_cast<int32_t>((state >> 16) % static_cast<uint32_t>(ids));
  }
  return text;
}

// Weights that are all different, none small.
void shake(Model& model) {
  auto weights = model.get_weights();
  for (size_t w = 0; w < weights.size(); ++w) {
    for (int64_t i = 0; i < weights[w].size(); ++i) {
      weights[w][i] += 0.6F * std::sin(static_cast<float>(i) * 1.3F + static_cast<float>(w));
    }
  }
  model.set_weights(weights);
}

std::vector<LayerSpec> layers(int64_t ids, bool stateful) {
  return {Embedding(ids, 5), LSTM({.units = 7, .return_sequences = true, .stateful = stateful}),
          LayerNormalization(), GRU({.units = 6, .return_sequences = true, .stateful = stateful}),
          Dense(ids, "softmax")};
}

Sequential language_model(const TextEncoder& encoder) {
  Sequential model(
      layers(static_cast<int64_t>(encoder.vectorization->vocabulary.size()) + 2, false),
      {.seed = 3});
  model.build({kNone, kNone});
  model.set_text_encoder(encoder);
  shake(model);
  return model;
}

// A training begins each epoch and each validation with zeros: the losses are those of a model that
// is asked stream by stream.
TEST(ResetStates, KeepTheStatesOfTrainingOutOfValidation) {
  constexpr int64_t kIds = 6, kStreams = 4, kWindow = 5;
  const auto text = some_ids(101, kIds), held_out = some_ids(61, kIds);
  const TextWindows train = text_windows(text, kStreams, kWindow);
  const TextWindows validation = text_windows(held_out, 2, 6);
  Sequential model(layers(kIds, true), {.seed = 5});
  model.compile(
      {.optimizer = {"sgd", {{"learning_rate", 0.0}}}, .loss = "sparse_categorical_crossentropy"});
  model.build({kNone, kNone});
  shake(model);
  Sequential plain(layers(kIds, false));
  plain.build({kNone, kNone});
  plain.set_weights(model.get_weights());
  const auto loss = [&](const TextWindows& windows, const std::vector<int32_t>& ids) {
    double sum = 0;
    for (int64_t s = 0; s < windows.streams; ++s) {
      Stream stream(plain);
      for (int64_t i = 0; i < windows.windows * windows.maxlen; ++i) {
        const auto at = static_cast<size_t>(s * windows.stream_length + i);
        sum -= std::log(stream.step(ids[at])[static_cast<size_t>(ids[at + 1])]);
      }
    }
    return sum / static_cast<double>(windows.targets());
  };
  ResetStates reset(model);
  BitsPerCharacter bits;
  const History history = model.fit(train.x, train.y,
                                    {.epochs = 2,
                                     .batch_size = kStreams,
                                     .validation_data = LabelledData(validation.x, validation.y),
                                     .shuffle = false,
                                     .callbacks = {&reset, &bits},
                                     .validation_batch_size = validation.streams});
  const double wanted = loss(train, text), wanted_held_out = loss(validation, held_out);
  for (size_t epoch = 0; epoch < 2; ++epoch) {
    // Sums of some dozens of floats in another order.
    EXPECT_NEAR(history.history.at("loss")[epoch], wanted, 2e-6);
    EXPECT_NEAR(history.history.at("val_loss")[epoch], wanted_held_out, 2e-6);
    EXPECT_NEAR(history.history.at("bits_per_character")[epoch], wanted / std::log(2.0), 4e-6);
    EXPECT_NEAR(history.history.at("val_bits_per_character")[epoch],
                wanted_held_out / std::log(2.0), 4e-6);
  }
}

TEST(LanguageModel, IsToldFromOthers) {
  const TextEncoder encoder = character_encoder("hello, world\n");
  Sequential model = language_model(encoder);
  EXPECT_TRUE(is_language_model(model));
  TextEncoder words = encoder;
  words.vectorization->split = "whitespace";
  model.set_text_encoder(words);
  EXPECT_FALSE(is_language_model(model));
  TextEncoder tags = encoder;
  tags.classes = {"a", "b"};
  model.set_text_encoder(tags);
  EXPECT_FALSE(is_language_model(model));
  EXPECT_THAT(message_of([&] { Generator writer(model); }),
              HasSubstr("expected a language model of characters"));
}

TEST(LanguageModel, BitsAreThoseOfPredict) {
  const std::string text = "hello, world\n";
  const TextEncoder encoder = character_encoder(text);
  Sequential model = language_model(encoder);
  const auto ids = character_ids(encoder, text);
  const Tensor p = model.predict(IntTensor({1, static_cast<int64_t>(ids.size())}, ids));
  double bits = 0;
  for (size_t at = 0; at + 1 < ids.size(); ++at) {
    bits -= std::log2(p[static_cast<int64_t>(at) * p.dim(2) + ids[at + 1]]);
  }
  EXPECT_NEAR(text_bits(model, ids), bits, 2e-5);
  EXPECT_THAT(message_of([&] {
                text_bits(model, std::vector<int32_t>{2, 99});
              }),
              HasSubstr("got 99"));
}

TEST(Generator, TakesTheMostLikelyCharacterAtZero) {
  const TextEncoder encoder = character_encoder("hello, world\n");
  Sequential model = language_model(encoder);
  auto ids = character_ids(encoder, "wor");
  std::string wanted;
  for (int i = 0; i < 20; ++i) {
    const Tensor p = model.predict(IntTensor({1, static_cast<int64_t>(ids.size())}, ids));
    const float* last = p.data() + (p.dim(1) - 1) * p.dim(2);
    const auto best = static_cast<int32_t>(std::max_element(last + 2, last + p.dim(2)) - last);
    wanted += encoder.vectorization->vocabulary[static_cast<size_t>(best - 2)];
    ids.push_back(best);
  }
  EXPECT_EQ(generate(model, "wor", 20, {.temperature = 0}), wanted);
  EXPECT_EQ(generate(model, "wor", 20, {.temperature = 3, .top_k = 1}), wanted);
  EXPECT_EQ(generate(model, "wor", 20, {.top_p = 1e-9}), wanted);
}

TEST(Generator, DrawsAsOftenAsTheModelSays) {
  const TextEncoder encoder = character_encoder("abcabdacb\n");
  Sequential model = language_model(encoder);
  Generator reader(model);
  reader.read("ab");
  const auto p = reader.probabilities();
  std::vector<double> wanted(p.begin() + 2, p.end());
  for (double& w : wanted) w = std::pow(w, 1 / 0.7);
  double sum = 0;
  for (const double w : wanted) sum += w;
  constexpr int kDraws = 6000;
  std::map<std::string, int> drawn;
  for (int seed = 0; seed < kDraws; ++seed) {
    ++drawn[generate(model, "ab", 1, {.temperature = 0.7, .seed = static_cast<uint64_t>(seed)})];
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double q = wanted[i] / sum;
    const int count = drawn[encoder.vectorization->vocabulary[i]];
    EXPECT_NEAR(count, kDraws * q, 5 * std::sqrt(kDraws * q * (1 - q)) + 1) << i;
  }
}

TEST(Generator, CutsWhatIsUnlikely) {
  const TextEncoder encoder = character_encoder("abcabdacbe\n");
  Sequential model = language_model(encoder);
  Generator reader(model);
  reader.read("ab");
  const auto p = reader.probabilities();
  std::vector<std::pair<float, std::string>> ordered;
  float known = 0;
  for (size_t i = 2; i < p.size(); ++i) {
    ordered.emplace_back(p[i], encoder.vectorization->vocabulary[i - 2]);
    known += p[i];
  }
  std::sort(ordered.rbegin(), ordered.rend());
  const auto drawn_with = [&](GenerateOptions options) {
    std::set<std::string> drawn;
    for (options.seed = 0; options.seed < 900; ++options.seed) {
      drawn.insert(generate(model, "ab", 1, options));
    }
    return drawn;
  };
  const std::set<std::string> two = {ordered[0].second, ordered[1].second};
  EXPECT_EQ(drawn_with({.temperature = 4, .top_k = 2}), two);
  const double share = (ordered[0].first + 0.5 * ordered[1].first) / known;
  EXPECT_EQ(drawn_with({.top_p = share}), two);
}

TEST(Generator, WritesTheSameWithTheSameSeed) {
  const TextEncoder encoder = character_encoder("hello, world\n");
  Sequential model = language_model(encoder);
  const std::string text = generate(model, "he", 60, {.seed = 4});
  EXPECT_EQ(generate(model, "he", 60, {.seed = 4}), text);
  EXPECT_NE(generate(model, "he", 60, {.seed = 5}), text);
  EXPECT_EQ(text.size(), 60U);
  // Nothing read: as after a line end.
  EXPECT_EQ(generate(model, "", 60, {.seed = 4}), generate(model, "\n", 60, {.seed = 4}));
  EXPECT_EQ(generate(model, "he", 0), "");
}

TEST(Generator, TellsWhatItDoesNotKnow) {
  const TextEncoder encoder = character_encoder("hello\n");
  Sequential model = language_model(encoder);
  Generator writer(model);
  EXPECT_THAT(writer.read("h\xc3\xa9llo \xc3\xa9!"), ElementsAre("\xc3\xa9", " ", "!"));
  for (int i = 0; i < 50; ++i) EXPECT_NE(writer.next(), "");
}

TEST(Generator, RefusesOptionsOutOfRange) {
  Sequential model = language_model(character_encoder("hello\n"));
  EXPECT_THAT(message_of([&] { generate(model, "h", 1, {.temperature = -1}); }),
              HasSubstr("temperature: expected a number from 0, got -1"));
  EXPECT_THAT(message_of([&] { generate(model, "h", 1, {.top_k = -2}); }), HasSubstr("top_k"));
  EXPECT_THAT(message_of([&] { generate(model, "h", 1, {.top_p = 0}); }), HasSubstr("top_p"));
  EXPECT_THAT(message_of([&] { generate(model, "h", -1); }), HasSubstr("length"));
}

}  // namespace
}  // namespace eddy::language_model_test
