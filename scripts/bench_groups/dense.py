# SPDX-License-Identifier: MIT
"""One layer on float inputs, no padding, as many features as units, by T x B x H.

infer: the forward pass. first: a whole training step of a first layer, whose input wants no
gradient. train: a step that computes the gradient of the input too. layer: of that the layer alone,
with all outputs and a gradient of each: the work of oneDNN's primitive. Operations are those of the
products: forward 2 T B (X + H) G H, train and layer three times that, first 2 T B (2 X + 3 H) G H.
"""
from .pairing import Case, Side

UNIT = "ms"
NOTES = {"oneDNN": "the bare primitive: no loss, no optimizer, no gathering of batches; it computes "
                   "the gradient of the input in `first` too, and all outputs in `infer`",
         "oneDNN+pack": "the same, its weights packed in every step, which training changes",
         "PyTorch": "whole steps: mean squared error, sgd"}
SIZES = ["100x64x16", "100x64x32", "100x64x64", "100x64x128", "50x64x256", "50x64x512", "25x32x1024"]
KINDS = ["infer", "first", "train", "layer"]


PEERS = ["onednn", "pytorch"]


def case_name(kind, cell, size):
    steps, batch, units = size.split("x")
    return f"{kind}:{cell}:{steps}x{batch}x{units}x{units}"


def layer_command(options, program, name, threads):
    return [options.program(program), "--json", "--threads", threads, "--seconds", options.seconds,
            name]


def cases(options):
    for kind in options.kinds:
        for size in options.sizes:
            for cell in options.cells:
                name = case_name(kind, cell, size)
                sides = []
                if "onednn" in options.against:
                    command = layer_command(options, "onednn_rnn", name, options.threads)
                    sides.append(Side("oneDNN", {"": command}))
                    if kind != "infer":
                        sides.append(Side("oneDNN+pack", {"": [*command, "--pack"]}))
                if "pytorch" in options.against and kind in ["first", "train"]:
                    sides.append(Side("PyTorch", options.torch("pytorch_layer.py", name,
                                                               options.seconds)))
                yield Case(name, layer_command(options, "dense", name, options.threads), sides, 1e3)
