# SPDX-License-Identifier: MIT
"""Golden cases of RNN(cell), StackedRNNCells, Bidirectional and TimeDistributed."""
from golden_recurrent import (B, H, T, X, VARIANTS, Case, cell_of, embedding_case, flags, functional,
                              grid, layer_of, masked_ids, masked_reals, masking_case, reals,
                              sequential, stateful_calls, states_of)

MODES = ["concat", "sum", "mul", "ave", None]


def stack(keras, *variants):
    return [cell_of(keras, v, H - i) for i, v in enumerate(variants)]


def cell_cases():
    for variant in VARIANTS:
        one = lambda keras, v=variant, **o: keras.layers.RNN(cell_of(keras, v, H), **o)  # noqa: E731
        for o in grid("return_sequences", "go_backwards"):
            yield Case(f"{variant}_{flags(**o)}", sequential(
                (T, X), lambda keras, m=one, o=o: m(keras, **o)), reals((B, T, X)))
        yield Case(f"{variant}_state", functional(
            [(T, X)], lambda keras, x, m=one: m(keras, return_state=True)(x)), reals((B, T, X)))
        yield Case(f"{variant}_no_bias", sequential((T, X), lambda keras, v=variant: keras.layers.RNN(
            cell_of(keras, v, H, use_bias=False))), reals((B, T, X)))
        yield masking_case(f"{variant}_masked", "mixed",
                           lambda keras, m=one: m(keras, return_sequences=True))
        yield masking_case(f"{variant}_masked_zero", "mixed", lambda keras, m=one: m(
            keras, return_sequences=True, zero_output_for_mask=True))
    mixes = {"two_lstm": ("lstm", "lstm"), "two_gru": ("gru", "gru"),
             "mixed": ("lstm", "gru_before", "simple_rnn"), "single": ("gru",)}
    for name, mix in mixes.items():
        many = lambda keras, mix=mix, **o: keras.layers.RNN(stack(keras, *mix), **o)  # noqa: E731
        for o in grid("return_sequences", "go_backwards"):
            yield Case(f"stack_{name}_{flags(**o)}", sequential(
                (T, X), lambda keras, m=many, o=o: m(keras, **o)), reals((B, T, X)))
        if len(mix) == 1:
            continue  # Keras on TensorFlow raises for one cell in a list with a mask
        yield masking_case(f"stack_{name}_masked", "mixed",
                           lambda keras, m=many: m(keras, return_sequences=True))
        yield embedding_case(f"stack_{name}_ids", "left", lambda keras, m=many: m(keras))
    # Keras raises for stacked cells that are stateful.
    yield Case("gru_stateful", sequential((T, X), lambda keras: keras.layers.RNN(
        keras.layers.GRUCell(H), stateful=True), batch=B), reals((B, T, X)), stateful_calls())
    yield Case("stack_two_gru_state", functional([(T, X)], flat_states), reals((B, T, X)))
    yield Case("stacked_rnn_cells", sequential((T, X), lambda keras: keras.layers.RNN(
        keras.layers.StackedRNNCells(stack(keras, "gru", "lstm")))), reals((B, T, X)))


def flat_states(keras, x):
    return keras.layers.RNN(stack(keras, "gru", "gru"), return_state=True)(x)


def bidirectional_cases():
    def both(variant, mode, **o):
        return lambda keras: keras.layers.Bidirectional(layer_of(keras, variant, H, **o),
                                                        merge_mode=mode)

    def case(name, variant, mode, **o):
        if mode is None:
            return Case(name, functional(
                [(T, X)], lambda keras, x: both(variant, mode, **o)(keras)(x)), reals((B, T, X)))
        return Case(name, sequential((T, X), both(variant, mode, **o)), reals((B, T, X)))

    for variant in VARIANTS:
        for mode in MODES:
            for seq in (False, True):
                yield case(f"{variant}_{mode or 'none'}" + ("_seq" if seq else ""), variant, mode,
                           return_sequences=seq)
        for seq in (False, True):
            ending = "_seq" if seq else ""
            for kind in ("left", "right", "mixed"):
                yield masking_case(f"{variant}_masked_{kind}{ending}", kind,
                                   both(variant, "concat", return_sequences=seq))
            yield embedding_case(f"{variant}_ids{ending}", "mixed",
                                 both(variant, "sum", return_sequences=seq))
            yield Case(f"{variant}_state{ending}", functional(
                [(T, X)], lambda keras, x, v=variant, s=seq: both(
                    v, "concat", return_sequences=s, return_state=True)(keras)(x)),
                reals((B, T, X)))
        yield embedding_case(f"{variant}_ids_two_layers", "mixed",
                             both(variant, "concat", return_sequences=True), both(variant, "ave"))
        count = states_of(variant)
        yield Case(f"{variant}_initial_state", functional(
            [(T, X)] + [(H,)] * 2 * count, lambda keras, x, *s, v=variant: both(v, "concat")(keras)(
                x, initial_state=list(s))), reals((B, T, X), *[(B, H)] * 2 * count, low=-1, high=1))
        yield Case(f"{variant}_stateful", sequential(
            (T, X), both(variant, "concat", stateful=True), batch=B), reals((B, T, X)),
            stateful_calls())
        yield Case(f"{variant}_no_bias", sequential((T, X), both(variant, "mul", use_bias=False)),
                   reals((B, T, X)))
    for seq in (False, True):
        ending = "_seq" if seq else ""
        yield Case(f"other_backward_layer{ending}", sequential((T, X), lambda keras, s=seq: (
            keras.layers.Bidirectional(
                keras.layers.LSTM(H, return_sequences=s),
                backward_layer=keras.layers.GRU(H - 1, return_sequences=s, go_backwards=True)))),
            reals((B, T, X)))
        yield Case(f"stack{ending}", sequential((T, X), lambda keras, s=seq: (
            keras.layers.Bidirectional(keras.layers.RNN(stack(keras, "gru", "lstm"),
                                                        return_sequences=s)))), reals((B, T, X)))
    yield Case("pair_with_states", functional(
        [(T, X)], lambda keras, x: keras.layers.Bidirectional(
            keras.layers.LSTM(H, return_state=True), merge_mode=None)(x)), reals((B, T, X)))


def time_distributed_cases():
    def each(make):
        return lambda keras: keras.layers.TimeDistributed(make(keras.layers))

    for activation in ("linear", "tanh", "softmax"):
        yield Case(f"dense_{activation}", sequential((T, X), each(
            lambda layers, a=activation: layers.Dense(H, activation=a))), reals((B, T, X)))
    yield Case("dense_4d", sequential((T, 2, X), each(lambda layers: layers.Dense(H))),
               reals((B, T, 2, X)))
    for variant in ("LSTM", "GRU", "SimpleRNN"):
        for seq in (False, True):
            yield Case(f"{variant.lower()}{'_seq' if seq else ''}", sequential(
                (T, 2, X), each(lambda layers, v=variant, s=seq: getattr(layers, v)(
                    H, return_sequences=s))), reals((B, T, 2, X)))
    yield Case("bidirectional", sequential((T, 2, X), each(
        lambda layers: layers.Bidirectional(layers.GRU(H)))), reals((B, T, 2, X)))
    yield Case("flatten", sequential((T, 2, X), each(lambda layers: layers.Flatten())),
               reals((B, T, 2, X)))
    yield Case("conv1d", sequential((T, 6, X), each(lambda layers: layers.Conv1D(2, 3))),
               reals((B, T, 6, X)))
    yield Case("layer_normalization", sequential((T, X), each(
        lambda layers: layers.LayerNormalization())), reals((B, T, X)))
    yield Case("batch_normalization", sequential((T, X), each(
        lambda layers: layers.BatchNormalization())), reals((B, T, X)),
        [{"training": True}, {"training": False, "gradients": False}])
    yield masking_case("masked_dense", "mixed", each(lambda layers: layers.Dense(H)))
    yield masking_case("masked_dense_lstm", "mixed", each(lambda layers: layers.Dense(H)),
                       lambda keras: keras.layers.LSTM(2))
    yield Case("ids_lstm_dense", sequential(
        (6,), lambda keras: keras.layers.Embedding(11, X, mask_zero=True),
        lambda keras: keras.layers.LSTM(H, return_sequences=True),
        each(lambda layers: layers.Dense(2, activation="softmax")), dtype="int32"),
        masked_ids("mixed"))
    yield Case("sentences", functional([(T, X)], lambda keras, x: keras.layers.TimeDistributed(
        keras.layers.Dense(H))(keras.layers.LSTM(2, return_sequences=True)(x))), reals((B, T, X)))
    yield Case("of_a_model", functional([(T, 2, X)], time_distributed_model), reals((B, T, 2, X)))
    yield Case("masked_first_input", functional([(6, X)], lambda keras, x: (
        keras.layers.TimeDistributed(keras.layers.Dense(3))(keras.layers.Masking(2.5)(x)))),
        masked_reals("holes", 2.5))


def time_distributed_model(keras, x):
    inner = keras.Sequential([keras.Input((2, X)), keras.layers.GRU(H), keras.layers.Dense(3)])
    return keras.layers.TimeDistributed(inner)(x)


def groups():
    return {"cells": cell_cases(), "bidirectional": bidirectional_cases(),
            "time_distributed": time_distributed_cases()}
