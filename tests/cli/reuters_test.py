# SPDX-License-Identifier: MIT
"""eddy train reuters, from a small reuters.npz that this file makes."""
import io
import json
import pickle
import random
import sys
import types
import unittest
import zipfile

from support import ProgramTest

WORDS = "the of cocoa beans bank rate oil barrel ship port gold mine said a".split()
# Words of a topic by rank, beside the frequent ones.
TOPICS = {0: [3, 4], 20: [5, 6], 16: [7, 8], 13: [9, 10], 25: [11, 12]}


def object_array(lists):
    """The .npy bytes that numpy writes for an object array of lists, without numpy."""
    core = types.ModuleType("numpy.core.multiarray")
    numpy = types.ModuleType("numpy")
    exec("def _reconstruct(*arguments): pass", core.__dict__)
    exec("class ndarray: pass\nclass dtype: pass", numpy.__dict__)
    core._reconstruct.__module__ = core.__name__
    numpy.ndarray.__module__ = numpy.dtype.__module__ = "numpy"

    class Type:
        def __reduce__(self):
            return numpy.dtype, ("O8", False, True), (3, "|", None, None, None, -1, -1, 63)

    class Array:
        def __reduce__(self):
            return (core._reconstruct, (numpy.ndarray, (0,), b"b"),
                    (1, (len(lists),), Type(), False, lists))
    fakes = {"numpy": numpy, "numpy.core": types.ModuleType("numpy.core"), core.__name__: core}
    saved = {name: sys.modules.get(name) for name in fakes}
    sys.modules.update(fakes)
    try:
        return npy("|O", len(lists), pickle.dumps(Array(), protocol=3))
    finally:
        for name, module in saved.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def npy(descr, count, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({count},), }}"
    header += " " * (-(11 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode() + data


class ReutersTest(ProgramTest):
    def write_data(self, folder, topics=TOPICS, count=150):
        draw = random.Random(3)
        x, y = [], []
        for number in range(count):
            topic = sorted(topics)[number % len(topics)]
            words = draw.choices(topics[topic], k=3) + draw.choices([1, 2, 13, 14], k=draw.randint(1, 8))
            draw.shuffle(words)
            x.append(words)
            y.append(topic)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("x.npy", object_array(x))
            archive.writestr("y.npy", npy("<i8", count, b"".join(n.to_bytes(8, "little") for n in y)))
        self.write("reuters.npz", buffer.getvalue())
        self.write("reuters_word_index.json",
                   json.dumps({word: rank for rank, word in enumerate(WORDS, 1)}))

    def test_topics_are_learned_told_and_evaluated(self):
        self.write_data(self.folder)
        here = ["--data-dir", "."]
        done = self.succeed("train", "reuters", *here, "--num-words", "30", "--maxlen", "14", "--units", "12",
                            "--embedding", "8", "--epochs", "15", "--batch-size", "8", "--optimizer", "adam",
                            "--learning-rate", "0.02", "--seed", "4", "--validation-split", "0.1", "--out", "run")
        self.assertIn("Reuters newswires: 120 training and 30 test newswires\n", done.stdout)
        self.assertRegex(done.stdout, r"\nBaseline    always '[a-z-]+': 0\.\d{4} of 30 texts\n")
        self.assertRegex(done.stdout, r"dense \(Dense\) .*\(None, 46\)")
        answer = self.succeed("predict", "run/model.keras", "The oil of a BARREL, said the barrel.").stdout
        self.assertRegex(answer, r"^crude\t[01]\.\d{6}\n$")
        answer = json.loads(self.succeed("predict", "run/model.keras", "gold mine", "--json").stdout)
        self.assertEqual(answer["class"], "gold")
        self.assertEqual(len(answer["probabilities"]), 46)
        result = json.loads(self.succeed("evaluate", "run/model.keras", "reuters", *here, "--json").stdout)
        self.assertEqual((result["dataset"], result["newswires"]), ("reuters", 30))
        self.assertGreater(result["acc"], 0.9)
        text = self.succeed("evaluate", "run/model.keras", "reuters", *here).stdout
        self.assertIn("Reuters newswires: 30 test newswires\n", text)
        self.assertRegex(text, r"\nbaseline always '[a-z-]+': 0\.\d{4} of 30 texts\n")
        self.fail_with(3, "expected that of synthetic reviews", "evaluate", "run/model.keras", "reviews",
                       "--test-size", "10")

    def test_the_preset_and_the_baseline(self):
        self.write_data(self.folder)
        here = ["--data-dir", "."]
        done = self.succeed("train", "reuters", *here, "--preset", "best", "--baseline", "--learning-rate", "0.05",
                            "--batch-size", "8", "--seed", "4")
        self.assertRegex(done.stdout, r"\nBaseline    always '[a-z-]+': 0\.\d{4} of 30 texts\n")
        self.assertRegex(done.stdout, r"\nNetwork 1\.0000, linear bag of bigrams \d\.\d{4}: ")
        model = "runs/reuters-best/model.keras"
        self.assertTrue(self.succeed("predict", model, "oil, barrel").stdout.startswith("crude\t"))
        result = json.loads(self.succeed("evaluate", model, "reuters", *here, "--json").stdout)
        self.assertGreater(result["acc"], 0.9)
        self.fail_with(3, "expected that of synthetic reviews", "evaluate", model, "reviews", "--test-size", "10")

    def test_nothing_stands_in_for_it(self):
        self.fail_with(3, ["[reuters]", "expected reuters.npz in one of", "--data-dir"], "train", "reuters")
        self.write_data(self.folder)
        self.write("reuters_word_index.json", '{"the": 1}')
        self.fail_with(3, "reuters_word_index.json] words: expected 14 or more", "train", "reuters",
                       "--data-dir", ".")
        self.write("reuters.npz", b"no archive")
        self.fail_with(3, "reuters.npz", "train", "reuters", "--data-dir", ".")
        self.fail_with(2, "dataset: expected reviews, got reuters", "train", "reuters", "--test-size", "9")


if __name__ == "__main__":
    unittest.main()
