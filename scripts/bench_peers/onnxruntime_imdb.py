# SPDX-License-Identifier: MIT
"""onnxruntime on IMDB, for scripts/bench.py: one line of JSON with the "seconds" of a batch.

Usage: onnxruntime_imdb.py CELL BATCHES THREADS

Embedding(10000, 32), CELL(32), Dense(1, sigmoid) with random weights as Gather, Transpose, the
recurrent node, Gemm, Sigmoid; the first BATCHES batches of 128 reviews of 500 ids.
"""
import json
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import clock
import reviews

UNITS = 32
# Name of the node, gates, attributes; GRU as Keras' reset_after.
NODES = {"simple_rnn": ("RNN", 1, {}), "gru": ("GRU", 3, {"linear_before_reset": 1}),
         "lstm": ("LSTM", 4, {})}


def network(cell):
    node, gates, attributes = NODES[cell]
    random = numpy.random.RandomState(1)
    shapes = {"table": (reviews.WORDS, 32), "W": (1, gates * UNITS, 32),
              "R": (1, gates * UNITS, UNITS), "B": (1, 2 * gates * UNITS), "K": (UNITS, 1), "b": (1,)}
    weights = [numpy_helper.from_array(random.uniform(-0.2, 0.2, shape).astype(numpy.float32), name)
               for name, shape in shapes.items()]
    weights.append(numpy_helper.from_array(numpy.zeros(1, dtype=numpy.int64), "directions"))
    nodes = [helper.make_node("Transpose", ["ids"], ["steps"], perm=[1, 0]),
             helper.make_node("Gather", ["table", "steps"], ["x"]),
             helper.make_node(node, ["x", "W", "R", "B"], ["", "last"], hidden_size=UNITS,
                              **attributes),
             helper.make_node("Squeeze", ["last", "directions"], ["h"]),
             helper.make_node("Gemm", ["h", "K", "b"], ["logits"]),
             helper.make_node("Sigmoid", ["logits"], ["y"])]
    graph = helper.make_graph(
        nodes, "imdb", [helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "T"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", 1])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in NODES:
        sys.exit(__doc__)
    cell, batches, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    session = onnxruntime.InferenceSession(network(cell), options,
                                           providers=["CPUExecutionProvider"])
    x, _ = reviews.load()
    rows = [slice(i * reviews.BATCH, (i + 1) * reviews.BATCH) for i in range(batches)]

    def predict_all():
        for part in rows:
            session.run(None, {"ids": x[part]})

    print(json.dumps({"case": cell, "seconds": clock.median_of(0, 3, predict_all) / batches,
                      "version": onnxruntime.__version__, "threads": threads,
                      "peak_mb": clock.peak_megabytes()}))


if __name__ == "__main__":
    main()
