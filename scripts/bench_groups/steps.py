# SPDX-License-Identifier: MIT
"""One sequence at a time, microseconds a step.

CELL:H is a step of a stream (eddy/stream.h) with one feature; infer:CELL:500x1xHxH a sequence of 500
steps that is known as a whole, with as many features as units.
"""
from . import dense
from .pairing import Case, Side

UNIT = "us"
NOTES = {"oneDNN": "a stream is its primitive over one step; whole sequences all at once; the better "
                   "of one thread and all"}
STREAM_UNITS = [8, 16, 32, 64, 128, 256, 512]
SEQUENCE_UNITS = [32, 128, 512]
SEQUENCE = 500


PEERS = ["onednn"]


def onednn(options, name):
    if "onednn" not in options.against:
        return []
    counts = sorted({1, options.threads})
    return [Side("oneDNN", {f"{count} thread{'s' * (count > 1)}":
                            dense.layer_command(options, "onednn_rnn", name, count)
                            for count in counts})]


def cases(options):
    for cell in options.cells:
        for units in STREAM_UNITS:
            yield Case(f"{cell}:{units}", [options.program("one_step"), "--json", "--seconds",
                                           options.seconds, f"{cell}:{units}"],
                       onednn(options, f"infer:{cell}:1x1x1x{units}"), 1e6)
    for cell in options.cells:
        for units in SEQUENCE_UNITS:
            name = dense.case_name("infer", cell, f"{SEQUENCE}x1x{units}")
            yield Case(name, dense.layer_command(options, "dense", name, options.threads),
                       onednn(options, name), 1e6 / SEQUENCE)
