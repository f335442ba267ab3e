# SPDX-License-Identifier: MIT
"""Golden cases of the recurrent layers and of what wraps them. B, T, X, H: batch, time, features,
units; all different."""
from itertools import product

import numpy as np

B, T, X, H = 3, 5, 4, 7
WORDS = 11

ACTIVATIONS = (
    "linear relu relu6 leaky_relu elu celu selu sigmoid tanh softplus softsign hard_sigmoid hard_silu "
    "silu gelu exponential log_sigmoid softmax log_softmax mish squareplus soft_shrink hard_shrink "
    "tanh_shrink hard_tanh sparse_plus sparse_sigmoid threshold sparsemax").split()
# Keras needs arguments for `threshold`, which a name cannot carry.
ACTIVATIONS.remove("threshold")

VARIANTS = {"simple_rnn": ("SimpleRNN", {}), "lstm": ("LSTM", {}), "gru": ("GRU", {}),
            "gru_before": ("GRU", {"reset_after": False})}

# Which of 6 steps count, row by row.
MASKS = {
    "left": ["111111", "011111", "000111", "000001"],
    "right": ["111111", "111110", "111000", "100000"],
    "holes": ["101101", "010110", "110011", "001010"],
    "mixed": ["011010", "111111", "000000", "000110", "110000"],
}


class Case:
    """A model, its inputs and how it is called. `calls` defaults to one, the same in training and
    in inference; `training` None asserts just that."""

    def __init__(self, name, make, inputs, calls=None, scale=1.0):
        self.name, self.make, self.scale = name, make, scale
        self.calls = [dict({"inputs": inputs, "training": None}, **c) for c in calls or [{}]]


def reals(*shapes, low=-2.0, high=2.0):
    """Inputs drawn on a coarse grid, no two alike within an array."""
    def draw(random):
        found = []
        for shape in shapes:
            size = int(np.prod(shape))
            grid = max(512, 1 << int(np.ceil(np.log2(size))))
            picked = random.permutation(grid)[:size].reshape(shape)
            found.append((low + (high - low) * (2 * picked + 1) / (2 * grid)).astype("float32"))
        return found
    return draw


def rows_of(kind):
    return np.array([[c == "1" for c in row] for row in MASKS[kind]])


def masked_reals(kind, value=0.0, features=X):
    mask = rows_of(kind)

    def draw(random):
        x = reals(mask.shape + (features,))(random)[0]
        return [np.where(mask[..., None], x, np.float32(value))]
    return draw


def masked_ids(kind):
    mask = rows_of(kind)
    return lambda random: [np.where(mask, random.integers(1, WORDS, mask.shape), 0).astype("int32")]


def plain_ids(rows, steps):
    return lambda random: [random.integers(0, WORDS, (rows, steps)).astype("int32")]


def layer_of(keras, variant, units, **options):
    name, fixed = VARIANTS[variant]
    return getattr(keras.layers, name)(units, **fixed, **options)


def cell_of(keras, variant, units, **options):
    name, fixed = VARIANTS[variant]
    return getattr(keras.layers, name + "Cell")(units, **fixed, **options)


def sequential(shape, *makers, batch=None, dtype=None):
    """`makers` take keras and give a layer."""
    def make(keras):
        first = keras.Input(batch_shape=(batch, *shape), dtype=dtype)
        return keras.Sequential([first, *(m(keras) for m in makers)])
    return make


def functional(shapes, call, dtypes=None):
    """`call(keras, *inputs)` gives the outputs."""
    def make(keras):
        inputs = [keras.Input(shape, dtype=dtype, name=f"in{i}")
                  for i, (shape, dtype) in enumerate(zip(shapes, dtypes or [None] * len(shapes)))]
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], call(keras, *inputs))
    return make


def flags(**options):
    """'seq_back' for return_sequences and go_backwards true."""
    short = {"return_sequences": "seq", "go_backwards": "back", "return_state": "state",
             "zero_output_for_mask": "zero", "unroll": "unroll", "stateful": "stateful"}
    on = [short.get(k, k) for k, v in options.items() if v is True]
    off = [f"no_{k}" for k, v in options.items() if v is False and k.startswith(("use_", "unit_"))]
    return "_".join(on + off) or "plain"


def grid(*keys):
    for values in product([False, True], repeat=len(keys)):
        yield dict(zip(keys, values))


def states_of(variant):
    return 2 if variant == "lstm" else 1


def option_cases():
    for variant in VARIANTS:
        for o in grid("return_sequences", "go_backwards", "return_state"):
            for bias in (True, False):
                if not bias and o["return_state"]:
                    continue
                options = dict(o, use_bias=bias)
                name = f"{variant}_{flags(**o)}" + ("" if bias else "_no_bias")
                layer = lambda keras, v=variant, o=options: layer_of(keras, v, H, **o)  # noqa: E731
                if o["return_state"]:
                    yield Case(name, functional([(T, X)], lambda keras, x, m=layer: m(keras)(x)),
                               reals((B, T, X)))
                else:
                    yield Case(name, sequential((T, X), layer), reals((B, T, X)))
        for o in grid("return_sequences", "go_backwards"):
            yield Case(f"{variant}_unroll_{flags(**o)}", sequential(
                (T, X), lambda keras, v=variant, o=o: layer_of(keras, v, H, unroll=True, **o)),
                reals((B, T, X)))
            yield Case(f"{variant}_stateful_{flags(**o)}", sequential(
                (T, X), lambda keras, v=variant, o=o: layer_of(keras, v, H, stateful=True, **o),
                batch=B), reals((B, T, X)), stateful_calls())
            yield Case(f"{variant}_initial_state_{flags(**o)}", functional(
                [(T, X)] + [(H,)] * states_of(variant),
                lambda keras, x, *s, v=variant, o=o: layer_of(keras, v, H, **o)(
                    x, initial_state=list(s))),
                reals((B, T, X), *[(B, H)] * states_of(variant), low=-1, high=1))
        yield Case(f"{variant}_encoder_decoder", functional(
            [(T, X), (T + 1, X - 1)], lambda keras, x, y, v=variant: encoder_decoder(keras, v, x, y)),
            reals((B, T, X), (B, T + 1, X - 1)))
        yield Case(f"{variant}_stateful_state", functional_batch(variant), reals((B, T, X)),
                   stateful_calls())
    yield Case("lstm_no_unit_forget_bias", sequential(
        (T, X), lambda keras: keras.layers.LSTM(H, unit_forget_bias=False)), reals((B, T, X)))
    for variant in VARIANTS:
        yield Case(f"{variant}_two_layers", sequential(
            (T, X), lambda keras, v=variant: layer_of(keras, v, H, return_sequences=True),
            lambda keras, v=variant: layer_of(keras, v, H + 1, go_backwards=True)),
            reals((B, T, X)))
        yield Case(f"{variant}_dropout_at_inference", sequential(
            (T, X), lambda keras, v=variant: layer_of(keras, v, H, dropout=0.3,
                                                      recurrent_dropout=0.2)),
            reals((B, T, X)), [{"training": False, "gradients": False}])
        yield Case(f"{variant}_any_length", sequential(
            (None, X), lambda keras, v=variant: layer_of(keras, v, H)), None,
            [{"inputs": reals((B, T, X))}, {"inputs": reals((B + 1, T + 3, X))}])


def stateful_calls():
    return [{"training": True}, {"training": True}, {"training": True, "reset": True}]


def functional_batch(variant):
    def make(keras):
        x = keras.Input(batch_shape=(B, T, X))
        return keras.Model(x, layer_of(keras, variant, H, stateful=True, return_state=True)(x))
    return make


def encoder_decoder(keras, variant, x, y):
    _, *states = layer_of(keras, variant, H, return_state=True)(x)
    return layer_of(keras, variant, H, return_sequences=True)(y, initial_state=states)


def activation_cases():
    shape = (3, 2)
    # With more the values grow beyond what float32 can follow.
    small = {"exponential": 0.25, "log_softmax": 0.25, "log_sigmoid": 0.5, "hard_shrink": 0.75,
             "soft_shrink": 0.75, "tanh_shrink": 0.75, "linear": 0.75, "celu": 0.75, "elu": 0.75,
             "selu": 0.75}
    small_gates = {**small, "elu": 0.25, "selu": 0.25, "log_softmax": 0.125, "hard_tanh": 0.5}
    for name in ACTIVATIONS:
        for variant in ("simple_rnn", "lstm", "gru", "gru_before"):
            if variant == "gru_before" and ACTIVATIONS.index(name) % 4:
                continue
            yield Case(f"{variant}_{name}", sequential(
                shape, lambda keras, v=variant, a=name: layer_of(keras, v, 5, activation=a)),
                reals((4,) + shape), scale=small.get(name, 1.5))
            if variant != "simple_rnn":
                yield Case(f"{variant}_gates_{name}", sequential(
                    shape, lambda keras, v=variant, a=name: layer_of(
                        keras, v, 5, recurrent_activation=a)), reals((4,) + shape),
                    scale=small_gates.get(name, 1.5))


def mask_cases():
    for variant in VARIANTS:
        for o in grid("return_sequences", "go_backwards", "zero_output_for_mask"):
            layer = lambda keras, v=variant, o=o: layer_of(keras, v, H, **o)  # noqa: E731
            yield masking_case(f"{variant}_masking_{flags(**o)}", "mixed", layer)
            yield embedding_case(f"{variant}_ids_{flags(**o)}", "mixed", layer)
        for kind in ("left", "right", "holes"):
            layer = lambda keras, v=variant: layer_of(keras, v, H)  # noqa: E731
            yield masking_case(f"{variant}_masking_{kind}", kind, layer)
            yield embedding_case(f"{variant}_ids_{kind}", kind, layer)
            yield Case(f"{variant}_pads_{kind}", sequential(
                (6,), lambda keras: keras.layers.Embedding(WORDS, X), layer, dtype="int32"),
                masked_ids(kind))
        yield embedding_case(
            f"{variant}_ids_two_layers", "mixed",
            lambda keras, v=variant: layer_of(keras, v, H, return_sequences=True),
            lambda keras, v=variant: layer_of(keras, v, H + 1))
        yield embedding_case(
            f"{variant}_ids_dense", "holes",
            lambda keras, v=variant: layer_of(keras, v, H, return_sequences=True),
            lambda keras: keras.layers.Dense(2))
        yield embedding_case(f"{variant}_ids_unroll", "mixed", lambda keras, v=variant: layer_of(
            keras, v, H, return_sequences=True, unroll=True))
        yield Case(f"{variant}_masked_state", functional(
            [(6, X)], lambda keras, x, v=variant: layer_of(
                keras, v, H, return_sequences=True, return_state=True)(keras.layers.Masking()(x))),
            masked_reals("mixed"))
        yield Case(f"{variant}_masked_initial_state", functional(
            [(6, X)] + [(H,)] * states_of(variant), lambda keras, x, *s, v=variant: layer_of(
                keras, v, H, return_sequences=True)(keras.layers.Masking()(x),
                                                    initial_state=list(s))),
            lambda random, v=variant: masked_reals("mixed")(random) + reals(
                *[(5, H)] * states_of(v), low=-1, high=1)(random))
        yield Case(f"{variant}_masked_stateful", masked_stateful(variant), masked_reals("mixed"),
                   stateful_calls())


def masked_stateful(variant):
    def make(keras):
        return keras.Sequential([
            keras.Input(batch_shape=(5, 6, X)), keras.layers.Masking(),
            layer_of(keras, variant, H, stateful=True, return_sequences=True)])
    return make


def masking_case(name, kind, *makers):
    return Case(name, sequential((6, X), lambda keras: keras.layers.Masking(), *makers),
                masked_reals(kind))


def embedding_case(name, kind, *makers):
    return Case(name, sequential(
        (6,), lambda keras: keras.layers.Embedding(WORDS, X, mask_zero=True), *makers,
        dtype="int32"), masked_ids(kind))


def size_cases():
    sizes = [(1, 1, 1, 1), (1, 9, 2, 3), (17, 3, 2, 5), (33, 2, 1, 2), (2, 1, 3, 16), (5, 4, 3, 8),
             (3, 4, 9, 17), (2, 3, 17, 33)]
    for variant in VARIANTS:
        for b, t, x, h in sizes:
            yield Case(f"{variant}_B{b}_T{t}_X{x}_H{h}", sequential(
                (t, x), lambda keras, v=variant, h=h: layer_of(keras, v, h, return_sequences=True)),
                reals((b, t, x)))


def groups():
    import golden_wrappers
    found = {"options": option_cases(), "activations": activation_cases(), "masks": mask_cases(),
             "sizes": size_cases(), **golden_wrappers.groups()}
    return {name: list(cases) for name, cases in found.items()}
