# SPDX-License-Identifier: MIT
"""eddy train, evaluate and predict with a person's own labelled texts."""
import csv
import json
import os
import random
import re
import subprocess
import unittest

from support import PROGRAM, ProgramTest

TOPICS = {"cooking": "pan oven salt butter onion bake stir".split(),
          "sailing": "mast keel wind harbour anchor tide sail".split(),
          "gärten": "ROSE Spaten Beet Gießkanne Unkraut Hecke Laub".split()}
COMMON = "the a of and with under Über it's when".split()
FLAGS = ["--units", "6", "--embedding", "6", "--epochs", "6", "--batch-size", "8", "--optimizer", "adam",
         "--learning-rate", "0.02", "--seed", "5", "--out", "run"]


def records(topics, count, seed=1):
    """Texts of two topic words among common ones: (text, label)."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        topic = topics[number % len(topics)]
        words = draw.choices(TOPICS[topic], k=2) + draw.choices(COMMON, k=draw.randint(2, 9))
        draw.shuffle(words)
        made.append((" ".join(words), topic))
    return made


class TextsTest(ProgramTest):
    def write(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def write_csv(self, name, rows, header=("text", "label"), separator=","):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=separator).writerows([header, *rows])

    def write_folder(self, name, rows):
        for number, (text, label) in enumerate(rows):
            self.write(f"{name}/{label}/{number:04}.txt", text)

    def write_jsonl(self, name, rows):
        self.write(name, "".join(json.dumps({"text": text, "label": label}) + "\n"
                                 for text, label in rows))


class TrainTextsTest(TextsTest):
    def test_two_classes_from_a_csv(self):
        rows = records(["cooking", "sailing"], 200)
        rows += records(["sailing"], 40, seed=2)
        self.write_csv("mail.csv", rows)
        done = self.succeed("train", "mail.csv", *FLAGS)
        self.assertEqual(done.stderr, "")
        out = done.stdout
        self.assertIn("mail.csv: texts in 'text', labels in 'label' (found by their names", out)
        self.assertIn("Labels      2 classes: a sigmoid, 1 is 'sailing', binary_crossentropy\n", out)
        self.assertRegex(out, r"\n  sailing +1\d\d +5\d\.\d %\n  cooking +\d\d +4\d\.\d %\n"
                              r"Baseline    always 'sailing': 0\.\d{4} of 48 texts\n")
        self.assertLess(out.index("Baseline"), out.index("Epoch 1/6"))
        self.assertRegex(out, r"192 to train on, 48 to validate: a share of 0\.2, drawn by the seed")
        self.assertRegex(out, r"Vocabulary  \d\d ids of \d\d different words; rows of \d+, which 95 %")
        history = self.read_json("run/history.json")
        self.assertGreater(max(history["val_acc"]), 0.9)
        record = self.read_json("run/run.json")["dataset"]
        self.assertEqual(record["classes"], ["cooking", "sailing"])
        self.assertEqual((record["train_size"], record["validation_size"]), (192, 48))
        self.assertRegex(record["sha256"], "^[0-9a-f]{64}$")

    def test_many_classes_from_every_form_are_the_same(self):
        rows = sorted(records(list(TOPICS), 150), key=lambda row: row[1])  # as a folder has them
        self.write_folder("topics", rows)
        self.write_csv("topics.tsv", rows, separator="\t")
        self.write_jsonl("topics.jsonl", rows)
        for name in ("topics", "topics.tsv", "topics.jsonl"):
            done = self.succeed("train", name, *FLAGS[:-2], "--out", "of-" + name)
            self.assertIn("3 classes: softmax, sparse_categorical_crossentropy", done.stdout)
        of_folder = self.read_json("of-topics/history.json")
        self.assertGreater(max(of_folder["val_acc"]), 0.9)
        for name in ("topics.tsv", "topics.jsonl"):
            self.assertEqual(self.read(f"of-{name}/history.csv"), self.read("of-topics/history.csv"))

    def test_answers_by_name(self):
        self.write_jsonl("topics.jsonl", records(list(TOPICS), 150))
        self.succeed("train", "topics.jsonl", *FLAGS)
        model = "run/model.keras"
        answer = self.succeed("predict", model, "HECKE und ROSE").stdout
        self.assertRegex(answer, r"^gärten\t[01]\.\d{6}\n$")
        lines = self.succeed("predict", model, "-", "--json", stdin="keel tide\nbake the onion\n").stdout
        answers = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual([answer["class"] for answer in answers], ["sailing", "cooking"])
        self.assertEqual(sorted(answers[0]["probabilities"]), sorted(TOPICS))
        self.assertAlmostEqual(sum(answers[0]["probabilities"].values()), 1, places=5)
        self.fail_with(3, "expected at least one word", "predict", model, " ?! ")
        self.fail_with(3, "stdin, line 2", "predict", model, "-", stdin="mast\n\nkeel\n")

    def test_evaluates_with_a_line_for_each_class(self):
        self.write_csv("topics.csv", records(list(TOPICS), 150))
        self.write_csv("test.csv", [row[::-1] for row in records(list(TOPICS), 60, seed=9)],
                       header=("about", "what"))
        self.succeed("train", "topics.csv", *FLAGS)
        columns = ["--text", "what", "--label", "about"]
        done = self.succeed("evaluate", "run/model.keras", "test.csv", *columns)
        self.assertRegex(done.stdout, r"test\.csv: texts in 'what', labels in 'about'; 60 texts\n")
        self.assertRegex(done.stdout, r"\nloss     \d\.\d{4}\n")
        self.assertRegex(done.stdout, r"\nbaseline always '\w+': 0\.3333 of 60 texts\n")
        self.assertRegex(done.stdout, r"\nsailing +20 +\d\.\d{4} +\d\.\d{4}\n")
        result = json.loads(self.succeed("evaluate", "run/model.keras", "test.csv", *columns,
                                         "--json").stdout)
        self.assertEqual(result["texts"], 60)
        self.assertGreater(result["acc"], 0.9)
        self.assertEqual(result["classes"]["gärten"]["texts"], 20)
        mean = sum(c["recall"] for c in result["classes"].values()) / 3
        self.assertAlmostEqual(mean, result["acc"], places=6)
        self.fail_with(3, "expected a class that was trained, got 'flying'", "evaluate",
                       "run/model.keras", self.of_rows("x.csv", [("a wing", "flying")]))

    def of_rows(self, name, rows):
        self.write_csv(name, rows)
        return name

    def test_numbers(self):
        draw = random.Random(4)
        rows = []
        for _ in range(200):
            words = draw.choices(["good", "bad"], k=6)
            rows.append((" ".join(words), 50 + words.count("good") / 2))
        self.write_csv("stars.csv", rows, header=("review", "stars"))
        done = self.succeed("train", "stars.csv", *FLAGS, "--pooling", "mean", "--epochs", "30")
        self.assertIn("Labels      numbers: Dense(1), mean_squared_error", done.stdout)
        baseline = float(re.search(r"always the mean, 51\.\d+: mse [\d.]+, mae ([\d.]+) over 40",
                                   done.stdout).group(1))
        history = self.read_json("run/history.json")
        self.assertLess(min(history["val_mae"]), baseline / 2)
        self.assertLess(history["loss"][0], 30)  # it begins at the mean, not at 0
        value = float(self.succeed("predict", "run/model.keras", "good good good good good good").stdout)
        self.assertAlmostEqual(value, 53, delta=0.7)
        answer = json.loads(self.succeed("predict", "run/model.keras", "bad", "--json").stdout)
        self.assertEqual(sorted(answer), ["text", "value"])
        self.assertIn("always the mean", self.succeed("evaluate", "run/model.keras", "stars.csv").stdout)

    def test_whole_numbers_are_classes_unless_asked(self):
        self.write_csv("stars.csv", [(text, ("2", "10")[label == "sailing"]) for text, label in
                                     records(["cooking", "sailing"], 80)])
        out = self.succeed("train", "stars.csv", *FLAGS).stdout
        self.assertIn("2 classes: a sigmoid, 1 is '10'", out)  # by value, not by letters
        out = self.succeed("train", "stars.csv", *FLAGS, "--task", "number").stdout
        self.assertIn("Labels      numbers", out)

    def test_validation_by_a_file(self):
        self.write_csv("a.csv", records(list(TOPICS), 90))
        self.write_csv("b.csv", records(list(TOPICS), 30, seed=3))
        out = self.succeed("train", "a.csv", "--validation", "b.csv", *FLAGS).stdout
        self.assertRegex(out, r"90 to train on, 30 of .*b\.csv to validate\n")
        self.assertRegex(out, "always '.*': 0.3333 of 30 texts")
        self.write_csv("c.csv", [("tide", "rowing")])
        self.fail_with(3, "c.csv, line 2] label: expected a class that was trained, got 'rowing'",
                       "train", "a.csv", "--validation", "c.csv", *FLAGS)
        self.fail_with(2, "[--validation-split]", "train", "a.csv", "--validation", "b.csv",
                       "--validation-split", "0.1", *FLAGS)

    def test_characters_and_sizes(self):
        self.write_csv("a.csv", [(text + "\n" * (number % 3), label) for number, (text, label) in
                                 enumerate(records(["cooking", "sailing"], 80))])
        out = self.succeed("train", "a.csv", *FLAGS, "--char-level", "--maxlen", "20", "--num-words",
                           "12", "--bidirectional").stdout
        self.assertRegex(out, r"Vocabulary  12 ids of \d\d different characters; rows of 20\n")
        self.assertRegex(self.succeed("predict", "run/model.keras", "\nkeel\n").stdout, r"^\w+\t0\.")

    def test_bytes_that_are_no_utf8_are_said_and_replaced(self):
        rows = "".join(f"{text},{label}\n" for text, label in records(["cooking", "sailing"], 60))
        self.write("a.csv", b"text,label\ncaf\xe9 pan,cooking\n" + rows.encode())
        done = self.succeed("train", "a.csv", *FLAGS)
        self.assertIn("note: 1 byte that is no UTF-8 became U+FFFD, the first in ", done.stderr)
        self.assertIn("a.csv, line 2", done.stderr)


class BadTextsTest(TextsTest):
    def refused(self, status, words, name, *flags):
        done = self.fail_with(status, words, "train", name, *FLAGS, *flags)
        self.assertNotIn("model.keras", "".join(self.files("run")) if os.path.exists(
            self.path("run")) else "")
        return done

    def test_folders(self):
        self.write_folder("some", records(["cooking", "sailing"], 10))
        os.mkdir(self.path("some/empty"))
        self.refused(3, "some/empty] class: expected at least one .txt file, got none", "some")
        os.mkdir(self.path("none"))
        self.refused(3, "expected a sub-folder for every class", "none")
        self.refused(2, "expected imdb, reuters, reviews, or a folder or file of texts, got 'nowhere'", "nowhere")

    def test_labels(self):
        self.write_csv("one.csv", records(["cooking"], 10))
        self.refused(3, "labels: expected two classes or more, got 'cooking' alone", "one.csv")
        self.write("head.csv", "text,label\n")
        self.refused(3, "got no text at all", "head.csv")
        self.write("missing.csv", "text,label\na,b\nc,\n")
        self.refused(3, "missing.csv] line 3: expected a label, got none", "missing.csv")
        self.write_csv("all.csv", [(f"text {i}", f"label {i}") for i in range(30)])
        self.refused(3, "30 different labels of 30 texts", "all.csv")
        self.write_csv("mixed.csv", [("a", "1.5"), ("b", "2.5"), ("c", "many")])
        self.refused(3, "labels: expected numbers, got 'many'", "mixed.csv", "--task", "number")

    def test_tables(self):
        self.write("ragged.csv", "text,label\na,b\nc,d,e\n")
        self.refused(3, "ragged.csv] line 3: expected 2 fields", "ragged.csv")
        self.write_csv("a.csv", records(["cooking", "sailing"], 10), header=("words", "kind"))
        self.refused(2, "expected one for the text and one for the label, got 'words', 'kind'", "a.csv")
        self.refused(2, "label: expected one column 'kynd', got none", "a.csv", "--text", "words",
                     "--label", "kynd")
        self.write("binary.csv", b"text,label\n\x7fELF\x00\x01,\x02\n")
        self.refused(3, "binary.csv", "binary.csv")
        self.write("utf16.csv", "text,label\na,b\n".encode("utf-16"))
        self.refused(3, "utf16.csv", "utf16.csv")
        self.write("notes.docx", "x")
        self.refused(3, "expected a folder, .csv, .tsv or .jsonl, got '.docx'", "notes.docx")
        self.write("blank.csv", "text,label\n?!,a\n...,b\n-,b\n")
        self.refused(3, "texts: expected words, got none in any of them", "blank.csv")

    def test_a_very_long_line(self):
        with open(self.path("long.csv"), "wb") as file:
            file.write(b"text,label\nshort,a\n\"")
            for _ in range(40):
                file.write(b"x" * (1 << 20))
        self.refused(3, "bytes", "long.csv")

    def test_flags_of_other_data(self):
        self.write_csv("a.csv", records(["cooking", "sailing"], 10))
        self.refused(2, "[--train-size]", "a.csv", "--train-size", "3")
        self.refused(2, "[--data-dir]", "a.csv", "--data-dir", ".")
        self.fail_with(2, "[--char-level]", "train", "reviews", "--char-level")
        self.fail_with(2, "[--label]", "train", "imdb", "--label", "x")


class ResumeTextsTest(TextsTest):
    RUN = ["topics.csv", *FLAGS[:-2], "--epochs", "12", "--dropout", "0.2"]

    def killed(self):
        """A run that ends in the middle of its fourth epoch, or a little later."""
        process = subprocess.Popen([PROGRAM, "train", *self.RUN, "--out", "run"], cwd=self.folder,
                                   env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in process.stdout:
            if line.startswith(b"Epoch 4/"):
                break
        process.kill()
        process.communicate()

    def test_a_killed_run_ends_as_an_undisturbed_one(self):
        self.write_csv("topics.csv", records(list(TOPICS), 600))
        self.write_csv("more.csv", records(list(TOPICS), 60, seed=8))
        for validation in ([], ["--validation", "more.csv"]):
            self.RUN = [*ResumeTextsTest.RUN, *validation]
            self.succeed("train", *self.RUN, "--out", "calm")
            self.killed()
            self.assertEqual(self.read_json("run/backup/run.json")["options"]["dataset"],
                             os.path.realpath(self.path("topics.csv")))
            self.succeed("train", "--resume", "run")
            self.assertEqual(self.read("run/history.csv"), self.read("calm/history.csv"))
            self.assertEqual(*(self.succeed("predict", f"{run}/model.keras", "a mast of butter",
                                            "--json").stdout for run in ("run", "calm")))

    def test_other_data_are_refused(self):
        self.write_csv("topics.csv", records(list(TOPICS), 600))
        self.killed()
        self.write_csv("topics.csv", records(list(TOPICS), 600, seed=2))
        self.fail_with(3, "data: expected those that run was begun with", "train", "--resume", "run")
        self.fail_with(2, "[dataset] value: expected", "train", "other.csv", "--resume", "run")
        self.write_csv("topics.csv", records(list(TOPICS), 600))
        self.succeed("train", "topics.csv", "--resume", "run")


if __name__ == "__main__":
    unittest.main()
