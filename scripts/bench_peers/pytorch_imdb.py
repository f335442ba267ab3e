#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""PyTorch on IMDB, for scripts/bench.py: one line of JSON with "seconds".

Usage: pytorch_imdb.py train CELL BATCHES THREADS     of an epoch, from whole training steps
       pytorch_imdb.py infer CELL BATCHES THREADS     of a batch, the mean of the first BATCHES

The same network and batches as bench/imdb_*.cc: Embedding(10000, 32), CELL(32), Linear(1),
BCEWithLogits, RMSprop, 128 reviews of 500 ids. Debian: python3-torch, libopenblas0-pthread.
"""
import json
import sys
import time

import torch

import clock
import reviews


class Network(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        kinds = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
        self.embedding = torch.nn.Embedding(reviews.WORDS, 32)
        self.recurrent = kinds[cell](32, 32, batch_first=True)
        self.dense = torch.nn.Linear(32, 1)

    def forward(self, ids):
        sequence, _ = self.recurrent(self.embedding(ids))
        return self.dense(sequence[:, -1]).squeeze(1)


def train(network, x, y, batches):
    optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    loss_function = torch.nn.BCEWithLogitsLoss()

    def step(rows):
        optimizer.zero_grad()
        loss = loss_function(network(torch.from_numpy(x[rows])), torch.from_numpy(y[rows]))
        loss.backward()
        optimizer.step()
        return loss.item()

    chosen = reviews.epoch(batches)
    step(chosen[0])
    seconds = []
    for rows in chosen:
        begin = time.perf_counter()
        step(rows)
        seconds.append(time.perf_counter() - begin)
    return reviews.epoch_seconds(seconds)


def infer(network, x, batches):
    network.eval()
    rows = [slice(i * reviews.BATCH, (i + 1) * reviews.BATCH) for i in range(batches)]

    def predict_all():
        with torch.no_grad():
            for part in rows:
                torch.sigmoid(network(torch.from_numpy(x[part]))).numpy()

    return clock.median_of(0, 3, predict_all) / batches


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in ["train", "infer"]:
        sys.exit(__doc__)
    mode, cell, batches, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_flush_denormal(True)  # threads that start later inherit it
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    x, y = reviews.load()
    network = Network(cell)
    seconds = train(network, x, y, batches) if mode == "train" else infer(network, x, batches)
    print(json.dumps({"case": cell, "seconds": seconds, "version": torch.__version__,
                      "threads": torch.get_num_threads(), "peak_mb": clock.peak_megabytes()}))


if __name__ == "__main__":
    main()
