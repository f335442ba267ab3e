// SPDX-License-Identifier: MIT
// What inference keeps from call to call never shows in its numbers: every answer is, bit for bit,
// that of a model that answers for the first time.
#include "layers/inference_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "eddy/model.h"
#include "eddy/stream.h"
#include "layers/graph.h"
#include "model/network.h"

namespace eddy::inference_memory_test {
namespace {

constexpr int64_t kVocabulary = 60, kSteps = 25;

Sequential make_model(const std::string& cell) {
  Sequential model(
      {Embedding(kVocabulary, 7), Recurrent({.units = 9, .return_sequences = true, .cell = cell}),
       Recurrent({.units = 6, .cell = cell}), Dense(1, "sigmoid")},
      {.seed = 3});
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy"});
  model.build({kNone, kSteps});
  return model;
}

// Left-padded rows of 1 to kSteps ids.
IntTensor make_rows(int64_t count, uint64_t seed) {
  Random random(seed, 0);
  IntTensor rows({count, kSteps});
  for (int64_t row = 0; row < count; ++row) {
    const auto padding = static_cast<int64_t>(random.below(kSteps));
    for (int64_t t = padding; t < kSteps; ++t) {
      rows[row * kSteps + t] = 1 + static_cast<int32_t>(random.below(kVocabulary - 1));
    }
  }
  return rows;
}

std::vector<float> answers(Model& model, const IntTensor& x, int64_t batch_size) {
  const Tensor y = model.predict(x, batch_size);
  return {y.values().begin(), y.values().end()};
}

// Of a model with the same weights that has never answered before.
std::vector<float> first_answers(const Model& model, const std::string& cell, const IntTensor& x) {
  Sequential other = make_model(cell);
  other.set_weights(model.get_weights());
  return answers(other, x, 128);
}

TEST(InferenceMemory, OneRowAnswersAsInABatch) {
  for (const auto& cell : cell_names()) {
    Sequential model = make_model(cell);
    const IntTensor x = make_rows(40, 1);
    const auto expected = first_answers(model, cell, x);
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(answers(model, x, 1), expected) << cell;
      EXPECT_EQ(answers(model, x, 7), expected) << cell;
      EXPECT_EQ(answers(model, x, 128), expected) << cell;
    }
  }
}

TEST(InferenceMemory, EveryChangedWeightCounts) {
  for (const auto& cell : cell_names()) {
    Sequential model = make_model(cell);
    const IntTensor x = make_rows(5, 2);
    const auto before = answers(model, x, 1);
    for (auto* weight : model.network().graph->weights()) {
      // Of a table: the padding's row, and one of a word.
      const int64_t word = x.data()[kSteps - 1];
      const bool table = weight->name == "embeddings";
      for (const int64_t at : {int64_t{0}, table ? word * 7 : weight->size() - 1}) {
        float& value = weight->value[static_cast<size_t>(at)];
        const float saved = value;
        value += 0.5F;
        const auto after = answers(model, x, 1);
        EXPECT_NE(after, before) << cell << " " << weight->holder << " " << weight->name;
        EXPECT_EQ(after, first_answers(model, cell, x)) << cell << " " << weight->name;
        value = saved;
      }
    }
  }
}

TEST(InferenceMemory, TrainingAndStreamsInBetween) {
  for (const auto& cell : cell_names()) {
    Sequential model = make_model(cell);
    const IntTensor x = make_rows(24, 3);
    Tensor y({24});
    for (int64_t i = 0; i < 24; i += 2) y[i] = 1;
    for (int round = 0; round < 3; ++round) {
      const auto before = answers(model, x, 1);
      model.fit(x, y, {.batch_size = 24});
      EXPECT_NE(answers(model, x, 1), before) << cell;
      EXPECT_EQ(answers(model, x, 5), first_answers(model, cell, x)) << cell;
      const Stream stream(model);
      EXPECT_EQ(answers(model, x, 5), first_answers(model, cell, x)) << cell;
    }
    // Training leaves its own things behind, here with the same weights.
    model.compile({.optimizer = {"sgd", {{"learning_rate", 0.0}}}, .loss = "binary_crossentropy"});
    const auto before = answers(model, x, 1);
    model.fit(x, y, {.batch_size = 24});
    EXPECT_EQ(answers(model, x, 1), before) << cell;
  }
}

// Batches of one call know that they have the same weights, unless somebody was called in between.
TEST(InferenceMemory, CallbacksOfEvaluateMayMoveWeights) {
  class Mover : public Callback {
   public:
    explicit Mover(Model& model) : weights_(model.network().graph->weights()) {}
    void on_test_batch_end(TrainingState&) override {
      for (auto* weight : weights_) weight->value[0] += 0.5F;
    }

   private:
    std::vector<Weight<float>*> weights_;
  };
  const IntTensor x = make_rows(8, 4);
  Tensor y({8});
  for (int64_t i = 0; i < 8; i += 3) y[i] = 1;
  for (const auto& cell : cell_names()) {
    Sequential model = make_model(cell);
    Mover mover(model);
    EvaluateOptions options{.batch_size = 4, .callbacks = {&mover}};
    const double moving = model.evaluate(x, y, options).front().second;
    Sequential other = make_model(cell);
    double loss = 0;
    for (const int64_t first : {0, 4}) {
      IntTensor rows({4, kSteps});
      std::copy_n(x.data() + first * kSteps, 4 * kSteps, rows.data());
      Tensor targets({4});
      std::copy_n(y.data() + first, 4, targets.data());
      loss += other.evaluate(rows, targets, 4).front().second / 2;
      for (auto* weight : other.network().graph->weights()) weight->value[0] += 0.5F;
    }
    EXPECT_NEAR(moving, loss, 1e-6) << cell;
  }
}

// What a layer does with the memory, in small: rows stand for their ids' own values.
class Rows {
 public:
  explicit Rows(int64_t vocabulary) : table(static_cast<size_t>(vocabulary)) {
    for (size_t id = 0; id < table.size(); ++id) table[id] = static_cast<float>(id);
  }
  // How many rows were new.
  int64_t look_up(const std::vector<int32_t>& ids, int64_t row_bytes) {
    std::vector<int32_t> cells(ids.size());
    for (size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<int32_t>(i);
    const Lookup<float> lookup{table.data(), ids.data(), static_cast<int64_t>(table.size())};
    memory.look_up(lookup, cells.data(), static_cast<int64_t>(ids.size()), 1, row_bytes);
    EXPECT_LE(memory.rows(), memory.capacity());
    for (size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(memory.inputs()[memory.index()[i]], table[static_cast<size_t>(ids[i])]);
    }
    const int64_t fresh = memory.rows() - memory.first_new();
    if (completes) memory.rows_are_there();
    return fresh;
  }

  InferenceMemory<float> memory;
  std::vector<float> table;
  bool completes = true;
};

TEST(InferenceMemory, KeepsRowsWithinItsBounds) {
  Rows rows(50);
  const int64_t third = InferenceMemory<float>::kMostBytes / 3;
  EXPECT_EQ(rows.look_up({4, 5, 4}, third), 2);
  EXPECT_EQ(rows.look_up({5, 6}, third), 1);
  EXPECT_EQ(rows.look_up({4, 5, 6}, third), 0);
  EXPECT_EQ(rows.look_up({6, 7}, third), 2);           // no place: all anew
  EXPECT_EQ(rows.look_up({1, 2, 3, 4, 5}, third), 5);  // more than is kept, for this call
  EXPECT_EQ(rows.look_up({5, 1}, third), 0);
}

TEST(InferenceMemory, ForgetsRowsThatChangedOrNeverCame) {
  Rows rows(50);
  EXPECT_EQ(rows.look_up({4, 5}, 4), 2);
  rows.table[9] = -1;  // not asked for so far
  EXPECT_EQ(rows.look_up({4, 9}, 4), 1);
  rows.table[4] = -1;
  EXPECT_EQ(rows.look_up({9, 5}, 4), 0);
  EXPECT_EQ(rows.look_up({4, 5}, 4), 2);
  rows.completes = false;
  EXPECT_EQ(rows.look_up({4, 8}, 4), 1);
  rows.completes = true;
  EXPECT_EQ(rows.look_up({4, 8}, 4), 2);
}

}  // namespace
}  // namespace eddy::inference_memory_test
