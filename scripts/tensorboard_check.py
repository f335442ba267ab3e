#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has the real TensorBoard read the event files of a training, and compares them with its history.

Usage: tensorboard_check.py EDDY     (the program; this Python has the package tensorboard)
"""
import csv
import os
import struct
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

EPOCHS, BATCHES = 3, 10


def single(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def scalars(folder):
    """{tag: [(step, value)]}; TensorBoard itself takes them for scalars."""
    events = EventAccumulator(folder, size_guidance={"tensors": 0})
    events.Reload()
    found = {}
    for tag in events.Tags()["tensors"]:
        metadata = events.SummaryMetadata(tag)
        assert metadata.plugin_data.plugin_name == "scalars", (tag, metadata)
        found[tag] = [(event.step, tensor_util.make_ndarray(event.tensor_proto).item())
                      for event in events.Tensors(tag)]
    return found


def check(what, got, want):
    if got != want:
        sys.exit(f"tensorboard: {what}: expected {want}, got {got}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        subprocess.run([sys.argv[1], "train", "reviews", "--train-size", "400", "--test-size", "10",
                        "--num-words", "600", "--maxlen", "30", "--units", "8", "--embedding", "8",
                        "--epochs", str(EPOCHS), "--seed", "3", "--batch-size", "32", "--tensorboard",
                        "--out", run], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(run, "history.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        train, validation = (scalars(os.path.join(run, part)) for part in ("train", "validation"))
    check("tags of train", sorted(train), ["epoch_acc", "epoch_learning_rate", "epoch_loss"])
    check("tags of validation", sorted(validation),
          ["epoch_acc", "epoch_loss", "evaluation_acc_vs_iterations",
           "evaluation_loss_vs_iterations"])
    check("learning rate", train["epoch_learning_rate"],
          [(epoch, single(0.001)) for epoch in range(EPOCHS)])
    for name in ("acc", "loss"):
        for part, prefix in ((train, ""), (validation, "val_")):
            want = [(int(row["epoch"]), single(float(row[prefix + name]))) for row in rows]
            check(prefix + name, part["epoch_" + name], want)
        check(f"evaluation of {name}", validation[f"evaluation_{name}_vs_iterations"],
              [(BATCHES * (step + 1), value) for step, value in validation["epoch_" + name]])
    print(f"tensorboard: {len(train) + len(validation)} tags of {EPOCHS} epochs as in history.csv")


if __name__ == "__main__":
    main()
