# SPDX-License-Identifier: MIT
"""What Keras' TextVectorization makes of texts, for golden_training.py: the vocabulary that adapt()
learns and the ids of every text. tests/data holds eddy to them."""
import numpy as np
import tensorflow as tf

PUNCTUATION = "".join(chr(c) for c in range(33, 127) if not chr(c).isalnum())
CORPUS = [
    "The cat sat on the mat; the CAT's mat!",
    "A dog -- not a cat -- ran. Ran? RAN!",
    "caf\u00e9 CAF\u00c9 na\u00efve \u00dcber \u0130stanbul \u041c\u0438\u0440 \u65e5\u672c\u8a9e \U0001f600",
    " \t leading and\ttrailing\nblanks \r\n\v\f ",
    "a b c a b c a b d",
    "".join(f"x{c}y " for c in PUNCTUATION),
    PUNCTUATION,
    "",
    "z\u00a0y x\u2003w v\u0085u t\u2028s r\x1cq p\x1fo n\u3000m",
    "ties tied tier b\u00e9 bz be b",
    "[UNK] [unk] unk",
    "don't won\u2019t \u201cquoted\u201d \u00abguillemets\u00bb e\u0301 \ufeffmark \u00df\u1e9e",
]
UNSEEN = ["the dog sat on a log", "cat", "", "New words ONLY!", "b a", "\u00c9 \u00e9 \u041c\u0418\u0420"]
SETTINGS = [
    {},
    {"max_tokens": 10},
    {"max_tokens": 3, "output_sequence_length": 4},
    {"output_sequence_length": 3},
    {"output_sequence_length": 12},
    {"standardize": "lower"},
    {"standardize": "strip_punctuation"},
    {"standardize": None},
    {"split": "character"},
    {"split": "character", "standardize": None, "max_tokens": 20, "output_sequence_length": 7},
    {"split": None},
    {"split": None, "standardize": None},
    {"ngrams": 2},
    {"ngrams": (2,), "max_tokens": 15},
    {"ngrams": (3, 1), "standardize": "lower"},
    {"ngrams": 3, "split": "character", "output_sequence_length": 20, "max_tokens": 40},
]


def words(ngrams):
    """The widths as a list, as eddy takes them."""
    return list(range(1, ngrams + 1)) if isinstance(ngrams, int) else list(ngrams or ())


def case(keras, number, settings):
    layer = keras.layers.TextVectorization(**settings)
    layer.adapt(CORPUS)
    ids = [np.asarray(layer(tf.constant(texts))) for texts in (CORPUS, UNSEEN)]
    return {"title": f"TextVectorization {number}",
            "settings": {"max_tokens": settings.get("max_tokens"),
                         "standardize": settings.get("standardize", "lower_and_strip_punctuation")
                         or "none",
                         "split": settings.get("split", "whitespace") or "none",
                         "ngrams": words(settings.get("ngrams")),
                         "output_sequence_length": settings.get("output_sequence_length") or 0},
            "vocabulary": [str(word) for word in layer.get_vocabulary()],
            "ids": [rows.tolist() for rows in ids]}


def cases(keras):
    found = [case(keras, number, settings) for number, settings in enumerate(SETTINGS)]
    return [{"title": "texts", "corpus": CORPUS, "unseen": UNSEEN}] + found
