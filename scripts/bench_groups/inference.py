# SPDX-License-Identifier: MIT
"""IMDB inference: 128 real reviews of 500 ids, Embedding(10000, 32), 32 units, Dense(1); the mean of
the first --batches batches, again and again: eddy keeps the ids that it has projected between calls, as
a running program does."""
from . import dense
from .pairing import Case, Side

UNIT = "ms"
NOTES = {"PyTorch": "all 500 steps of every row, no_grad",
         "oneDNN": "the bare primitive over all 500 steps: no embedding, no Dense",
         "onnxruntime": "Gather, the recurrent node over all 500 steps, Gemm, Sigmoid"}


PEERS = ["pytorch", "onednn", "onnxruntime"]


def cases(options):
    for cell in options.cells:
        sides = []
        if "pytorch" in options.against:
            sides.append(Side("PyTorch", options.torch("pytorch_imdb.py", "infer", cell,
                                                       options.batches)))
        if "onednn" in options.against:
            sides.append(Side("oneDNN", {
                "": dense.layer_command(options, "onednn_rnn", f"infer:{cell}:500x128x32x32",
                                        options.threads)}))
        if options.onnx_python:
            script = options.peer_script("onnxruntime_imdb.py")
            sides.append(Side("onnxruntime", {"": [options.onnx_python, script, cell,
                                                   options.batches, options.threads]}))
        yield Case(cell, [options.program("imdb_inference"), cell, options.batches,
                          options.threads], sides, 1e3)
