// SPDX-License-Identifier: MIT
// Whole runs of fit() against real Keras: history, evaluate and last weights of small models, made
// by scripts/golden_fit.py.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "eddy/model.h"
#include "golden_fit_support.h"
#include "model/network.h"
#include "training/golden_support.h"

namespace eddy::golden_fit_test {
namespace {

using nlohmann::json;

// Keras sums in float32, in another order. Over the 3 to 12 epochs of a case, at learning rates up
// to 0.5, the differences grow to some 1e-6.
constexpr double kTolerance = 1e-5;

Model model_of(const std::string& kind, const Given& given) {
  if (kind == "dense") return Sequential({Dense(given.first), Dense(given.last)});
  if (kind == "classes") return Sequential({Dense(4, "tanh"), Dense(3, "softmax")});
  if (kind == "sequence") {
    return Sequential({Embedding(given.embedding), LSTM(given.lstm), Dense(3, "softmax")});
  }
  if (kind == "last") {
    return Sequential({Embedding(given.embedding), GRU({.units = 3, .return_sequences = true}),
                       SimpleRNN(4), Dense(1, "sigmoid")});
  }
  const Symbol ids = InputLayer({4}, "int32"), reals = InputLayer({3});
  const Symbol label =
      Dense({.units = 1, .activation = "sigmoid", .name = "label"})(LSTM(3)(Embedding(7, 4)(ids)));
  const Symbol state = Dense(4)(reals);
  const Symbol values =
      Dense({.units = 2, .name = "values"})(GRU(4)({Embedding(7, 5)(ids), state}));
  return Model({ids, reals}, {label, values});
}

void plain_compile(const std::string& kind, CompileOptions& options) {
  options.metrics = {"acc"};
  if (kind == "dense" || kind == "last") options.loss = "binary_crossentropy";
  if (kind == "classes") options.loss = "categorical_crossentropy";
  if (kind == "sequence") options.loss = "sparse_categorical_crossentropy";
  if (kind == "pair") {
    options.optimizer.values["learning_rate"] = 0.1;
    options.loss = std::vector<LossSpec>{LossSpec("binary_crossentropy"), LossSpec("mse")};
    options.metrics = {};
  }
}

std::vector<Tensor> tensors(const json& at, const char* key) {
  std::vector<Tensor> result;
  if (!at.contains(key)) return result;
  for (const json& one : at.at(key)) {
    result.emplace_back(one.at("shape").get<Shape>(), numbers_as<float>(one.at("values")));
  }
  return result;
}

std::vector<Input> inputs(const json& at) {
  std::vector<Input> result;
  for (const json& one : at.at("x")) {
    const auto shape = one.at("shape").get<Shape>();
    if (one.contains("ids")) {
      result.emplace_back(IntTensor(shape, one.at("ids").get<std::vector<int32_t>>()));
    } else {
      result.emplace_back(Tensor(shape, numbers_as<float>(one.at("values"))));
    }
  }
  return result;
}

template <class T>
BasicTensor<T> first_rows(const BasicTensor<T>& all, int64_t rows) {
  Shape shape = all.shape();
  shape[0] = rows;
  const auto end = all.values().begin() + element_count(shape);
  return {shape, std::vector<T>(all.values().begin(), end)};
}

void compare(const std::map<std::string, std::vector<double>>& got, const json& want,
             const std::string& title, Worst& worst) {
  std::vector<std::string> keys, known;
  for (const auto& [key, values] : got) keys.push_back(key);
  for (const auto& [key, values] : want.items()) known.push_back(key);
  ASSERT_EQ(keys, known) << title;
  for (const auto& [key, values] : got) {
    const auto numbers = read_numbers(want.at(key));
    ASSERT_EQ(values.size(), numbers.size()) << title << ' ' << key;
    for (size_t i = 0; i < values.size(); ++i) {
      worst.see(values[i], numbers[i], fmt::format("{} {} {}", title, key, i), kTolerance);
    }
  }
}

// evaluate() in the order of Keras' list, where it does not name a value twice.
void compare_order(const Metrics& got, const json& at, const std::string& title) {
  const auto want = read_numbers(at.at("evaluate_list"));
  if (want.size() != got.size()) return;
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[i].second, want[i], 1e-4) << title << ": " << got[i].first;
  }
}

struct WorstOfRuns {
  Worst history{"fit_history"}, evaluate{"fit_evaluate"}, weights{"fit_weights"};
};

void run_case(const json& at, Given given, WorstOfRuns& worst) {
  const std::string title = at.at("title");
  Model model = model_of(at.at("model"), given);
  const auto x = inputs(at);
  const auto y = tensors(at, "y");
  if (x.size() == 1) {
    Shape shape = std::visit([](const auto& values) { return values.shape(); }, x[0]);
    shape[0] = kNone;
    model.build(shape);
  }
  model.set_weights(tensors(at, "weights"));
  model.compile(given.compile);
  given.fit.sample_weight = tensors(at, "sample_weight");
  given.fit.validation_sample_weight = tensors(at, "validation_sample_weight");
  if (given.validation_rows > 0) {
    LabelledData rows(std::vector<Input>{}, std::vector<Tensor>{});
    for (const Input& input : x) {
      rows.x.push_back(std::visit(
          [&](const auto& values) { return Input(first_rows(values, given.validation_rows)); },
          input));
    }
    for (const Tensor& targets : y) rows.y.push_back(first_rows(targets, given.validation_rows));
    given.fit.validation_data = rows;
  }
  const History history = model.fit(x, y, given.fit);
  EXPECT_EQ(history.epoch, at.at("epoch").get<std::vector<int64_t>>()) << title;
  compare(history.history, at.at("history"), title, worst.history);
  const Metrics metrics = model.evaluate(
      x, y, {.batch_size = given.evaluate_batch, .sample_weight = given.fit.sample_weight});
  std::map<std::string, std::vector<double>> results;
  for (const auto& [name, value] : metrics) results[name].push_back(value);
  json wanted = at.at("evaluate");
  for (json& value : wanted) value = json::array({value});
  compare(results, wanted, title + " evaluate", worst.evaluate);
  compare_order(metrics, at, title);
  EXPECT_NEAR(model.network().optimizer_state().learning_rate(),
              at.at("learning_rate").get<double>(), 1e-8)
      << title;
  const auto got = model.get_weights(), want = tensors(at, "final");
  ASSERT_EQ(got.size(), want.size()) << title;
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), want[i].shape()) << title;
    for (int64_t k = 0; k < got[i].size(); ++k) {
      worst.weights.see(got[i][k], want[i][k], title + " weight " + std::to_string(i), kTolerance);
    }
  }
}

TEST(Golden, WholeRunsOfFit) {
  Changes changes = all_changes();
  WorstOfRuns worst;
  for (const json& at : golden_cases("fit")) {
    const std::string title = at.at("title");
    const auto change = changes.find(title);
    ASSERT_NE(change, changes.end()) << title;
    Given given;
    plain_compile(at.at("model"), given.compile);
    change->second(given);
    run_case(at, std::move(given), worst);
    changes.erase(change);
  }
  EXPECT_TRUE(changes.empty()) << changes.begin()->first << " is not in the file";
}

}  // namespace
}  // namespace eddy::golden_fit_test
