#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the golden files of tests/golden with real Keras: what its layers answer, and their gradients
(data/*.npz), the losses of whole training (data/article.npz), and losses, metrics, optimizers,
callbacks and runs of fit() (training/*.json, by golden_training.py).

Usage: python make_golden.py [--out FOLDER] [GROUP...]   with a Python that has Keras 3.15.1
       ./dev golden                                      which makes such a Python, and compares

Every case is a small model with random weights, all different, and axes of different lengths. Keras
computes it twice: in float32, and in float64, which is what is stored (rounded to float32), so that
the reference has no rounding error of its own and comes out the same on every machine. A case where
the two disagree, or where weights rounded otherwise give something else, stops the script.

GROUP.npz holds three arrays: `cases` (UTF-8 of a JSON list), `floats` and `ints`, which all arrays
of the group lie in, one after another; cases.txt lists all cases. The group `article` needs imdb.npz in
EDDY_DATA_DIR and holds the losses of 300 steps (golden_article.py); it takes an hour.
"""
import argparse
import io
import json
import os
import sys
import zipfile
import zlib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import golden_article  # noqa: E402
import golden_layers  # noqa: E402
import golden_recurrent  # noqa: E402
import golden_training  # noqa: E402

KERAS = "3.15.1"
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
# A case that multiplies roundings by more tests float32, not the product, whose tanh is right to 6e-7.
ROUNDING, AGREE = 1e-7, 1.5e-6  # of every weight; of the numbers, relative to 1 + |value|


class Arrays:
    """The two long arrays of a group."""

    def __init__(self):
        self.parts = {"f": [], "i": []}
        self.length = {"f": 0, "i": 0}

    def add(self, array):
        if array is None:
            return None
        array = np.asarray(array)
        kind = "f" if array.dtype.kind == "f" else "i"
        at = self.length[kind]
        self.parts[kind].append(array.astype("float32" if kind == "f" else "int32").ravel())
        self.length[kind] += array.size
        return {"kind": kind, "shape": list(array.shape), "at": at}

    def joined(self, kind):
        return np.concatenate(self.parts[kind] or [np.zeros(0)]).astype(
            "<f4" if kind == "f" else "<i4")


def distinct(random, shape, low, high):
    """Different numbers in (low, high), none of them zero, on a grid of float32 (they compress)."""
    size = int(np.prod(shape))
    grid = max(512, 1 << int(np.ceil(np.log2(max(size, 1)))))
    picked = random.permutation(grid)[:size]
    return (low + (high - low) * (2 * picked + 1) / (2 * grid)).reshape(shape).astype("float32")


def draw_weight(random, variable, scale):
    name, shape = variable.name, variable.shape
    if name == "gamma":
        return distinct(random, shape, 0.5, 1.5)
    if name in ("moving_variance", "variance"):
        return distinct(random, shape, 0.5, 2.0)
    if name == "count":
        return np.zeros(shape, "float32")
    fan = int(np.prod(shape[:-1])) if len(shape) > 1 else 1
    limit = scale * 2.0 ** -np.round(np.log2(np.sqrt(fan)) - 0.25)
    return distinct(random, shape, -min(limit, 1.0), min(limit, 1.0))


def give_weights(model, weights):
    """Normalization keeps copies of its own, which set_weights alone does not renew."""
    model.set_weights(weights)
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def run_call(model, call, inputs, cotangents, dtype):
    """One call of a model: outputs, masks, gradients and the weights that training moved."""
    if call.get("reset"):
        for layer in model._flatten_layers():
            if getattr(layer, "stateful", False):
                layer.reset_state()
    tensors = [tf.constant(x, dtype if x.dtype.kind == "f" else "int32") for x in inputs]
    watched = [t for t in tensors if t.dtype.is_floating]
    training = call["training"]
    with tf.GradientTape() as tape:
        for tensor in watched:
            tape.watch(tensor)
        given = tensors if len(tensors) > 1 else tensors[0]
        outputs = as_list(model(given, training=bool(training)))
        loss = sum(tf.reduce_sum(o * tf.constant(c, dtype)) for o, c in
                   zip(outputs, cotangents(outputs)))
    result = {
        "outputs": [o.numpy() for o in outputs],
        "masks": [None if m is None else m.numpy()
                  for m in (keras.src.backend.get_keras_mask(o) for o in outputs)]}
    if call.get("gradients", True):
        sources = [v.value for v in model.trainable_variables] + watched
        found = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(
            loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)]
        by_weight = dict(zip((id(v) for v in model.trainable_variables), found))
        result["weight_gradients"] = [by_weight.get(id(w)) for w in model.weights]
        rest = iter(found[len(model.trainable_variables):])
        result["input_gradients"] = [next(rest) if t.dtype.is_floating else None for t in tensors]
    moving = [w for w in model.weights if not w.trainable]
    # Counts among them as reals.
    result["moved"] = [w.numpy() * np.float32(1) for w in moving] if training and moving else []
    return result


def build(case, dtype):
    keras.backend.clear_session()
    keras.config.set_floatx(dtype)
    model = case.make(keras)
    keras.config.set_floatx("float32")
    return model


def difference(a, b):
    """The largest |a - b| / (1 + |a|) over two results."""
    worst = 0.0
    for key in a:
        for x, y in zip(a[key], b[key]):
            if x is None or x.size == 0:
                continue
            assert x.shape == y.shape and (x.dtype == bool or np.array_equal(
                np.isnan(x), np.isnan(y))), key
            d = np.abs(x.astype("float64") - y) / (1 + np.abs(x.astype("float64")))
            worst = max(worst, float(np.nanmax(d)))
    return worst


def run_case(case, arrays):
    random = np.random.default_rng(zlib.crc32(case.name.encode()))
    narrow, wide = build(case, "float32"), build(case, "float64")
    weights = [draw_weight(random, w, case.scale) for w in narrow.weights]
    calls, worst = [], 0.0
    moved = build(case, "float64")
    give_weights(moved, [w * (1 + ROUNDING * np.sin(1e5 * w.astype("float64"))) for w in weights])
    for model in (narrow, wide):
        give_weights(model, weights)
    for call in case.calls:
        inputs = call["inputs"](random) if callable(call["inputs"]) else call["inputs"]
        kept = []

        def cotangents(outputs):
            if not kept:
                kept.extend(distinct(random, o.shape, -1, 1) for o in outputs)
            return kept

        asked = dict(call, training=call["training"] is not False)
        result = run_call(wide, asked, inputs, cotangents, "float64")
        for model, dtype in ((narrow, "float32"), (moved, "float64")):
            worst = max(worst, difference(result, run_call(model, asked, inputs, cotangents, dtype)))
        if call["training"] is None:
            asked.update(training=False, gradients=False)
            inference = run_call(wide, asked, inputs, cotangents, "float64")
            worst = max(worst, difference(inference, result))
        stored = {key: [arrays.add(x) for x in value] for key, value in result.items()}
        stored.update(training=call["training"], reset=bool(call.get("reset")),
                      inputs=[arrays.add(x) for x in inputs],
                      cotangents=[arrays.add(c) for c in kept])
        calls.append(stored)
    if not worst < AGREE:
        raise SystemExit(f"{case.name}: rounding moves the numbers by {worst}")
    return worst, {
        "name": case.name, "config": json.loads(narrow.to_json()),
        "weights": [dict(arrays.add(v), name=w.name, path=w.path, trainable=w.trainable)
                    for w, v in zip(narrow.weights, weights)],
        "calls": calls}


def write_npz(path, arrays):
    """As numpy.savez_compressed, but the same bytes on every day and with the same zlib."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), version=(1, 0))
            info = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(info, data.getvalue(), zipfile.ZIP_DEFLATED, 9)


def as_bytes(value):
    return np.frombuffer(json.dumps(value, separators=(",", ":")).encode(), np.uint8)


def write_group(folder, group, cases):
    arrays, written, worst = Arrays(), [], (0.0, "")
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]
    for case in cases:
        error, stored = run_case(case, arrays)
        worst = max(worst, (error, case.name))
        written.append(stored)
    path = folder / f"{group}.npz"
    write_npz(path, {"cases": as_bytes({"keras": keras.__version__, "cases": written}),
                     "floats": arrays.joined("f"), "ints": arrays.joined("i")})
    print(f"{group}: {len(cases)} cases, {path.stat().st_size} bytes, "
          f"rounding moves {worst[1]} by {worst[0]:.1e}", flush=True)


def write_article(folder):
    if "EDDY_DATA_DIR" not in os.environ:
        print("article: SKIPPED, EDDY_DATA_DIR is not set", flush=True)
        return
    x, y = golden_article.reviews(keras)
    facts, losses = {"keras": keras.__version__, "cells": list(golden_article.CELLS)}, []
    for cell in golden_article.CELLS:
        for rate, dtype in golden_article.runs(cell):
            losses.append(golden_article.losses(keras, tf, cell, x, y, rate, dtype))
            print(f"article: {cell}, learning rate {rate}, {dtype}: last loss {losses[-1][-1]:.4f}",
                  flush=True)
    write_npz(folder / "article.npz", {"cases": as_bytes(facts), "floats": np.array(
        losses, "<f4").ravel(), "ints": np.zeros(0, "<i4")})


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    here = Path(__file__).resolve().parent.parent / "tests" / "golden"
    parser.add_argument("--out", type=Path, default=here)
    parser.add_argument("group", nargs="*")
    asked = parser.parse_args()
    if keras.__version__ != KERAS:
        print(f"expected Keras {KERAS}, got {keras.__version__}", file=sys.stderr)
        return 1
    groups = {**golden_recurrent.groups(), **golden_layers.groups()}
    unknown = set(asked.group) - set(groups) - set(golden_training.GROUPS) - {"article"}
    if unknown:
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    data, training = asked.out / "data", asked.out / "training"
    data.mkdir(parents=True, exist_ok=True)
    training.mkdir(parents=True, exist_ok=True)
    (data / "cases.txt").write_text("".join(
        f"{group} {case.name}\n" for group, cases in groups.items() for case in cases))
    for group, cases in groups.items():
        if not asked.group or group in asked.group:
            write_group(data, group, cases)
    for group in golden_training.GROUPS:
        if not asked.group or group in asked.group:
            golden_training.write(training, group)
    if not asked.group or "article" in asked.group:
        write_article(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
