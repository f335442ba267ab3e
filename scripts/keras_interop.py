#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exchanges models between eddy and real Keras 3, in both directions, and compares what they answer.

Usage: keras_interop.py EDDY [--python PYTHON] [--keep FOLDER]
  EDDY      the program, e.g. build/release/eddy
  --python  a Python that has keras 3 and numpy; default: the one that runs this
  --keep    a folder for the models, to look at; default: a temporary one

eddy -> Keras: `eddy train reviews` with each cell and optimizer; Keras loads the model (optimizer state
included, no warning), predicts the same and trains on.
Keras -> eddy: models of all supported layers, with a vocabulary put in; `eddy predict` answers as Keras.
Exit 0: all equal to 1e-5; 1: a line for each difference.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

TOLERANCE = 1e-5
ASSET = "assets/eddy/text.json"
TEXTS = ["the film was wonderful", "not a good story , the actors were boring", "i loved it",
         "a terrible plot but a great cast", "bad"]
OPTIMIZERS = {"simple_rnn": "sgd", "gru": "adam", "lstm": "rmsprop"}


def parse_arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("eddy")
    parser.add_argument("--python")
    parser.add_argument("--keep")
    return parser.parse_args()


def eddy(*arguments):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def predictions_of_eddy(program, model):
    lines = [eddy(program, "predict", model, text, "--json") for text in TEXTS]
    return [json.loads(line)["probability"] for line in lines]


def encode(encoder, text):
    """The ids that eddy's `predict` makes of a text of plain words."""
    ranks = {word: rank for rank, word in enumerate(encoder["words"], 1)}
    ids = [encoder["start_char"]]
    for word in text.replace(",", " ").split():
        if word in ranks:
            number = ranks[word] + encoder["index_from"]
            known = encoder["num_words"] == 0 or number < encoder["num_words"]
            ids.append(number if known else encoder["oov_char"])
    ids = ids[-encoder["maxlen"]:]
    return [0] * (encoder["maxlen"] - len(ids)) + ids


def compare(name, got, expected, failures):
    worst = max(abs(g - e) for g, e in zip(got, expected, strict=True))
    print(f"{name:58} largest difference {worst:.1e}")
    if not worst <= TOLERANCE:
        failures.append(f"{name}: {got} instead of {expected}")


def from_eddy(np, keras, program, folder, failures):
    for cell, optimizer in OPTIMIZERS.items():
        out = folder / f"eddy-{cell}"
        eddy(program, "train", "reviews", "--cell", cell, "--units", 6, "--embedding", 5,
             "--num-words", 200, "--maxlen", 30, "--epochs", 1, "--optimizer", optimizer, "--seed", 1,
             "--out", out)
        path = out / "model.keras"
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras only warns when it skips the optimizer
            model = keras.models.load_model(path)
        encoder = json.loads(zipfile.ZipFile(path).read(ASSET))
        ids = np.array([encode(encoder, text) for text in TEXTS])
        compare(f"eddy -> Keras  {cell}, {optimizer}", predictions_of_eddy(program, path),
                model.predict(ids, verbose=0)[:, 0].tolist(), failures)
        before = int(model.optimizer.iterations)
        model.fit(ids, np.array([1, 0, 1, 1, 0]), verbose=0)
        if before == 0 or int(model.optimizer.iterations) != before + 1:
            failures.append(f"{cell}: Keras counts {before} steps of the optimizer")


def keras_models(keras):
    layers = keras.layers
    head = [layers.Dense(1), layers.Activation("sigmoid")]
    for recurrent in (layers.SimpleRNN, layers.LSTM, layers.GRU):
        name = recurrent.__name__
        yield name, [layers.Embedding(50, 7), recurrent(5), layers.Dropout(0.5), *head]
        yield f"{name}, no bias, backwards", [
            layers.Embedding(50, 7), recurrent(5, use_bias=False, go_backwards=True), *head]
        yield f"{name}, masked, stacked", [
            layers.Embedding(50, 7, mask_zero=True), recurrent(5, return_sequences=True),
            recurrent(4, activation="relu"), layers.Dense(3, activation="tanh"),
            layers.Dense(1, activation="sigmoid")]


def from_keras(np, keras, program, folder, failures):
    words = sorted({word for text in TEXTS for word in text.replace(",", " ").split()})
    encoder = {"format": "eddy.text", "version": 1, "num_words": 0, "start_char": 1, "oov_char": 2,
               "index_from": 3, "maxlen": 12, "padding": "pre", "truncating": "pre", "threshold": 0.5,
               "classes": ["negative", "positive"], "words": words}
    ids = np.array([encode(encoder, text) for text in TEXTS])
    for number, (name, layers) in enumerate(keras_models(keras)):
        keras.utils.set_random_seed(number)
        model = keras.Sequential(layers)
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["acc"])
        model.fit(ids, np.array([1, 0, 1, 1, 0]), epochs=3, verbose=0)
        for variable in model.trainable_variables:  # biases are all zero or one otherwise
            variable.assign_add(np.random.default_rng(number).normal(0, 0.1, variable.shape))
        path = folder / f"keras-{number}.keras"
        model.save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(ASSET, json.dumps(encoder))
        compare(f"Keras -> eddy  {name}", predictions_of_eddy(program, path),
                model.predict(ids, verbose=0)[:, 0].tolist(), failures)


def main():
    arguments = parse_arguments()
    if arguments.python and os.environ.get("EDDY_INTEROP") != "1":
        os.environ["EDDY_INTEROP"] = "1"  # once is enough
        os.execv(arguments.python, [arguments.python, *sys.argv])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    import keras
    import numpy as np
    failures = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        from_eddy(np, keras, arguments.eddy, folder, failures)
        from_keras(np, keras, arguments.eddy, folder, failures)
    print(f"Keras {keras.__version__}: {len(failures)} differences", *failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
