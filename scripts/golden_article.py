# SPDX-License-Identifier: MIT
"""Whole training by Keras: the losses of 300 steps of the article's networks on IMDB, at the article's
learning rate and at a small one, in float64 and in float32.

The initial weights come from a formula (initial_weights), so that the file holds losses alone. The
formula stands in C++ too: tests/golden/article_support.cc.
"""
import os

import numpy as np

STEPS, BATCH, REVIEWS, WORDS, MAXLEN, UNITS = 300, 128, 20000, 10000, 500, 32
CELLS = {"simple_rnn": ("SimpleRNN", 1), "lstm": ("LSTM", 4), "gru": ("GRU", 3)}
ARTICLE_RATE = 1e-3
# Small enough that float32 follows float64 through all steps.
SMALL_RATE = {"simple_rnn": 1e-5, "lstm": 1e-4, "gru": 1e-4}


def uniform(number, shape, limit):
    """Values in [-limit, limit): the generator SplitMix64 at (weight number, index), in float64."""
    z = np.arange(np.prod(shape), dtype=np.uint64) + (np.uint64(number) << np.uint64(32))
    z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    unit = (z >> np.uint64(11)).astype(np.float64) * 2.0 ** -53
    return ((2 * unit - 1) * limit).reshape(shape).astype(np.float32)


def orthonormal_rows(number, rows, columns):
    """Gram and Schmidt's method on uniform() values, in float64: what Keras' Orthogonal is like."""
    found = uniform(number, (rows, columns), 1.0).astype(np.float64)
    for i in range(rows):
        for j in range(i):
            found[i] -= (found[i] @ found[j]) * found[j]
        found[i] /= np.sqrt(found[i] @ found[i])
    return found.astype(np.float32)


def initial_weights(cell):
    """Embedding, kernel, recurrent_kernel, bias, Dense kernel, Dense bias: drawn as Keras' defaults
    are. Numbers of the arrays: 0, 1, 2, -, 4, -."""
    gates = CELLS[cell][1]
    wide = gates * UNITS
    bias = np.zeros((2, wide) if cell == "gru" else wide, np.float32)
    if cell == "lstm":
        bias[UNITS:2 * UNITS] = 1
    return [uniform(0, (WORDS, UNITS), 0.05),
            uniform(1, (UNITS, wide), np.sqrt(6 / (UNITS + wide))),
            orthonormal_rows(2, UNITS, wide),
            bias,
            uniform(4, (UNITS, 1), np.sqrt(6 / (UNITS + 1))),
            np.zeros(1, np.float32)]


def reviews(keras):
    """The first 20,000 training reviews as fit(validation_split=0.2) sees them, and their labels."""
    path = os.path.join(os.environ["EDDY_DATA_DIR"], "imdb.npz")
    with np.load(path, allow_pickle=True) as file:
        x, y = file["x_train"], file["y_train"]
    order = np.arange(len(x))
    np.random.RandomState(113).shuffle(order)
    x = [[1] + [w + 3 if w + 3 < WORDS else 2 for w in review] for review in x[order]]
    padded = keras.utils.pad_sequences(x, maxlen=MAXLEN)
    return padded[:REVIEWS].astype("int32"), y[order][:REVIEWS].astype("float32")


def runs(cell):
    """Learning rate and precision of the rows of losses, in the order of the C++ test's KerasRun."""
    return [(rate, dtype) for rate in (ARTICLE_RATE, SMALL_RATE[cell])
            for dtype in ("float64", "float32")]


def losses(keras, tf, cell, x, y, rate, dtype, steps=STEPS):
    keras.backend.clear_session()
    layers = keras.layers
    keras.config.set_floatx(dtype)
    model = keras.Sequential([
        keras.Input((MAXLEN,), dtype="int32"), layers.Embedding(WORDS, UNITS),
        getattr(layers, CELLS[cell][0])(UNITS), layers.Dense(1, activation="sigmoid")])
    model.set_weights(initial_weights(cell))
    optimizer = keras.optimizers.RMSprop(rate)
    loss_of = keras.losses.BinaryCrossentropy()
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(ids, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels[:, None], model(ids, training=True))
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        # As JAX and torch have it: a row that a batch looks up twice has one gradient, the sum. Left
        # as IndexedSlices, RMSprop would square the occurrences one by one.
        gradients = [tf.convert_to_tensor(g) for g in gradients]
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    found = []
    for number in range(steps):
        rows = (number * BATCH + np.arange(BATCH)) % REVIEWS
        found.append(float(step(tf.constant(x[rows]), tf.constant(y[rows], dtype))))
    keras.config.set_floatx("float32")
    return np.array(found)
