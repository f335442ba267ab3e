// SPDX-License-Identifier: MIT
// What differs between two models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "eddy/inspect.h"
#include "files_support.h"

namespace eddy::files::model_diff_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Change* find(const std::vector<Change>& changes, const std::string& key) {
  for (const auto& change : changes) {
    if (change.key == key) return &change;
  }
  return nullptr;
}

std::string told(const std::vector<Change>& changes, const std::string& key) {
  const Change* change = find(changes, key);
  return change == nullptr ? "no such change" : change->before + " -> " + change->after;
}

const WeightDiff& weight(const ModelDiff& diff, const std::string& layer, const std::string& path) {
  for (const auto& one : diff.weights) {
    if (one.layer == layer && one.path == path) return one;
  }
  throw std::runtime_error("no weight " + layer + "/" + path);
}

TEST(ModelDiff, AModelAndItsFilesAreIdentical) {
  const TestFolder folder;
  const Sequential model = trained_model(LSTM(4), "adam");
  model.save(folder / "m.keras");
  model.save(folder / "m.h5");
  for (const char* name : {"m.keras", "m.h5"}) {
    const ModelDiff found = diff(model, Model::load(folder / name));
    EXPECT_TRUE(found.identical) << name;
    EXPECT_THAT(found.settings, IsEmpty());
    EXPECT_THAT(found.layers, IsEmpty());
    EXPECT_EQ(found.weights.size(), 6U);
  }
}

TEST(ModelDiff, ChangesOfWeightsByHand) {
  const auto made = [](std::vector<float> kernel, std::vector<float> bias) {
    Sequential model({Dense({.units = 2, .name = "d"})}, {.name = "m"});
    model.build({kNone, 2});
    model.set_weights({Tensor({2, 2}, std::move(kernel)), Tensor({2}, std::move(bias))});
    return model;
  };
  const ModelDiff found = diff(made({3, 4, 0, 12}, {1, 2}), made({3, 4, 1.5F, 10}, {1, 2}));
  const WeightDiff& kernel = weight(found, "d", "kernel");
  EXPECT_FALSE(found.identical);
  EXPECT_FALSE(kernel.identical);
  EXPECT_DOUBLE_EQ(kernel.relative, std::sqrt(2.25 + 4) / 13);
  EXPECT_DOUBLE_EQ(kernel.largest, 2);
  EXPECT_THAT(kernel.where, ElementsAre(1, 1));
  EXPECT_TRUE(weight(found, "d", "bias").identical);
  EXPECT_THAT(found.layers, IsEmpty());

  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(diff(made({nan, 1, 1, 1}, {0, 0}), made({nan, 1, 1, 1}, {0, 0})).identical);
  const ModelDiff lost = diff(made({1, 1, 1, 1}, {0, 0}), made({1, 9, nan, 1}, {0, 5}));
  EXPECT_TRUE(std::isinf(weight(lost, "d", "kernel").largest));
  EXPECT_THAT(weight(lost, "d", "kernel").where, ElementsAre(1, 0));
  EXPECT_TRUE(std::isinf(weight(lost, "d", "bias").relative));  // of zeros
  EXPECT_DOUBLE_EQ(weight(lost, "d", "bias").largest, 5);
  // A sign of zero is a difference of bits, though not of size.
  const ModelDiff sign = diff(made({0, 0, 0, 0}, {0, 0}), made({-0.0F, 0, 0, 0}, {0, 0}));
  EXPECT_FALSE(sign.identical);
  EXPECT_DOUBLE_EQ(weight(sign, "d", "kernel").relative, 0);
}

Sequential stack(std::vector<LayerSpec> layers) {
  Sequential model(std::move(layers), {.name = "m", .seed = 3});
  model.build({kNone, 6, 3});
  return model;
}

TEST(ModelDiff, LayersAddedRemovedAndChanged) {
  const Sequential before =
      stack({LSTM({.units = 4, .return_sequences = true, .name = "a"}),
             LSTM({.units = 5, .name = "b"}), Dropout(0.5), Dense({.units = 2, .name = "out"})});
  const Sequential after =
      stack({LSTM({.units = 4, .return_sequences = true, .name = "a"}),
             LSTM({.units = 6, .dropout = 0.25, .name = "b"}), LayerNormalization({.name = "n"}),
             Dense({.units = 2, .name = "out"})});
  const ModelDiff found = diff(before, after);
  std::vector<std::string> told_of;
  for (const auto& layer : found.layers) told_of.push_back(layer.kind + " " + layer.name);
  EXPECT_THAT(told_of, testing::UnorderedElementsAre("changed b", "removed dropout", "added n",
                                                     "changed out"));
  for (const auto& layer : found.layers) {
    if (layer.name == "b") {
      EXPECT_EQ(layer.changes.size(), 2U);
      EXPECT_EQ(told(layer.changes, "units"), "5 -> 6");
      EXPECT_EQ(told(layer.changes, "dropout"), "0.0 -> 0.25");
    }
    if (layer.name == "out") {
      EXPECT_EQ(told(layer.changes, "inputs"), "dropout -> n");
    }
  }
  EXPECT_TRUE(weight(found, "a", "cell/kernel").identical);
  EXPECT_FALSE(weight(found, "b", "cell/kernel").same_shape);
  EXPECT_EQ(weight(found, "b", "cell/kernel").before, (Shape{4, 20}));
  EXPECT_EQ(weight(found, "b", "cell/kernel").after, (Shape{4, 24}));
  EXPECT_TRUE(weight(found, "n", "gamma").before.empty());
}

TEST(ModelDiff, ALayerOfAnotherNameIsNoOtherLayer) {
  const Sequential before =
      stack({LSTM({.units = 4, .name = "lstm"}), Dense({.units = 1, .name = "d"})});
  const Sequential after =
      stack({LSTM({.units = 4, .name = "lstm_7"}), Dense({.units = 1, .name = "d"})});
  const ModelDiff found = diff(before, after);
  ASSERT_EQ(found.layers.size(), 1U);  // not the Dense behind it
  EXPECT_EQ(told(found.layers[0].changes, "name"), "lstm -> lstm_7");
  for (const auto& one : found.weights) EXPECT_TRUE(one.identical) << one.path;
  EXPECT_FALSE(found.identical);
}

TEST(ModelDiff, WordsClassesThresholdAndNotes) {
  const auto with = [](std::vector<std::string> words, double threshold, const std::string& last) {
    Sequential model = trained_model(GRU(3), "rmsprop");
    TextEncoder encoder;
    encoder.words = std::move(words);
    encoder.maxlen = 6;
    encoder.threshold = threshold;
    encoder.classes = {"no", last};
    model.set_text_encoder(encoder);
    model.set_note("origin", last);
    return model;
  };
  const ModelDiff found = diff(with({"the", "old", "film", "bad"}, 0.5, "yes"),
                               with({"the", "film", "new"}, 0.25, "maybe"));
  EXPECT_EQ(found.words.before, 4);
  EXPECT_EQ(found.words.after, 3);
  EXPECT_THAT(found.words.added, ElementsAre("new"));
  EXPECT_THAT(found.words.lost, ElementsAre("old", "bad"));
  EXPECT_EQ(found.words.moved, 1);
  EXPECT_THAT(found.classes_added, ElementsAre("maybe"));
  EXPECT_THAT(found.classes_lost, ElementsAre("yes"));
  EXPECT_EQ(told(found.settings, "text.threshold"), "0.5 -> 0.25");
  EXPECT_EQ(told(found.settings, "note origin"), "yes -> maybe");
  for (const auto& one : found.weights) EXPECT_TRUE(one.identical);
  EXPECT_TRUE(found.same_optimizer_state);
  EXPECT_FALSE(found.identical);
}

TEST(ModelDiff, OptimizersAndTheirState) {
  const Sequential before = trained_model(GRU(3), {"rmsprop", {{"learning_rate", 0.25}}});
  const Sequential after = trained_model(GRU(3), "adam");
  const ModelDiff found = diff(before, after);
  EXPECT_EQ(told(found.settings, "optimizer"), "rmsprop -> adam");
  EXPECT_EQ(told(found.settings, "optimizer.learning_rate"), "0.25 -> 0.001");
  EXPECT_FALSE(found.same_optimizer_state);
  // Weights as before, one more step counted: the state alone.
  Sequential again = trained_model(GRU(3), {"rmsprop", {{"learning_rate", 0.25}}});
  again.fit(some_ids(), some_labels(), {.batch_size = 8});
  again.set_weights(before.get_weights());
  const ModelDiff state = diff(before, again);
  EXPECT_EQ(told(state.settings, "optimizer.iterations"), "4 -> 5");
  EXPECT_FALSE(state.same_optimizer_state);
  for (const auto& one : state.weights) EXPECT_TRUE(one.identical);
}

TEST(ModelDiff, ModelsOfDifferentKinds) {
  const Symbol x = InputLayer({6, 3}, "float32", "x");
  const Model functional({x},
                         {Dense({.units = 2, .name = "out"})(LSTM({.units = 4, .name = "a"})(x))});
  const Sequential chain =
      stack({Conv1D({.filters = 2, .kernel_size = 3, .name = "c"}), GRU({.units = 4, .name = "g"}),
             Dense({.units = 3, .name = "out"})});
  const ModelDiff found = diff(functional, chain);
  EXPECT_EQ(told(found.settings, "class_name"), "Functional -> Sequential");
  EXPECT_FALSE(found.identical);
  EXPECT_THROW(diff(functional, Sequential({Dense(1)})), Error);
}

}  // namespace
}  // namespace eddy::files::model_diff_test
