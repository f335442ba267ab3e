# SPDX-License-Identifier: MIT
"""What Keras' legacy Tokenizer makes of texts, for golden_training.py: words, ids, matrices and JSON;
and Python's str.lower() of texts that make it think. tests/data holds eddy to them."""
import json

from keras.src.legacy.preprocessing.text import Tokenizer, tokenizer_from_json

CORPUS = [
    "The cat sat on the mat; the CAT's mat!",
    "A dog -- not a cat -- ran. Ran? RAN!",
    "caf\u00e9 CAF\u00c9 \u0130stanbul \u039f\u0394\u039f\u03a3 \u03a3\u03b1\u03a3 \u041c\u0438\u0440 \u65e5\u672c\u8a9e \U0001f600",
    "unk the\ttabs\nand  lines\r\n\u00a0x",
    "b a c b a d",
    "",
    "!!! ???",
    "don't won\u2019t UNK",
]
UNSEEN = ["the dog sat on a log", "cat", "", "New words ONLY!", "b a unk a", "\u00c9 \u00e9 \u041c\u0418\u0420"]
MORE = ["log log log log of a dog", "The END"]
SETTINGS = [
    {},
    {"num_words": 6},
    {"num_words": 6, "oov_token": "<oov>"},
    {"oov_token": "unk"},
    {"oov_token": "unk", "num_words": 4},
    {"lower": False},
    {"filters": "ae\u00e9", "split": "<>"},
    {"filters": "", "split": "a"},
    {"char_level": True},
    {"char_level": True, "lower": False, "num_words": 9, "oov_token": "?"},
]
LOWER = ["\u03a3", "A\u03a3", "\u03a3A", "A\u03a3B", "A\u03a3 B\u03a3.", "A'\u03a3", "A\u03a3'B", "A\u03a3'", "A.\u03a3:b",
         "A\u0301\u03a3\u0301", "1\u03a3", "\u00aa\u03a3", "A\u03a3\u00ba", "\u2160\u03a3", "A\u03a3\u24d0", "A\u03a3\u02b0", "A\u03a3\u02b0b",
         "\u02b0\u03a3", "A\u00ad\u03a3\u2019", "A\u03a3\u4e2d", "\u01c5\u03a3", "A\u03a3_b", "A^\u03a3", "\U0001f130\u03a3", "\u0130I\u0131i",
         "\u1e9e\u00df", "\u01c4\u01c5\u01c6", "\u10a0\u13a0\uab70", "\U00010400\U0001e900", "\u2126\u212a\u212b"]


def dictionaries(tokenizer):
    config = json.loads(tokenizer.to_json())["config"]
    return {key: json.loads(value) if key in ("word_counts", "word_docs", "index_docs", "index_word",
                                              "word_index") else value
            for key, value in config.items()}


def answers(tokenizer, texts, modes=("binary", "count", "freq", "tfidf")):
    """Of the matrices [row, column, value] of what is not zero."""
    ids = tokenizer.texts_to_sequences(texts)
    matrices = {mode: tokenizer.texts_to_matrix(texts, mode) for mode in modes}
    return {"ids": ids, "texts": tokenizer.sequences_to_texts(ids + [[0, 3, 2, 77, 1, 5]]),
            "matrices": {mode: {"shape": list(matrix.shape),
                                "cells": [[int(i), int(j), float(f"{matrix[i, j]:.9g}")]
                                          for i, j in zip(*matrix.nonzero())]}
                         for mode, matrix in matrices.items()}}


def case(number, settings):
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(CORPUS)
    made = {"title": f"Tokenizer {number}", "settings": settings, "config": dictionaries(tokenizer),
            "counted": [[word, count] for word, count in tokenizer.word_counts.items()],
            "corpus": answers(tokenizer, CORPUS, ("tfidf",)), "unseen": answers(tokenizer, UNSEEN)}
    made["json"] = tokenizer_from_json(tokenizer.to_json()).to_json()
    tokenizer.fit_on_sequences([[1, 2, 2], [2, 5]])
    made["after_sequences"] = answers(tokenizer, UNSEEN, ("tfidf",))
    again = Tokenizer(**settings)
    again.fit_on_texts(CORPUS)
    again.fit_on_texts(MORE)
    made["after_more"] = answers(again, UNSEEN + MORE, ("tfidf",))
    return made


def cases():
    found = [case(number, settings) for number, settings in enumerate(SETTINGS)]
    return [{"title": "texts", "corpus": CORPUS, "unseen": UNSEEN, "more": MORE,
             "lower": [[text, text.lower()] for text in LOWER]}] + found
