#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exchanges models between eddy and real Keras, in both directions, and compares their numbers.

Usage: interop.py EDDY_INTEROP [--only TEXT] [--keep FOLDER] [--jobs N]
  EDDY_INTEROP  the program that tests/interop is built into
  --only        only the layers with TEXT in their names
  --keep        a folder for the models, to look at; default: a temporary one
  --jobs        processes, each with its share of the layers; default: one a core

Runs in a Python that has Keras 3.15.1 and TensorFlow; `./dev interop` provides one.

Every layer of the grid, as Sequential and as functional model, in every format:
  Keras -> eddy   Keras trains and saves; eddy loads, predicts, and trains on with the saved optimizer
  eddy -> Keras   eddy trains that on and saves; Keras loads, predicts, and trains on
The table shows the largest difference of predictions and losses; more than 1e-5 is a failure.
"""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from interop_grid import ROWS, STEPS, WORDS, Case, cases

TOLERANCE = 1e-5
FORMATS = [".keras", ".h5", ".weights.h5"]
TRAINING = 3  # epochs of one batch


# ---- Keras' side -----------------------------------------------------------------------------------
def data_for(np, model, number):
    draw = np.random.default_rng(number)
    masked = any(getattr(layer, "mask_zero", False) for layer in model._flatten_layers())

    def values(tensor):
        shape = (ROWS, *tensor.shape[1:])
        if tensor.dtype == "int32":  # no id twice in a batch: see distinct_ids in keras_golden.py
            ids = 1 + draw.permutation(WORDS - 1)[:ROWS * STEPS].reshape(shape).astype("int32")
            for row in range(ROWS if masked else 0):
                ids[row, :row] = 0
            return ids
        array = draw.normal(size=shape).astype("float32")
        if array.ndim == 3:
            array[0, -2:] = 0  # for Masking
        return array

    x = [values(tensor) for tensor in model.inputs]
    y = [draw.uniform(0, 1, size=(ROWS, *output.shape[1:])).astype("float32")
         for output in model.outputs]
    return x, y


def one(values):
    return values[0] if len(values) == 1 else values


def reset(model):
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()


def predictions(np, model, x):
    reset(model)
    outputs = model.predict_on_batch(one(x))
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [np.asarray(output).ravel().tolist() for output in outputs]


def losses(model, x, y):
    """The losses of TRAINING epochs of one batch: fit's numbers, without its data pipeline."""
    reset(model)
    found = []
    for _ in range(TRAINING):
        model.reset_metrics()
        found.append(float(model.train_on_batch(one(x), one(y), return_dict=True)["loss"]))
    return found


def compiled(case):
    model = case.make()
    model.compile(optimizer=case.optimizer(), run_eagerly=True,
                  loss=one(["mean_squared_error"] * len(model.outputs)))
    return model


def save_all(keras, np, case, number, folder):
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(number)
    model = compiled(case)
    case.x, case.y = data_for(np, model, number)
    losses(model, case.x, case.y)
    draw = np.random.default_rng(number + 1)
    for variable in model.trainable_variables:
        variable.assign(variable + 0.1 * draw.normal(size=variable.shape))
    case.facts = {"json": model.to_json()}
    model.save_weights(folder / f"{number}.weights.h5")
    model.save(folder / f"{number}.keras")
    model.save(folder / f"{number}.h5")  # last: Keras 3.15 forgets the optimizer's config here
    case.facts["predictions"] = predictions(np, model, case.x)
    if case.trains:
        case.facts["losses"] = losses(model, case.x, case.y)


def array_json(array):
    return {"shape": list(array.shape), "type": str(array.dtype), "values": array.ravel().tolist()}


def job_of(case, number, extension, folder):
    job = {"x": [array_json(a) for a in case.x], "y": [array_json(a) for a in case.y],
           "save": str(folder / f"{number}-eddy{extension}")}
    path = str(folder / f"{number}{extension}")
    if extension == ".weights.h5":
        return {**job, "json": case.facts["json"], "weights": path}
    return {**job, "load": path}


def difference(np, expected, got):
    """The largest difference, relative above 1."""
    worst = 0.0
    for one_expected, one_got in zip(expected, got, strict=True):
        a, b = np.atleast_1d(one_expected), np.atleast_1d(one_got)
        if a.shape != b.shape or not np.all(np.isfinite(b)):
            return float("inf")
        worst = max(worst, float(np.max(np.abs(a - b) / np.maximum(1, np.abs(a)))))
    return worst


def compare(np, case, facts, got):
    worst = difference(np, facts["predictions"], got["predictions"])
    if case.trains:
        worst = max(worst, difference(np, [facts["losses"]], [got["losses"]]))
    return worst


def load(keras, case, path):
    if not str(path).endswith(".weights.h5"):
        return keras.models.load_model(path)
    model = keras.models.model_from_json(case.facts["json"])
    model.load_weights(path)
    return model


def goes_on_from_h5(keras, np, folder):
    """Whether Keras trains a model on that it has read from its own .h5; 3.15.1 does not."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    x = np.ones((1, 2))
    model.fit(x, x[:, :1], verbose=0)
    model.save(folder / "first.h5")
    try:
        keras.models.load_model(folder / "first.h5").fit(x, x[:, :1], verbose=0)
    except ValueError:
        return False
    return True


def check_back(keras, np, case, extension, result, paths):
    """What Keras makes of eddy's file: a difference or what went wrong."""
    keras.backend.clear_session(free_memory=False)
    ours, theirs = paths
    trains = case.trains and extension not in case.only_predicts
    try:
        model = load(keras, case, ours)
        model.run_eagerly = True
        worst = difference(np, result["saved_predictions"], predictions(np, model, case.x))
        if trains:
            got = losses(model, case.x, case.y)
            worst = max(worst, difference(np, [result["saved_losses"]], [got]))
        return worst
    except Exception as error:  # whatever Keras throws is the answer
        if theirs is None or can_load(keras, case, theirs):
            return f"{type(error).__name__}: {error}"
        return None  # Keras cannot read its own file either


def can_load(keras, case, path):
    try:
        load(keras, case, path)
    except Exception:
        return False
    return True


def exchange(arguments, part, folder):
    """The cases of one process of arguments.jobs: Keras' version, and the cases with their results."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import logging
    import warnings
    import keras
    import numpy as np
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")  # that .h5 is considered legacy

    mine = cases(keras, arguments.only)[part::arguments.jobs]
    folder = folder / str(part)
    folder.mkdir(parents=True, exist_ok=True)
    if not goes_on_from_h5(keras, np, folder):
        Case.only_predicts = {".h5"}
    for number, case in enumerate(mine):
        save_all(keras, np, case, number, folder)
        progress("Keras saves", number, len(mine))
    places = [(number, extension) for number in range(len(mine)) for extension in FORMATS]
    jobs = [job_of(mine[number], number, extension, folder) for number, extension in places]
    own = own_cases(keras, np, arguments, folder)[part::arguments.jobs]
    results = eddy(arguments.program, jobs + [job for _, job in own], folder)
    for (number, extension), result in zip(places, results):
        paths = folder / f"{number}-eddy{extension}", folder / f"{number}{extension}"
        check(keras, np, mine[number], extension, result, paths)
        progress("Keras loads", number, len(mine))
    for (case, job), result in zip(own, results[len(places):]):
        check(keras, np, case, Path(job["save"]).suffix, result, (Path(job["save"]), None))
    done = mine + sorted({case for case, _ in own}, key=lambda case: case.name)
    return keras.__version__, Case.only_predicts, [
        (case.name, case.kind, case.results) for case in done]


def run(arguments):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.keep or temporary)
        with concurrent.futures.ProcessPoolExecutor(
                arguments.jobs, multiprocessing.get_context("spawn")) as pool:
            parts = list(pool.map(exchange, [arguments] * arguments.jobs, range(arguments.jobs),
                                  [folder] * arguments.jobs))
    version, only_predicts, _ = parts[0]
    merged = {}  # a model of eddy's own may have its formats in several parts
    for row in range(max(len(part) for _, _, part in parts)):
        for _, _, part in parts:
            if row < len(part):
                name, kind, results = part[row]
                merged.setdefault((name, kind), {}).update(results)
    return report(merged, version, only_predicts)


def own_cases(keras, np, arguments, folder):
    """Models that eddy makes: pairs of a case without facts and a job."""
    listed = subprocess.run([arguments.program, "--list"], capture_output=True, text=True,
                            check=True)
    made = []
    for name in listed.stdout.splitlines():
        if arguments.only not in f"eddy's own: {name}":
            continue
        case = Case(f"eddy's own: {name}", "C++", None, None)
        draw = np.random.default_rng(len(made))
        ids = 1 + draw.permutation(WORDS - 1)[:ROWS * STEPS].reshape(ROWS, STEPS).astype("int32")
        ids[1, :2] = 0
        series = draw.normal(size=(ROWS, STEPS, 3)).astype("float32")
        two = name != "Sequential"
        case.x = [ids, series] if two else [ids]
        case.y = ([draw.normal(size=(ROWS, 4)).astype("float32") for _ in range(2)] if two else
                  [draw.normal(size=(ROWS, 2)).astype("float32")])
        for extension in (".keras", ".h5"):
            made.append((case, {"make": name, "x": [array_json(a) for a in case.x],
                                "y": [array_json(a) for a in case.y],
                                "save": str(folder / f"own{len(made)}{extension}")}))
    return made


def eddy(program, jobs, folder):
    (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    done = subprocess.run([program, folder / "jobs.json", folder / "results.json"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"interop: eddy_interop ended with {done.returncode}\n{done.stderr}")
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def check(keras, np, case, extension, result, paths):
    if "error" in result:
        case.results[extension, "in"] = result["error"]
        return
    if case.facts is not None:
        case.results[extension, "in"] = compare(np, case, case.facts, result)
    case.results[extension, "out"] = check_back(keras, np, case, extension, result, paths)


# ---- the table -------------------------------------------------------------------------------------
def progress(what, number, count):
    if sys.stderr.isatty():
        print(f"\r{what} {number + 1}/{count} ", end="", file=sys.stderr, flush=True)


def shown(result):
    if result is None:
        return "-"
    if isinstance(result, str) or result > TOLERANCE:
        return "FAILED" if isinstance(result, str) else f"{result:.0e} !"
    return f"{result:.0e}" if result > 0 else "0"


def report(all_results, version, only_predicts):
    columns = [(extension, way) for extension in FORMATS for way in ("in", "out")]
    width = max([len(name) for name, _ in all_results] + [5])
    print(f"\rKeras {version}: largest differences, Keras -> eddy and eddy -> Keras; "
          "-: Keras cannot read its own file")
    if only_predicts:
        print("This Keras trains no model on that it has read from .h5, not from its own either: "
              "there the predictions alone are compared.")
    print(f"{'layer':{width}}  {'model':10}" + "".join(f"{e:>18}" for e in FORMATS))
    failures = []
    for (name, kind), results in all_results.items():
        pairs = []
        for extension in FORMATS:
            marks = [shown(results.get((extension, way))) for way in ("in", "out")]
            pairs.append(f"{marks[0]:>9}{marks[1]:>9}")
        print(f"{name:{width}}  {kind:10}" + "".join(pairs))
        for column in columns:
            result = results.get(column)
            if isinstance(result, str) or (result is not None and result > TOLERANCE):
                failures.append(f"{name}, {kind}, {column[0]}, "
                                f"{'Keras -> eddy' if column[1] == 'in' else 'eddy -> Keras'}: "
                                f"{result}")
    found = [r for results in all_results.values() for r in results.values() if r is not None]
    print(f"{len(all_results)} models, {len(found)} exchanges, {len(failures)} failures, "
          f"largest difference {max([r for r in found if isinstance(r, float)], default=0):.1e}")
    for failure in failures:
        print("FAILED  " + failure)
    return 1 if failures or not found else 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
