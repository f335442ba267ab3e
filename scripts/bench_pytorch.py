#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""PyTorch's side of bench_imdb.py: seconds of whole training steps on IMDB, as one line of JSON.

Usage: bench_pytorch.py CELL BATCHES THREADS     CELL: simple_rnn, gru, lstm; BATCHES: 1 to 157

The same network and batches as bench/imdb_epoch.cc: Embedding(10000, 32), CELL(32), Linear(1),
BCEWithLogits, RMSprop, 128 reviews of 500 ids. With fewer than 157 batches the last, shorter one is
left out. One step warms up unmeasured. Debian: python3-torch, libopenblas0-pthread.
"""
import json
import os
import resource
import sys
import time

import numpy
import torch

BATCH, MAXLEN, WORDS, TRAIN = 128, 500, 10000, 20000


def load_reviews():
    """x  [20000, 500] ids   y  [20000], by the recipe of keras.datasets.imdb and pad_sequences."""
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


class Network(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        kinds = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
        self.embedding = torch.nn.Embedding(WORDS, 32)
        self.recurrent = kinds[cell](32, 32, batch_first=True)
        self.dense = torch.nn.Linear(32, 1)

    def forward(self, ids):
        sequence, _ = self.recurrent(self.embedding(ids))
        return self.dense(sequence[:, -1]).squeeze(1)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    cell, batches, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    x, y = load_reviews()
    order = numpy.random.RandomState(1).permutation(TRAIN)
    network = Network(cell)
    optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    loss_function = torch.nn.BCEWithLogitsLoss()

    def step(rows):
        optimizer.zero_grad()
        loss = loss_function(network(torch.from_numpy(x[rows])), torch.from_numpy(y[rows]))
        loss.backward()
        optimizer.step()
        return loss.item()

    starts = range(0, TRAIN, BATCH)
    if batches < len(starts):  # spread over the epoch
        starts = [starts[i * (len(starts) - 1) // batches] for i in range(batches)]
    step(order[:BATCH])
    seconds = []
    for start in starts:
        begin = time.perf_counter()
        step(order[start:start + BATCH])
        seconds.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cell": cell, "torch": torch.__version__, "threads": torch.get_num_threads(),
                      "peak_mb": peak, "batch_seconds": seconds}))


if __name__ == "__main__":
    main()
