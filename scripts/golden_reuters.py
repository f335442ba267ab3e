# SPDX-License-Identifier: MIT
"""What keras.datasets.reuters.load_data makes of a small reuters.npz, for golden_training.py. The file
itself is made by the test from the same lists."""
import tempfile
from pathlib import Path

import numpy as np

OPTIONS = [
    {},
    {"num_words": 20},
    {"num_words": 20, "skip_top": 6},
    {"num_words": 25, "oov_char": None},
    {"skip_top": 9, "oov_char": 7, "start_char": 4, "index_from": 11},
    {"start_char": None},
    {"start_char": None, "index_from": 0, "num_words": 17, "oov_char": 0},
    {"maxlen": 9},
    {"maxlen": 8, "test_split": 0.45, "seed": 7},
    {"test_split": 0.0},
    {"test_split": 1.0},
    {"test_split": 0.37, "seed": 0, "num_words": 30},
]


def cases(keras):
    random = np.random.default_rng(5)
    lists = [random.integers(1, 41, random.integers(1, 13)).tolist() for _ in range(37)]
    labels = random.integers(0, 46, len(lists))
    labels[0] = 45
    array = np.empty(len(lists), dtype=object)
    array[:] = lists
    made = [{"title": "data", "x": lists, "y": labels.tolist(),
             "label_names": list(keras.datasets.reuters.get_label_names())}]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reuters.npz")
        np.savez(path, x=array, y=labels)
        # get_file() would look at the digest of the file and fetch another one.
        module = keras.src.datasets.reuters
        real, module.get_file = module.get_file, lambda **_: str(path)
        try:
            for number, options in enumerate(OPTIONS):
                (x_train, y_train), (x_test, y_test) = module.load_data(**options)
                made.append({"title": f"reuters {number}", "options": options,
                             "x_train": [list(map(int, x)) for x in x_train],
                             "y_train": [int(y) for y in y_train],
                             "x_test": [list(map(int, x)) for x in x_test],
                             "y_test": [int(y) for y in y_test]})
        finally:
            module.get_file = real
    return made
