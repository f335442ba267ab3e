#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The models that interop.py exchanges: a line for a layer and what is special about it."""

ROWS, STEPS, WORDS = 4, 5, 60
LAYERS_WITH = 3  # the layers take the first optimizers of the list in turn


def grid(keras):
    """(name, input, a function that makes the layers). Names say what is special; a layer that draws
    random numbers in training gets the mark "predict only"."""
    L = keras.layers
    series = {"shape": (STEPS, 3)}
    ids = {"shape": (STEPS,), "dtype": "int32"}
    rows = {"shape": (6,)}
    sequences = {"return_sequences": True}
    for cell in (L.SimpleRNN, L.LSTM, L.GRU):
        name = cell.__name__
        yield name, series, lambda: [cell(4)]
        yield f"{name} return_sequences", series, lambda: [cell(4, **sequences), cell(3)]
        yield f"{name} go_backwards", series, lambda: [cell(4, go_backwards=True, **sequences)]
        yield f"{name} use_bias=False", series, lambda: [cell(4, use_bias=False)]
        yield f"{name} activations", series, lambda: [cell(4, activation="softsign")]
        yield f"{name} unroll", series, lambda: [cell(4, unroll=True)]
        yield f"{name} masked", ids, lambda: [L.Embedding(WORDS, 5, mask_zero=True),
                                              cell(4, **sequences), cell(3)]
        yield f"{name} zero_output_for_mask", ids, lambda: [
            L.Embedding(WORDS, 5, mask_zero=True),
            cell(4, zero_output_for_mask=True, **sequences)]
        yield f"{name} dropout, predict only", series, lambda: [
            cell(4, dropout=0.2, recurrent_dropout=0.3)]
        yield f"{name} stateful", {"batch_shape": (ROWS, STEPS, 3)}, lambda: [
            cell(4, stateful=True)]
        yield f"Bidirectional({name})", series, lambda: [L.Bidirectional(cell(3))]
        yield f"RNN({name}Cell)", series, lambda: [L.RNN(getattr(L, name + "Cell")(4))]
    for activation in ("hard_sigmoid", "relu"):
        yield f"LSTM recurrent {activation}", series, lambda: [
            L.LSTM(4, recurrent_activation=activation)]
    yield "LSTM unit_forget_bias=False", series, lambda: [L.LSTM(4, unit_forget_bias=False)]
    yield "GRU reset_after=False", series, lambda: [L.GRU(4, reset_after=False)]
    yield "GRU regularizers, constraints", series, lambda: [
        L.GRU(4, kernel_regularizer="l2", recurrent_regularizer=keras.regularizers.L1L2(0.01, 0.02),
              bias_constraint="unit_norm", kernel_constraint=keras.constraints.MaxNorm(1.5))]
    for mode in ("sum", "mul", "ave", "concat"):
        yield f"Bidirectional {mode}", ids, lambda: [
            L.Embedding(WORDS, 5, mask_zero=True),
            L.Bidirectional(L.LSTM(3, **sequences), merge_mode=mode)]
    yield "Bidirectional backward_layer", series, lambda: [
        L.Bidirectional(L.GRU(3), backward_layer=L.LSTM(3, go_backwards=True))]
    yield "Bidirectional(RNN([cells]))", series, lambda: [
        L.Bidirectional(L.RNN([L.LSTMCell(2), L.GRUCell(3)]))]
    yield "RNN([cells])", series, lambda: [
        L.RNN([L.LSTMCell(3), L.GRUCell(4, reset_after=False), L.LSTMCell(2)], **sequences)]
    yield "TimeDistributed(Dense)", series, lambda: [L.TimeDistributed(L.Dense(4, "tanh"))]
    yield "TimeDistributed(Sequential)", series, lambda: [
        L.TimeDistributed(keras.Sequential([L.Dense(4, "tanh"), L.Dense(2)])), L.LSTM(3)]
    yield "Embedding", ids, lambda: [L.Embedding(WORDS, 5)]
    yield "Embedding constraint", ids, lambda: [
        L.Embedding(WORDS, 5, embeddings_constraint="non_neg", mask_zero=True), L.GRU(3)]
    for activation in ("linear", "relu", "softmax", "elu", "selu", "exponential", "leaky_relu"):
        yield f"Dense {activation}", rows, lambda: [L.Dense(4), L.Dense(3, activation)]
    yield "Dense use_bias=False", rows, lambda: [L.Dense(3, use_bias=False)]
    yield "Dense regularizers", rows, lambda: [
        L.Dense(3, kernel_regularizer=keras.regularizers.L2(0.1), bias_regularizer="l1")]
    yield "Activation", rows, lambda: [L.Dense(3), L.Activation("tanh")]
    yield "Dropout, predict only", rows, lambda: [L.Dense(3), L.Dropout(0.4, seed=7)]
    yield "Dropout(0)", series, lambda: [L.GRU(3), L.Dropout(0.0)]
    yield "SpatialDropout1D, predict only", series, lambda: [L.SpatialDropout1D(0.4), L.GRU(3)]
    yield "Masking", series, lambda: [L.Masking(), L.LSTM(4, **sequences), L.GRU(3)]
    yield "LayerNormalization", series, lambda: [L.LayerNormalization(), L.GRU(3)]
    yield "LayerNormalization axis", series, lambda: [
        L.LayerNormalization(axis=[1, 2], epsilon=0.01, center=False)]
    yield "Normalization", series, lambda: [
        L.Normalization(), L.GRU(3), L.Normalization(axis=None, mean=3.0, variance=7.0, invert=True)]
    yield "Normalization by step", series, lambda: [
        L.Normalization(axis=(1, 2)), L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0]),
        L.LSTM(3)]
    yield "BatchNormalization", series, lambda: [L.BatchNormalization(momentum=0.8), L.GRU(3)]
    yield "BatchNormalization masked", ids, lambda: [
        L.Embedding(WORDS, 5, mask_zero=True), L.BatchNormalization(), L.LSTM(3)]
    yield "Conv1D", series, lambda: [L.Conv1D(4, 3), L.Conv1D(2, 2, activation="relu")]
    yield "Conv1D same, strides", series, lambda: [L.Conv1D(4, 3, strides=2, padding="same")]
    yield "Conv1D causal, dilation", series, lambda: [
        L.Conv1D(4, 2, dilation_rate=2, padding="causal", use_bias=False)]
    yield "Conv1D groups", series, lambda: [L.Dense(4), L.Conv1D(6, 2, groups=2)]
    for layer in (L.MaxPooling1D, L.AveragePooling1D):
        yield layer.__name__, series, lambda: [L.Dense(4), layer(2)]
        yield f"{layer.__name__} same, strides", series, lambda: [
            L.Dense(4), layer(3, strides=2, padding="same"), L.GRU(3)]
    for layer in (L.GlobalMaxPooling1D, L.GlobalAveragePooling1D):
        yield layer.__name__, series, lambda: [L.GRU(4, **sequences), layer()]
        yield f"{layer.__name__} keepdims", series, lambda: [L.Dense(4), layer(keepdims=True)]
    yield "GlobalAveragePooling1D masked", ids, lambda: [
        L.Embedding(WORDS, 5, mask_zero=True), L.GlobalAveragePooling1D(), L.Dense(2)]
    yield "Flatten", series, lambda: [L.GRU(4, **sequences), L.Flatten(), L.Dense(2)]
    yield "Reshape", rows, lambda: [L.Dense(8), L.Reshape((4, -1)), L.LSTM(3)]
    yield "Permute", series, lambda: [L.Permute((2, 1)), L.GRU(3)]
    yield "RepeatVector", rows, lambda: [L.Dense(3), L.RepeatVector(4), L.GRU(3)]
    yield "Sequential", rows, lambda: [keras.Sequential([L.Dense(4), L.Dense(3)]), L.Dense(2)]
    yield "Functional", rows, lambda: [functional_layer(keras), L.Dense(2)]


def optimizers(keras):
    """(name, a function that makes it). A small epsilon would make noise of nothing."""
    O, S = keras.optimizers, keras.optimizers.schedules
    yield "Adam amsgrad", lambda: O.Adam(0.01, epsilon=1e-3, amsgrad=True)
    yield "RMSprop momentum", lambda: O.RMSprop(0.01, epsilon=1e-3, momentum=0.5)
    yield "SGD nesterov", lambda: O.SGD(0.05, momentum=0.9, nesterov=True)
    yield "SGD", lambda: O.SGD(0.05)
    yield "RMSprop centered", lambda: O.RMSprop(0.01, epsilon=1e-3, centered=True)
    yield "AdamW", lambda: O.AdamW(0.01, epsilon=1e-3, weight_decay=0.02)
    yield "Nadam", lambda: O.Nadam(0.01, epsilon=1e-3)
    yield "Adamax", lambda: O.Adamax(0.01, epsilon=1e-3)
    yield "Adagrad", lambda: O.Adagrad(0.05, epsilon=1e-3)
    yield "Adadelta", lambda: O.Adadelta(0.5, epsilon=1e-3)
    yield "Lion", lambda: O.Lion(0.01)
    yield "Ftrl", lambda: O.Ftrl(0.05, l1_regularization_strength=0.01)
    yield "clipnorm", lambda: O.Adam(0.01, epsilon=1e-3, clipnorm=0.1)
    yield "use_ema", lambda: O.Adam(0.01, epsilon=1e-3, use_ema=True, ema_momentum=0.8)
    yield "gradient_accumulation_steps", lambda: O.Adam(0.01, epsilon=1e-3,
                                                        gradient_accumulation_steps=2)
    yield "schedule", lambda: O.Adam(S.ExponentialDecay(0.02, 2, 0.7), epsilon=1e-3)
    yield "schedule with warm-up", lambda: O.SGD(
        S.CosineDecay(0.01, 10, warmup_target=0.05, warmup_steps=3), momentum=0.9)


def functional_layer(keras):
    value = keras.Input((6,))
    return keras.Model(value, keras.layers.Dense(4, "tanh")(value))


def graphs(keras):
    """(name, a function that makes a model whose layers are not a chain)."""
    L = keras.layers

    def merged(merge):
        words, series = keras.Input((STEPS,), dtype="int32"), keras.Input((STEPS, 3))
        first = L.GRU(4, return_sequences=True)(L.Embedding(WORDS, 5, mask_zero=True)(words))
        second = L.GRU(4, return_sequences=True)(L.Masking()(series))
        return keras.Model([words, series], L.GRU(3)(merge([first, second])))

    def states():
        words, series = keras.Input((STEPS,), dtype="int32"), keras.Input((STEPS, 3))
        _, h, c = L.LSTM(4, return_state=True)(L.Embedding(WORDS, 5, mask_zero=True)(words))
        return keras.Model([words, series], L.LSTM(4)(series, initial_state=[h, c]))

    def both_states():
        series = keras.Input((STEPS, 3))
        both = L.Bidirectional(L.GRU(4, return_state=True, return_sequences=True))
        sequence, forward, backward = both(series)
        last = L.Bidirectional(L.GRU(4), merge_mode="sum")(sequence,
                                                           initial_state=[forward, backward])
        return keras.Model(series, [last, forward])

    def two_outputs():
        series = keras.Input((STEPS, 3))
        forward, backward = L.Bidirectional(L.LSTM(3), merge_mode=None)(series)
        return keras.Model(series, [L.Dense(2)(forward), backward])

    def cells():
        series = keras.Input((STEPS, 3))
        stack = L.RNN([L.LSTMCell(3), L.GRUCell(4)], return_state=True)
        out, (h, c), z = stack(series)
        again = L.RNN([L.LSTMCell(3), L.GRUCell(4)])(series, initial_state=[[h, c], z])
        return keras.Model(series, [out, again, c])

    def frozen():
        words = keras.Input((STEPS,), dtype="int32")
        table = L.Embedding(WORDS, 5, trainable=False)(words)
        inner = keras.Sequential([L.Dense(4, "tanh"), L.BatchNormalization()])
        both = L.Bidirectional(L.LSTM(3, return_sequences=True))
        end = L.GRU(2)(L.LSTM(3, return_sequences=True, trainable=False)(both(inner(table))))
        model = keras.Model(words, L.Dense(2)(end))
        inner.trainable = both.trainable = False
        return model

    def shared():
        value = keras.Input((6,))
        dense, pair = L.Dense(6, "tanh"), keras.Sequential([L.Dense(3), L.Dense(6, "tanh")])
        return keras.Model(value, [pair(dense(dense(value))), pair(value)])

    def nested():
        value = keras.Input((6,))
        inner = functional_layer(keras)
        outer = keras.Model(value, L.Dense(6, "tanh")(functional_layer(keras)(value)))
        return keras.Model(value, inner(outer(outer(value))))

    for function, name in ((states, "LSTM initial_state"), (both_states, "Bidirectional states"),
                           (two_outputs, "Bidirectional merge_mode=None"),
                           (cells, "RNN([cells]) states"), (frozen, "frozen layers"),
                           (shared, "shared layers"), (nested, "models in models")):
        yield name, function
    for merge in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate):
        yield merge.__name__, lambda merge=merge: merged(merge())
    yield "Concatenate axis=1", lambda: merged(L.Concatenate(axis=1))


class Case:
    """One model, Keras' side of it."""
    only_predicts = set()  # formats from which Keras does not train on

    def __init__(self, name, kind, make, optimizer):
        self.name, self.kind, self.make, self.optimizer = name, kind, make, optimizer
        self.trains = not name.endswith("predict only")
        self.x = self.y = self.facts = None
        self.results = {}  # by format and direction: a difference or a text


def cases(keras, only):
    all_optimizers = list(optimizers(keras))
    found = []

    def add(name, kind, make):
        if only in name:
            optimizer = all_optimizers[len(found) % LAYERS_WITH][1]
            found.append(Case(name, kind, make, optimizer))

    for name, source, make in grid(keras):
        layers = bind(make)

        def sequential(source=source, layers=layers):
            return keras.Sequential([keras.Input(**source), *layers()])

        def functional(source=source, layers=layers):
            value = first = keras.Input(**source)
            for layer in layers():
                value = layer(value)
            return keras.Model(first, value)

        add(name, "Sequential", sequential)
        add(name, "functional", functional)
    for name, make in graphs(keras):
        add(name, "functional", make)
    for name, optimizer in all_optimizers:
        add(f"optimizer: {name}", "Sequential", lambda: keras.Sequential([
            keras.Input((STEPS,), dtype="int32"), keras.layers.Embedding(WORDS, 5, mask_zero=True),
            keras.layers.GRU(4), keras.layers.Dense(2)]))
        if found and found[-1].name == f"optimizer: {name}":
            found[-1].optimizer = optimizer
    return found


def bind(function):
    """The function with the values that its variables have now, not at the end of the loop."""
    cells = tuple(type(cell)(cell.cell_contents) for cell in function.__closure__ or ())
    return type(function)(function.__code__, function.__globals__, function.__name__,
                          function.__defaults__, cells)
