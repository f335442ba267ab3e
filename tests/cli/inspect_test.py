# SPDX-License-Identifier: MIT
"""eddy inspect, eddy diff, and what eddy train says of itself in the model."""
import json
import os
import shutil
import unittest
import zipfile

from support import ProgramTest


class Inspect(ProgramTest):
    def inspect(self, model, *flags):
        return json.loads(self.succeed("inspect", model, "--json", *flags).stdout)

    def test_what_is_printed(self):
        self.train("run", "--cell", "lstm")
        out = self.succeed("inspect", "run/model.keras").stdout
        for words in (r"(?m)^Model       sequential \(Sequential\), \(None, 40\) -> \(None, 1\)$",
                      r"(?m)^For         texts of 2 classes: negative, positive$",
                      r"(?m)^Vocabulary  [\d,]+ words, 600 ids; rows of 40; 'positive' above 0\.5$",
                      r"(?m)^Parameters  5,353, all of them trainable$",
                      r"(?m)^Optimizer   rmsprop, learning rate 0\.001, after 20 steps$",
                      r"(?m)^Made by     eddy [\d.]+: eddy train reviews --cell lstm --units 8 "
                      r"--epochs 2 --seed 7 \.\.\.$",
                      r"(?m)^Data        SHA-256 [0-9a-f]{64}$",
                      r"(?m)^File        \.keras, [\d,]+ bytes, in the form of Keras 3\.15\.1, saved 20",
                      r"(?m)^lstm +LSTM +\(None, 8\) +544$",
                      r"(?m)^lstm/cell +forget +(0\.9|1)"):
            self.assertRegex(out, words)
        self.assertNotIn("norm", out)
        out = self.succeed("inspect", "run/model.keras", "--weights").stdout
        self.assertRegex(out, r"(?m)^lstm/cell/kernel +\(8, 32\) +\d.* 0\.0%  [ ▁▂▃▄▅▆▇█]{5,16}$")
        facts = self.inspect("run/model.keras")
        self.assertNotIn("weights", facts["layers"][0])
        facts = self.inspect("run/model.keras", "--weights")
        self.assertEqual([layer["class_name"] for layer in facts["layers"]],
                         ["Embedding", "LSTM", "Dense"])
        self.assertEqual([gate["gate"] for gate in facts["layers"][1]["gates"]],
                         ["input", "forget", "candidate", "output"])
        self.assertEqual(sum(facts["layers"][1]["weights"][0]["histogram"]), 256)
        note = facts["notes"]["provenance"]
        self.assertEqual((note["command"], note["seed"], note["options"]["units"]), ("train", 7, 8))
        self.assertEqual(note["dataset"]["sha256"],
                         self.read_json("run/run.json")["dataset"]["sha256"])

    def test_origin_holds_no_path_and_no_time(self):
        rows = "".join(f"{'good' if i % 2 else 'bad'} film {i},{i % 2}\n" for i in range(40))
        self.write("mine.csv", "text,label\n" + rows)
        for out in ("one", "two"):
            self.succeed("train", "mine.csv", "--epochs", "1", "--units", "4", "--embedding", "4",
                         "--seed", "3", "--out", out)
        notes = []
        for out in ("one", "two"):
            with zipfile.ZipFile(self.path(out, "model.keras")) as model:
                notes.append(model.read("assets/eddy/notes.json").decode())
        self.assertEqual(*notes)
        self.assertNotIn(self.folder, notes[0])
        note = json.loads(json.loads(notes[0])["provenance"])
        self.assertEqual(note["dataset"]["source"], "mine.csv")
        self.assertEqual(note["options"]["dataset"], "mine.csv")
        self.assertEqual(self.succeed("diff", "one/model.keras", "two/model.keras").stdout, "identical\n")

    def test_a_forecast_says_what_it_foretells(self):
        self.write("t.csv", "day,heat\n" + "".join(f"{i},{i % 7}\n" for i in range(120)))
        self.succeed("forecast", "t.csv", "--target", "heat", "--columns", "heat", "--epochs", "1",
                     "--window", "9", "--horizon", "2", "--seed", "1", "--out", "f")
        out = self.succeed("inspect", "f/model.keras").stdout
        self.assertRegex(out, r"(?m)^For +a forecast of 'heat': 2 steps ahead from 9$")
        self.assertRegex(out, r"(?m)^Made by +eddy [\d.]+: eddy forecast t\.csv")

    def test_differences_and_exit_statuses(self):
        self.train("one", "--cell", "gru")
        self.train("two", "--cell", "gru", "--learning-rate", "0.01")
        self.train("three", "--cell", "lstm")
        one, two, three = (f"{run}/model.keras" for run in ("one", "two", "three"))
        shutil.copy(self.path(one), self.path("copy.keras"))
        self.assertEqual(self.succeed("diff", one, "copy.keras").stdout, "identical\n")
        done = self.run_program("diff", one, two)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        for words in (r"(?m)^weight gru/cell/kernel: changed by [\d.e+-]+ %, at most by [\d.e-]+ at \[\d+, \d+\]$",
                      r"(?m)^optimizer.learning_rate: 0\.001 -> 0\.01$",
                      r"(?m)^optimizer: its state differs$",
                      r"(?m)^note provenance: .*0\.001.* -> .*0\.01"):
            self.assertRegex(done.stdout, words)
        done = self.run_program("diff", one, three, "--json")
        self.assertEqual(done.returncode, 1)
        found = json.loads(done.stdout)
        kinds = {(layer["kind"], layer["class_name"]) for layer in found["layers"]}
        self.assertTrue({("removed", "GRU"), ("added", "LSTM")} <= kinds)
        self.assertFalse(found["identical"])
        self.assertEqual(found["words"]["added"], [])

    def test_bad_files(self):
        self.train("run")
        whole = self.read("run/model.keras")
        self.write("half.keras", whole[:len(whole) // 2])
        self.write("empty.keras", "")
        self.write("text.keras", "no model at all")
        self.write("text.h5", "no model at all")
        os.mkdir(self.path("folder.keras"))
        for name in ("half.keras", "empty.keras", "text.keras", "text.h5", "folder.keras", "none.keras"):
            self.fail_with(3, name, "inspect", name)
            self.fail_with(3, name, "diff", "run/model.keras", name)
            self.fail_with(3, name, "diff", name, "run/model.keras")
        self.fail_with(2, "model", "inspect")
        self.fail_with(2, "after", "diff", "run/model.keras")
        self.fail_with(2, "--weights", "inspect", "run/model.keras", "--weight")

    def test_a_run_that_explodes_names_the_layer(self):
        done = self.fail_with(3, ["expected finite numbers", "lower the learning_rate"],
                              "train", "reviews", "--train-size", "200", "--test-size", "10", "--cell",
                              "simple_rnn", "--learning-rate", "1e30", "--optimizer", "sgd", "--epochs", "2",
                              "--seed", "1", "--out", "bad")
        self.assertRegex(done.stderr, r"it first shows in the gradient of the weight '\S+' of layer 'simple_rnn', at "
                                      r"epoch 1, step 2\. Gradient norms of the last steps: .*simple_rnn nan")


if __name__ == "__main__":
    unittest.main()
