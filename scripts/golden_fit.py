# SPDX-License-Identifier: MIT
"""Whole runs of Keras' fit() on small models, for golden_training.py. Each case names what the
test builds in C++ (tests/model/golden_fit_test.cc) and holds data, first weights, history, result
of evaluate() and last weights."""
import numpy as np

SAMPLES, STEPS = 30, 6
# As tests/model/golden_fit_test.cc has them.
CLASS_WEIGHT, CLASS_WEIGHTS = {0: 0.4, 1: 2.0}, {0: 0.5, 2: 3.0}


def dense_data(random):
    x = random.normal(size=(SAMPLES, 5)).round(2).astype(np.float32)
    return [x], [(x[:, 0] + 0.5 * x[:, 1] > 0).astype(np.float32)]


def class_data(random):
    x = random.normal(size=(SAMPLES, 5)).round(2).astype(np.float32)
    return [x], [np.eye(3, dtype=np.float32)[np.argmax(x[:, :3], -1)]]


def sequence_data(random):
    x = random.integers(1, 9, (12, STEPS))
    for row in range(12):
        x[row, : row % 5] = 0
    return [x.astype(np.int32)], [random.integers(0, 3, (12, STEPS)).astype(np.float32)]


def last_data(random):
    x, _ = sequence_data(random)
    return x, [(x[0].sum(-1) > 18).astype(np.float32).reshape(12, 1)]


def pair_data(random):
    ids = random.integers(0, 7, (SAMPLES, 4)).astype(np.int32)
    reals = random.normal(size=(SAMPLES, 3)).round(2).astype(np.float32)
    label = (ids.sum(-1) > 12).astype(np.float32)
    values = np.stack([0.1 * ids.sum(-1) + reals[:, 0], reals[:, 1] - reals[:, 2]], -1)
    return [ids, reals], [label, values.round(2).astype(np.float32)]


class Runs:
    """Collects the cases; one method a model."""

    def __init__(self, keras, numbers):
        self.keras, self.numbers = keras, numbers
        self.random = np.random.default_rng(31)
        self.made = []

    def factors(self, *shape):
        return (self.random.random(shape) + 0.2).round(2).astype(np.float32)

    def dense(self, title, options=None, **run):
        layers, options = self.keras.layers, options or {}
        self.run(title, "dense", dense_data, lambda: self.keras.Sequential([
            layers.Input((5,)),
            layers.Dense(4, "tanh", **options.get("first", {})),
            layers.Dense(1, "sigmoid", **options.get("last", {}))]),
            {"loss": "binary_crossentropy", "metrics": ["acc"]}, run)

    def classes(self, title, **run):
        layers = self.keras.layers
        self.run(title, "classes", class_data, lambda: self.keras.Sequential([
            layers.Input((5,)), layers.Dense(4, "tanh"), layers.Dense(3, "softmax")]),
            {"loss": "categorical_crossentropy", "metrics": ["acc"]}, run)

    def sequence(self, title, options=None, batch=None, **run):
        layers, options = self.keras.layers, options or {}
        self.run(title, "sequence", sequence_data, lambda: self.keras.Sequential([
            layers.Input((STEPS,), batch_size=batch, dtype="int32"),
            layers.Embedding(9, 4, mask_zero=True, **options.get("embedding", {})),
            layers.LSTM(3, return_sequences=True, **options.get("lstm", {})),
            layers.Dense(3, "softmax")]),
            {"loss": "sparse_categorical_crossentropy", "metrics": ["acc"]}, run)

    def last(self, title, options=None, **run):
        layers, options = self.keras.layers, options or {}
        self.run(title, "last", last_data, lambda: self.keras.Sequential([
            layers.Input((STEPS,), dtype="int32"),
            layers.Embedding(9, 4, mask_zero=True, **options.get("embedding", {})),
            layers.GRU(3, return_sequences=True), layers.SimpleRNN(4), layers.Dense(1, "sigmoid")]),
            {"loss": "binary_crossentropy", "metrics": ["acc"]}, run)

    def pair(self, title, **run):
        def build():
            layers = self.keras.layers
            ids, reals = layers.Input((4,), dtype="int32"), layers.Input((3,))
            h = layers.LSTM(3)(layers.Embedding(7, 4)(ids))
            label = layers.Dense(1, "sigmoid", name="label")(h)
            state = layers.Dense(4)(reals)
            g = layers.GRU(4)(layers.Embedding(7, 5)(ids), initial_state=state)
            values = layers.Dense(2, name="values")(g)
            return self.keras.Model([ids, reals], [label, values])
        # Not traced: else TensorFlow does not know the size of a batch, and an output's own loss is
        # the mean of the batches, whatever their sizes.
        self.run(title, "pair", pair_data, build, {
            "loss": ["binary_crossentropy", "mse"], "run_eagerly": True,
            "optimizer": self.keras.optimizers.SGD(learning_rate=0.1)}, run)

    def run(self, title, kind, data, build, compiled, given):
        keras = self.keras
        keras.backend.clear_session()
        keras.utils.set_random_seed(5)
        x, y = data(self.random)
        model = build()
        first = [(w + (0.1 * np.arange(w.size).reshape(w.shape)) % 0.3).astype(np.float32)
                 for w in model.get_weights()]
        model.set_weights(first)
        arguments = {"optimizer": keras.optimizers.SGD(learning_rate=0.5), **compiled}
        arguments.update(given.get("compiled", {}))
        model.compile(**arguments)
        fit = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
        fit.update(given.get("fit", {}))
        arrays = {"x": x, "y": y}
        for key in ("sample_weight", "validation_sample_weight"):
            if key in fit:
                arrays[key] = fit[key] if isinstance(fit[key], list) else [fit[key]]
        one = lambda values: values if len(y) > 1 else values[0]  # noqa: E731
        if "validation_rows" in fit:  # the first so many samples
            n = fit.pop("validation_rows")
            fit["validation_data"] = ([v[:n] for v in x] if len(x) > 1 else x[0][:n],
                                      one([v[:n] for v in y]))
            if "validation_sample_weight" in fit:
                fit["validation_data"] += (fit.pop("validation_sample_weight"),)
        xs = x if len(x) > 1 else x[0]
        history = model.fit(xs, one(y), **fit)
        result = model.evaluate(xs, one(y), batch_size=given.get("evaluate_batch", 7), verbose=0,
                                return_dict=True, sample_weight=fit.get("sample_weight"))
        rate = float(np.asarray(model.optimizer.learning_rate))
        values = lambda v: [None if np.isnan(n) else float(n) for n in v]  # noqa: E731
        case = {"title": title, "model": kind}
        for key, list_ in arrays.items():
            case[key] = [self.array(v) for v in list_]
        case.update({"weights": [self.array(w) for w in first], "epoch": history.epoch,
                     "history": {k: values(v) for k, v in history.history.items()},
                     "evaluate": {k: float(v) for k, v in result.items()},
                     "evaluate_list": np.reshape(model._flatten_metrics_in_order(result),
                                                 -1).tolist(), "learning_rate": rate,
                     "final": [self.array(w) for w in model.get_weights()]})
        self.made.append(case)

    def array(self, values):
        if values.dtype == np.int32:
            return {"shape": list(values.shape), "ids": values.reshape(-1).tolist()}
        return {"shape": list(values.shape), "values": self.numbers(values)}


def dense_cases(runs):
    o, r, c = runs.keras.optimizers, runs.keras.regularizers, runs.keras.constraints
    weights = runs.factors(SAMPLES)
    runs.dense("plain", fit={"epochs": 4})
    runs.dense("defaults", compiled={"optimizer": "rmsprop"}, fit={"epochs": 4})
    runs.dense("sample_weight", fit={"sample_weight": weights},
               compiled={"metrics": ["acc", "mse"], "weighted_metrics": ["acc", "mae", "acc"]})
    runs.dense("class_weight", fit={"class_weight": CLASS_WEIGHT},
               compiled={"weighted_metrics": ["acc"]})
    runs.dense("class_weight_validation", fit={"class_weight": CLASS_WEIGHT,
                                               "validation_split": 0.4},
               compiled={"weighted_metrics": ["mse"]})
    runs.dense("validation_split", fit={"sample_weight": weights, "validation_split": 0.3},
               compiled={"weighted_metrics": ["mse"]})
    runs.dense("validation_data", fit={
        "validation_rows": 20, "validation_sample_weight": runs.factors(20),
        "validation_batch_size": 6}, compiled={"weighted_metrics": ["mse"]})
    runs.dense("validation_freq", fit={
        "epochs": 5, "validation_split": 0.3, "validation_freq": 2, "validation_batch_size": 2,
        "validation_steps": 3})
    runs.dense("validation_epochs", fit={"epochs": 5, "validation_split": 0.3,
                                         "validation_freq": [1, 4]})
    runs.dense("steps_per_epoch", fit={"epochs": 5, "steps_per_epoch": 3})
    runs.dense("too_many_steps", fit={"steps_per_epoch": 6})
    runs.dense("initial_epoch", fit={"epochs": 4, "initial_epoch": 2})
    runs.dense("metrics", compiled={"metrics": ["acc", "AUC", "Precision", "recall", "acc", "mse",
                                                "RootMeanSquaredError", "acc"]})
    m = runs.keras.metrics
    runs.keras.backend.clear_session()  # "auc", not "auc_1"
    runs.dense("metric_objects", compiled={"metrics": [
        m.AUC(num_thresholds=20, curve="PR"), m.Precision(thresholds=0.3), m.AUC(name="area"),
        m.BinaryAccuracy(threshold=0.6)]})
    for reduction in ("sum", "mean_with_sample_weight"):
        loss = runs.keras.losses.BinaryCrossentropy(reduction=reduction)
        runs.dense("reduction_" + reduction, fit={"sample_weight": weights},
                   compiled={"loss": loss, "optimizer": o.SGD(learning_rate=0.05)})
    runs.dense("focal_smooth", compiled={"loss": runs.keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, label_smoothing=0.1)})
    runs.dense("auto_crossentropy", compiled={"loss": "crossentropy", "metrics": ["Accuracy"]})
    runs.dense("loss_weights", compiled={"loss_weights": [0.3]})
    runs.dense("regularizers", options={
        "first": dict(kernel_regularizer=r.L2(0.03), bias_regularizer=r.L1(0.02),
                      activity_regularizer=r.L1L2(0.01, 0.02)),
        "last": dict(kernel_regularizer=r.OrthogonalRegularizer(0.1, mode="rows"),
                     activity_regularizer=r.L2(0.05))}, fit={"validation_split": 0.3})
    runs.dense("constraints", options={
        "first": dict(kernel_constraint=c.MaxNorm(0.7), bias_constraint=c.NonNeg()),
        "last": dict(kernel_constraint=c.UnitNorm(axis=0))})
    runs.dense("ema", compiled={"optimizer": o.SGD(
        learning_rate=0.5, use_ema=True, ema_momentum=0.8)}, fit={"validation_split": 0.3})
    runs.dense("ema_overwrites", compiled={"optimizer": o.Adam(
        learning_rate=0.1, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=3)})
    runs.dense("accumulation", compiled={"optimizer": o.Adam(
        learning_rate=0.05, gradient_accumulation_steps=3, clipnorm=0.1)})
    runs.dense("decay_and_clip", compiled={"optimizer": o.AdamW(
        learning_rate=0.05, weight_decay=0.1, global_clipnorm=0.2)})
    runs.dense("schedule", compiled={"optimizer": o.Nadam(
        learning_rate=o.schedules.CosineDecay(0.1, 12))})


def callback_cases(runs):
    cb = runs.keras.callbacks
    runs.dense("reduce_lr", fit={"epochs": 8, "callbacks": [cb.ReduceLROnPlateau(
        monitor="loss", factor=0.3, patience=1, min_delta=0.02, cooldown=1, min_lr=0.01)]})
    runs.dense("early_stopping", fit={
        "epochs": 12, "validation_split": 0.3, "callbacks": [cb.EarlyStopping(
            monitor="val_loss", patience=1, min_delta=0.03, restore_best_weights=True)]})
    runs.dense("early_stopping_metric", fit={
        "epochs": 9, "callbacks": [cb.EarlyStopping(
            monitor="acc", patience=2, start_from_epoch=2, restore_best_weights=True)]})
    runs.dense("early_stopping_ema", compiled={"optimizer": runs.keras.optimizers.SGD(
        learning_rate=0.5, use_ema=True, ema_momentum=0.8)}, fit={
            "epochs": 5, "callbacks": [cb.EarlyStopping(
                monitor="loss", baseline=0.1, patience=3, restore_best_weights=True)]})
    runs.dense("scheduler", fit={"callbacks": [cb.LearningRateScheduler(
        lambda epoch, rate: rate * 0.7 + 0.01 * epoch)]})

    class Stop(cb.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = self.epoch == 1 and batch == 2
    runs.dense("stopped_in_an_epoch", fit={"validation_split": 0.3, "callbacks": [Stop()]})


def class_cases(runs):
    runs.classes("class_weight_one_hot", fit={"class_weight": CLASS_WEIGHTS},
                 compiled={"metrics": ["accuracy", "TopKCategoricalAccuracy"],
                           "weighted_metrics": ["accuracy"]})
    runs.classes("auto_crossentropy_one_hot", compiled={"loss": "ce"},
                 fit={"sample_weight": runs.factors(SAMPLES, 1)})
    runs.classes("f1_per_average", compiled={"metrics": [
        runs.keras.metrics.F1Score(average="macro"), "categorical_crossentropy"]})


def sequence_cases(runs):
    r, c, loss = runs.keras.regularizers, runs.keras.constraints, runs.keras.losses
    runs.sequence("sequence", fit={"epochs": 4})
    runs.sequence("sequence_weights", fit={"sample_weight": runs.factors(12, STEPS)},
                  compiled={"weighted_metrics": ["acc"]})
    runs.sequence("sequence_weights_per_sample", fit={"sample_weight": runs.factors(12, 1)},
                  compiled={"weighted_metrics": ["acc", "sparse_categorical_crossentropy"]})
    runs.sequence("sequence_validation", fit={"validation_split": 0.4,
                                              "sample_weight": runs.factors(12, STEPS)},
                  compiled={"weighted_metrics": ["acc"]})
    runs.sequence("sequence_regularizers", options={
        "embedding": dict(embeddings_regularizer=r.L2(0.05), embeddings_constraint=c.MaxNorm(0.4)),
        "lstm": dict(kernel_regularizer=r.L1(0.01), recurrent_regularizer=r.L2(0.02),
                     bias_regularizer=r.L2(0.01), recurrent_constraint=c.MaxNorm(0.8),
                     kernel_constraint=c.MinMaxNorm(0.1, 0.6, 0.5), bias_constraint=c.NonNeg(),
                     activity_regularizer=r.L2(0.1))})
    runs.sequence("ignore_class", compiled={
        "loss": loss.SparseCategoricalCrossentropy(ignore_class=1)})
    runs.sequence("weighted_mean", fit={"sample_weight": runs.factors(12, STEPS)}, compiled={
        "loss": loss.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")})
    runs.sequence("stateful", batch=4, options={"lstm": {"stateful": True}}, evaluate_batch=4,
                  fit={"batch_size": 4, "validation_rows": 8})
    runs.last("last")
    # A penalty of 0 makes the table's gradient dense. Else the squares that Adam takes on TensorFlow
    # are those of an id's single occurrences, not of their sum (JAX and torch).
    runs.last("last_class_weight", fit={"class_weight": CLASS_WEIGHT}, options={
        "embedding": dict(embeddings_regularizer=r.L2(0.0))}, compiled={
            "optimizer": runs.keras.optimizers.Adam(learning_rate=0.05),
            "weighted_metrics": ["AUC"]})


def pair_cases(runs):
    a, b = runs.factors(SAMPLES), runs.factors(SAMPLES)
    runs.pair("pair", fit={"validation_split": 0.25}, compiled={
        "metrics": [["acc"], ["mae", "mse"]], "loss_weights": [0.5, 2.0]})
    runs.pair("pair_by_name", fit={"sample_weight": [a, b], "validation_rows": 10}, compiled={
        "loss": {"values": "mae", "label": "binary_crossentropy"},
        "loss_weights": {"label": 0.7, "values": 0.2},
        "metrics": {"label": ["acc", "acc"]},
        "weighted_metrics": {"values": ["mse"], "label": ["acc"]}})
    runs.pair("pair_one_loss", fit={"sample_weight": a}, compiled={
        "loss": "mse", "weighted_metrics": [["mae"], ["mae"]]})
    runs.pair("pair_half", compiled={"loss": ["binary_crossentropy", None],
                                     "metrics": [None, ["mae"]]})
    runs.pair("pair_zero_weight", compiled={"loss_weights": [0.0, 1.0]})


def cases(keras, numbers):
    runs = Runs(keras, numbers)
    for group in (dense_cases, callback_cases, class_cases, sequence_cases, pair_cases):
        group(runs)
    return runs.made
