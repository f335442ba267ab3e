# SPDX-License-Identifier: MIT
"""What Keras' callbacks do on given values of their monitor, and the order in which fit() and
evaluate() call them, for golden_training.py. The tests of the rooms training, files, report and
model drive their own callbacks the same way."""
import contextlib
import io
import math
import pathlib
import tempfile
import warnings

import numpy as np


class Stub:
    """What a callback needs of a model; its weights are the number of the epoch."""

    def __init__(self, keras, rate):
        self.optimizer = keras.optimizers.SGD(learning_rate=rate)
        self.stop_training, self.weights, self.saved = False, -1, []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite):
        self.saved.append(path)

    save_weights = save


def plain(value):
    """As JSON has it: null is a missing value, so NaN is a word."""
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def drive(keras, callback, epochs, rate=0.5, batches=()):
    """The callback over epochs with these logs (None: not validated), batches before each."""
    model = Stub(keras, rate)
    callback.set_model(model)
    text, rates, logged, saved = io.StringIO(), [], [], []
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        callback.on_train_begin()
        for epoch, value in enumerate(epochs):
            callback.on_epoch_begin(epoch)
            for batch, loss in enumerate(batches):
                callback.on_train_batch_end(batch, {"loss": loss})
            model.weights = epoch
            logs = {"loss": 0.25}
            if value is not None:
                logs["val_loss"] = value
            callback.on_epoch_end(epoch, logs)
            logged.append(logs.get("learning_rate"))
            rates.append(float(np.asarray(model.optimizer.learning_rate)))
            saved.append(model.saved)
            model.saved = []
            if model.stop_training:
                break
        callback.on_train_end()
    return {"epochs": len(rates), "weights": model.weights, "text": text.getvalue(),
            "rates": rates, "logged": logged, "saved": saved}


def walk(random, count):
    """Values as a validation loss has them: falling, then flat, with repeats and gaps."""
    value, values = 1.0, []
    for _ in range(count):
        kind = random.integers(0, 8)
        if kind > 1:
            value += random.choice([-0.2, -0.05, -0.004, 0.0, 0.003, 0.1])
        values.append(None if kind == 0 else float(np.float32(value)))
    return values


def monitored(keras):
    random = np.random.default_rng(77)
    pick = lambda *words: words[random.integers(0, len(words))]  # noqa: E731
    cases = []

    def add(name, options, values, **more):
        callback = getattr(keras.callbacks, name)(verbose=1, **options)
        cases.append({"title": f"{name} {len(cases)}", "callback": name, "options": options,
                      "values": [plain(v) for v in values], **more,
                      "result": drive(keras, callback, values, **more)})

    for _ in range(60):
        options = {"patience": pick(0, 1, 2, 3), "min_delta": pick(0, 0.005, 0.06, -0.06),
                   "mode": pick("auto", "min", "max"), "start_from_epoch": pick(0, 0, 2, 4),
                   "restore_best_weights": bool(pick(0, 1))}
        if pick(0, 1):
            options["baseline"] = pick(0.9, 0.5, 1.2)
        add("EarlyStopping", options, walk(random, 12))
    add("EarlyStopping", {"patience": 1}, [math.nan, 0.5, 0.4, 0.3])
    add("EarlyStopping", {"patience": 2}, [0.5, math.nan, 0.4, math.nan, math.nan, math.nan])
    # Closer than float32 tells apart: no improvement.
    add("EarlyStopping", {"patience": 2}, [0.5, 0.5 - 1e-9, 0.5 - 2e-9, 0.5 - 3e-9])
    for _ in range(60):
        options = {"factor": pick(0.1, 0.5, 0.9), "patience": pick(0, 1, 2), "mode": pick(
            "auto", "min", "max"), "min_delta": pick(0, 1e-4, 0.06), "cooldown": pick(0, 1, 3),
            "min_lr": pick(0, 0.01, 0.1)}
        add("ReduceLROnPlateau", options, walk(random, 14), rate=pick(0.5, 1.0, 4.0))
    add("ReduceLROnPlateau", {"patience": 1}, [math.nan, 0.5, 0.4, 0.3])
    return cases


def scheduled(keras):
    cases = []
    for rate in (0.5, 2.0):
        callback = keras.callbacks.LearningRateScheduler(
            lambda epoch, rate: 1.0 if epoch == 2 else rate * 0.7 + 0.01 * epoch, verbose=1)
        cases.append({"title": "LearningRateScheduler", "callback": "LearningRateScheduler",
                      "rate": rate, "result": drive(keras, callback, [0.5] * 5, rate)})
    for batches in ([0.5, math.nan, 0.5], [math.inf], [0.5]):
        callback = keras.callbacks.TerminateOnNaN()
        callback.on_train_batch_end = callback.on_batch_end
        cases.append({"title": "TerminateOnNaN", "callback": "TerminateOnNaN",
                      "batches": ["inf" if math.isinf(b) else plain(b) for b in batches],
                      "result": drive(keras, callback, [0.5] * 2, batches=batches)})
    return cases


def checkpoints(keras):
    cases = []
    batches = [0.5, 0.4, 0.6]
    values = [0.41234, 0.39876, 0.5, 0.39876, 0.1]
    for options in (
            {"filepath": "m.keras"}, {"filepath": "m.h5"},
            {"filepath": "m.weights.h5", "save_weights_only": True},
            {"filepath": "{epoch:02d}-{val_loss:.2f}.keras"},
            {"filepath": "{epoch}/{loss:.3e}/m{val_loss}.keras", "save_best_only": True},
            {"filepath": "best.keras", "save_best_only": True},
            {"filepath": "best{epoch}.keras", "save_best_only": True, "mode": "max"},
            {"filepath": "best{epoch}.keras", "save_best_only": True,
             "initial_value_threshold": 0.4},
            {"filepath": "{epoch}-{batch}.keras", "save_freq": 2},
            {"filepath": "{epoch:03}-{batch:>2}-{loss:g}.keras", "save_freq": 4},
            {"filepath": "{epoch}-{batch}.weights.h5", "save_freq": 7, "save_weights_only": True},
            {"filepath": "{epoch}-{batch}.keras", "save_freq": 3, "save_best_only": True},
            {"filepath": "{epoch}-{batch}.keras", "save_freq": 2, "save_best_only": True,
             "monitor": "loss", "mode": "min"}):
        callback = keras.callbacks.ModelCheckpoint(verbose=1, **options)
        if options.get("save_freq") and options.get("save_best_only"):
            callback._set_monitor_op()  # else Keras fails before the first epoch's end
        with contextlib.chdir(tempfile.mkdtemp()):
            result = drive(keras, callback, values, batches=batches)
        cases.append({"title": options["filepath"], "callback": "ModelCheckpoint",
                      "options": options, "values": values, "batches": batches, "result": result})
    return cases


def csv_files(keras):
    """Texts of CSVLogger over one or several runs, each a list of logs."""
    plain_run = [{"loss": 0.5, "acc": 1.0}, {"loss": 1e-05, "acc": 0.30000001192092896}]
    validated = [{"val_loss": 3.0, "loss": 1e16}, {"loss": math.nan},
                 {"loss": math.inf, "val_loss": 0.1, "new": 2.0}]
    later = [{"loss": 0.5}, {"loss": 0.25, "val_loss": 0.125}]
    cases = []
    for title, runs, options in (
            ("plain", [plain_run], {}), ("validated", [validated], {}), ("later", [later], {}),
            ("separator", [validated], {"separator": ";"}),
            ("quotes", [plain_run], {"separator": "."}),
            ("names", [[{'a,b': 0.5, 'c"d': 0.25}]], {}),
            ("twice", [plain_run, validated], {}),
            ("append", [plain_run, plain_run], {"append": True}),
            ("append_others", [plain_run, validated, later], {"append": True})):
        path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
        callback = keras.callbacks.CSVLogger(str(path), **options)
        for run in runs:
            callback.on_train_begin()
            for epoch, logs in enumerate(run):
                callback.on_epoch_end(epoch, dict(logs))
            callback.on_train_end()
        word = lambda v: "inf" if math.isinf(v) else plain(v)  # noqa: E731
        cases.append({"title": title, "callback": "CSVLogger", "options": options,
                      "runs": [[{k: word(v) for k, v in logs.items()} for logs in run]
                               for run in runs], "text": path.read_bytes().decode()})
    return cases


def events(keras):
    """Every call with its number and the keys of its logs."""
    x = np.arange(20, dtype=np.float32).reshape(10, 2) / 20
    y = (x[:, 0] > 0.4).astype(np.float32)

    class Recorder(keras.callbacks.Callback):
        stop = None

        def __init__(self):
            super().__init__()
            self.calls = []

        def note(self, event, number="", logs=None):
            self.calls.append(f"{event} {number} {','.join(logs or {})}".replace("  ", " ").strip())
            if event == self.stop:
                self.model.stop_training = True

    def hook(event, numbered):
        if numbered:
            return lambda self, number, logs=None: self.note(event, number, logs)
        return lambda self, logs=None: self.note(event, "", logs)

    for when in ("train", "test"):
        for side in ("begin", "end"):
            setattr(Recorder, f"on_{when}_{side}", hook(f"{when}_{side}", False))
            event = f"{when}_batch_{side}"
            setattr(Recorder, "on_" + event, hook(event, True))
    for side in ("begin", "end"):
        setattr(Recorder, f"on_epoch_{side}", hook(f"epoch_{side}", True))

    def model():
        built = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, "sigmoid")])
        built.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["mse", "acc"])
        return built

    cases = []
    for title, options, stop in (
            ("plain", {"epochs": 2}, None),
            ("validation", {"epochs": 2, "validation_split": 0.5, "validation_batch_size": 3,
                            "validation_freq": 2}, None),
            ("steps", {"epochs": 3, "steps_per_epoch": 2, "validation_split": 0.2,
                       "validation_steps": 1, "initial_epoch": 1}, None),
            ("stop_after_batch", {"epochs": 3, "validation_split": 0.2}, "train_batch_end"),
            ("stop_after_epoch", {"epochs": 3}, "epoch_end"),
            ("stop_in_validation", {"epochs": 3, "validation_split": 0.4}, "test_batch_end")):
        recorder = Recorder()
        recorder.stop = stop
        model().fit(x, y, batch_size=3, verbose=0, callbacks=[recorder], shuffle=False, **options)
        cases.append({"title": title, "callback": "fit", "options": options, "stop": stop,
                      "calls": recorder.calls})
    recorder = Recorder()
    built = model()
    built.evaluate(x, y, batch_size=4, verbose=0, callbacks=[recorder], steps=2)
    cases.append({"title": "evaluate", "callback": "evaluate", "calls": recorder.calls})
    return cases


def cases(keras):
    made = []
    for group in (monitored, scheduled, checkpoints, csv_files, events):
        made += group(keras)
    return made
