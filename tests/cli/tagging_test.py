# SPDX-License-Identifier: MIT
"""eddy train --task tagging, evaluate and predict: a label for every word."""
import json
import random
import subprocess
import unittest
import zipfile

from support import PROGRAM, ProgramTest

NOUNS = "walk run play dance Möwe".split()
VERBS = "walk run play dance see".split()
FLAGS = ["--task", "tagging", "--units", "12", "--embedding", "8", "--epochs", "12", "--batch-size", "8",
         "--optimizer", "adam", "--learning-rate", "0.02", "--seed", "5", "--out", "run"]


def sentences(count, seed=1):
    """Most words are nouns behind an article and verbs elsewhere: only the context tells."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        words = []
        for _ in range(draw.randint(1, 4)):
            if draw.random() < 0.5:
                words += [(draw.choice(["the", "a"]), "DET"), (draw.choice(NOUNS), "NOUN")]
            else:
                words += [(draw.choice(["they", "we"]), "PRON"), (draw.choice(VERBS), "VERB")]
        made.append(words)
    return made


def table(rows, separator="\t"):
    return "\n".join("".join(f"{word}{separator}{label}\n" for word, label in words) for words in rows)


def baselines(train, test):
    """Accuracies of the most frequent label, and of the most frequent one of each word."""
    counts, of_words = {}, {}
    for word, label in (pair for words in train for pair in words):
        counts[label] = counts.get(label, 0) + 1
        of_words.setdefault(word, {}).setdefault(label, 0)
        of_words[word][label] += 1

    def best(found):
        return min(found, key=lambda label: (-found[label], label))
    steps = [pair for words in test for pair in words]
    always = best(counts)
    right = sum(label == always for _, label in steps)
    of_each = sum(label == best(of_words.get(word, counts)) for word, label in steps)
    return always, right / len(steps), of_each / len(steps)


class TaggingTest(ProgramTest):
    def train(self, rows, *arguments, name="tags.tsv"):
        self.write(name, table(rows))
        return self.succeed("train", name, *FLAGS, *arguments)


class TrainTest(TaggingTest):
    def test_learns_from_the_context_and_says_what_it_beats(self):
        train, test = sentences(200), sentences(60, seed=2)
        self.write("test.tsv", table(test, " "))
        done = self.train(train, "--validation", "test.tsv")
        self.assertEqual(done.stderr, "")
        always, of_label, of_words = baselines(train, test)
        self.assertIn("tags.tsv: tokens in column 1, labels in column 2 of 2\n", done.stdout)
        self.assertIn("Labels      4 of them, one a step: softmax, sparse_categorical_", done.stdout)
        self.assertRegex(done.stdout, rf"Baseline    always '{always}': {of_label:.4f} of \d+ steps to vali")
        self.assertIn(f"each word's most frequent label: {of_words:.4f}\n", done.stdout)
        self.assertLess(done.stdout.index("Baseline"), done.stdout.index("Epoch 1/12"))
        self.assertIn("Vocabulary  12 ids of 10 different words, as they are written; 0.0 %", done.stdout)
        best = max(self.read_json("run/history.json")["val_acc"])
        self.assertGreater(best, 0.99)
        self.assertLess(of_words, 0.9)  # else there was nothing to learn
        record = self.read_json("run/run.json")["dataset"]
        self.assertEqual(record["labels"], ["DET", "NOUN", "PRON", "VERB"])
        self.assertEqual((record["train_size"], record["validation_size"]), (200, 60))
        self.assertEqual(record["train_steps"], sum(map(len, train)))

    def test_evaluates_every_label_beside_the_baselines(self):
        train, test = sentences(200), sentences(60, seed=2)
        self.train(train, "--epochs", "1", "--learning-rate", "0.01", "--validation-split", "0")
        self.write("test.tsv", table(test))
        result = json.loads(self.succeed("evaluate", "run/model.keras", "test.tsv", "--json").stdout)
        always, of_label, of_words = baselines(train, test)
        self.assertEqual(result["baseline"]["label"], always)
        self.assertAlmostEqual(result["baseline"]["accuracy"], of_label)
        self.assertAlmostEqual(result["baseline"]["accuracy_of_words"], of_words)
        # What predict answers, counted here, is what evaluate has counted.
        self.write("test.txt", "".join(" ".join(word for word, _ in words) + "\n" for words in test))
        answered = self.succeed("predict", "run/model.keras", "--file", "test.txt").stdout
        pairs = [line.split("\t") for line in answered.splitlines() if line]
        steps = [pair for words in test for pair in words]
        self.assertEqual([word for word, _ in pairs], [word for word, _ in steps])
        self.assertEqual(answered.count("\n\n"), len(test) - 1)
        answers, truths = [label for _, label in pairs], [label for _, label in steps]
        right = sum(a == t for a, t in zip(answers, truths))
        self.assertLess(right, len(steps))  # else the counts below say little
        self.assertAlmostEqual(result["acc"], right / len(steps), places=6)
        f1 = []
        for label, counts in result["labels"].items():
            hits = sum(a == t == label for a, t in zip(answers, truths))
            self.assertEqual(counts["steps"], truths.count(label))
            self.assertAlmostEqual(counts["precision"], hits / max(answers.count(label), 1))
            self.assertAlmostEqual(counts["recall"], hits / truths.count(label))
            f1.append(2 * hits / (answers.count(label) + truths.count(label)))
            self.assertAlmostEqual(counts["f1"], f1[-1])
        self.assertAlmostEqual(result["macro_f1"], sum(f1) / 4)
        text = self.succeed("evaluate", "run/model.keras", "test.tsv").stdout
        self.assertRegex(text, r"60 sequences, \d+ steps, 0\.0 % of them of unknown words\nloss  ")
        self.assertIn(f"macro F1 {result['macro_f1']:.4f}\n", text)
        self.assertRegex(text, rf"baseline always '{always}': {of_label:.4f}; each word's .*: {of_words:.4f}\n")
        self.assertRegex(text, r"\nlabel +steps  precision  recall +F1\nDET ")

    def test_masked_steps_count_for_nothing(self):
        # The same sequences, once with a long one that is cut away into pieces without a loss.
        rows = sentences(40)
        self.train(rows + [sum(rows, [])], "--maxlen", "7", "--epochs", "1", "--validation-split", "0",
                   "--batch-size", "10000")
        steps = 2 * sum(map(len, rows))
        self.assertEqual(self.read_json("run/run.json")["dataset"]["train_steps"], steps)
        result = json.loads(self.succeed("evaluate", "run/model.keras", "tags.tsv", "--json",
                                         "--batch-size", "10000").stdout)
        self.assertEqual(sum(label["steps"] for label in result["labels"].values()), steps)
        recall = sum(label["recall"] * label["steps"] for label in result["labels"].values())
        self.assertAlmostEqual(result["acc"], recall / steps, places=6)
        long = " ".join(word for word, _ in sum(rows, []))
        answer = json.loads(self.succeed("predict", "run/model.keras", long, "--json").stdout)
        self.assertEqual(len(answer["labels"]), steps // 2)
        self.assertEqual(" ".join(answer["tokens"]), long)
        self.assertTrue(all(0.25 <= p <= 1 for p in answer["probabilities"]))

    def test_every_flag_of_the_network(self):
        done = self.train(sentences(30), "--epochs", "1", "--units", "6,5", "--bidirectional", "--layer-norm",
                          "--dropout", "0.1", "--recurrent-dropout", "0.1", "--cell", "gru", "--num-words",
                          "7", "--lower")
        self.assertIn("7 ids of 10 different words, in lower case", done.stdout)
        self.assertRegex(done.stdout, r"bidirectional_1 .*\(None, None, 10\)")
        self.assertIn("möwe", self.succeed("predict", "run/model.keras", "a möwe Möwe").stdout)

    def test_letters_as_steps(self):
        rows = [[(letter, "1" if letter in "aeiou" else "0") for letter in word]
                for word in "banana ketchup onion garlic walnut orange über".split() * 8]
        self.train(rows, "--char-level", "--epochs", "20")
        answer = self.succeed("predict", "run/model.keras", "tuna").stdout
        self.assertEqual(answer, "t\t0\nu\t1\nn\t0\na\t1\n")
        self.write("more.tsv", "ab\t1\n")
        self.fail_with(3, "token: expected one character, got 'ab'", "evaluate", "run/model.keras", "more.tsv")

    def test_a_killed_run_goes_on_to_the_same_bits(self):
        self.write("tags.tsv", table(sentences(60)))
        run = ["train", "tags.tsv", *FLAGS, "--dropout", "0.2", "--save-freq", "3", "--epochs", "40"]
        self.succeed(*run, "--out", "calm")
        process = subprocess.Popen([PROGRAM, *run, "--out", "killed"], cwd=self.folder,
                                   env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
        with process:
            any(line.startswith("Epoch 3/") for line in process.stdout)
            process.kill()
        self.assertTrue(self.read_json("killed/backup/run.json"))  # else it was too late
        self.succeed("train", "--resume", "killed")
        self.assertEqual(self.members("killed/model.keras"), self.members("calm/model.keras"))
        self.assertEqual(self.read("killed/history.csv"), self.read("calm/history.csv"))

    def members(self, model):
        with zipfile.ZipFile(self.path(model)) as archive:
            return {name: archive.read(name) for name in archive.namelist() if name != "metadata.json"}


class RefusalTest(TaggingTest):
    def test_data(self):
        for text, words in (("", "tokens and labels, got none"),
                            ("word\nother\n", "line 1: expected a token and its label, got one column"),
                            ("a\tX\nb\tX\tY\n", "line 2: expected 2 columns, as the first line has, got 3"),
                            ("a\tX\nb\tX\n", "labels: expected two or more, got 'X' alone"),
                            (b"\x7fELF\0\0\0", "zero byte"),
                            ("a\tX\nb\tY\n\n" + "c" * 20_000_000, "a line of at most 16777216 bytes")):
            self.write("bad.tsv", text)
            self.fail_with(3, words, "train", "bad.tsv", *FLAGS)
        self.write("many.tsv", "".join(f"w{n}\tL{n}\n" for n in range(10_001)))
        self.fail_with(3, "labels: expected at most 10000 different ones", "train", "many.tsv", *FLAGS)
        self.assertEqual(self.files(), ["bad.tsv", "many.tsv", "run"])

    def test_flags(self):
        self.write("tags.tsv", table(sentences(10)))
        self.fail_with(2, "task: expected one answer for a sequence, got tagging", "train", "tags.tsv", *FLAGS,
                       "--pooling", "max")
        self.fail_with(2, "expected the number of a column", "train", "tags.tsv", *FLAGS, "--text", "word")
        self.fail_with(2, "label: expected a column from 1 to 2, got 3", "train", "tags.tsv", *FLAGS,
                       "--label", "3")
        self.fail_with(2, "dataset: expected a path to your own data", "train", "reviews", "--task", "tagging")
        self.write("texts.csv", "text,label\na,x\nb,y\nc,y\n")
        self.fail_with(2, "task: expected tagging", "train", "texts.csv", "--lower")

    def test_models_and_labels_that_do_not_fit(self):
        self.train(sentences(10), "--epochs", "1")
        self.write("new.tsv", "the\tDET\nboat\tSHIP\n")
        self.fail_with(3, ["new.tsv, line 2", "expected a class that was trained, got 'SHIP'"],
                       "evaluate", "run/model.keras", "new.tsv")
        self.fail_with(3, "expected a class that was trained, got 'SHIP'", "train", "tags.tsv", *FLAGS,
                       "--validation", "new.tsv")
        self.fail_with(3, "text: expected at least one word", "predict", "run/model.keras", " ")
        self.write("texts.csv", "text,label\na,x\nb,y\nc,y\n")
        self.succeed("train", "texts.csv", "--epochs", "1", "--out", "texts", "--validation-split", "0")
        self.fail_with(3, "expected a folder, .csv, .tsv or .jsonl", "evaluate", "texts/model.keras",
                       self.write("tags.conll", table(sentences(3))))


if __name__ == "__main__":
    unittest.main()
