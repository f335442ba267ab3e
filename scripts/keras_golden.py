#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the models of tests/files/golden with real Keras: small networks with a trained optimizer,
what they answer, and the losses of the next steps of training.

Usage: python keras_golden.py [FOLDER]       with a Python that has Keras 3
"""
import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import keras  # noqa: E402
import numpy as np  # noqa: E402

SAMPLES, STEPS, BATCH, WORDS = 12, 7, 5, 40


def distinct_ids(draw):
    """No id twice in a batch: with the TensorFlow backend, the squares that RMSprop and Adam take of
    an Embedding's gradient are those of its single occurrences, not of their sum (JAX and torch)."""
    batches = [1 + draw.permutation(WORDS - 1)[:BATCH * STEPS] for _ in range(0, SAMPLES, BATCH)]
    return np.concatenate(batches).reshape(-1, STEPS)[:SAMPLES]


def lstm_rmsprop(layers, draw):
    model = keras.Sequential([
        layers.Embedding(WORDS, 6), layers.LSTM(5), layers.Dropout(0.0),
        layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.RMSprop(0.01, rho=0.8),
                  loss="binary_crossentropy", metrics=["acc"])
    return model, distinct_ids(draw), draw.integers(0, 2, SAMPLES)


def gru_adam(layers, draw):
    model = keras.Sequential([
        layers.Embedding(WORDS, 6, mask_zero=True), layers.GRU(5, return_sequences=True, name="mine"),
        layers.SimpleRNN(4, activation="relu", go_backwards=True,
                         kernel_initializer=keras.initializers.VarianceScaling(2.0, seed=3)),
        layers.Dense(3), layers.Activation("softmax")], name="two_layers")
    model.compile(optimizer=keras.optimizers.Adam(0.01, amsgrad=True),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    ids = distinct_ids(draw)
    for row, pads in enumerate(draw.integers(0, STEPS - 1, SAMPLES)):
        ids[row, :pads] = 0
    return model, ids, draw.integers(0, 3, SAMPLES)


def simple_rnn_sgd(layers, draw):
    model = keras.Sequential([
        layers.SimpleRNN(3, use_bias=False), layers.Dense(4, activation="tanh"), layers.Dense(2)])
    # The long name: Keras cannot read "mse" from .h5.
    model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
                  loss="mean_squared_error")
    return (model, draw.normal(size=(SAMPLES, STEPS, 4)).astype("float32"),
            draw.normal(size=(SAMPLES, 2)).astype("float32"))


def write(folder, make):
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model, x, y = make(keras.layers, np.random.default_rng(2))
    model.fit(x, y, batch_size=4, epochs=2, verbose=0)
    # All weights different from each other and from what any initializer draws.
    for variable in model.trainable_variables:
        variable.assign(variable + 0.1 * np.random.default_rng(3).normal(size=variable.shape))
    name = make.__name__
    model.save(folder / f"{name}.keras")
    model.save(folder / f"{name}.h5")  # last: Keras 3.15 forgets the optimizer's config here
    facts = {"keras": keras.__version__, "x_shape": list(x.shape), "x": x.ravel().tolist(),
             "y_shape": list(y.shape), "y": y.ravel().tolist(),
             "predictions": model.predict(x, verbose=0).ravel().tolist()}
    history = model.fit(x, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0).history
    facts["losses"] = history["loss"]
    (folder / f"{name}.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


def main():
    if len(sys.argv) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    here = Path(__file__).resolve().parent.parent / "tests" / "files" / "golden"
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else here
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")  # that .h5 is considered legacy
    for make in (lstm_rmsprop, gru_adam, simple_rnn_sgd):
        write(folder, make)
    return 0


if __name__ == "__main__":
    sys.exit(main())
