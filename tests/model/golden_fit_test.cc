// SPDX-License-Identifier: MIT
// Whole runs of fit() against real Keras: history, evaluate and last weights of small models, made
// by scripts/golden_fit.py. Here stands what every case's title means.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>

#include "eddy/callbacks.h"
#include "eddy/model.h"
#include "model/network.h"
#include "training/golden_support.h"

namespace eddy::golden_fit_test {
namespace {

using nlohmann::json;

// Keras sums in float32, in another order. Over the 3 to 12 epochs of a case, at learning rates up
// to 0.5, the differences grow to some 1e-6.
constexpr double kTolerance = 1e-5;

// A case as far as it is not in the file.
struct Given {
  DenseOptions first = {.units = 4, .activation = "tanh"};
  DenseOptions last = {.units = 1, .activation = "sigmoid"};
  EmbeddingOptions embedding = {.input_dim = 9, .output_dim = 4, .mask_zero = true};
  RecurrentOptions lstm = {.units = 3, .return_sequences = true};
  CompileOptions compile = {.optimizer = {"sgd", {{"learning_rate", 0.5}}}};
  FitOptions fit = {.epochs = 3, .batch_size = 8, .shuffle = false};
  int64_t evaluate_batch = 7, validation_rows = 0;
  std::vector<std::unique_ptr<Callback>> callbacks = {};

  template <class OneCallback, class... Arguments>
  void add(Arguments&&... arguments) {
    callbacks.push_back(std::make_unique<OneCallback>(std::forward<Arguments>(arguments)...));
    fit.callbacks.push_back(callbacks.back().get());
  }
};

using Changes = std::map<std::string, std::function<void(Given&)>>;

const std::map<int64_t, double> kClassWeight = {{0, 0.4}, {1, 2.0}};

Changes weight_changes() {
  return {
      {"plain", [](Given& s) { s.fit.epochs = 4; }},
      {"defaults",
       [](Given& s) {
         s.fit.epochs = 4;
         s.compile.optimizer = "rmsprop";
       }},
      {"sample_weight",
       [](Given& s) {
         s.compile.metrics = {"acc", "mse"};
         s.compile.weighted_metrics = {"acc", "mae", "acc"};
       }},
      {"class_weight",
       [](Given& s) {
         s.fit.class_weight = kClassWeight;
         s.compile.weighted_metrics = {"acc"};
       }},
      {"class_weight_validation",
       [](Given& s) {
         s.fit.class_weight = kClassWeight;
         s.fit.validation_split = 0.4;
         s.compile.weighted_metrics = {"mse"};
       }},
  };
}

Changes validation_changes() {
  return {
      {"validation_split",
       [](Given& s) {
         s.fit.validation_split = 0.3;
         s.compile.weighted_metrics = {"mse"};
       }},
      {"validation_data",
       [](Given& s) {
         s.validation_rows = 20;
         s.fit.validation_batch_size = 6;
         s.compile.weighted_metrics = {"mse"};
       }},
      {"validation_freq",
       [](Given& s) {
         s.fit.epochs = 5;
         s.fit.validation_split = 0.3;
         s.fit.validation_freq = int64_t{2};
         s.fit.validation_batch_size = 2;
         s.fit.validation_steps = 3;
       }},
      {"validation_epochs",
       [](Given& s) {
         s.fit.epochs = 5;
         s.fit.validation_split = 0.3;
         s.fit.validation_freq = std::vector<int64_t>{1, 4};
       }},
      {"steps_per_epoch",
       [](Given& s) {
         s.fit.epochs = 5;
         s.fit.steps_per_epoch = 3;
       }},
      {"too_many_steps", [](Given& s) { s.fit.steps_per_epoch = 6; }},
      {"initial_epoch",
       [](Given& s) {
         s.fit.epochs = 4;
         s.fit.initial_epoch = 2;
       }},
  };
}

Changes measure_changes() {
  return {
      {"metrics",
       [](Given& s) {
         s.compile.metrics = {
             "acc", "AUC", "Precision", "recall", "acc", "mse", "RootMeanSquaredError", "acc"};
       }},
      {"metric_objects",
       [](Given& s) {
         s.compile.metrics = {MetricSpec("auc", {{"num_thresholds", 20}}, {{"curve", "PR"}}),
                              MetricSpec("precision", {{"thresholds", 0.3}}),
                              MetricSpec("auc").named("area"),
                              MetricSpec("binary_accuracy", {{"threshold", 0.6}})};
       }},
      {"reduction_sum",
       [](Given& s) {
         s.compile.loss = LossSpec("binary_crossentropy", {}, {{"reduction", "sum"}});
         s.compile.optimizer = {"sgd", {{"learning_rate", 0.05}}};
       }},
      {"reduction_mean_with_sample_weight",
       [](Given& s) {
         s.compile.loss =
             LossSpec("binary_crossentropy", {}, {{"reduction", "mean_with_sample_weight"}});
         s.compile.optimizer = {"sgd", {{"learning_rate", 0.05}}};
       }},
      {"focal_smooth",
       [](Given& s) {
         s.compile.loss = LossSpec("binary_focal_crossentropy",
                                   {{"apply_class_balancing", 1}, {"label_smoothing", 0.1}});
       }},
      {"auto_crossentropy",
       [](Given& s) {
         s.compile.loss = "crossentropy";
         s.compile.metrics = {"Accuracy"};
       }},
      {"loss_weights", [](Given& s) { s.compile.loss_weights = {0.3}; }},
      {"class_weight_one_hot",
       [](Given& s) {
         s.fit.class_weight = {{0, 0.5}, {2, 3.0}};
         s.compile.metrics = {"accuracy", "TopKCategoricalAccuracy"};
         s.compile.weighted_metrics = {"accuracy"};
       }},
      {"auto_crossentropy_one_hot", [](Given& s) { s.compile.loss = "ce"; }},
      {"f1_per_average",
       [](Given& s) {
         s.compile.metrics = {MetricSpec("f1_score", {}, {{"average", "macro"}}),
                              "categorical_crossentropy"};
       }},
  };
}

Changes optimizer_changes() {
  return {
      {"regularizers",
       [](Given& s) {
         s.first.kernel_regularizer = Regularizer("l2", {{"l2", 0.03}});
         s.first.bias_regularizer = Regularizer("l1", {{"l1", 0.02}});
         s.first.activity_regularizer = Regularizer("l1_l2", {{"l1", 0.01}, {"l2", 0.02}});
         s.last.kernel_regularizer =
             Regularizer("orthogonal_regularizer", {{"factor", 0.1}}, {{"mode", "rows"}});
         s.last.activity_regularizer = Regularizer("l2", {{"l2", 0.05}});
         s.fit.validation_split = 0.3;
       }},
      {"constraints",
       [](Given& s) {
         s.first.kernel_constraint = Constraint("max_norm", {{"max_value", 0.7}});
         s.first.bias_constraint = Constraint("non_neg");
         s.last.kernel_constraint = Constraint("unit_norm", {{"axis", 0}});
       }},
      {"ema",
       [](Given& s) {
         s.compile.optimizer = {"sgd",
                                {{"learning_rate", 0.5}, {"use_ema", 1}, {"ema_momentum", 0.8}}};
         s.fit.validation_split = 0.3;
       }},
      {"ema_overwrites",
       [](Given& s) {
         s.compile.optimizer = {"adam",
                                {{"learning_rate", 0.1},
                                 {"use_ema", 1},
                                 {"ema_momentum", 0.7},
                                 {"ema_overwrite_frequency", 3}}};
       }},
      {"accumulation",
       [](Given& s) {
         s.compile.optimizer = {
             "adam",
             {{"learning_rate", 0.05}, {"gradient_accumulation_steps", 3}, {"clipnorm", 0.1}}};
       }},
      {"decay_and_clip",
       [](Given& s) {
         s.compile.optimizer = {
             "adamw", {{"learning_rate", 0.05}, {"weight_decay", 0.1}, {"global_clipnorm", 0.2}}};
       }},
      {"schedule",
       [](Given& s) {
         s.compile.optimizer = {
             "nadam",
             {},
             LearningRateSchedule("cosine_decay",
                                  {{"initial_learning_rate", 0.1}, {"decay_steps", 12}})};
       }},
  };
}

struct StopInEpochOne : Callback {
  void on_train_batch_end(TrainingState& state) override {
    if (state.epoch == 1 && state.batch == 2) state.stop_training = true;
  }
};

Changes callback_changes() {
  return {
      {"reduce_lr",
       [](Given& s) {
         s.fit.epochs = 8;
         s.add<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.monitor = "loss",
                                                           .factor = 0.3,
                                                           .patience = 1,
                                                           .min_delta = 0.02,
                                                           .cooldown = 1,
                                                           .min_lr = 0.01});
       }},
      {"early_stopping",
       [](Given& s) {
         s.fit.epochs = 12;
         s.fit.validation_split = 0.3;
         s.add<EarlyStopping>(
             EarlyStoppingOptions{.min_delta = 0.03, .patience = 1, .restore_best_weights = true});
       }},
      {"early_stopping_metric",
       [](Given& s) {
         s.fit.epochs = 9;
         s.add<EarlyStopping>(EarlyStoppingOptions{
             .monitor = "acc", .patience = 2, .restore_best_weights = true, .start_from_epoch = 2});
       }},
      {"early_stopping_ema",
       [](Given& s) {
         s.compile.optimizer = {"sgd",
                                {{"learning_rate", 0.5}, {"use_ema", 1}, {"ema_momentum", 0.8}}};
         s.fit.epochs = 5;
         s.add<EarlyStopping>(EarlyStoppingOptions{
             .monitor = "loss", .patience = 3, .baseline = 0.1, .restore_best_weights = true});
       }},
      {"scheduler",
       [](Given& s) {
         s.add<LearningRateScheduler>([](int64_t epoch, double rate) {
           return rate * 0.7 + 0.01 * static_cast<double>(epoch);
         });
       }},
      {"stopped_in_an_epoch",
       [](Given& s) {
         s.fit.validation_split = 0.3;
         s.add<StopInEpochOne>();
       }},
  };
}

Changes sequence_changes() {
  return {
      {"sequence", [](Given& s) { s.fit.epochs = 4; }},
      {"sequence_weights", [](Given& s) { s.compile.weighted_metrics = {"acc"}; }},
      {"sequence_weights_per_sample",
       [](Given& s) {
         s.compile.weighted_metrics = {"acc", "sparse_categorical_crossentropy"};
       }},
      {"sequence_validation",
       [](Given& s) {
         s.fit.validation_split = 0.4;
         s.compile.weighted_metrics = {"acc"};
       }},
      {"sequence_regularizers",
       [](Given& s) {
         s.embedding.embeddings_regularizer = Regularizer("l2", {{"l2", 0.05}});
         s.embedding.embeddings_constraint = Constraint("max_norm", {{"max_value", 0.4}});
         s.lstm.kernel_regularizer = Regularizer("l1", {{"l1", 0.01}});
         s.lstm.recurrent_regularizer = Regularizer("l2", {{"l2", 0.02}});
         s.lstm.bias_regularizer = Regularizer("l2", {{"l2", 0.01}});
         s.lstm.activity_regularizer = Regularizer("l2", {{"l2", 0.1}});
         s.lstm.kernel_constraint =
             Constraint("min_max_norm", {{"min_value", 0.1}, {"max_value", 0.6}, {"rate", 0.5}});
         s.lstm.recurrent_constraint = Constraint("max_norm", {{"max_value", 0.8}});
         s.lstm.bias_constraint = Constraint("non_neg");
       }},
      {"ignore_class",
       [](Given& s) {
         s.compile.loss = LossSpec("sparse_categorical_crossentropy", {{"ignore_class", 1}});
       }},
      {"weighted_mean",
       [](Given& s) {
         s.compile.loss = LossSpec("sparse_categorical_crossentropy", {},
                                   {{"reduction", "mean_with_sample_weight"}});
       }},
      {"stateful",
       [](Given& s) {
         s.lstm.stateful = true;
         s.fit.batch_size = s.evaluate_batch = 4;
         s.validation_rows = 8;
       }},
      {"last", [](Given&) {}},
      {"last_class_weight",
       [](Given& s) {
         s.fit.class_weight = kClassWeight;
         s.compile.optimizer = {"adam", {{"learning_rate", 0.05}}};
         s.compile.weighted_metrics = {"AUC"};
       }},
  };
}

Changes pair_changes() {
  return {
      {"pair",
       [](Given& s) {
         s.fit.validation_split = 0.25;
         s.compile.metrics = MetricLists::per_output({{"acc"}, {"mae", "mse"}});
         s.compile.loss_weights = {0.5, 2.0};
       }},
      {"pair_by_name",
       [](Given& s) {
         s.validation_rows = 10;
         s.compile.loss = {{"values", LossSpec("mae")}, {"label", LossSpec("binary_crossentropy")}};
         s.compile.loss_weights = {0.2, 0.7};
         s.compile.metrics = MetricLists::by_name({{"label", {"acc", "acc"}}});
         s.compile.weighted_metrics =
             MetricLists::by_name({{"values", {"mse"}}, {"label", {"acc"}}});
       }},
      {"pair_one_loss",
       [](Given& s) {
         s.compile.loss = "mse";
         s.compile.weighted_metrics = MetricLists::per_output({{"mae"}, {"mae"}});
       }},
      {"pair_half",
       [](Given& s) {
         s.compile.loss = std::vector<LossSpec>{LossSpec("binary_crossentropy"), LossSpec()};
         s.compile.metrics = MetricLists::per_output({{}, {"mae"}});
       }},
      {"pair_zero_weight",
       [](Given& s) {
         s.compile.loss_weights = {0, 1};
       }},
  };
}

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
  Changes changes;
  for (auto* group : {weight_changes, validation_changes, measure_changes, optimizer_changes,
                      callback_changes, sequence_changes, pair_changes}) {
    changes.merge(group());
  }
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
