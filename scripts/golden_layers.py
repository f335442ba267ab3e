# SPDX-License-Identifier: MIT
"""Golden cases of the layers without a time loop, and of whole models: functional, shared, nested."""
from golden_recurrent import (ACTIVATIONS, B, H, T, X, WORDS, Case, functional, masked_ids,
                              masked_reals, masking_case, plain_ids, reals, sequential)

INFERENCE = [{"training": False, "gradients": False}]


def of(name, *arguments, **options):
    return lambda keras: getattr(keras.layers, name)(*arguments, **options)


def dense_cases():
    for name in ACTIVATIONS + ["glu"]:
        width = 6 if name == "glu" else 7
        yield Case(f"activation_{name}", sequential((5, width), of("Activation", name)),
                   reals((B, 5, width), low=-4, high=4))
        if name != "glu":
            yield Case(f"dense_{name}", sequential((X,), of("Dense", H, activation=name)),
                       reals((B, X)))
    yield Case("dense_no_bias", sequential((X,), of("Dense", H, use_bias=False)), reals((B, X)))
    yield Case("dense_3d", sequential((T, X), of("Dense", H)), reals((B, T, X)))
    yield Case("dense_4d", sequential((2, T, X), of("Dense", H)), reals((B, 2, T, X)))
    yield Case("dense_wide", sequential((17,), of("Dense", 33)), reals((5, 17)))
    yield Case("dense_one_row", sequential((X,), of("Dense", 1)), reals((1, X)))
    yield Case("dense_twice", sequential((X,), of("Dense", H, activation="tanh"), of("Dense", 2)),
               reals((B, X)))
    yield Case("embedding", sequential((T,), of("Embedding", WORDS, X), dtype="int32"),
               plain_ids(B, T))
    yield Case("embedding_mask", sequential((6,), of("Embedding", WORDS, X, mask_zero=True),
                                            dtype="int32"), masked_ids("mixed"))
    yield Case("embedding_dense", sequential(
        (6,), of("Embedding", WORDS, X, mask_zero=True), of("Dense", H), dtype="int32"),
        masked_ids("mixed"))
    yield Case("embedding_2d", sequential((2, T), of("Embedding", WORDS, X), dtype="int32"),
               lambda random: [random.integers(0, WORDS, (B, 2, T)).astype("int32")])
    yield Case("embedding_flatten_dense", sequential(
        (T,), of("Embedding", WORDS, X), of("Flatten"), of("Dense", 2), dtype="int32"),
        plain_ids(B, T))


def shape_cases():
    for value in (0.0, -1.5):
        yield Case(f"masking_{value}", sequential((6, X), of("Masking", value)),
                   masked_reals("mixed", value))
    yield Case("flatten", sequential((T, X), of("Flatten")), reals((B, T, X)))
    yield Case("flatten_4d", sequential((2, T, X), of("Flatten")), reals((B, 2, T, X)))
    yield Case("flatten_2d", sequential((X,), of("Flatten")), reals((B, X)))
    yield Case("repeat_vector", sequential((X,), of("RepeatVector", T)), reals((B, X)))
    yield Case("repeat_vector_lstm", sequential(
        (T, X), of("LSTM", H), of("RepeatVector", 3), of("LSTM", 2, return_sequences=True)),
        reals((B, T, X)))
    yield Case("reshape", sequential((T, X), of("Reshape", (2, 10))), reals((B, T, X)))
    yield Case("reshape_minus_one", sequential((T, X), of("Reshape", (-1, 2))), reals((B, T, X)))
    yield Case("reshape_from_2d", sequential((12,), of("Reshape", (4, 3)), of("GRU", H)),
               reals((B, 12)))
    yield Case("permute", sequential((T, X), of("Permute", (2, 1))), reals((B, T, X)))
    yield Case("permute_4d", sequential((2, T, X), of("Permute", (3, 1, 2))), reals((B, 2, T, X)))
    yield Case("permute_lstm", sequential((T, X), of("Permute", (2, 1)), of("LSTM", H)),
               reals((B, T, X)))
    yield Case("dropout_at_inference", sequential((T, X), of("Dropout", 0.4)), reals((B, T, X)),
               INFERENCE)
    yield Case("spatial_dropout_at_inference", sequential((T, X), of("SpatialDropout1D", 0.4)),
               reals((B, T, X)), INFERENCE)
    yield masking_case("masked_dropout_lstm", "mixed", of("Dropout", 0.0), of("LSTM", H))
    yield masking_case("masked_spatial_dropout_gru", "mixed", of("SpatialDropout1D", 0.0),
                       of("GRU", H))
    yield masking_case("masked_activation_lstm", "holes", of("Activation", "relu"), of("LSTM", H))


def norm_cases():
    twice = [{"training": True}, {"training": True}, {"training": False, "gradients": False}]
    for name, options in {"plain": {}, "no_center": {"center": False}, "no_scale": {"scale": False},
                          "bare": {"center": False, "scale": False}, "epsilon": {"epsilon": 0.1},
                          "axis_1": {"axis": 1}, "axes": {"axis": [1, 2]}}.items():
        yield Case(f"layer_{name}", sequential((T, X), of("LayerNormalization", **options)),
                   reals((B, T, X)))
    yield Case("layer_2d", sequential((X,), of("LayerNormalization")), reals((B, X)))
    yield Case("layer_wide", sequential((33,), of("LayerNormalization")), reals((5, 33)))
    yield masking_case("layer_masked_lstm", "mixed", of("LayerNormalization"), of("LSTM", H))
    yield Case("layer_after_lstm", sequential(
        (T, X), of("LSTM", H, return_sequences=True), of("LayerNormalization"), of("GRU", 2)),
        reals((B, T, X)))
    for name, options in {"plain": {}, "no_center": {"center": False}, "no_scale": {"scale": False},
                          "bare": {"center": False, "scale": False}, "axis_1": {"axis": 1},
                          "numbers": {"epsilon": 0.1, "momentum": 0.7}}.items():
        yield Case(f"batch_{name}", sequential((T, X), of("BatchNormalization", **options)),
                   reals((B, T, X)), twice)
    yield Case("batch_2d", sequential((X,), of("BatchNormalization")), reals((B, X)), twice)
    yield Case("batch_wide", sequential((17,), of("BatchNormalization")), reals((5, 17)), twice)
    yield Case("batch_frozen", sequential((X,), of("BatchNormalization", trainable=False)),
               reals((B, X)), [{"training": True}])
    yield Case("batch_masked_lstm", sequential(
        (6, X), of("Masking"), of("BatchNormalization"), of("LSTM", H)), masked_reals("mixed"), twice)
    yield Case("batch_masked", sequential(
        (6, X), of("Masking"), of("BatchNormalization", momentum=0.8)), masked_reals("mixed"), twice)
    yield Case("batch_after_dense", sequential(
        (X,), of("Dense", H), of("BatchNormalization"), of("Activation", "relu"), of("Dense", 2)),
        reals((5, X)), twice)


def normalization_cases():
    """Numbers that are not trained; their own group, so that the others' stay as they are."""
    numbers = {"mean": [0.5, -1.5, 2.25, 0.125], "variance": [2.0, 0.5, 4.5, 0.75]}
    places = {"mean": [[1.5], [-2.0], [0.25], [3.0], [-0.5]],
              "variance": [[0.5], [2.0], [3.0], [0.75], [1.25]]}
    for name, options in {"plain": {}, "one_for_all": {"axis": None}, "axis_1": {"axis": 1},
                          "axes": {"axis": (1, 2)}, "given": numbers,
                          "given_scalar": {"mean": 2.0, "variance": 3.0},
                          "given_for_all": {"axis": None, "mean": 2.0, "variance": 3.0},
                          "given_axes": {"axis": (2, 1), **places},
                          "given_aligned": {"axis": (1, 2), **numbers}}.items():
        for invert in (False, True):
            yield Case(f"{name}{'_invert' if invert else ''}", sequential(
                (T, X), of("Normalization", invert=invert, **options)), reals((B, T, X)))
    yield Case("2d", sequential((X,), of("Normalization")), reals((B, X)))
    yield Case("4d_middle", sequential((2, T, X), of("Normalization", axis=2)), reals((B, 2, T, X)))
    yield Case("around_a_gru", sequential(
        (T, X), of("Normalization"), of("GRU", H), of("Dense", 3),
        of("Normalization", axis=None, invert=True)), reals((B, T, X)))
    yield Case("behind_dense", sequential(
        (T, X), of("Dense", 4), of("Normalization", **numbers), of("LSTM", 2)), reals((B, T, X)))
    yield masking_case("masked_lstm", "mixed", of("Normalization"), of("LSTM", H))


def conv_cases():
    length = 9
    for padding in ("valid", "same", "causal"):
        for name, options in {"plain": {}, "strides_2": {"strides": 2}, "strides_3": {"strides": 3},
                              "dilation_2": {"dilation_rate": 2}, "groups": {"groups": 2},
                              "no_bias": {"use_bias": False}}.items():
            yield Case(f"conv_{padding}_{name}", sequential(
                (length, X), of("Conv1D", 6, 3, padding=padding, **options)), reals((B, length, X)))
        yield Case(f"conv_{padding}_even", sequential(
            (length, X), of("Conv1D", 5, 4, padding=padding, activation="tanh")),
            reals((B, length, X)))
    yield Case("conv_one", sequential((length, X), of("Conv1D", 5, 1)), reals((B, length, X)))
    yield Case("conv_wide", sequential((length, 17), of("Conv1D", 33, 2)), reals((2, length, 17)))
    yield Case("conv_dilation_3_groups", sequential((length, X), of(
        "Conv1D", 4, 3, dilation_rate=3, groups=4)), reals((B, length, X)))
    yield Case("conv_pool_lstm", sequential(
        (7,), of("Embedding", WORDS, X), of("Conv1D", 5, 3, activation="relu"),
        of("MaxPooling1D", 2), of("LSTM", H), dtype="int32"), plain_ids(B, 7))
    yield masking_case("conv_drops_the_mask", "mixed", of("Conv1D", 5, 2), of("LSTM", H))


def pool_cases():
    length = 7
    for kind in ("MaxPooling1D", "AveragePooling1D"):
        for padding in ("valid", "same"):
            for size, strides in ((2, None), (3, 2), (2, 3), (3, 1)):
                yield Case(f"{kind}_{padding}_{size}_{strides or size}", sequential(
                    (length, X), of(kind, size, strides=strides, padding=padding)),
                    reals((B, length, X)))
    for kind in ("GlobalMaxPooling1D", "GlobalAveragePooling1D"):
        for keep in (False, True):
            yield Case(f"{kind}{'_keepdims' if keep else ''}", sequential(
                (length, X), of(kind, keepdims=keep)), reals((B, length, X)))
        for pattern in ("left", "holes"):
            yield Case(f"{kind}_masked_{pattern}", sequential(
                (6,), of("Embedding", WORDS, X, mask_zero=True), of(kind), of("Dense", 2),
                dtype="int32"), masked_ids(pattern))
        yield Case(f"{kind}_of_lstm", sequential(
            (6,), of("Embedding", WORDS, X, mask_zero=True), of("LSTM", H, return_sequences=True),
            of(kind), dtype="int32"), masked_ids("holes"))
    yield masking_case("GlobalAveragePooling1D_masking", "right", of("GlobalAveragePooling1D"))
    yield Case("GlobalAveragePooling1D_nothing_left", sequential(
        (6,), of("Embedding", WORDS, X, mask_zero=True), of("GlobalAveragePooling1D"),
        dtype="int32"), masked_ids("mixed"), [{"training": False, "gradients": False}])


def merge_cases():
    def merged(name, count=2, **options):
        shapes = [(T, X)] * count
        return Case(name.lower() + (f"_{count}" if count > 2 else ""), functional(
            shapes, lambda keras, *x: getattr(keras.layers, name)(**options)(list(x))),
            reals(*[(B, T, X)] * count))

    for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Concatenate"):
        yield merged(name)
        if name != "Subtract":
            yield merged(name, 3)
    yield Case("concatenate_widths", functional([(X,), (H,)], lambda keras, a, b: (
        keras.layers.Concatenate()([a, b]))), reals((B, X), (B, H)))
    yield Case("concatenate_time", functional([(T, X), (2, X)], lambda keras, a, b: (
        keras.layers.Concatenate(axis=1)([a, b]))), reals((B, T, X), (B, 2, X)))
    yield Case("add_broadcast", functional([(T, X), (1, X)], lambda keras, a, b: (
        keras.layers.Add()([a, b]))), reals((B, T, X), (B, 1, X)))
    for axes in (1, 2):
        yield Case(f"dot_axes_{axes}", functional(
            [(T, X), (T, X)] if axes == 2 else [(T, X), (T, 3)],
            lambda keras, a, b, n=axes: keras.layers.Dot(axes=n)([a, b])),
            reals((B, T, X), (B, T, X) if axes == 2 else (B, T, 3)))
    yield Case("dot_normalize", functional([(X,), (X,)], lambda keras, a, b: (
        keras.layers.Dot(axes=1, normalize=True)([a, b]))), reals((B, X), (B, X)))
    for name in ("Add", "Concatenate", "Multiply"):
        for both in (False, True):
            yield Case(f"{name.lower()}_{'two_masks' if both else 'one_mask'}", functional(
                [(6, X), (6, X)], lambda keras, a, b, n=name, two=both: merge_masked(
                    keras, n, a, b, two)),
                lambda random: masked_reals("mixed")(random) + masked_other(random))


def masked_other(random):
    """Five rows, another pattern than `mixed`."""
    x = reals((5, 6, X))(random)[0]
    for row, pads in enumerate((0, 2, 5, 1, 3)):
        x[row, :pads] = 0
    return [x]


def merge_masked(keras, name, a, b, two):
    a = keras.layers.Masking()(a)
    b = keras.layers.Masking()(b) if two else b
    return keras.layers.LSTM(H, return_sequences=True)(getattr(keras.layers, name)()([a, b]))


def model_cases():
    yield Case("residual", functional([(T, X)], residual), reals((B, T, X)))
    yield Case("siamese", functional([(T, X), (T, X)], siamese), reals((B, T, X), (B, T, X)))
    yield Case("shared_embedding", functional([(6,), (6,)], shared_embedding, ["int32"] * 2),
               lambda random: masked_ids("mixed")(random) + masked_ids("mixed")(random))
    yield Case("shared_lstm_thrice", functional([(T, X)], shared_thrice), reals((B, T, X)))
    yield Case("two_outputs", functional([(T, X)], two_outputs), reals((B, T, X)))
    yield Case("inner_output", functional([(T, X)], inner_output), reals((B, T, X)))
    yield Case("ids_and_numbers", functional([(T,), (X,)], ids_and_numbers, ["int32", None]),
               lambda random: plain_ids(B, T)(random) + reals((B, X))(random))
    yield Case("nested", nested, reals((B, T, X)))
    yield Case("nested_functional", functional([(T, X), (H,)], nested_functional),
               reals((B, T, X), (B, H)))
    yield Case("nested_shared", functional([(T, X), (T, X)], nested_shared),
               reals((B, T, X), (B, T, X)))
    yield Case("nested_masked", functional([(6,)], nested_masked, ["int32"]), masked_ids("mixed"))
    yield Case("seq2seq", functional([(6,), (4,)], seq2seq, ["int32"] * 2),
               lambda random: masked_ids("right")(random) + plain_ids(4, 4)(random))
    yield Case("article", sequential(
        (6,), of("Embedding", WORDS, X), of("LSTM", H), of("Dense", 1, activation="sigmoid"),
        dtype="int32"), masked_ids("left"))
    yield Case("input_is_output", functional([(X,)], lambda keras, x: (
        [x, keras.layers.Dense(2)(x)])), reals((B, X)))
    yield Case("mask_through_graph", functional([(6, X)], mask_through_graph),
               masked_reals("mixed"))


def residual(keras, x):
    h = keras.layers.LSTM(X, return_sequences=True)(x)
    h = keras.layers.LayerNormalization()(keras.layers.Add()([x, h]))
    return keras.layers.Dense(2)(keras.layers.GlobalMaxPooling1D()(h))


def siamese(keras, a, b):
    shared = keras.layers.GRU(H)
    return keras.layers.Dense(2)(keras.layers.Concatenate()([shared(a), shared(b)]))


def shared_embedding(keras, a, b):
    table = keras.layers.Embedding(WORDS, X, mask_zero=True)
    return keras.layers.Add()([keras.layers.LSTM(H)(table(a)), keras.layers.GRU(H)(table(b))])


def shared_thrice(keras, x):
    shared = keras.layers.LSTM(X, return_sequences=True)
    return shared(shared(shared(x)))


def two_outputs(keras, x):
    h = keras.layers.GRU(H, return_sequences=True)(x)
    return [keras.layers.Dense(2)(h), keras.layers.LSTM(3)(h)]


def inner_output(keras, x):
    h = keras.layers.SimpleRNN(H, return_sequences=True)(x)
    return [h, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(h))]


def ids_and_numbers(keras, ids, numbers):
    h = keras.layers.LSTM(H)(keras.layers.Embedding(WORDS, 3)(ids))
    return keras.layers.Dense(1, activation="sigmoid")(keras.layers.Concatenate()([h, numbers]))


def nested(keras):
    inner = keras.Sequential([keras.Input((T, X)), keras.layers.GRU(H, return_sequences=True),
                              keras.layers.Dense(3)])
    return keras.Sequential([keras.Input((T, X)), keras.layers.Dense(X), inner, keras.layers.LSTM(2)])


def nested_functional(keras, x, y):
    a, b = keras.Input((T, X)), keras.Input((H,))
    h = keras.layers.GRU(H)(a)
    inner = keras.Model([a, b], [keras.layers.Add()([h, b]), keras.layers.Dense(2)(h)])
    first, second = inner([x, y])
    return keras.layers.Concatenate()([first, second])


def nested_shared(keras, x, y):
    inner = keras.Sequential([keras.Input((T, X)), keras.layers.LSTM(H), keras.layers.Dense(3)])
    return keras.layers.Subtract()([inner(x), inner(y)])


def nested_masked(keras, ids):
    inner = keras.Sequential([keras.Input((6, X)), keras.layers.GRU(H, return_sequences=True)])
    h = inner(keras.layers.Embedding(WORDS, X, mask_zero=True)(ids))
    return keras.layers.LSTM(2)(h)


def seq2seq(keras, source, target):
    table = keras.layers.Embedding(WORDS, X, mask_zero=True)
    _, h, c = keras.layers.LSTM(H, return_state=True)(table(source))
    out = keras.layers.LSTM(H, return_sequences=True)(table(target), initial_state=[h, c])
    return keras.layers.Dense(WORDS, activation="softmax")(out)


def mask_through_graph(keras, x):
    h = keras.layers.Masking()(x)
    a = keras.layers.Dense(H)(h)
    b = keras.layers.GRU(H, return_sequences=True)(h)
    return keras.layers.GlobalMaxPooling1D()(keras.layers.Multiply()([a, b]))


def groups():
    found = {"dense": dense_cases(), "shapes": shape_cases(), "norms": norm_cases(), "normalization": normalization_cases(),
             "conv": conv_cases(), "pool": pool_cases(), "merge": merge_cases(),
             "models": model_cases()}
    return {name: list(cases) for name, cases in found.items()}
