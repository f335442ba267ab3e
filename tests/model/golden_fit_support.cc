// SPDX-License-Identifier: MIT
#include "golden_fit_support.h"

namespace eddy::golden_fit_test {
namespace {

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

}  // namespace

Changes all_changes() {
  Changes changes;
  for (auto* group : {weight_changes, validation_changes, measure_changes, optimizer_changes,
                      callback_changes, sequence_changes, pair_changes}) {
    changes.merge(group());
  }
  return changes;
}

}  // namespace eddy::golden_fit_test
