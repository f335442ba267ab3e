# SPDX-License-Identifier: MIT
"""eddy train, evaluate and predict with a person's own sequences of numbers."""
import io
import json
import math
import os
import random
import re
import signal
import struct
import subprocess
import unittest
import zipfile

from support import PROGRAM, ProgramTest

FLAGS = ["--units", "6", "--epochs", "8", "--batch-size", "8", "--optimizer", "adam", "--learning-rate",
         "0.03", "--seed", "5", "--out", "run"]
SPEED = {"slow": 0.3, "fast": 1.5, "still": 0.0}


def wave(kind, draw):
    """Steps of two columns in units of their own: (steps, amplitude)."""
    phase, size = draw.uniform(0, 6), draw.uniform(80, 120)
    return [(round(1000 + size * math.sin(phase + SPEED[kind] * t) + draw.uniform(-3, 3), 3),
             round(0.001 * math.cos(phase + SPEED[kind] * t), 7)) for t in range(draw.randint(6, 14))]


def waves(kinds, count, seed=1):
    draw = random.Random(seed)
    return [(f"w{number}", kinds[number % len(kinds)], wave(kinds[number % len(kinds)], draw))
            for number in range(count)]


def table(sequences, once=True):
    rows = ["id,t,a,b,label"]
    for name, label, steps in sequences:
        rows += [f"{name},day {t},{a},{b},{label if t == 0 or not once else ''}"
                 for t, (a, b) in enumerate(steps)]
    return "\n".join(rows) + "\n"


def npy(descr, shape, raw):
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + raw


def npz(**arrays):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in arrays.items():
            archive.writestr(name + ".npy", content)
    return file.getvalue()


def arrays(sequences):
    """All steps one after another, with lengths; labels as text."""
    flat = [x for _, _, steps in sequences for step in steps for x in step]
    labels = b"".join(label.encode().ljust(8, b"\0") for _, label, _ in sequences)
    count = len(sequences)
    return {"x": npy("<f4", f"({len(flat) // 2}, 2)", struct.pack(f"<{len(flat)}f", *flat)),
            "y": npy("|S8", f"({count},)", labels),
            "lengths": npy("<i8", f"({count},)",
                           struct.pack(f"<{count}q", *[len(steps) for _, _, steps in sequences]))}


class Train(ProgramTest):
    def train_waves(self, kinds, *flags, count=120):
        self.write("waves.csv", table(waves(kinds, count)))
        return self.succeed("train", "waves.csv", "--id", "id", *FLAGS, *flags)

    def test_says_what_it_has_found_before_it_trains(self):
        done = self.train_waves(["slow", "fast", "fast"])
        self.assertEqual(done.stderr, "")
        out = done.stdout
        for row in (r"waves\.csv: 120 sequences of 6 to 14 steps, by 'id', labels in 'label' "
                    r"\(found by its name; --label chooses\)\n",
                    r"Columns     a, b\n", r"Time        column 't' is no input \(guessed",
                    r"Labels      2 classes: a sigmoid, 1 is 'slow', binary_crossentropy\n",
                    r"\n  fast +\d\d +\d\d\.\d %\n  slow +\d\d +\d\d\.\d %\n"
                    r"Baseline    always 'fast': 0\.\d{4} of 24 sequences\n",
                    r"Sequences   96 to train on, 24 to validate: a share of 0\.2, drawn by the seed\n",
                    r"Steps       14, shorter sequences are filled up behind and masked\n",
                    r"with its columns and classes\n"):
            self.assertRegex(out, row)
        self.assertLess(out.index("Baseline"), out.index("Epoch 1/8"))
        self.assertGreater(max(self.read_json("run/history.json")["val_acc"]), 0.85)
        record = self.read_json("run/run.json")["dataset"]
        self.assertEqual(record["columns"], ["a", "b"])
        self.assertRegex(record["sha256"], "^[0-9a-f]{64}$")

    def test_many_classes_and_every_form_are_the_same(self):
        sequences = waves(list(SPEED), 120)
        self.write("w.csv", table(sequences))
        self.write("w.tsv", table(sequences, once=False).replace(",", "\t"))
        self.write("w.npz", npz(**arrays(sequences)))
        for name, flags in (("w.csv", ["--id", "id"]), ("w.tsv", ["--id", "id", "--columns", "a,b"]),
                            ("w.npz", [])):
            out = self.succeed("train", name, *flags, *FLAGS[:-2], "--out", "of-" + name).stdout
            self.assertIn("3 classes: softmax, sparse_categorical_crossentropy", out)
            self.assertEqual(self.read(f"of-{name}/history.csv"), self.read("of-w.csv/history.csv"))
        self.assertGreater(max(self.read_json("of-w.csv/history.json")["val_acc"]), 0.7)
        answers = [self.succeed("predict", f"of-{name}/model.keras", data).stdout.splitlines()
                   for name, data in (("w.csv", "w.csv"), ("w.npz", "w.npz"), ("w.csv", "w.npz"))]
        self.assertEqual([a.split("\t")[1:] for a in answers[0]], [a.split("\t")[1:] for a in answers[1]])
        self.assertEqual(answers[1], answers[2])

    def test_answers_by_id_whatever_else_is_in_the_file(self):
        self.train_waves(list(SPEED))
        new = waves(list(SPEED), 12, seed=9)
        self.write("new.csv", table([(n, "", steps) for n, _, steps in new]))
        answers = self.succeed("predict", "run/model.keras", "new.csv").stdout.splitlines()
        self.assertEqual(len(answers), 12)
        for (name, _, steps), answer in zip(new, answers):
            self.assertRegex(answer, rf"^{name}\t(slow|fast|still)\t[01]\.\d{{6}}$")
            self.write("one.csv", table([(name, "", steps)]))
            self.assertEqual(self.succeed("predict", "run/model.keras", "one.csv").stdout, answer + "\n")
        lines = self.succeed("predict", "run/model.keras", "--file", "new.csv", "--json").stdout
        first = json.loads(lines.splitlines()[0])
        self.assertEqual(first["id"], "w0")
        self.assertEqual(first["class"], answers[0].split("\t")[1])
        self.assertAlmostEqual(sum(first["probabilities"].values()), 1, places=5)

    def test_evaluates_with_a_line_for_each_class(self):
        self.train_waves(list(SPEED), "--bidirectional", "--pooling", "mean", "--layer-norm")
        self.write("test.csv", table(waves(list(SPEED), 60, seed=4)).replace("label", "kind"))
        done = self.succeed("evaluate", "run/model.keras", "test.csv", "--label", "kind")
        self.assertRegex(done.stdout, r"^test\.csv: 60 sequences of 6 to 14 steps, by 'id', labels in "
                                      r"'kind'\nloss +\d\.\d{4}\naccuracy \d")
        self.assertRegex(done.stdout, r"\nbaseline always '\w+': 0\.3333 of 60 sequences\n")
        self.assertRegex(done.stdout, r"\nstill +20 +\d\.\d{4} +\d\.\d{4}\n")
        result = json.loads(self.succeed("evaluate", "run/model.keras", "test.csv", "--label", "kind",
                                         "--json").stdout)
        mean = sum(c["recall"] for c in result["classes"].values()) / 3
        self.assertAlmostEqual(mean, result["acc"], places=6)
        self.assertEqual(result["classes"]["still"]["sequences"], 20)

    def test_numbers_in_any_units(self):
        draw, sequences = random.Random(2), []
        for number in range(200):
            steps = [(draw.gauss(50, 10), 7) for _ in range(draw.randint(2, 9))]
            mean = sum(a for a, _ in steps) / len(steps)
            sequences.append((f"s{number}", f"{2e6 + 1e4 * mean:.3f}", steps))
        self.write("loads.csv", table(sequences))
        out = self.succeed("train", "loads.csv", "--id", "id", *FLAGS, "--pooling", "mean", "--epochs",
                           "30").stdout
        self.assertRegex(out, r"Labels      numbers: mean 2\.\d+e\+06, deviation \d+")
        self.assertIn("column 'b' is constant in the training part", out)
        baseline = float(re.search(r"always the mean, [\d.e+]+: mse [\d.]+, mae ([\d.]+) over 40", out)[1])
        history = self.read_json("run/history.json")
        self.assertLess(min(history["val_mae"]), baseline / 2)
        self.assertLess(history["loss"][0], 3)  # in squared deviations
        self.write("one.csv", table([("s", "", [(50.0, 7)] * 5)]))
        value = float(self.succeed("predict", "run/model.keras", "one.csv").stdout.split("\t")[1])
        self.assertAlmostEqual(value, 2.5e6, delta=8e4)
        evaluated = self.succeed("evaluate", "run/model.keras", "loads.csv").stdout
        self.assertIn("always the mean, ", evaluated)

    def test_maxlen_cuts_the_end_and_stays_in_the_model(self):
        out = self.train_waves(["slow", "fast"], "--maxlen", "7").stdout
        self.assertRegex(out, r"Steps       7, .*; \d+ longer ones lose their end \(--maxlen\)")
        _, _, steps = max(waves(["slow", "fast"], 20, seed=3), key=lambda w: len(w[2]))
        self.write("long.csv", table([("a", "", steps), ("b", "", steps[:7])]))
        first, second = self.succeed("predict", "run/model.keras", "long.csv").stdout.splitlines()
        self.assertEqual(first.split("\t")[1:], second.split("\t")[1:])

    def test_validation_by_a_file_and_a_test_part(self):
        self.write("b.csv", table(waves(["slow", "fast"], 30, seed=8)))
        out = self.train_waves(["slow", "fast"], "--validation", "b.csv").stdout
        self.assertRegex(out, r"120 to train on, 30 of .*b\.csv to validate\n")
        parts = [arrays(waves(["slow", "fast"], count)) for count in (40, 10)]
        self.write("both.npz", npz(**{f"{name}_{part}": array for part, these in
                                      zip(("train", "test"), parts) for name, array in these.items()}))
        out = self.succeed("train", "both.npz", *FLAGS[:-2], "--out", "both").stdout
        self.assertIn("Test        10 in x_test are left alone", out)
        self.assertIn("10 sequences", self.succeed("evaluate", "both/model.keras", "both.npz").stdout)

    def weights(self, run):
        with zipfile.ZipFile(self.path(run, "model.keras")) as archive:  # the rest has a date
            return archive.read("model.weights.h5")

    def test_goes_on_to_the_same_bits(self):
        self.train_waves(["slow", "fast"])
        command = [PROGRAM, "train", "waves.csv", "--id", "id", *FLAGS[:-2], "--out", "cut"]
        run = subprocess.Popen(command, cwd=self.folder, env=self.environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for line in run.stdout:
            if b"Epoch 3/8" in line:
                run.send_signal(signal.SIGINT)
                break
        run.communicate()
        if run.returncode != 0:  # else it was faster than the signal
            self.assertEqual(run.returncode, 130)
            bent = self.read("waves.csv").decode().replace("slow", "slack")
            whole = self.read("waves.csv")
            self.write("waves.csv", bent)
            self.fail_with(3, "[--resume] data: expected those that", "train", "--resume", "cut")
            self.write("waves.csv", whole)
            self.succeed("train", "--resume", "cut")
        self.assertEqual(self.weights("cut"), self.weights("run"))
        self.assertEqual(self.read("cut/history.csv"), self.read("run/history.csv"))


class Refusals(ProgramTest):
    def refused(self, status, words, content, *flags, name="a.csv"):
        self.write(name, content)
        done = self.fail_with(status, words, "train", name, *flags, *FLAGS)
        self.assertNotIn("model.keras", self.files("run") if os.path.exists(self.path("run")) else [])
        return done

    def test_tables(self):
        good = table(waves(["slow", "fast"], 10))
        self.refused(2, "expected one column 'sensor', got none", good, "--id", "sensor")
        self.refused(2, "expected one column 'c', got none", good, "--id", "id", "--columns", "a,c")
        self.refused(2, "--id COLUMN", good, "--columns", "a")
        self.refused(2, "--label COLUMN", good.replace("label", "what"), "--id", "id")
        self.refused(3, "labels: expected two classes or more, got 'slow' alone",
                     table(waves(["slow"], 5)), "--id", "id")
        self.refused(3, "line 3, column 'label': expected 'u', as sequence 'a' has on line 2, got 'v'",
                     "id,x,label\na,1,u\na,2,v\n", "--id", "id")
        self.refused(3, "line 3, column 'x': expected a number, got 'NaN'",
                     "id,x,label\na,1,u\na,NaN,u\n", "--id", "id")
        self.refused(3, "column 'x': expected a number, got 'low'",
                     "id,x,label\na,1,u\na,low,u\n", "--id", "id")
        self.refused(3, "expected 3 fields", "id,x,label\na,1,u\na,1\n", "--id", "id")
        self.refused(3, "got an empty file", "", "--id", "id")
        self.refused(3, "how steps are filled up", "id,x,label\na,1,u\nb,-1267650600228229401496703205376,v\n",
                     "--id", "id")
        self.refused(3, "line 2: expected a row of at most", "id,x,label\na," + "1" * (1 << 25) + ",u\n", "--id", "id")

    def test_arrays(self):
        good = arrays(waves(["slow", "fast"], 6))
        self.refused(3, "y.npy: expected 6 labels, one for every sequence of x, got 1",
                     npz(**{**good, "y": npy("|i1", "(1,)", b"\1")}), name="a.npz")
        self.refused(3, "expected [sequences, steps, columns]",
                     npz(x=npy("|i1", "(2,)", b"ab"), y=npy("|i1", "(2,)", b"ab")), name="a.npz")
        self.refused(2, "leave --id and --label out", npz(**good), "--id", "id", name="a.npz")
        self.refused(3, "numpy.savez('data.npz', x=x, y=y)", npy("|i1", "(1, 2, 1)", b"ab"), name="a.npy")

    def test_flags(self):
        good = table(waves(["slow", "fast"], 10))
        self.refused(2, "[--text]", good, "--id", "id", "--text", "a")
        self.refused(2, "[--pooling]", good, "--id", "id", "--pooling", "max", "--bidirectional")
        self.refused(2, "[--validation-split]", good, "--id", "id", "--validation", "b.csv",
                     "--validation-split", "0.1")
        self.fail_with(2, "[--id]", "train", "reviews", "--id", "id")
        self.refused(2, "If a row is a step of a sequence of numbers: --id COLUMN", "x,y,z,label\n1,2,3,a\n")

    def test_other_models_and_data(self):
        self.write("a.csv", table(waves(["slow", "fast"], 40)))
        self.succeed("train", "a.csv", "--id", "id", *FLAGS)
        self.fail_with(3, "expected a class that was trained, got 'still'", "evaluate",
                       "run/model.keras", self.write("b.csv", table(waves(["still"], 2))))
        self.fail_with(2, "[dataset] data: expected sequences of numbers", "evaluate",
                       "run/model.keras", "reviews")
        self.fail_with(3, "expected one column 'b', got none", "predict", "run/model.keras",
                       self.write("c.csv", "id,a\nx,1\n"))
        self.fail_with(3, "columns: expected 2, as the model takes, got 1", "predict",
                       "run/model.keras", self.write("c.npy", npy("|i1", "(1, 2, 1)", b"ab")))
        self.fail_with(3, "No such file", "predict", "run/model.keras", "a text of words")


if __name__ == "__main__":
    unittest.main()
