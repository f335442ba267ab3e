# SPDX-License-Identifier: MIT
"""The reviews of the IMDB benchmarks, by the recipe of keras.datasets.imdb and pad_sequences, and
the batches that a peer takes of them."""
import os
import sys

import numpy

BATCH, MAXLEN, WORDS, TRAIN = 128, 500, 10000, 20000


def load():
    """x  [20000, 500] ids   y  [20000]"""
    folders = [os.environ.get("EDDY_DATA_DIR"), os.path.expanduser("~/.keras/datasets")]
    path = next((p for p in (os.path.join(f, "imdb.npz") for f in folders if f)
                 if os.path.exists(p)), None)
    if path is None:
        sys.exit("imdb.npz: set EDDY_DATA_DIR to its folder")
    with numpy.load(path, allow_pickle=True) as archive:
        reviews, labels = archive["x_train"], archive["y_train"]
    order = numpy.arange(len(reviews))
    numpy.random.RandomState(113).shuffle(order)
    x = numpy.zeros((TRAIN, MAXLEN), dtype=numpy.int64)
    for row, review in enumerate(reviews[order[:TRAIN]]):
        ids = [1] + [w + 3 if w + 3 < WORDS else 2 for w in review]
        ids = ids[-MAXLEN:]
        x[row, MAXLEN - len(ids):] = ids
    return x, labels[order[:TRAIN]].astype(numpy.float32)


def epoch(batches):
    """Rows of `batches` shuffled batches, spread over an epoch; all 157 with the shorter last one."""
    order = numpy.random.RandomState(1).permutation(TRAIN)
    starts = range(0, TRAIN, BATCH)
    if batches < len(starts):
        starts = [starts[i * (len(starts) - 1) // batches] for i in range(batches)]
    return [order[start:start + BATCH] for start in starts]


def epoch_seconds(batch_seconds):
    """Of a whole epoch, from those of the batches that epoch() gave."""
    whole = len(batch_seconds) == len(range(0, TRAIN, BATCH))
    return sum(batch_seconds) if whole else sum(batch_seconds) / len(batch_seconds) * TRAIN / BATCH
