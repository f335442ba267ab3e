# SPDX-License-Identifier: MIT
"""--flags: a file with values for flags; a record of a run that is repeated."""
import json
import unittest

from support import SMALL, ProgramTest

# The run of SMALL, as a file.
TOML = """
train_size = 400
test_size = 200
num_words = 600   # of the vocabulary
maxlen = 40
units = 8
embedding = 8
epochs = 2
batch_size = 32
seed = 7
"""


class FlagsFile(ProgramTest):
    def test_toml_and_json_say_what_the_command_line_says(self):
        self.train("line", "--cell", "gru", "--units", "8,6", "--bidirectional", "--dropout", "0.25")
        more = 'cell = "gru"\ndropout = 0.25\nbidirectional = true\ndataset = "reviews"\n'
        self.write("run.toml", more + TOML.replace("units = 8", "units = [8, 6]"))
        values = dict(line.split("#")[0].split(" = ") for line in TOML.strip().splitlines())
        values = {key: int(value) for key, value in values.items()}
        values.update(cell="gru", units=[8, 6], dropout=0.25, bidirectional=True)
        self.write("run.json", json.dumps(values))
        self.succeed("train", "--flags", "run.toml", "--out", "toml")
        self.succeed("train", "reviews", "--flags", "run.json", "--out", "json")
        for out in ("toml", "json"):
            self.assertEqual(self.read(out, "history.csv"), self.read("line", "history.csv"))
            options = self.read_json(out, "run.json")["options"]
            self.assertEqual(dict(options, out="line"), self.read_json("line", "run.json")["options"])

    def test_the_command_line_wins(self):
        self.write("run.toml", TOML + 'cell = "gru"\nlayer_norm = true\n')
        self.succeed("train", "reviews", "--flags", "run.toml", "--units", "5", "--epochs", "1",
                     "--cell=simple_rnn", "--out", "run")
        options = self.read_json("run/run.json")["options"]
        self.assertEqual([options[key] for key in ("units", "epochs", "cell", "layer_norm", "embedding")],
                         [5, 1, "simple_rnn", True, 8])

    def test_a_run_is_repeated_by_its_record(self):
        arguments = [value for value in SMALL if value not in ("--seed", "7")]
        self.succeed("train", "reviews", *arguments, "--cell", "gru", "--out", "first")
        self.succeed("train", "--flags", "first/run.json", "--out", "again")
        self.assertEqual(self.read("again/history.csv"), self.read("first/history.csv"))
        self.succeed("train", "--flags", "first/run.json", "--cell", "lstm", "--out", "other")
        self.assertNotEqual(self.read("other/history.csv"), self.read("first/history.csv"))

    def test_a_forecast_is_repeated_by_its_record(self):
        self.write("series.csv", "x\n" + "".join(f"{i % 7}\n" for i in range(120)))
        self.succeed("forecast", "series.csv", "--window", "9", "--units", "5", "--epochs", "2", "--out", "first")
        self.succeed("forecast", "--flags", "first/run.json", "--out", "again")
        self.assertEqual(self.read("again/history.csv"), self.read("first/history.csv"))
        self.write("next.toml", 'model = "first/model.keras"\n')
        line = self.succeed("forecast", "series.csv", "--model", "first/model.keras").stdout
        self.assertEqual(self.succeed("forecast", "series.csv", "--flags", "next.toml").stdout, line)
        self.write("next.toml", 'model = "first/model.keras"\nepochs = 3\n')
        self.fail_with(2, "[--epochs] flag: expected none", "forecast", "series.csv", "--flags", "next.toml")
        self.fail_with(2, "expected flags of `eddy train`, got those of `eddy forecast`", "train",
                       "--flags", "first/run.json")

    def test_wrong_keys_and_values(self):
        for text, words in (("unitz = 3", "did you mean 'units'"),
                            ("learning-rate = 0.1", "did you mean 'learning_rate'"),
                            ("resume = 'x'", "[f] flag: expected a known one, got 'resume'"),
                            ("flags = 'f'", "got 'flags'"),
                            ("[train]\nunits = 3", "got 'train'"),
                            ("units = 0", "[--units in f] value: expected a whole number from 1 to 8192, got '0'"),
                            ("units = '8'", "got '\"8\"'"), ("units = []", "value: expected a whole number"),
                            ("units = [8, 0]", "got '0'"), ("units = [[8]]", "got '[8]'"),
                            ("epochs = [3]", "got '[3]'"), ("epochs = 3.5", "got '3.5'"),
                            ("epochs = true", "got 'true'"), ("epochs = 1979-05-27", "[--epochs in f] value"),
                            ("learning_rate = nan", "[--learning-rate in f] value: expected a number above 0"),
                            ("learning_rate = 0", "[--learning-rate in f] value: expected a number above 0"),
                            ("dropout = {a = 1}", "[--dropout in f] value"),
                            ("cell = 'lstmm'", "did you mean 'lstm'"),
                            ("cell = 3", "[--cell in f] value: expected a text in quotes, got 3"),
                            ("bidirectional = 1", "[--bidirectional in f] value: expected true or false, got '1'"),
                            ("text = 'a'", "[--text] dataset: expected a path"),
                            ("seed = 7\nseed = 7", "[f, line 2] TOML: expected keys with values, got"),
                            ("seed = ", "[f, line 1] TOML"), ("seed 7", "[f, line 1] TOML"),
                            ("a = \"\xff", "TOML"), ("a = " + "[" * 100000, "TOML"),
                            ('{"seed": 7, "seed": 8}', "[f] JSON: expected every key once, got 'seed' twice"),
                            ('{"seed": 7,\n', "[f, line 2] JSON"), ('{"seed": 1e999}', "JSON"),
                            ('{"units": ' + "[" * 100000, "expected at most 100 levels"),
                            ('{"options": {"unitz": 3}, "command": "train"}', "did you mean 'units'"),
                            ('{"options": {}}', "got those of no command")):
            with self.subTest(text=text[:40]):
                self.write("f", text.encode("latin-1") if "\xff" in text else text)
                done = self.fail_with(2, words, "train", "reviews", *SMALL, "--flags", "f", "--out", "run")
                self.assertNotIn("Epoch", done.stdout)
        self.assertEqual(self.files(), ["f"])

    def test_files_that_are_none(self):
        self.fail_with(2, "[--flags] file: expected one that can be read, got 'none'", "train", "reviews",
                       "--flags", "none")
        self.fail_with(2, "[--flags] file", "train", "reviews", "--flags", ".")
        self.fail_with(2, "[--flags] file", "train", "reviews", "--flags", "/dev/zero")
        self.write("large", b"#" * (17 << 20))
        self.fail_with(2, "at most 16777216 bytes", "train", "reviews", "--flags", "large")
        self.write("empty", "")
        self.fail_with(2, "dataset (imdb", "train", "--flags", "empty")

    def test_a_resumed_run_takes_no_file(self):
        self.write("run.toml", TOML)
        self.fail_with(2, "[--flags] value: expected none beside --resume", "train", "--resume", "run",
                       "--flags", "run.toml")


if __name__ == "__main__":
    unittest.main()
