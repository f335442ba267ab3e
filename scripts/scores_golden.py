#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scores of random answers by scikit-learn, for tests/report/scores_test.cc.

Usage: python scores_golden.py > tests/report/golden/scores.json     needs: pip install scikit-learn
"""
import json

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve


def binary(seed, samples, digits):
    """Answers of two classes; few digits make scores that are equal."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 2, samples)
    score = np.round(np.clip(draw.normal(0.35 + 0.25 * truth, 0.2), 0, 1), digits)
    false, true, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(truth, score)
    observed, predicted = calibration_curve(truth, score, n_bins=10)
    return {"truth": truth.tolist(), "score": score.tolist(),
            "roc": [false.tolist(), true.tolist()], "auc": metrics.roc_auc_score(truth, score),
            "precision": precision[::-1].tolist(), "recall": recall[::-1].tolist(),
            "average_precision": metrics.average_precision_score(truth, score),
            "observed": observed.tolist(), "predicted": predicted.tolist()}


def classes(seed, samples, count):
    """Answers of many classes; the last one is never answered."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, count, samples)
    answer = np.where(draw.random(samples) < 0.6, truth, draw.integers(0, count, samples)) % (count - 1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, answer, labels=range(count), zero_division=0)
    return {"truth": truth.tolist(), "answer": answer.tolist(), "classes": count,
            "confusion": metrics.confusion_matrix(truth, answer, labels=range(count)).tolist(),
            "accuracy": metrics.accuracy_score(truth, answer), "precision": precision.tolist(),
            "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
            "macro_f1": metrics.f1_score(truth, answer, labels=range(count), average="macro", zero_division=0)}


def numbers(seed, samples):
    draw = np.random.default_rng(seed)
    truth = np.round(draw.normal(3, 2, samples), 3)
    answer = np.round(truth + draw.normal(0.2, 0.7, samples), 3)
    return {"truth": truth.tolist(), "answer": answer.tolist(),
            "mae": metrics.mean_absolute_error(truth, answer),
            "rmse": metrics.mean_squared_error(truth, answer) ** 0.5, "r2": metrics.r2_score(truth, answer)}


print(json.dumps({"sklearn": sklearn.__version__,
                  "binary": [binary(1, 37, 1), binary(2, 60, 2), binary(3, 29, 6)],
                  "classes": [classes(4, 53, 3), classes(5, 80, 5)],
                  "numbers": [numbers(6, 23)]}, separators=(",", ":")))
