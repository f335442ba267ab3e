#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""PyTorch's side of bench/dense.cc: whole training steps of one layer, as one line of JSON.

Usage: pytorch_layer.py KIND:CELL:TxBxXxH SECONDS THREADS     KIND: train, first (no gradient of the
input). Mean squared error of the last state, sgd.
"""
import json
import sys

import torch

import clock


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    kind, cell, sizes = sys.argv[1].split(":")
    steps, batch, features, units = map(int, sizes.split("x"))
    torch.set_flush_denormal(True)  # threads that start later inherit it
    torch.set_num_threads(int(sys.argv[3]))
    torch.manual_seed(1)
    kinds = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
    layer = kinds[cell](features, units)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.01)
    x = torch.rand(steps, batch, features, requires_grad=kind == "train")
    y = torch.rand(batch, units)

    def step():
        x.grad = None
        optimizer.zero_grad()
        outputs, _ = layer(x)
        loss = torch.nn.functional.mse_loss(outputs[-1], y)
        loss.backward()
        optimizer.step()
        return loss.item()

    seconds = clock.median_of(float(sys.argv[2]), 5, step)
    print(json.dumps({"case": sys.argv[1], "seconds": seconds, "version": torch.__version__,
                      "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
