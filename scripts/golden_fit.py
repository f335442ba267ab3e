# SPDX-License-Identifier: MIT
"""Whole runs of Keras' fit() on small models, for make_golden_training.py. Each case names what the
test builds in C++ (tests/model/golden_fit_test.cc) and holds data, first weights, history, result
of evaluate() and last weights."""
import numpy as np


def dense_data(random):
    x = random.normal(size=(30, 5)).astype(np.float32)
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).astype(np.float32)
    return x, y


def sequence_data(random):
    x = random.integers(1, 9, (12, 6))
    for row in range(12):
        x[row, : row % 5] = 0
    y = random.integers(0, 3, (12, 6)).astype(np.float32)
    return x.astype(np.int32), y


def dense_model(keras, **options):
    layers = keras.layers
    return keras.Sequential([
        layers.Input((5,)),
        layers.Dense(4, "tanh", **options.get("first", {})),
        layers.Dense(1, "sigmoid", **options.get("last", {}))])


def sequence_model(keras, **options):
    layers = keras.layers
    return keras.Sequential([
        layers.Input((6,), dtype="int32"),
        layers.Embedding(9, 4, mask_zero=True, **options.get("embedding", {})),
        layers.LSTM(3, return_sequences=True, **options.get("lstm", {})),
        layers.Dense(3, "softmax")])


def cases(keras, numbers):
    random = np.random.default_rng(31)
    made = []
    r, c, cb = keras.regularizers, keras.constraints, keras.callbacks

    def run(title, sequence=False, compiled=None, fit=None, options=None, evaluate=None):
        keras.utils.set_random_seed(5)
        x, y = (sequence_data if sequence else dense_data)(random)
        model = (sequence_model if sequence else dense_model)(keras, **(options or {}))
        first = model.get_weights()
        first = [w + 0.1 * np.arange(w.size).reshape(w.shape).astype(np.float32) % 0.3
                 for w in first]
        first = [w.astype(np.float32) for w in first]
        model.set_weights(first)
        arguments = dict(optimizer=keras.optimizers.SGD(learning_rate=0.5),
                         loss="sparse_categorical_crossentropy" if sequence
                         else "binary_crossentropy", metrics=["acc"])
        arguments.update(compiled(x, y) if callable(compiled) else compiled or {})
        model.compile(**arguments)
        given = dict(batch_size=8, epochs=4, shuffle=False, verbose=0)
        given.update(fit(x, y) if callable(fit) else fit or {})
        history = model.fit(x, y, **given)
        weights = given.get("sample_weight")
        result = model.evaluate(x, y, batch_size=7, verbose=0, return_dict=True,
                                sample_weight=weights)
        case = {"title": title, "x_shape": list(x.shape), "x": [float(v) for v in x.reshape(-1)]
                if sequence else numbers(x), "y_shape": list(y.shape), "y": numbers(y),
                "weights": [{"shape": list(w.shape), "values": numbers(w)} for w in first],
                "epoch": history.epoch,
                "history": {k: [float(v) for v in values]
                            for k, values in history.history.items()},
                "evaluate": {k: float(v) for k, v in result.items()},
                "final": [{"shape": list(w.shape), "values": numbers(w)}
                          for w in model.get_weights()]}
        if weights is not None:
            case["sample_weight_shape"] = list(weights.shape)
            case["sample_weight"] = numbers(weights)
        made.append(case)

    factors = lambda *shape: (random.random(shape) + 0.2).astype(np.float32)  # noqa: E731
    run("plain")
    run("sample_weight", fit=lambda x, y: {"sample_weight": factors(len(x))},
        compiled={"metrics": ["acc", "mse"], "weighted_metrics": ["acc", "mae"]})
    run("class_weight", fit={"class_weight": {0: 0.4, 1: 2.0}},
        compiled={"weighted_metrics": ["acc"]})
    run("validation_split", fit=lambda x, y: {"sample_weight": factors(len(x)),
                                              "validation_split": 0.3},
        compiled={"weighted_metrics": ["mse"]})
    run("validation_freq", fit={"validation_split": 0.3, "validation_freq": 2,
                                "validation_batch_size": 2, "validation_steps": 3})
    run("steps_per_epoch", fit={"steps_per_epoch": 3})
    run("initial_epoch", fit={"initial_epoch": 2})
    run("metrics", compiled={"metrics": ["acc", "AUC", "Precision", "recall", "acc",
                                         "mse", "RootMeanSquaredError"]})
    run("regularizers", options={
        "first": dict(kernel_regularizer=r.L2(0.03), bias_regularizer=r.L1(0.02),
                      activity_regularizer=r.L1L2(0.01, 0.02)),
        "last": dict(kernel_regularizer=r.OrthogonalRegularizer(0.1, mode="rows"),
                     activity_regularizer=r.L2(0.05))})
    run("constraints", options={
        "first": dict(kernel_constraint=c.MaxNorm(0.7), bias_constraint=c.NonNeg()),
        "last": dict(kernel_constraint=c.UnitNorm(axis=0))})
    run("ema", compiled=lambda x, y: {"optimizer": keras.optimizers.SGD(
        learning_rate=0.5, use_ema=True, ema_momentum=0.8)})
    run("accumulation", compiled=lambda x, y: {"optimizer": keras.optimizers.Adam(
        learning_rate=0.05, gradient_accumulation_steps=3, clipnorm=0.1)})
    run("schedule", compiled=lambda x, y: {"optimizer": keras.optimizers.Nadam(
        learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 12))})
    run("reduce_lr", fit=lambda x, y: {"epochs": 8, "callbacks": [cb.ReduceLROnPlateau(
        monitor="loss", factor=0.3, patience=1, min_delta=0.02, cooldown=1, min_lr=0.01)]})
    run("early_stopping", fit=lambda x, y: {
        "epochs": 12, "validation_split": 0.3, "callbacks": [cb.EarlyStopping(
            monitor="val_loss", patience=1, min_delta=0.03, restore_best_weights=True)]})
    run("scheduler", fit=lambda x, y: {"callbacks": [cb.LearningRateScheduler(
        lambda epoch, rate: rate * 0.7 + 0.01 * epoch)]})
    run("focal_smooth", compiled=lambda x, y: {"loss": keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, label_smoothing=0.1)})
    run("sequence", True)
    run("sequence_weights", True, fit=lambda x, y: {"sample_weight": factors(12, 6)},
        compiled={"weighted_metrics": ["acc"]})
    run("sequence_regularizers", True, options={
        "embedding": dict(embeddings_regularizer=r.L2(0.05), embeddings_constraint=c.MaxNorm(0.4)),
        "lstm": dict(kernel_regularizer=r.L1(0.01), recurrent_regularizer=r.L2(0.02),
                     bias_regularizer=r.L2(0.01), recurrent_constraint=c.MaxNorm(0.8),
                     kernel_constraint=c.MinMaxNorm(0.1, 0.6, 0.5), bias_constraint=c.NonNeg(),
                     activity_regularizer=r.L2(0.1))})
    run("ignore_class", True, compiled=lambda x, y: {
        "loss": keras.losses.SparseCategoricalCrossentropy(ignore_class=1)})
    return made
