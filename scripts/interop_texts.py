#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has real Keras answer texts by models of eddy's, vocabulary included, and compares.

Usage: interop_texts.py EDDY_INTEROP       in a Python that has Keras 3.15.1 and TensorFlow
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import keras  # noqa: E402
import numpy as np  # noqa: E402

TOLERANCE = 1e-5


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "--texts", folder], check=True)
        facts = json.loads((Path(folder) / "texts.json").read_text(encoding="utf-8"))
        texts = keras.ops.convert_to_tensor(facts["texts"])
        for name, expected in facts["answers"].items():
            model = keras.saving.load_model(Path(folder) / f"{name}.keras")
            got = np.asarray(model(texts)).ravel()
            worst = max(worst, float(np.max(np.abs(got - np.asarray(expected)))))
    print(f"Keras {keras.__version__}: {len(facts['answers'])} models of texts by eddy, "
          f"largest difference {worst:.0e}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
