# SPDX-License-Identifier: MIT
"""eddy tune: what it searches, what it leaves, that it goes on after any end, and what it refuses."""
import csv
import json
import os
import random
import re
import signal
import subprocess
import time
import unittest
import zipfile

from support import PROGRAM, ProgramTest

# Tenths of a second for a trial.
DATA = ["--train-size", "240", "--test-size", "10", "--num-words", "500", "--maxlen", "20", "--embedding", "6",
        "--batch-size", "32", "--seed", "3"]
SEARCH = ["--epochs", "4", "--search", "units=2..9", "--search", "learning-rate=1e-3..1e-1", "--search", "cell=lstm,gru"]


class Tune(ProgramTest):
    def tune(self, out, *arguments):
        return self.succeed("tune", "reviews", *DATA, *SEARCH, *arguments, "--out", out)

    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, "tune", *arguments], cwd=self.folder, env=self.environment(),
                                   encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(self.kill, process)
        return process

    @staticmethod
    def kill(process):
        process.kill()
        process.communicate()

    def trials(self, out):
        with open(self.path(out, "trials.csv"), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def results(self, out):
        """All that does not tell the time."""
        record = self.read_json(out, "tune.json")
        for trial in record["trials"]:
            self.assertGreaterEqual(trial.pop("seconds"), 0)
        histories = {name: self.read(out, name, "history.csv") for name in self.files(out)
                     if name.startswith("trial-")}
        with zipfile.ZipFile(self.path(out, "best", "model.keras")) as model:
            weights = model.read("model.weights.h5")
        trials = [{k: v for k, v in row.items() if k != "seconds"} for row in self.trials(out)]
        return record["trials"], record["best"], histories, weights, trials

    def check_whole(self, out):
        """Whatever moment it was killed at: the best of the recorded trials is there, and whole."""
        if "tune.json" not in self.files(out):
            return
        self.read_json(out, "tune.json")
        if "best" in self.files(out):
            with zipfile.ZipFile(self.path(out, "best", "model.keras")) as model:
                self.assertIsNone(model.testzip())
            self.read_json(out, "best", "run.json")

    def test_the_table_the_files_and_the_best(self):
        done = self.tune("run", "--trials", "7")
        self.assertEqual(done.stderr, "")
        record = self.read_json("run/tune.json")
        self.assertEqual((record["status"], record["options"]["trials"], record["score"]), ("finished", 7, "val_acc"))
        rows = self.trials("run")
        self.assertEqual([row["trial"] for row in rows], [str(n) for n in range(1, 8)])
        self.assertEqual((rows[0]["units"], rows[0]["learning_rate"], rows[0]["cell"]), ("32", "0.001", "lstm"))
        for row in rows[1:]:
            self.assertTrue(2 <= int(row["units"]) <= 9 and 1e-3 <= float(row["learning_rate"]) <= 1e-1)
        ends = {row["end"]: row["epochs"] for row in rows}
        self.assertIn("stopped", ends)
        self.assertEqual(ends["whole"], "4")
        # The best: its row, its files, its flags, its model, as after its best epoch.
        best = max(rows, key=lambda row: float(row["val_acc"]))
        name = f"trial-{int(best['trial']):03}"
        self.assertEqual((record["best"], os.readlink(self.path("run/best"))), (int(best["trial"]), name))
        models = [n for n in self.files("run") if n.startswith("trial-") and "model.keras" in self.files("run", n)]
        self.assertEqual(models, [name])
        score = f"{float(best['val_acc']):.4f}"
        self.assertRegex(done.stdout, rf"(?m)^Best trial +{best['trial']}: validation accuracy {score} after epoch")
        self.assertRegex(done.stdout, r"(?m)^By flags +trial 1: 0\.\d{4}; cell lstm, learning-rate 0\.001, units 32$")
        scores = sorted((float(row["val_acc"]) for row in rows), reverse=True)
        self.assertIn(f"Spread      {scores[0]:.4f} to {scores[-1]:.4f}, median {scores[3]:.4f}, of 7 trials", done.stdout)
        table = re.findall(r"(?m)^ *\d+ +(0\.\d{4}) ", done.stdout)
        self.assertEqual(table, [f"{value:.4f}" for value in scores])
        history = list(csv.DictReader(self.read("run", name, "history.csv").decode().splitlines()))
        self.assertEqual(float(history[int(best["best_epoch"]) - 1]["val_acc"]), float(best["val_acc"]))
        self.assertEqual(max(float(row["val_acc"]) for row in history), float(best["val_acc"]))

    def test_the_best_is_repeated_by_its_record(self):
        self.tune("run", "--trials", "5")
        options = self.read_json("run/best/run.json")["options"]
        self.assertFalse({"search", "budget", "trials"} & set(options))
        best = self.trials("run")[self.read_json("run/tune.json")["best"] - 1]
        self.assertEqual((options["units"], options["cell"]), (int(best["units"]), best["cell"]))
        self.succeed("train", "--flags", "run/best/run.json", "--epochs", best["best_epoch"], "--out", "again")
        again, tuned = self.read("again/history.csv"), self.read("run/best/history.csv")
        self.assertTrue(tuned.startswith(again))
        with zipfile.ZipFile(self.path("again/model.keras")) as model, \
                zipfile.ZipFile(self.path("run/best/model.keras")) as kept:
            self.assertEqual(model.read("model.weights.h5"), kept.read("model.weights.h5"))
        self.assertRegex(self.succeed("predict", "run/best/model.keras", "a dull film").stdout, r"^0\.\d+")
        self.succeed("tune", "--flags", "run/tune.json", "--trials", "2", "--out", "two")
        self.assertEqual(self.results("two")[0], self.results("run")[0][:2])

    def test_threads_do_not_matter(self):
        self.tune("one", "--trials", "4", "--threads", "1")
        self.tune("three", "--trials", "4", "--threads", "3")
        self.assertEqual(self.results("three"), self.results("one"))

    def test_killed_at_any_moment_it_ends_as_if_undisturbed(self):
        self.tune("calm", "--trials", "6")
        draw = random.Random(4)
        process = self.start("reviews", *DATA, *SEARCH, "--trials", "6", "--out", "run")
        kills = 0
        while kills < 8:
            for _ in range(draw.randrange(1, 3)):
                process.stdout.readline()
            time.sleep(draw.random() * 0.03)
            process.kill()
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
            self.check_whole("run")
            if process.returncode == 0:
                break
            process = self.start("--resume", "run") if "tune.json" in self.files("run") else \
                self.start("reviews", *DATA, *SEARCH, "--trials", "6", "--out", "run")
        process.communicate(timeout=300)
        self.assertEqual(self.results("run"), self.results("calm"))
        self.assertEqual([name for name in self.files("run") if name.startswith(".")], [])

    def test_ctrl_c_prints_the_table_so_far(self):
        process = self.start("reviews", *DATA, *SEARCH, "--trials", "500", "--epochs", "30", "--out", "run")
        seen = 0
        while seen < 2:
            seen += process.stdout.readline().startswith("  val_acc")
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("go on with `eddy tune --resume run`", errors)
        self.assertRegex(out, r"(?m)^Best trial ")
        done = len(self.trials("run"))
        self.assertEqual(self.read_json("run/tune.json")["status"], "interrupted")
        self.succeed("tune", "--resume", "run", "--trials", str(done + 1))
        self.assertEqual(len(self.trials("run")), done + 1)

    def test_a_search_can_be_made_longer(self):
        self.tune("calm", "--trials", "5")
        self.tune("run", "--trials", "3")
        first = self.succeed("tune", "--resume", "run").stdout
        self.assertIn("of 3 trials", first)
        self.assertIn("Going on after 3 trials", self.succeed("tune", "--resume", "run", "--trials", "5").stdout)
        self.assertEqual(self.results("run"), self.results("calm"))

    def test_time_is_kept(self):
        begun = time.monotonic()
        self.tune("run", "--budget", "2s", "--epochs", "100000")
        self.assertLess(time.monotonic() - begun, 60)
        ends = [row["end"] for row in self.trials("run")]
        self.assertEqual(ends[-1], "out of time")

    def test_texts_of_ones_own_and_the_usual_search(self):
        with open(self.path("mail.csv"), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label")] + [(f"word{i % 9} and word{i % 5}", i / 7) for i in range(60)])
        done = self.succeed("tune", "mail.csv", "--trials", "2", "--epochs", "2", "--seed", "1")
        self.assertRegex(done.stdout, r"(?m)^Best trial +\d: validation mae \d")
        rows = self.trials("runs/mail-tune")
        self.assertEqual(set(rows[0]), {"trial", "val_mae", "best_epoch", "epochs", "seconds", "end", "dropout",
                                        "learning_rate", "units"})
        first, second = (self.read(f"runs/mail-tune/trial-00{n}/history.csv") for n in (1, 2))
        self.assertNotEqual(first.splitlines()[1], second.splitlines()[1])
        self.succeed("predict", "runs/mail-tune/best/model.keras", "word1")

    def test_language_models(self):
        words = random.Random(1).choices("the sea and a boat".split(), k=2000)
        self.write("book.txt", " ".join(words))
        flags = ["--task", "char-lm", "--units", "6", "--embedding", "5", "--batch-size", "8", "--maxlen", "20",
                 "--epochs", "2", "--seed", "1"]
        self.succeed("tune", "book.txt", *flags, "--trials", "3", "--search", "units=2..9", "--out", "run")
        rows = self.trials("run")
        best = min(rows, key=lambda row: float(row["val_bits_per_character"]))
        self.assertEqual(self.read_json("run/tune.json")["best"], int(best["trial"]))
        self.succeed("train", "--flags", "run/best/run.json", "--epochs", best["best_epoch"], "--out", "again")
        self.assertTrue(self.read("run/best/history.csv").startswith(self.read("again/history.csv")))
        self.fail_with(2, "got 'batch-size'", "tune", "book.txt", *flags, "--search", "batch-size=4,8")

    def test_a_network_by_config_and_lists_of_layers(self):
        self.write("model.json", self.succeed("train", "reviews", *DATA, "--units", "4", "--print-config").stdout)
        data = [value for value in DATA if value not in ("--embedding", "6")]
        self.succeed("tune", "reviews", *data, "--config", "model.json", "--trials", "2", "--epochs", "1", "--out", "c")
        self.assertEqual(list(self.trials("c")[0])[6:], ["batch_size", "learning_rate"])
        self.fail_with(2, "expected a flag that can be searched, got 'units'", "tune", "reviews", *data, "--config",
                       "model.json", "--search", "units=3,4", "--out", "d")
        self.succeed("tune", "reviews", *DATA, "--search", "units=5/3", "--search", "bidirectional=true,false",
                     "--units", "7", "--trials", "9", "--epochs", "1", "--out", "u")
        rows = self.trials("u")
        self.assertEqual([row["units"] for row in rows], ["7", "5,3", "5,3"])  # there is no more to try
        self.assertEqual({row["bidirectional"] for row in rows[1:]}, {"true", "false"})

    def test_a_trial_that_diverges_fails_alone(self):
        done = self.succeed("tune", "reviews", *DATA, "--search", "learning-rate=1e30,0.01", "--trials", "3",
                            "--epochs", "2", "--out", "run")
        self.assertIn("failed: ", done.stdout)
        self.assertEqual(sorted(row["end"] for row in self.trials("run"))[0], "failed")

    def test_what_says_nothing_is_refused(self):
        for words, arguments in (
                ("[--budget] time: expected one above 0", ["--budget", "0s"]),
                ("[--budget] time", ["--budget", "0"]), ("[--budget] time", ["--budget", "10"]),
                ("[--budget] time", ["--budget", "m"]), ("[--budget] time", ["--budget", "-1m"]),
                ("[--budget] time", ["--budget", "10x"]), ("[--budget] time", ["--budget", "nans"]),
                ("[--budget] time", ["--budget", "1e99h"]),
                ("[--trials] value", ["--trials", "0"]),
                ("did you mean 'units'", ["--search", "unit=3,4"]),
                ("did you mean 'learning-rate'", ["--search", "learning_rate=1,2"]),
                ("got 'num-words'", ["--search", "num-words=300,400"]),
                ("expected some for units, got none", ["--search", "units="]),
                ("expected some for units, got none", ["--search", "units"]),
                ("[--units in --search] value: expected a whole number from 1 to 8192, got '0'", ["--search", "units=8,0"]),
                ("[--units in --search] value", ["--search", "units=8.."]),
                ("[--units in --search] value", ["--search", "units=8..9..10"]),
                ("[units] range: expected a rising one, got 64 to 16", ["--search", "units=64..16"]),
                ("[units] range: expected a rising one, got 8 to 8", ["--search", "units=8..8"]),
                ("[units] choice: expected every value once", ["--search", "units=8,8"]),
                ("expected names that differ, got 'units'", ["--search", "units=8,9", "--search", "units=7,9"]),
                ("[--dropout in --search] value: expected a number", ["--search", "dropout=0..1"]),
                ("did you mean 'lstm'", ["--search", "cell=lstmm,gru"]),
                ("expected a known name, got 'gru..lstm'", ["--search", "cell=gru..lstm"]),
                ("expected true or false", ["--search", "bidirectional=yes"]),
                ("[--validation-split] share", ["--validation-split", "0", "--trials", "1"]),
                ("[--out] value: expected none beside --resume", ["--resume", "x", "--out", "y"])):
            with self.subTest(arguments=arguments):
                done = self.fail_with(2, words, "tune", "reviews", *DATA, *arguments)
                self.assertNotIn("Trial 1", done.stdout)

    def test_folders_of_others(self):
        self.tune("run", "--trials", "1", "--epochs", "1")
        self.fail_with(2, ["expected one without another search or run", "eddy tune --resume run"], "tune", "reviews",
                       *DATA, "--trials", "1", "--out", "run")
        self.succeed("train", "reviews", *DATA, "--units", "3", "--epochs", "1", "--out", "train")
        before = self.read("train/run.json")
        self.fail_with(2, "which holds run.json", "tune", "reviews", *DATA, "--trials", "1", "--out", "train")
        self.assertEqual(self.read("train/run.json"), before)
        for out in ("train", "none"):
            self.fail_with(2, "[--resume] folder: expected a search, got none", "tune", "--resume", out)
        self.fail_with(2, "[--seed] value: expected 3", "tune", "--resume", "run", "--seed", "4")
        self.fail_with(2, "expected flags of `eddy train`", "train", "--flags", "run/tune.json")
        record = self.read_json("run/tune.json")
        for change, words in ((None, "record: expected a JSON object"), ({"trials": 3}, "trials: expected numbers"),
                              ({"trials": [dict(record["trials"][0], values={"units": 4})]}, "trial 1: expected the values"),
                              ({"dataset": {"sha256": "other"}}, "data: expected those")):
            self.write("run/tune.json", "[" if change is None else json.dumps(dict(record, **change)))
            self.fail_with(3, words, "tune", "--resume", "run")
        self.write("run/tune.json", json.dumps(record))
        self.succeed("tune", "--resume", "run")

    def test_two_processes_do_not_search_in_one_folder(self):
        process = self.start("reviews", *DATA, *SEARCH, "--trials", "500", "--out", "run")
        while not process.stdout.readline().startswith("Trial 2"):
            pass
        os.kill(process.pid, signal.SIGSTOP)
        self.fail_with(2, "where another process searches", "tune", "--resume", "run")
        os.kill(process.pid, signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
