# SPDX-License-Identifier: MIT
"""eddy train: what it prints, what it writes, and that it can be repeated."""
import os
import pty
import re
import subprocess
import unittest

from support import PROGRAM, REAL_DATA, SMALL, ProgramTest

FILES = ["accuracy.png", "accuracy.svg", "history.csv", "history.json", "loss.png", "loss.svg",
         "model.keras", "run.json"]


class Train(ProgramTest):
    def test_writes_model_histories_pictures_and_record(self):
        done = self.train("deep/run")
        self.assertEqual(self.files("deep/run"), FILES)
        self.assertEqual(done.stderr, "")
        self.assertIn("Synthetic reviews: 400 training and 200 test reviews", done.stdout)
        self.assertIn('Model: "sequential"', done.stdout)
        self.assertIn("│ lstm (LSTM)                     │ (None, 8)", done.stdout)
        self.assertRegex(done.stdout, r"\nEpoch 1/2\n10/10 - \d+s - \d+[mu]?s/step - acc: 0\.\d{4} - "
                                      r"loss: 0\.\d{4} - val_acc: 0\.\d{4} - val_loss: 0\.\d{4}\n"
                                      r"Epoch 2/2\n10/10 - ")
        for row in (r"Best validation accuracy +0\.\d{4} \(epoch [12]\)",
                    r"Final validation accuracy +0\.\d{4}", r"Final training accuracy +0\.\d{4}",
                    r"Seconds per epoch +\d+\.\d\d", r"Seconds in all +\d+\.\d",
                    r"Peak memory +\d+ MB", r"In deep/run:"):
            self.assertRegex(done.stdout, row)
        self.assertNotRegex(done.stdout, "[\x1b\b\r]")

    def test_histories_are_keras_and_agree(self):
        self.train()
        csv = self.read("run/history.csv").decode()
        lines = csv.split("\r\n")
        self.assertEqual(lines[0], "epoch,acc,loss,val_acc,val_loss")
        self.assertEqual(lines[-1], "")
        self.assertNotIn("\n", csv.replace("\r\n", ""))
        history = self.read_json("run/history.json")
        self.assertEqual(sorted(history),
                         ["acc", "epoch", "loss", "seconds", "val_acc", "val_loss"])
        for epoch, line in enumerate(lines[1:-1]):
            values = [history[key][epoch] for key in ("acc", "loss", "val_acc", "val_loss")]
            self.assertEqual(line, ",".join([str(epoch)] + [repr(float(v)) for v in values]))
        self.assertEqual(history["epoch"], [0, 1])
        self.assertTrue(all(seconds > 0 for seconds in history["seconds"]))

    def test_run_record_is_complete(self):
        self.train("run", "--cell", "gru", "--threads", "1")
        record = self.read_json("run/run.json")
        self.assertEqual(record["options"], {
            "preset": "none", "baseline": False,
            "dataset": "reviews", "data_dir": None, "train_size": 400, "test_size": 200,
            "text": None, "label": None, "validation": None, "task": "auto", "char_level": False,
            "lower": False, "memory": None, "id": None, "columns": None,
            "cell": "gru", "units": 8, "bidirectional": False, "dropout": 0.0, "recurrent_dropout": 0.0,
            "pooling": "last", "layer_norm": False, "config": None, "embedding": 8, "num_words": 600, "maxlen": 40, "epochs": 2,
            "batch_size": 32, "optimizer": "rmsprop", "learning_rate": 0.001,
            "validation_split": 0.2, "seed": 7, "threads": 1, "out": "run", "save_freq": None, "tensorboard": False})
        self.assertEqual((record["seed"], record["threads"], record["status"]), (7, 1, "finished"))
        self.assertEqual(record["epochs_finished"], 2)
        self.assertEqual(record["dataset"]["name"], "synthetic reviews")
        self.assertRegex(record["dataset"]["sha256"], "^[0-9a-f]{64}$")
        version = self.succeed("--version").stdout.split()[1]
        self.assertEqual(record["version"], version)
        self.assertTrue(record["cpu"] and record["simd_target"])
        self.assertGreater(record["seconds"], 0)
        self.assertTrue(2**20 < record["peak_memory_bytes"] < 2**33)
        self.assertEqual(record["last_epoch"]["acc"], self.read_json("run/history.json")["acc"][1])

    def test_results_do_not_depend_on_threads(self):
        for threads in ("1", "2", "3"):
            self.train("t" + threads, "--threads", threads)
        for threads in ("2", "3"):
            self.assertEqual(self.read("t1/history.csv"), self.read(f"t{threads}/history.csv"))
        text = "a wonderful film, and not dull at all"
        answers = {self.succeed("predict", f"t{threads}/model.keras", text, "--json").stdout
                   for threads in "123"}
        self.assertEqual(len(answers), 1)

    def test_an_unnamed_seed_is_recorded_and_repeats_the_run(self):
        small = SMALL[:-2]
        self.succeed("train", "reviews", *small, "--out", "a")
        self.succeed("train", "reviews", *small, "--out", "b")
        self.assertNotEqual(self.read("a/history.csv"), self.read("b/history.csv"))
        seed = str(self.read_json("a/run.json")["seed"])
        self.succeed("train", "reviews", *small, "--seed", seed, "--out", "c")
        self.assertEqual(self.read("a/history.csv"), self.read("c/history.csv"))

    def test_every_cell_and_optimizer_trains(self):
        for cell, optimizer in (("simple_rnn", "adam"), ("gru", "sgd"), ("lstm", "rmsprop")):
            self.train(cell, "--cell", cell, "--optimizer", optimizer)
            self.assertIn("model.keras", self.files(cell))
        self.train("run", "--cell", "SimpleRNN", "--optimizer", "AdamW")  # Keras' names of classes
        options = self.read_json("run/run.json")["options"]
        self.assertEqual((options["cell"], options["optimizer"]), ("simple_rnn", "adamw"))

    def test_the_network_by_flags(self):
        done = self.train("run", "--units", "6,5", "--bidirectional", "--pooling", "mean", "--layer-norm",
                          "--dropout", "0.1", "--recurrent-dropout", "0.1", "--cell", "gru")
        self.assertEqual(re.findall(r"│ (\w+).*\(None", done.stdout),
                         ["embedding", "bidirectional", "layer_normalization", "bidirectional_1",
                          "layer_normalization_1", "global_average_pooling1d", "dense"])
        self.assertEqual(self.read_json("run/run.json")["options"]["units"], [6, 5])
        self.train("max", "--pooling", "max")

    def test_learns_the_synthetic_reviews(self):
        self.succeed("train", "reviews", "--train-size", "4000", "--test-size", "500", "--maxlen",
                     "100", "--epochs", "8", "--num-words", "2000", "--batch-size", "32", "--seed",
                     "3", "--cell", "gru", "--learning-rate", "0.003", "--out", "run")
        self.assertGreater(max(self.read_json("run/history.json")["val_acc"]), 0.7)

    def test_default_folder_names_data_and_cell(self):
        self.succeed("train", "reviews", *SMALL, "--cell", "gru")
        self.assertEqual(self.files("runs"), ["reviews-gru"])

    def test_without_validation(self):
        done = self.train("run", "--validation-split", "0")
        self.assertNotIn("alidation", done.stdout)
        self.assertIn("acc,loss,val_acc,val_loss\r\n0,", self.read("run/history.csv").decode())
        self.assertIn(",NA,NA\r\n", self.read("run/history.csv").decode())

    def test_a_second_run_replaces_the_first(self):
        self.train("run")
        first = self.read("run/history.csv")
        self.train("run", "--epochs", "1")
        self.assertEqual(self.files("run"), FILES)
        self.assertNotEqual(self.read("run/history.csv"), first)

    def test_imdb_without_data_and_network_says_so_and_uses_synthetic_reviews(self):
        done = self.succeed("train", "imdb", "--num-words", "600", "--maxlen", "10", "--units", "4",
                            "--embedding", "4", "--epochs", "1", "--batch-size", "500")
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("using the built-in synthetic reviews instead", done.stderr)
        self.assertIn("Synthetic reviews: 25,000 training and 25,000 test reviews", done.stdout)
        self.assertNotRegex(done.stdout, "(?i)imdb")
        self.assertEqual(self.files("runs"), ["reviews-lstm"])
        self.assertNotRegex(self.read("runs/reviews-lstm/run.json").decode(), "(?i)imdb")

    def test_without_gnuplot_only_the_pictures_are_missing(self):
        os.mkdir(self.path("empty"))
        done = self.train(env={"PATH": self.path("empty")})
        self.assertEqual(self.files("run"), ["history.csv", "history.json", "model.keras", "run.json"])
        self.assertIn("gnuplot-nox", done.stderr)

    def on_a_terminal(self, **env):
        main, side = pty.openpty()
        process = subprocess.Popen([PROGRAM, "train", "reviews", *SMALL, "--out", "run"],
                                   cwd=self.folder, env=self.environment(COLUMNS="120", **env),
                                   stdin=subprocess.DEVNULL, stdout=side, stderr=subprocess.PIPE)
        os.close(side)
        text = b""
        while True:
            try:
                block = os.read(main, 65536)
            except OSError:  # the other side is closed
                break
            if not block:
                break
            text += block
        os.close(main)
        self.assertEqual(process.wait(), 0, process.stderr.read())
        process.stderr.close()
        return text.decode()

    def test_on_a_terminal_the_line_moves_as_keras_does(self):
        text = self.on_a_terminal()
        self.assertIn("Epoch 1/2\r\n\r\x1b[1m 1/10\x1b[0m \x1b[32m━━\x1b[0m\x1b[37m" + "━" * 18, text)
        self.assertRegex(text, "\x08+\r\x1b\\[1m10/10\x1b\\[0m \x1b\\[32m━{20}\x1b\\[0m\x1b\\[37m"
                               "\x1b\\[0m \x1b\\[1m\\d+s\x1b\\[0m \\d+[mu]?s/step - acc: 0\\.\\d{4} "
                               "- loss: 0\\.\\d{4} - val_acc: 0\\.\\d{4} - val_loss: 0\\.\\d{4}\r\n")
        self.assertIn("\x1b[38;5;33mLSTM\x1b[0m", text)

    def test_no_color_is_honoured(self):
        text = self.on_a_terminal(NO_COLOR="1")
        self.assertNotIn("\x1b", text)
        self.assertRegex(text, "\x08+\r10/10 ━{20} ")

    @unittest.skipUnless(REAL_DATA, "EDDY_DATA_DIR is not set")
    def test_real_imdb(self):
        done = self.succeed("train", "imdb", "--data-dir", REAL_DATA, "--num-words", "500", "--units",
                            "4", "--embedding", "4", "--maxlen", "20", "--epochs", "1", "--seed", "1")
        self.assertIn("IMDB movie reviews: 25,000 training and 25,000 test reviews", done.stdout)
        record = self.read_json("runs/imdb-lstm/run.json")
        self.assertEqual(record["dataset"]["name"], "imdb")
        model = "runs/imdb-lstm/model.keras"
        done = self.succeed("evaluate", model, "imdb", env={"EDDY_DATA_DIR": REAL_DATA})
        self.assertRegex(done.stdout, r"IMDB movie reviews: 25,000 test reviews\nloss +0\.\d{4}\n"
                                      r"accuracy +0\.[5-9]\d{3}\n")
        self.fail_with(3, "vocabulary: expected that of synthetic reviews", "evaluate", model,
                       "reviews", "--test-size", "100")
        self.assertTrue(re.fullmatch(r"0\.\d{6}\n", self.succeed("predict", model, "a film").stdout))


if __name__ == "__main__":
    unittest.main()
