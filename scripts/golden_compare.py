#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares golden files that make_golden.py just wrote with the committed ones.

Usage: python golden_compare.py NEW [OLD]     OLD: default tests/golden

Everything but reals must be equal; reals to 2e-6 of 1 + |value| in data/*.npz, which Keras computed
in float64, and to 2e-5 in training/*.json, which are float32 throughout. Of article.npz only the steps
count where Keras' two precisions agree: after them nobody's numbers come out the same twice.
Exit 0: the same; 1: a line for each file that changed.
"""
import json
import sys
from pathlib import Path

import numpy as np

NPZ_TOLERANCE, JSON_TOLERANCE = 2e-6, 2e-5
AGREE, ARTICLE_TOLERANCE = 1e-5, 1e-4


def gap(new, old):
    """The largest |new - old| / (1 + |old|); NaN equals NaN."""
    new, old = np.asarray(new, "float64"), np.asarray(old, "float64")
    if new.shape != old.shape or not np.array_equal(np.isfinite(new), np.isfinite(old)):
        return np.inf
    kept = np.isfinite(old)
    return float(np.max(np.abs(new - old)[kept] / (1 + np.abs(old[kept])), initial=0.0))


def gap_of_json(new, old):
    if isinstance(old, dict) and isinstance(new, dict) and list(new) == list(old):
        return max((gap_of_json(new[key], old[key]) for key in old), default=0.0)
    if isinstance(old, list) and isinstance(new, list) and len(new) == len(old):
        return max((gap_of_json(a, b) for a, b in zip(new, old)), default=0.0)
    if isinstance(old, float) and isinstance(new, float):
        return gap(new, old)
    return 0.0 if type(new) is type(old) and new == old else np.inf


def gap_of_article(new, old):
    """Losses [cell, rate, precision, step]."""
    shape = (len(json.loads(bytes(old["cases"]))["cells"]), 2, 2, -1)
    new, old = new["floats"].reshape(shape), old["floats"].reshape(shape)
    worst = 0.0
    for a, b in zip(new.reshape(-1, 2, new.shape[-1]), old.reshape(-1, 2, old.shape[-1])):
        apart = np.abs(b[0] - b[1]) >= AGREE
        steps = int(np.argmax(apart)) if apart.any() else b.shape[-1]
        worst = max(worst, gap(a[:, :steps], b[:, :steps]))
    return worst


def compare(new, old):
    """The gap of two files and what is allowed."""
    if new.suffix == ".json":
        return gap_of_json(json.loads(new.read_text()), json.loads(old.read_text())), JSON_TOLERANCE
    if new.suffix == ".txt":
        return (0.0 if new.read_text() == old.read_text() else np.inf), 0.0
    with np.load(new) as a, np.load(old) as b:
        for key in ("cases", "ints"):
            if not np.array_equal(a[key], b[key]):
                return np.inf, NPZ_TOLERANCE
        if new.name == "article.npz":
            return gap_of_article(a, b), ARTICLE_TOLERANCE
        return gap(a["floats"], b["floats"]), NPZ_TOLERANCE


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    new = Path(sys.argv[1])
    old = Path(sys.argv[2]) if len(sys.argv) == 3 else (
        Path(__file__).resolve().parent.parent / "tests" / "golden")
    files = sorted(f.relative_to(new) for f in new.glob("*/*") if f.is_file())
    changed = 0
    for file in files:
        if not (old / file).exists():
            print(f"{file}: new")
            changed += 1
            continue
        found, allowed = compare(new / file, old / file)
        if found > allowed:
            words = f"reals differ by {found:.1e}" if np.isfinite(found) else "cases differ"
            print(f"{file}: CHANGED, {words}")
            changed += 1
    print(f"{len(files)} files of Keras' numbers compared with {old}, {changed} changed")
    return 1 if changed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
