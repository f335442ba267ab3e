#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the models of tests/files/golden with real Keras: small networks with a trained optimizer,
what they answer, and the losses of the next steps of training; and networks that take texts.

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


def nested_rmsprop(layers, draw):
    """Layers inside of layers, in all the ways that Sequential allows."""
    steps = keras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(3)], name="steps")
    model = keras.Sequential([
        layers.Embedding(WORDS, 6, mask_zero=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode="sum"),
        layers.TimeDistributed(steps),
        layers.RNN(layers.GRUCell(4), return_sequences=True, zero_output_for_mask=True),
        layers.Bidirectional(layers.GRU(2, return_sequences=True),
                             backward_layer=layers.LSTM(2, return_sequences=True,
                                                        go_backwards=True)),
        layers.RNN([layers.LSTMCell(3), layers.SimpleRNNCell(4), layers.LSTMCell(2)]),
        layers.Dense(3), keras.Sequential([layers.Dense(2, activation="tanh"), layers.Dense(1)])])
    model.compile(optimizer=keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
                  loss="mean_squared_error")
    ids = distinct_ids(draw)
    for row, pads in enumerate(draw.integers(0, STEPS - 1, SAMPLES)):
        ids[row, :pads] = 0
    return model, ids, draw.normal(size=(SAMPLES, 1)).astype("float32")


def functional_adam(layers, draw):
    """States as inputs, shared layers, a model and a Sequential called twice, layers out of order."""
    ids = keras.Input((STEPS,), name="ids", dtype="int32")
    value = keras.Input((3,))
    inner = keras.Model(value, layers.Dense(3, activation="tanh", name="dense")(value), name="inner")
    pair = keras.Sequential([layers.Dense(4), layers.Dense(3, activation="tanh")], name="pair")
    words = layers.Embedding(WORDS, 6, mask_zero=True)(ids)
    sequence, h, c = layers.LSTM(4, return_sequences=True, return_state=True)(words)
    second = layers.LSTM(4, return_sequences=True)(sequence, initial_state=[h, c])
    both, *states = layers.Bidirectional(layers.GRU(3, return_state=True))(second)
    stack = layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)], name="stack")
    third = stack(sequence, initial_state=[[h, c], [states[0]]])
    shared = layers.Dense(3, name="shared")
    fourth = inner(pair(shared(layers.Activation("tanh")(third))))
    fifth = pair(inner(shared(fourth)))
    last = layers.SimpleRNN(3)(second, initial_state=fifth)
    gate = layers.GRU(3)(sequence, initial_state=[last])
    del both
    model = keras.Model(ids, layers.Dense(2)(gate))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
    rows = distinct_ids(draw)
    for row, pads in enumerate(draw.integers(0, STEPS - 1, SAMPLES)):
        rows[row, :pads] = 0
    return model, rows, draw.normal(size=(SAMPLES, 2)).astype("float32")


TEXTS = ["The cat sat; the CAT ran!", "a dog, na\u00efve \u00c9t\u00e9", "dog dog cat \u65e5\u672c", "", "new words", "mat"]


def text_words(layers):
    """The vocabulary learned: in a member of its own."""
    first = layers.TextVectorization(max_tokens=12, output_sequence_length=4)
    first.adapt(TEXTS[:4])
    return keras.Sequential([
        keras.Input((1,), dtype="string"), first, layers.Embedding(12, 3, mask_zero=True),
        layers.LSTM(3), layers.Dense(3, activation="softmax")])


def text_letters(layers):
    """The vocabulary given: in the config. The rest of the model as a layer, rows of any length."""
    first = layers.TextVectorization(split="character", standardize="lower", ngrams=2,
                                     vocabulary=["a", "\n", " ", "d o", "t", "\u00e9"])
    ids = keras.Input((None,), dtype="int64")
    last = layers.GRU(3)(layers.Embedding(8, 3, mask_zero=True)(ids))
    model = keras.Model(ids, layers.Dense(1)(last))
    return keras.Sequential([keras.Input((), dtype="string"), first, model])


def write_texts(folder, make):
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = make(keras.layers)
    for variable in model.trainable_variables:
        variable.assign(variable + 0.1 * np.random.default_rng(3).normal(size=variable.shape))
    name = make.__name__
    model.save(folder / f"{name}.keras")
    texts = TEXTS + ["DO\na cat"]
    outputs = np.asarray(model(keras.ops.convert_to_tensor(texts)))
    facts = {"keras": keras.__version__, "texts": texts, "predictions": outputs.ravel().tolist(),
             "vocabulary": [str(word) for word in model.layers[0].get_vocabulary()]}
    (folder / f"{name}.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


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
    for make in (lstm_rmsprop, gru_adam, simple_rnn_sgd, nested_rmsprop, functional_adam):
        write(folder, make)
    for make in (text_words, text_letters):
        write_texts(folder, make)
    return 0


if __name__ == "__main__":
    sys.exit(main())
