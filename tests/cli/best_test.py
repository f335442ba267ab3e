# SPDX-License-Identifier: MIT
"""eddy train --baseline and --preset best."""
import csv
import json
import random
import subprocess
import unittest

from support import PROGRAM, ProgramTest

# Every word is in texts of all classes; who stands before whom tells them apart.
ORDERS = {"one": "red green blue", "two": "blue green red", "three": "green red blue"}
FILL = "a of the and in on at by to up so no if or as it is we he me".split()
RUN = ["--preset", "best", "--seed", "5", "--epochs", "6", "--batch-size", "8", "--learning-rate", "0.02",
       "--dropout", "0.2"]


def records(classes, count, seed=1):
    draw = random.Random(seed)
    made = []
    for number in range(count):
        label = classes[number % len(classes)]
        words = draw.choices(FILL, k=8)
        words.insert(draw.randrange(9), ORDERS[label])
        made.append((" ".join(words), label))
    return made


class BestTest(ProgramTest):
    def write_csv(self, name, rows):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])

    def test_the_baseline_stands_beside_the_network(self):
        self.write_csv("order.csv", records(list(ORDERS), 240))
        small = ["--seed", "3", "--units", "4", "--embedding", "4", "--epochs", "1"]
        done = self.succeed("train", "order.csv", "--baseline", *small, "--out", "run")
        self.assertRegex(done.stdout, r"Linear bag of bigrams: validation accuracy 1\.0000, \d+ features")
        self.assertRegex(done.stdout, r"\nNetwork 0\.\d{4}, linear bag of bigrams 1\.0000: use the linear")
        self.assertLess(done.stdout.index("Linear bag"), done.stdout.index("Final training"))
        record = self.read_json("run/run.json")
        self.assertEqual(record["baseline"]["val_acc"], 1)
        self.assertEqual(record["baseline"]["validation_size"], 48)
        self.assertIs(record["options"]["baseline"], True)
        self.assertNotIn("preset", record)
        # It knows nothing of the network's vocabulary.
        self.succeed("train", "order.csv", "--baseline", *small, "--num-words", "5", "--out", "few")
        self.assertEqual(self.read_json("few/run.json")["baseline"]["val_acc"], 1)
        self.write_csv("more.csv", records(list(ORDERS), 30, seed=9))
        self.succeed("train", "order.csv", "--baseline", "--validation", "more.csv", *small, "--out", "two")
        self.assertEqual(self.read_json("two/run.json")["baseline"]["validation_size"], 30)

    def test_the_preset_learns_what_stands_in_a_row(self):
        for classes in (["one", "two"], list(ORDERS)):
            self.write_csv("order.csv", records(classes, 240))
            done = self.succeed("train", "order.csv", *RUN, "--out", "run")
            self.assertIn("Preset      best: words, pairs and triples", done.stdout)
            self.assertIn("different words, pairs and triples; rows of 30", done.stdout)
            self.assertGreater(self.read_json("run/history.json")["val_acc"][-1], 0.95)
            for label in classes:
                answer = self.succeed("predict", "run/model.keras", f"we {ORDERS[label]} is")
                self.assertTrue(answer.stdout.startswith(label + "\t"), answer.stdout)
            self.assertIn("accuracy 1.0000", self.succeed("evaluate", "run/model.keras", "order.csv").stdout)
        record = self.read_json("run/run.json")
        self.assertIsNone(record["options"]["units"])
        self.succeed("train", "--flags", "run/run.json", "--out", "again")
        self.assertEqual(self.read("again/history.csv"), self.read("run/history.csv"))
        self.succeed("train", "order.csv", *RUN, "--memory", "16MB", "--out", "bound")
        self.assertEqual(self.read("bound/history.csv"), self.read("run/history.csv"))
        config = self.succeed("train", "order.csv", *RUN, "--print-config").stdout
        layers = [layer["class_name"] for layer in json.loads(config)["config"]["layers"]]
        self.assertEqual(layers[-4:], ["Embedding", "Dropout", "GlobalAveragePooling1D", "Dense"])
        self.assertEqual(record["preset"]["epochs"], 6)
        self.assertEqual(record["preset"]["num_words"], 100000)
        self.assertEqual(record["options"]["optimizer"], "adam")
        self.assertEqual(record["options"]["dropout"], 0.2)

    def test_reviews_as_texts(self):
        sizes = ["--train-size", "2000", "--test-size", "1000"]
        self.succeed("train", "reviews", *sizes, "--preset", "best", "--baseline", "--seed", "1")
        record = self.read_json("runs/reviews-best/run.json")
        self.assertEqual((record["options"]["epochs"], record["options"]["batch_size"]), (4, 64))
        self.assertGreater(record["last_epoch"]["val_acc"], 0.6)
        self.assertEqual(record["baseline"]["validation_size"], 400)
        done = self.succeed("evaluate", "runs/reviews-best/model.keras", "reviews", "--test-size", "1000",
                            "--json")
        self.assertGreater(json.loads(done.stdout)["acc"], 0.6)
        self.assertRegex(self.succeed("predict", "runs/reviews-best/model.keras", "a fine film").stdout,
                         r"^(positive|negative)\t0\.")

    def test_a_killed_run_ends_as_an_undisturbed_one(self):
        self.write_csv("order.csv", records(list(ORDERS), 600))
        run = ["order.csv", *RUN, "--baseline", "--threads", "1"]
        self.succeed("train", *run, "--out", "calm")
        process = subprocess.Popen([PROGRAM, "train", *run, "--out", "run"], cwd=self.folder,
                                   env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in process.stdout:
            if line.startswith(b"Epoch 4/"):
                break
        process.kill()
        process.communicate()
        done = self.succeed("train", "--resume", "run", "--threads", "3")
        if "has finished" not in done.stdout:  # else it was quicker than the signal
            self.assertIn("linear bag of bigrams", done.stdout)
        self.assertEqual(self.read("run/history.csv"), self.read("calm/history.csv"))

    def test_what_does_not_fit_is_refused(self):
        self.write_csv("stars.csv", [(f"text {i}", f"{i}.5") for i in range(30)])
        self.fail_with(2, "[--baseline] labels: expected classes, got numbers", "train", "stars.csv",
                       "--baseline")
        self.fail_with(2, "[--preset] labels: expected classes, got numbers", "train", "stars.csv",
                       "--preset", "best")
        self.write_csv("order.csv", records(["one", "two"], 20))
        self.fail_with(2, "[--baseline] validation: expected texts to compare on", "train", "order.csv",
                       "--baseline", "--validation-split", "0")
        self.fail_with(2, "[--units] preset: expected no flag about recurrent layers", "train", "order.csv",
                       "--preset", "best", "--units", "8")
        self.fail_with(2, "[--config] value: expected none beside --preset best", "train", "order.csv",
                       "--preset", "best", "--config", "network.json")
        self.fail_with(2, "[--baseline] value: expected none beside --memory", "train", "order.csv",
                       "--baseline", "--memory", "1GB")
        self.fail_with(2, "[--preset] data: expected texts with classes", "train", "order.csv", "--preset",
                       "best", "--task", "char-lm")
        self.fail_with(2, "[--preset] value: expected a known name, got 'bset'", "train", "order.csv",
                       "--preset", "bset")
        for sizes in (["--train-size", "1"], ["--train-size", "2", "--validation-split", "0.9"]):
            self.fail_with(2, "[--validation-split] value: expected texts on both sides", "train", "reviews",
                           "--test-size", "1", *sizes, "--preset", "best")
        self.write_csv("few.csv", records(["one", "two"], 4))
        self.fail_with(3, "[--baseline] validation: expected texts to compare on, got none", "train",
                       "few.csv", "--baseline")


if __name__ == "__main__":
    unittest.main()
