# SPDX-License-Identifier: MIT
"""Golden windows of keras.utils.timeseries_dataset_from_array; tests/data reads them."""
from unittest import mock

import numpy as np
import tensorflow as tf

OPTIONS = [
    {"sequence_length": 4},
    {"sequence_length": 1},
    {"sequence_length": 13},
    {"sequence_length": 3, "sequence_stride": 2},
    {"sequence_length": 3, "sampling_rate": 3},
    {"sequence_length": 2, "sequence_stride": 3, "sampling_rate": 2},
    {"sequence_length": 3, "start_index": 4},
    {"sequence_length": 3, "end_index": 9},
    {"sequence_length": 2, "start_index": 2, "end_index": 8, "sequence_stride": 2},
    {"sequence_length": 3, "shuffle": True, "seed": 7},
    {"sequence_length": 2, "sequence_stride": 2, "shuffle": True, "seed": 123456},
]
STEPS = 13


def cases(keras):
    """Data [13, 2] with 10 step + column in every place; targets of 13 and of 6 steps, or none."""
    data = np.arange(STEPS)[:, None] * 10.0 + np.arange(2)
    found = []
    for options in OPTIONS:
        for targets in (None, 13, 6):
            if targets == 6 and options.get("start_index"):
                continue  # Keras reads behind the end
            y = None if targets is None else -np.arange(targets, dtype="float64")
            # tf.data shuffles once more, other in every pass: not part of what is compared.
            with mock.patch.object(tf.data.Dataset, "shuffle", lambda self, *_, **__: self):
                batches = list(keras.utils.timeseries_dataset_from_array(
                    data, y, batch_size=3, **options))
            x = np.concatenate([b if y is None else b[0] for b in batches])
            case = {"title": f"{options} {targets}", "options": options, "targets": targets,
                    "shape": list(x.shape), "x": x.astype(int).ravel().tolist()}
            if y is not None:
                case["y"] = np.concatenate([b[1] for b in batches]).astype(int).tolist()
            found.append(case)
    return found
