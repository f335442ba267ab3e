# SPDX-License-Identifier: MIT
"""Keras with TensorFlow on IMDB, for scripts/bench.py: one line of JSON with an epoch's "seconds".

Usage: keras_imdb.py CELL BATCHES THREADS MODE     MODE: default, jit_compile (of model.compile)

The same network and batches as bench/imdb_epoch.cc. Tracing and compiling happen in a warm-up.
"""
import json
import os
import sys
import time

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import keras  # noqa: E402
import tensorflow  # noqa: E402

import clock  # noqa: E402
import reviews  # noqa: E402


def main():
    if len(sys.argv) != 5 or sys.argv[4] not in ["default", "jit_compile"]:
        sys.exit(__doc__)
    cell, batches, threads, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    keras.utils.set_random_seed(1)
    kinds = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU,
             "lstm": keras.layers.LSTM}
    x, y = reviews.load()
    x = x.astype("int32")
    model = keras.Sequential([keras.layers.Embedding(reviews.WORDS, 32), kinds[cell](32),
                              keras.layers.Dense(1, activation="sigmoid")])
    jit = {"jit_compile": True} if mode == "jit_compile" else {}
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["acc"], **jit)
    chosen = reviews.epoch(batches)
    for rows in chosen[:3]:
        model.train_on_batch(x[rows], y[rows])
    seconds = []
    for rows in chosen:
        begin = time.perf_counter()
        model.train_on_batch(x[rows], y[rows])
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"case": cell, "seconds": reviews.epoch_seconds(seconds), "threads": threads,
                      "version": f"{keras.__version__}, TensorFlow {tensorflow.__version__}",
                      "peak_mb": clock.peak_megabytes()}))


if __name__ == "__main__":
    main()
