# SPDX-License-Identifier: MIT
"""An IMDB epoch: 20,000 reviews of 500 ids in 157 batches, 32 units, whole training steps.

eddy trains the epoch, a cold start included. A peer warms up for some batches, then takes --batches
full ones spread over the epoch; its epoch is their mean times 20,000 / 128. With --full PyTorch
trains the whole epoch. Measured on all sides: gathering the batch, forward, loss, backward, optimizer.
Not measured: reading the reviews, validation, tracing and compiling.
"""
from .pairing import Case, Side

UNIT = "s"
NOTES = {"PyTorch": "all 500 steps of every row, no masks; eager; the best of three settings of its "
                    "threads",
         "PyTorch+default": "the same, its threads as they are without a setting",
         "Keras": "TensorFlow backend, train_on_batch, the better of model.compile's default and "
                  "jit_compile=True",
         "Keras+default": "the same with model.compile's default"}
EPOCH_BATCHES = 157


PEERS = ["pytorch", "keras"]
ALWAYS = ["pytorch"]  # without --peers too


def cases(options):
    for cell in options.cells:
        batches = EPOCH_BATCHES if options.full else options.batches
        sides = []
        if "pytorch" in options.against or not options.against:
            settings = options.torch("pytorch_imdb.py", "train", cell, batches)
            sides.append(Side("PyTorch", settings))
            if len(settings) > 1:
                sides.append(Side("PyTorch+default", {"": settings[""]}))
        if options.keras_python:
            script = options.peer_script("keras_imdb.py")
            settings = {mode: [options.keras_python, script, cell, options.batches, options.threads,
                               mode] for mode in ["default", "jit_compile"]}
            sides.append(Side("Keras", settings))
            sides.append(Side("Keras+default", {"": settings["default"]}))
        yield Case(cell, [options.program("imdb_epoch"), cell, 1, options.threads], sides)
