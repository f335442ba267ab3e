# SPDX-License-Identifier: MIT
"""Golden numbers of training, for make_golden.py: losses, metrics, optimizers, schedules, regularizers,
constraints, callbacks, whole runs of fit() and texts as ids; tests/training, tests/model and tests/data
read them.
"""
import json
import zlib

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import golden_callbacks
import golden_fit
import golden_reuters
import golden_text
import golden_timeseries
import golden_tokenizer

GROUPS = ["losses", "metrics", "optimizers", "constraints", "regularizers", "schedules", "fit",
          "callbacks", "text_vectorization", "timeseries", "tokenizer", "reuters"]
RANDOM = np.random.default_rng()  # seeded anew for every group


def numbers(array):
    """Float32 values with the digits that read back the same."""
    flat = np.asarray(array, np.float32).reshape(-1)
    return [float(np.format_float_positional(x, unique=True)) if np.isfinite(x) else None
            for x in flat]


def cases_of(group):
    if group == "fit":
        return golden_fit.cases(keras, numbers)
    if group == "callbacks":
        return golden_callbacks.cases(keras)
    if group == "text_vectorization":
        return golden_text.cases(keras)
    if group == "timeseries":
        return golden_timeseries.cases(keras)
    if group == "tokenizer":
        return golden_tokenizer.cases()
    if group == "reuters":
        return golden_reuters.cases(keras)
    return globals()[group]()


def write(folder, group):
    global RANDOM
    RANDOM = np.random.default_rng(zlib.crc32(group.encode()))
    cases = cases_of(group)
    path = folder / f"{group}.json"
    text = json.dumps({"keras": keras.__version__, "backend": keras.backend.backend(),
                       "cases": cases}, separators=(",", ":"))
    path.write_text(text.replace('{"title"', '\n{"title"') + "\n")
    print(f"{group}: {len(cases)} cases, {path.stat().st_size} bytes", flush=True)


# ---- losses -------------------------------------------------------------------------------------

def spec(name, values=None, words=None, lists=None):
    return {"name": name, "values": values or {}, "words": words or {}, "lists": lists or {}}


def python_arguments(described):
    """Numbers that Keras wants as int or bool."""
    arguments = dict(described["words"])
    arguments.update(described["lists"])
    flags = {"from_logits", "apply_class_balancing", "remove_diagonal", "multi_label", "nesterov",
             "centered", "amsgrad", "use_ema", "staircase", "cycle"}
    whole = {"ignore_class", "k", "top_k", "class_id", "num_thresholds", "num_labels", "axis",
             "num_regressors", "ema_overwrite_frequency", "gradient_accumulation_steps"}
    for key, value in described["values"].items():
        if key in flags:
            value = bool(value)
        elif key in whole:
            value = int(value)
        else:
            value = float(value)
        arguments[key] = value
    return arguments


def find_class(module, name):
    plain = name.replace("_", "").lower()
    for key in dir(module):
        if key.lower() == plain and isinstance(getattr(module, key), type):
            return getattr(module, key)
    raise KeyError(name)


def loss_case(title, described, y, value, activation="", weights=None, mask=None):
    loss = find_class(keras.losses, described["name"])(**python_arguments(described))
    x = tf.Variable(np.asarray(value, np.float32))
    with tf.GradientTape() as tape:
        p = x
        if activation:
            p = getattr(keras.activations, activation)(x)
        else:
            p = tf.identity(x)
        if mask is not None:
            p._keras_mask = tf.constant(mask)
        result = loss(tf.constant(y), p, sample_weight=weights)
    gradient = tf.convert_to_tensor(tape.gradient(result, x)).numpy()
    case = {"title": title, "loss": described, "activation": activation,
            "shape": list(x.shape), "x": numbers(x.numpy()),
            "y_shape": list(np.shape(y)), "y": numbers(y),
            "value": float(result.numpy()), "gradient": numbers(gradient)}
    if weights is not None:
        case["weight_shape"] = list(np.shape(weights))
        case["weights"] = numbers(weights)
    if mask is not None:
        case["mask"] = [int(m) for m in np.reshape(mask, -1)]
    return case


def probabilities(*shape):
    p = RANDOM.random(shape) + 0.05
    return (p / p.sum(-1, keepdims=True)).astype(np.float32)


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


def losses():
    normal = lambda *shape: RANDOM.normal(size=shape).astype(np.float32)  # noqa: E731
    uniform = lambda *shape: RANDOM.random(shape).astype(np.float32)  # noqa: E731
    bits = lambda *shape: RANDOM.integers(0, 2, shape).astype(np.float32)  # noqa: E731
    N, T, K = 5, 3, 4
    w1, w2 = uniform(N) + 0.2, uniform(N, T) + 0.1
    mask = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0], [0, 1, 1]], bool)
    reductions = [{}, {"reduction": "sum"}, {"reduction": "mean_with_sample_weight"}]
    cases = []

    def add(name, values, y, x, activation="", words=None, **more):
        title = "-".join([name, activation or "plain"] + [f"{k}{v}" for k, v in values.items()] +
                         list((words or {}).values()) +
                         [k + "x".join(map(str, np.shape(v))) for k, v in more.items()] +
                         ["x".join(map(str, np.shape(y)))])
        cases.append(loss_case(title, spec(name, values, words), y, x, activation, **more))

    # binary ones
    for name in ("binary_crossentropy", "binary_focal_crossentropy"):
        extra = [{}] if name == "binary_crossentropy" else [
            {}, {"apply_class_balancing": 1, "alpha": 0.3, "gamma": 1.5}]
        for options in extra:
            for smoothing in ({}, {"label_smoothing": 0.2}):
                values = {**options, **smoothing}
                y, z = bits(N, K), normal(N, K) * 3
                add(name, values, y, uniform(N, K) * 0.9 + 0.05)
                add(name, values, y, z, "sigmoid")
                add(name, {**values, "from_logits": 1}, y, z)
        add(name, {}, bits(N), normal(N, 1), "sigmoid", weights=w1)
        add(name, {}, bits(N, T, 1), normal(N, T, 1), "sigmoid", mask=mask, weights=w2)
    add("binary_crossentropy", {}, np.array([[1, 0, 1, 0]], np.float32),
        np.array([[0, 1, 1, 0]], np.float32))  # clipped
    # categorical ones
    labels = RANDOM.integers(0, K, (N, T))
    for name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        extra = [{}] if name == "categorical_crossentropy" else [{}, {"alpha": 0.7, "gamma": 1.2}]
        for options in extra:
            for smoothing in ({}, {"label_smoothing": 0.1}):
                values = {**options, **smoothing}
                y, z = one_hot(labels[:, 0], K), normal(N, K) * 2
                add(name, values, y, uniform(N, K) + 0.1)
                add(name, {**values, "from_logits": 1}, y, z)
                if name == "categorical_crossentropy":
                    add(name, values, y, z, "softmax")
        add(name, {}, one_hot(labels, K), probabilities(N, T, K), mask=mask)
    name = "sparse_categorical_crossentropy"
    y = labels[:, 0].astype(np.float32)
    ignored = labels.astype(np.float32)
    add(name, {}, y, probabilities(N, K))
    add(name, {}, y.reshape(N, 1), probabilities(N, K))
    add(name, {}, y, normal(N, K), "softmax", weights=w1)
    add(name, {"from_logits": 1}, y, normal(N, K))
    for words in reductions:
        add(name, {}, ignored, normal(N, T, K), "softmax", words, mask=mask, weights=w2)
        add(name, {"ignore_class": 2}, ignored, normal(N, T, K), "softmax", words, weights=w2)
        add(name, {"ignore_class": 2}, ignored, normal(N, T, K), "softmax", words, mask=mask)
    add(name, {"ignore_class": -1, "from_logits": 1}, np.where(ignored == 3, -1, ignored),
        normal(N, T, K))
    add("categorical_generalized_cross_entropy", {}, y, probabilities(N, K))
    add("categorical_generalized_cross_entropy", {"q": 0.8}, y, probabilities(N, K), weights=w1)
    # regression and margins
    for name, options, positive in [
            ("mean_squared_error", {}, 0), ("mean_absolute_error", {}, 0),
            ("mean_absolute_percentage_error", {}, 0), ("mean_squared_logarithmic_error", {}, 1),
            ("log_cosh", {}, 0), ("huber", {}, 0), ("huber", {"delta": 0.3}, 0),
            ("cosine_similarity", {}, 0), ("poisson", {}, 1), ("kl_divergence", {}, 1),
            ("hinge", {}, 0), ("squared_hinge", {}, 0), ("categorical_hinge", {}, 0)]:
        draw = uniform if positive else normal
        y = draw(N, K) if "hinge" not in name else np.sign(normal(N, K))
        x = draw(N, K)
        if name == "categorical_hinge":
            y = one_hot(labels[:, 1], K)
        add(name, options, y, x)
        add(name, options, y, x, weights=w1)
        for words in reductions:
            add(name, options, np.stack([y] * T, 1), draw(N, T, K), "", words, mask=mask,
                weights=w2)
        if "hinge" in name:
            add(name, options, bits(N, K), x)  # 0 and 1 become -1 and 1
    add("mean_squared_error", {}, normal(N), normal(N, 1))
    add("mean_squared_error", {}, normal(N, T), normal(N, T, 1))
    add("mean_squared_error", {}, normal(N, T), normal(N, T, 1), weights=w1)
    add("mean_squared_error", {}, normal(N, T, K), normal(N, T, K), weights=w2.reshape(N, T, 1))
    # whole batches
    add("dice", {}, bits(N, K), uniform(N, K))
    add("dice", {}, bits(N, K), uniform(N, K), weights=w1)
    add("tversky", {"alpha": 0.3, "beta": 0.8}, bits(N, K), uniform(N, K))
    add("tversky", {}, bits(N, T, K), uniform(N, T, K))
    e = normal(8, K)
    e /= np.linalg.norm(e, axis=-1, keepdims=True)
    groups = np.array([0, 1, 0, 2, 1, 1, 2, 0], np.float32)
    add("circle", {}, groups, e)
    add("circle", {"gamma": 20, "margin": 0.3}, groups, e)
    groups[3], groups[6] = 3, 4  # samples without a partner
    add("circle", {"gamma": 20, "remove_diagonal": 1}, groups, e)
    text = np.array([[1, 2, 0, 0], [3, 3, 0, 0], [2, 1, 2, 0]], np.float32)
    add("ctc", {}, text, normal(3, 7, K))
    add("ctc", {}, text, normal(3, 7, K), weights=w1[:3])
    return cases


# ---- metrics ------------------------------------------------------------------------------------

def metric_case(title, described, batches, activation=""):
    metric = find_class(keras.metrics, described["name"])(**python_arguments(described))
    stored = []
    for y, x, weights, mask in batches:
        p = tf.constant(np.asarray(x, np.float32))
        if activation:
            p = getattr(keras.activations, activation)(p)
        if mask is not None:
            p._keras_mask = tf.constant(mask)
        metric.update_state(tf.constant(np.asarray(y, np.float32)), p, sample_weight=weights)
        batch = {"shape": list(np.shape(x)), "x": numbers(x), "y_shape": list(np.shape(y)),
                 "y": numbers(y)}
        if weights is not None:
            batch["weights"] = numbers(weights)
        if mask is not None:
            batch["mask"] = [int(m) for m in np.reshape(mask, -1)]
        stored.append(batch)
    result = np.asarray(metric.result()).reshape(-1)
    assert result.size == 1, title
    return {"title": title, "metric": described, "activation": activation, "batches": stored,
            "result": float(result[0])}


def metrics():
    cases = []
    K, T = 4, 3

    def batches(y_of, x_of, weighted, masked, steps=False):
        made = []
        for n in (5, 3):
            shape = (n, T, K) if steps else (n, K)
            x, y = x_of(*shape), y_of(*shape)
            w = RANDOM.random(shape[:-1]).astype(np.float32) if weighted else None
            m = RANDOM.random(shape[:-1]) < 0.6 if masked else None
            made.append((y, x, w, m))
        return made

    uniform = lambda *shape: RANDOM.random(shape).astype(np.float32)  # noqa: E731
    normal = lambda *shape: RANDOM.normal(size=shape).astype(np.float32)  # noqa: E731
    bits = lambda *shape: RANDOM.integers(0, 2, shape).astype(np.float32)  # noqa: E731
    labels = lambda *shape: RANDOM.integers(0, K, shape[:-1]).astype(np.float32)  # noqa: E731
    hot = lambda *shape: one_hot(RANDOM.integers(0, K, shape[:-1]), K)  # noqa: E731

    def add(name, values, y_of, x_of, words=None, lists=None, activation="", steps=True,
            masks=True):
        for weighted in (False, True):
            for sequence, masked in [(False, False)] + ([(True, False)] if steps else []) + (
                    [(True, True)] if steps and masks else []):
                title = "-".join([name] + [f"{k}{v}" for k, v in values.items()] +
                                 list((words or {}).values()) + list(lists or {}) +
                                 ["steps"] * sequence + ["mask"] * masked +
                                 ["weights"] * weighted + [activation or "plain"])
                cases.append(metric_case(title, spec(name, values, words, lists),
                                         batches(y_of, x_of, weighted, masked, sequence),
                                         activation))

    add("binary_accuracy", {}, bits, uniform)
    add("binary_accuracy", {"threshold": 0.7}, bits, uniform, steps=False)
    add("categorical_accuracy", {}, hot, uniform)
    add("sparse_categorical_accuracy", {}, labels, uniform)
    add("top_k_categorical_accuracy", {"k": 2}, hot, uniform)
    add("sparse_top_k_categorical_accuracy", {"k": 2}, labels, uniform)
    for name in ("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
                 "mean_squared_logarithmic_error", "root_mean_squared_error", "cosine_similarity",
                 "log_cosh_error", "kl_divergence", "poisson"):
        add(name, {}, uniform, uniform)
    add("hinge", {}, bits, normal, steps=False)
    add("squared_hinge", {}, bits, normal, steps=False)
    add("categorical_hinge", {}, hot, normal, steps=False)
    add("binary_crossentropy", {}, bits, normal, activation="sigmoid")
    add("binary_crossentropy", {"label_smoothing": 0.1}, bits, uniform, steps=False)
    add("binary_crossentropy", {"from_logits": 1}, bits, normal, steps=False)
    add("categorical_crossentropy", {}, hot, normal, activation="softmax")
    add("sparse_categorical_crossentropy", {}, labels, normal, activation="softmax")
    for name in ("precision", "recall"):
        add(name, {}, bits, uniform)
        add(name, {"thresholds": 0.3}, bits, uniform, steps=False)
        add(name, {"top_k": 2}, bits, uniform, steps=False)
        add(name, {"class_id": 1}, bits, uniform, steps=False)
        add(name, {"top_k": 2, "class_id": 1}, bits, uniform, steps=False)
    for name in ("true_positives", "true_negatives", "false_positives", "false_negatives"):
        add(name, {}, bits, uniform, steps=False)
    for curve in ("ROC", "PR", "PRGAIN"):
        for method in ("interpolation", "minoring", "majoring"):
            add("auc", {}, bits, uniform, {"curve": curve, "summation_method": method},
                steps=False)
    add("auc", {}, bits, uniform)
    add("auc", {"num_thresholds": 11}, bits, uniform, steps=False)
    add("auc", {"from_logits": 1}, bits, normal, steps=False)
    add("auc", {"multi_label": 1}, bits, uniform, steps=False)
    add("auc", {"multi_label": 1}, bits, uniform, {"curve": "PR"},
        {"label_weights": [0.5, 1.0, 2.0, 0.1]}, steps=False)
    add("auc", {}, bits, uniform, {}, {"thresholds": [0.1, 0.35, 0.8]}, steps=False)
    for name, key in (("sensitivity_at_specificity", "specificity"),
                      ("specificity_at_sensitivity", "sensitivity"),
                      ("precision_at_recall", "recall"), ("recall_at_precision", "precision")):
        add(name, {key: 0.5}, bits, uniform, steps=False)
        add(name, {key: 0.7, "num_thresholds": 20, "class_id": 2}, bits, uniform, steps=False)
    for average in ("micro", "macro", "weighted"):
        add("f1_score", {}, hot, uniform, {"average": average}, steps=False)
        add("fbeta_score", {"beta": 2.0, "threshold": 0.5}, bits, uniform, {"average": average},
            steps=False)
    for how in ("uniform_average", "variance_weighted_average"):
        add("r2_score", {}, uniform, uniform, {"class_aggregation": how}, steps=False)
    add("r2_score", {"num_regressors": 2}, uniform, uniform, steps=False)
    return cases


# ---- optimizers, schedules, regularizers, constraints -------------------------------------------

SHAPES = [(4, 3), (3,)]
STEPS = 12


def gradient(step, number, shape, scale):
    """The formula that the test has too: scale sin(1.3 step + 0.9 i + 2.1 number)."""
    i = np.arange(np.prod(shape), dtype=np.float64)
    return (scale * np.sin(1.3 * step + 0.9 * i + 2.1 * number)).astype(np.float32).reshape(shape)


def first_weight(number, shape):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return np.cos(0.7 * i + number).astype(np.float32).reshape(shape)


def make_schedule(described):
    return find_class(keras.optimizers.schedules, described["name"])(**python_arguments(described))


def make_constraint(described):
    return find_class(keras.constraints, described["name"])(**python_arguments(described))


def optimizer_case(described, schedule=None, constraint=None, exclude=(), scale=1.0):
    arguments = python_arguments(described)
    if schedule:
        arguments["learning_rate"] = make_schedule(schedule)
    optimizer = find_class(keras.optimizers, described["name"])(**arguments)
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=list(exclude))
    names = ["kernel", "bias"]
    variables = [keras.Variable(first_weight(n, s), name=names[n]) for n, s in enumerate(SHAPES)]
    if constraint:
        variables[0].constraint = make_constraint(constraint)
    optimizer.build(variables)
    steps = []
    for step in range(1, STEPS + 1):
        optimizer.apply([tf.constant(gradient(step, n, s, scale)) for n, s in enumerate(SHAPES)])
        if step % 3 == 0:
            steps.append(sum((numbers(v.numpy()) for v in variables), []))
    slots = [{"name": v.path.split("/")[-1], "shape": list(v.shape), "values": numbers(v.numpy())}
             for v in optimizer.variables]
    rate = float(np.asarray(optimizer.learning_rate))
    optimizer.finalize_variable_values(variables)
    title = "-".join([described["name"]] + [f"{k}{v}" for k, v in described["values"].items()] +
                     [d["name"] for d in (schedule, constraint) if d] + list(exclude))
    return {"title": title, "optimizer": described, "schedule": schedule, "constraint": constraint,
            "exclude": list(exclude), "scale": scale, "steps": steps, "variables": slots,
            "learning_rate": rate,
            "final": sum((numbers(v.numpy()) for v in variables), [])}


def optimizers():
    own = [("sgd", {}), ("sgd", {"momentum": 0.8}), ("sgd", {"momentum": 0.8, "nesterov": 1}),
           ("rmsprop", {}), ("rmsprop", {"momentum": 0.7, "rho": 0.8}), ("rmsprop", {"centered": 1}),
           ("rmsprop", {"momentum": 0.7, "centered": 1}), ("adam", {}),
           ("adam", {"amsgrad": 1, "beta_2": 0.6}), ("adamw", {}),
           ("adamw", {"weight_decay": 0.3}), ("nadam", {}), ("adagrad", {}),
           ("adagrad", {"initial_accumulator_value": 0.5, "epsilon": 1e-3}), ("adadelta", {}),
           ("adamax", {}), ("lion", {}), ("lion", {"beta_1": 0.7, "beta_2": 0.8}), ("ftrl", {}),
           ("ftrl", {"learning_rate_power": -0.4, "l1_regularization_strength": 0.02,
                     "l2_regularization_strength": 0.1, "beta": 0.3,
                     "l2_shrinkage_regularization_strength": 0.05})]
    rate = {"learning_rate": 0.05}
    cases = [optimizer_case(spec(name, {**rate, **values})) for name, values in own]
    cases += [optimizer_case(spec(name)) for name in
              ("sgd", "rmsprop", "adam", "adamw", "nadam", "adagrad", "adadelta", "adamax", "lion",
               "ftrl")]
    common = [{"clipnorm": 0.8}, {"clipvalue": 0.3}, {"global_clipnorm": 0.9},
              {"weight_decay": 0.1}, {"use_ema": 1, "ema_momentum": 0.8},
              {"use_ema": 1, "ema_momentum": 0.7, "ema_overwrite_frequency": 3},
              {"gradient_accumulation_steps": 3}, {"loss_scale_factor": 1.0},
              {"gradient_accumulation_steps": 2, "clipnorm": 0.8, "weight_decay": 0.1,
               "use_ema": 1, "ema_overwrite_frequency": 2, "ema_momentum": 0.6}]
    for name in ("sgd", "rmsprop", "adam", "nadam"):
        cases += [optimizer_case(spec(name, {**rate, **values}), scale=2.0) for values in common]
    cases.append(optimizer_case(spec("adamw", {**rate, "weight_decay": 0.3}), exclude=["bias"]))
    halving = spec("exponential_decay", {"initial_learning_rate": 0.1, "decay_steps": 4,
                                         "decay_rate": 0.5})
    for values in ({}, {"gradient_accumulation_steps": 2}, {"weight_decay": 0.1}):
        cases.append(optimizer_case(spec("adam", values), halving))
    for constraint in constraint_specs():
        cases.append(optimizer_case(spec("rmsprop", rate), None, constraint))
    cases.append(optimizer_case(spec("sgd", {**rate, "use_ema": 1, "ema_momentum": 0.5,
                                             "gradient_accumulation_steps": 2}), None,
                                constraint_specs()[0]))
    return cases


def constraint_specs():
    return [spec("max_norm", {"max_value": 0.9}), spec("max_norm", {"max_value": 1.1, "axis": 1}),
            spec("non_neg"), spec("unit_norm", {"axis": 1}), spec("unit_norm"),
            spec("min_max_norm", {"min_value": 0.8, "max_value": 1.2, "rate": 0.5})]


def constraints():
    cases = []
    for described in constraint_specs():
        for shape in ((4, 3), (2, 3, 4), (5,)):
            if described["values"].get("axis", 0) >= len(shape):
                continue
            w = (RANDOM.normal(size=shape)).astype(np.float32)
            kept = make_constraint(described)(tf.constant(w))
            cases.append({"title": described["name"], "constraint": described,
                          "shape": list(shape), "x": numbers(w), "kept": numbers(kept)})
    return cases


def regularizers():
    cases = []
    for described in (spec("l1"), spec("l1", {"l1": 0.3}), spec("l2"), spec("l2", {"l2": 0.7}),
                      spec("l1_l2"), spec("l1_l2", {"l1": 0.2, "l2": 0.4}),
                      spec("orthogonal_regularizer"),
                      spec("orthogonal_regularizer", {"factor": 0.5}, {"mode": "columns"})):
        name = {"l1_l2": "L1L2"}.get(described["name"], described["name"])
        regularizer = find_class(keras.regularizers, name)(**python_arguments(described))
        x = tf.Variable(RANDOM.normal(size=(4, 3)).astype(np.float32))
        with tf.GradientTape() as tape:
            value = regularizer(x) + 0 * tf.reduce_sum(x)
        slope = tape.gradient(value, x)
        cases.append({"title": described["name"], "regularizer": described, "shape": [4, 3],
                      "x": numbers(x.numpy()), "value": float(value), "gradient": numbers(slope)})
    return cases


def schedules():
    rate, n = {"initial_learning_rate": 0.1}, {"decay_steps": 10}
    cases = []
    for described in (
            spec("exponential_decay", {**rate, **n, "decay_rate": 0.6}),
            spec("exponential_decay", {**rate, **n, "decay_rate": 0.6, "staircase": 1}),
            spec("inverse_time_decay", {**rate, **n, "decay_rate": 0.6}),
            spec("inverse_time_decay", {**rate, **n, "decay_rate": 0.6, "staircase": 1}),
            spec("piecewise_constant_decay", lists={"boundaries": [3, 10, 11],
                                                    "values": [1.0, 0.5, 0.25, 0.1]}),
            spec("polynomial_decay", {**rate, **n}),
            spec("polynomial_decay", {**rate, **n, "power": 2.5, "cycle": 1,
                                      "end_learning_rate": 0.01}),
            spec("cosine_decay", {**rate, **n}),
            spec("cosine_decay", {**rate, **n, "alpha": 0.2, "warmup_target": 0.4,
                                  "warmup_steps": 5}),
            spec("cosine_decay_restarts", {**rate, "first_decay_steps": 5}),
            spec("cosine_decay_restarts", {**rate, "first_decay_steps": 4, "t_mul": 1.0,
                                           "m_mul": 0.8, "alpha": 0.1}),
            spec("cosine_decay_restarts", {**rate, "first_decay_steps": 3, "t_mul": 1.5,
                                           "m_mul": 0.9})):
        schedule = make_schedule(described)
        values = [float(np.asarray(schedule(tf.constant(s, tf.int64)))) for s in range(45)]
        cases.append({"title": described["name"], "schedule": described,
                      "rates": numbers(values)})
    return cases
