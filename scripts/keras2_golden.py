#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the models keras2_* of tests/files/golden with Keras 2 (the package tf-keras), and what they
answer: as .h5, as .keras, as weights alone.

Usage: python keras2_golden.py [FOLDER]       with a Python that has tf-keras and h5py

What no installable Keras writes any more is made from the same models by hand: the bare list of layers
of Keras 2.0, names of layers in several attributes, HDF5 in its latest form with compressed arrays.
"""
import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras as keras  # noqa: E402
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU  # noqa: E402
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM  # noqa: E402
from tf_keras.src.saving.legacy import hdf5_format  # noqa: E402

SAMPLES, STEPS, BATCH, WORDS = 12, 7, 5, 40
L = keras.layers


def distinct_ids(draw):
    """No id twice in a batch; see keras_golden.py."""
    batches = [1 + draw.permutation(WORDS - 1)[:BATCH * STEPS] for _ in range(0, SAMPLES, BATCH)]
    return np.concatenate(batches).reshape(-1, STEPS)[:SAMPLES]


def shake(model):
    """All weights different from each other and from what any initializer draws."""
    draw = np.random.default_rng(3)
    model.set_weights([w + 0.1 * draw.normal(size=w.shape) for w in model.get_weights()])


def stacked(draw):
    """Every default of old, and the slope of 0.2."""
    model = keras.Sequential([
        L.Embedding(WORDS, 6, input_length=STEPS, mask_zero=True),
        L.LSTM(5, recurrent_activation="hard_sigmoid", return_sequences=True, implementation=1),
        L.GRU(4, return_sequences=True, unroll=False),
        L.SimpleRNN(3, activation="hard_sigmoid", name="last"),
        L.Dense(1, activation="hard_sigmoid")])
    ids = distinct_ids(draw)
    for row, pads in enumerate(draw.integers(0, STEPS - 1, SAMPLES)):
        ids[row, :pads] = 0
    return model, "binary_crossentropy", ids, draw.integers(0, 2, SAMPLES)


def facts_of(model, x, y):
    return {"keras": keras.__version__, "x_shape": list(x.shape), "x": x.ravel().tolist(),
            "y_shape": list(y.shape), "y": y.ravel().tolist(),
            "predictions": model.predict(x, verbose=0).ravel().tolist()}


def write_facts(folder, name, facts):
    (folder / f"{name}.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


def copy(source, target, change_attribute=lambda name, value: {name: value}, **options):
    """The same objects once more; `options` of every array with elements."""
    def attributes(old, new):
        for name, value in old.attrs.items():
            for changed, text in change_attribute(name, value).items():
                new.attrs[changed] = text

    def visit(name, item):
        if isinstance(item, h5py.Group):
            attributes(item, target.require_group(name))
        else:
            target.create_dataset(name, data=item[()], **(options if item.shape else {}))

    attributes(source, target)
    source.visititems(visit)


def as_keras_2_0(name, value):
    """A bare list of layers, no version, strings of a fixed length, names in two attributes."""
    if name == "keras_version":
        return {}
    if name == "model_config":
        config = json.loads(value)
        config["config"] = [layer for layer in config["config"]["layers"]
                            if layer["class_name"] != "InputLayer"]
        return {name: np.bytes_(json.dumps(config))}
    if name == "training_config":
        return {}
    if isinstance(value, np.ndarray) and value.size > 1:
        texts = [text.encode() for text in value]
        return {f"{name}0": np.array(texts[:2]), f"{name}1": np.array(texts[2:])}
    return {name: value}


def write_stacked(folder):
    keras.utils.set_random_seed(1)
    model, loss, x, y = stacked(np.random.default_rng(2))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss, metrics=["acc"])
    model.fit(x, y, batch_size=4, epochs=2, verbose=0)
    shake(model)
    name = "keras2_stacked"
    model.save(folder / f"{name}.h5")
    model.save(folder / f"{name}.keras")
    model.save_weights(folder / f"{name}_weights.h5")
    facts = facts_of(model, x, y)
    history = model.fit(x, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0).history
    facts["losses"] = history["loss"]
    write_facts(folder, name, facts)
    with h5py.File(folder / f"{name}.h5") as source:
        with h5py.File(folder / f"{name}_2_0.h5", "w") as target:
            copy(source, target, as_keras_2_0)
        with h5py.File(folder / f"{name}_latest.h5", "w", libver="latest") as target:
            copy(source, target, compression="gzip", shuffle=True)


def write_cudnn(folder):
    """CuDNN's layers need a GPU to run, none to hold weights; Keras 2 itself puts these into LSTM and
    GRU, whose answers are the truth."""
    keras.utils.set_random_seed(1)
    draw = np.random.default_rng(5)
    x = draw.normal(size=(SAMPLES, STEPS, 3)).astype("float32")
    y = draw.normal(size=(SAMPLES, 2)).astype("float32")
    first = CuDNNLSTM(5, return_sequences=True, batch_input_shape=(None, STEPS, 3))
    layers = [first, CuDNNGRU(4), L.Dense(2)]
    for layer, shape in zip(layers, [(None, STEPS, 3), (None, STEPS, 5), (None, 4)], strict=True):
        layer.build(shape)
        layer.set_weights([draw.normal(size=w.shape) for w in layer.get_weights()])
    model = keras.Sequential(name="cudnn")
    model._self_tracked_trackables = layers  # add() would call them
    with h5py.File(folder / "keras2_cudnn.h5", "w") as file:
        config = {"name": "cudnn", "layers": [
            {"class_name": type(layer).__name__, "config": layer.get_config()} for layer in layers]}
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["keras_version"] = keras.__version__
        hdf5_format.save_weights_to_hdf5_group(file.create_group("model_weights"), model)
    same = keras.Sequential([
        L.LSTM(5, return_sequences=True, input_shape=(STEPS, 3)), L.GRU(4, reset_after=True),
        L.Dense(2)])
    same.load_weights(folder / "keras2_cudnn.h5")
    write_facts(folder, "keras2_cudnn", facts_of(same, x, y))


def main():
    if len(sys.argv) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")  # that .h5 is considered legacy
    here = Path(__file__).resolve().parent.parent / "tests" / "files" / "golden"
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else here
    folder.mkdir(parents=True, exist_ok=True)
    write_stacked(folder)
    write_cudnn(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
