#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes small valid imdb.npz files for the fuzz target imdb_npz: make_npz_seed.py FOLDER

One a pickle protocol, stored and compressed in turn.
"""
import io
import pickle
import sys
import zipfile
from pathlib import Path

import numpy


def member(array, protocol):
    data = io.BytesIO()
    numpy.lib.format.write_array_header_1_0(data, numpy.lib.format.header_data_from_array_1_0(array))
    data.write(pickle.dumps(array, protocol=protocol) if array.dtype == object else array.tobytes())
    return data.getvalue()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    reviews = numpy.empty(3, dtype=object)
    reviews[:] = [[13, 21, 42], [529, 972, 1621, 1384], [64]]
    labels = numpy.array([1, 0, 1])
    for protocol in [2, 3, 4, 5]:
        method = zipfile.ZIP_DEFLATED if protocol % 2 else zipfile.ZIP_STORED
        with zipfile.ZipFile(Path(sys.argv[1], f"protocol{protocol}.npz"), "w", method) as archive:
            for name in ["x_train", "x_test"]:
                archive.writestr(f"{name}.npy", member(reviews, protocol))
            for name in ["y_train", "y_test"]:
                archive.writestr(f"{name}.npy", member(labels, protocol))


if __name__ == "__main__":
    main()
