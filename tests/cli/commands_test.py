# SPDX-License-Identifier: MIT
"""eddy evaluate, predict, summary, plot, --version, --help."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile

from support import PROGRAM, SMALL, ProgramTest


class Commands(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.mkdtemp(prefix="eddy-cli-")
        subprocess.run([PROGRAM, "train", "reviews", *SMALL, "--out", os.path.join(cls.kept, "lstm")],
                       check=True, stdout=subprocess.DEVNULL)
        cls.model = os.path.join(cls.kept, "lstm", "model.keras")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.kept)

    def test_evaluate_prints_loss_and_accuracy(self):
        done = self.succeed("evaluate", self.model, "reviews", "--test-size", "200")
        self.assertRegex(done.stdout, r"^Synthetic reviews: 200 test reviews\nloss     0\.\d{4}\n"
                                      r"accuracy 0\.\d{4}\n$")

    def test_evaluate_json(self):
        done = self.succeed("evaluate", self.model, "reviews", "--test-size", "200", "--json")
        result = json.loads(done.stdout)
        self.assertEqual(result["reviews"], 200)
        self.assertEqual(result["dataset"], "synthetic reviews")
        self.assertTrue(0 < result["loss"] < 2 and 0 <= result["acc"] <= 1)

    def test_evaluate_does_not_depend_on_batches_and_threads(self):
        results = [json.loads(self.succeed("evaluate", self.model, "reviews", "--test-size", "200",
                                           "--json", *more).stdout)
                   for more in ([], ["--batch-size", "7"], ["--threads", "1"])]
        for result in results[1:]:
            self.assertAlmostEqual(result["loss"], results[0]["loss"], places=5)
            self.assertEqual(result["acc"], results[0]["acc"])

    def test_predict_text_file_and_stdin_agree(self):
        texts = ["a wonderful film", "This film was not good at all!", "wholly unknownwordxyz"]
        one = [self.succeed("predict", self.model, text).stdout for text in texts]
        for line in one:
            self.assertRegex(line, r"^0\.\d{6}\n$")
        self.write("texts", "\n".join(texts))
        self.write("dos", "\r\n".join(texts) + "\r\n")
        self.assertEqual(self.succeed("predict", self.model, "--file", "texts").stdout, "".join(one))
        self.assertEqual(self.succeed("predict", self.model, "--file", "dos").stdout, "".join(one))
        self.assertEqual(self.succeed("predict", self.model, "-", stdin="\n".join(texts)).stdout,
                         "".join(one))

    def test_predict_answers_every_line_at_once(self):
        process = subprocess.Popen([PROGRAM, "predict", self.model, "-"], cwd=self.folder,
                                   env=self.environment(), encoding="utf-8",
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3):
            process.stdin.write("a wonderful film\n")
            process.stdin.flush()
            self.assertRegex(process.stdout.readline(), r"^0\.\d{6}\n$")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)

    def test_predict_json_has_text_probability_and_class(self):
        text = 'he said "naïve" \\ film'
        line = json.loads(self.succeed("predict", self.model, "--json", text).stdout)
        self.assertEqual(line["text"], text)
        self.assertEqual(line["class"], "positive" if line["probability"] > 0.5 else "negative")
        self.write("latin1", "caf\xe9 film\n".encode("latin-1"))
        json.loads(self.succeed("predict", self.model, "--json", "--file", "latin1").stdout)

    def test_predict_answers_what_stands_before_a_bad_line(self):
        self.write("texts", "one film\ntwo films\n\nfour\n")
        done = self.fail_with(3, ["texts, line 3", "an empty one"], "predict", self.model, "--file",
                              "texts")
        self.assertEqual(done.stdout.count("\n"), 2)
        done = self.fail_with(3, ["stdin, line 2", "at least one word"], "predict", self.model, "-",
                              stdin="a film\n?!\n")
        self.assertEqual(done.stdout.count("\n"), 1)

    def test_predict_text_that_begins_with_a_dash(self):
        self.succeed("predict", self.model, "--", "--not a flag")

    def test_predict_text_that_is_the_name_of_a_command(self):
        self.assertRegex(self.succeed("predict", self.model, "train").stdout, r"^0\.\d{6}\n$")

    def test_predict_takes_many_lines_of_any_length(self):
        lines = ["film " * (1 + 7 * i % 5000) for i in range(300)]
        self.write("many", "\n".join(lines))
        from_file = self.succeed("predict", self.model, "--file", "many").stdout
        self.assertEqual(from_file.count("\n"), 300)
        self.assertEqual(self.succeed("predict", self.model, "-", stdin="\n".join(lines)).stdout,
                         from_file)

    def test_predict_bad_input(self):
        self.fail_with(2, "text", "predict", self.model, "")
        self.fail_with(3, "at least one word", "predict", self.model, "  ...  ")
        self.fail_with(3, "none.txt", "predict", self.model, "--file", "none.txt")
        self.write("empty", "")
        self.fail_with(3, "an empty file", "predict", self.model, "--file", "empty")
        self.fail_with(2, "both", "predict", self.model, "text", "--file", "empty")
        self.write("long", b"a" * (1 << 20) + b"b\n")
        self.fail_with(3, "long, line 1", "predict", self.model, "--file", "long")
        os.mkdir(self.path("folder"))
        self.fail_with(3, "folder", "predict", self.model, "--file", "folder")

    def test_summary_is_keras_table(self):
        done = self.succeed("summary", self.model, env={"COLUMNS": "80"})
        lines = done.stdout.split("\n")
        self.assertEqual(lines[0], 'Model: "sequential"')
        self.assertEqual(lines[1], "┏" + "━" * 33 + "┳" + "━" * 24 + "┳" + "━" * 15 + "┓")
        self.assertIn("│ embedding (Embedding)           │ (None, 40, 8)          │         4,800 │",
                      lines)
        self.assertTrue(any(line.startswith(" Optimizer params: ") for line in lines))
        wide = self.succeed("summary", self.model, env={"COLUMNS": "100"}).stdout
        self.assertIn("━" * 38 + "┳", wide)

    def test_plot_draws_into_the_run(self):
        shutil.copytree(os.path.join(self.kept, "lstm"), self.path("run"))
        for name in ("accuracy.svg", "accuracy.png", "loss.svg", "loss.png"):
            os.remove(self.path("run", name))
        done = self.succeed("plot", "run")
        self.assertEqual(done.stdout.split(), ["run/accuracy.svg", "run/accuracy.png",
                                               "run/loss.svg", "run/loss.png"])
        self.assertIn(b"Training acc", self.read("run/accuracy.svg"))
        self.assertTrue(self.read("run/loss.png").startswith(b"\x89PNG"))

    def test_plot_of_several_runs_names_them(self):
        for name in ("first", "second"):
            shutil.copytree(os.path.join(self.kept, "lstm"), self.path(name))
        self.succeed("plot", "first", "second/history.csv", "--out", "both")
        svg = self.read("both/accuracy.svg").decode()
        self.assertIn("<text>first</text>", svg)
        self.assertIn("<text>second</text>", svg)

    def test_plot_on_a_terminal_writes_no_files(self):
        done = self.succeed("plot", os.path.join(self.kept, "lstm"), "--terminal",
                            env={"COLUMNS": "70"})
        self.assertIn("Training and validation accuracy", done.stdout)
        self.assertIn("Training and validation loss", done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.split("\n"))), 70)
        self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(self.files(), [])

    def test_plot_bad_input(self):
        self.fail_with(2, "run folder", "plot")
        self.fail_with(3, "nowhere", "plot", "nowhere")
        os.mkdir(self.path("bad"))
        self.write("bad/history.json", '{"loss": [1, ')
        self.fail_with(3, "bad/history.json", "plot", "bad")
        run = os.path.join(self.kept, "lstm")
        self.write("file", "")
        self.fail_with(2, "--out", "plot", run, "--out", "file")
        os.mkdir(self.path("empty"))
        self.fail_with(1, "gnuplot-nox", "plot", run, "--out", "o", env={"PATH": self.path("empty")})

    def test_models_of_another_kind(self):
        # As Keras would write it: without the vocabulary.
        with zipfile.ZipFile(self.model) as whole, \
                zipfile.ZipFile(self.path("bare.keras"), "w") as bare:
            for name in whole.namelist():
                if not name.startswith("assets/"):
                    bare.writestr(name, whole.read(name))
        self.fail_with(3, "vocabulary", "predict", "bare.keras", "a film")
        self.fail_with(3, "", "evaluate", "bare.keras", "reviews", "--test-size", "20")
        fitting = ["--num-words", "600", "--maxlen", "40", "--test-size", "200"]
        self.assertEqual(self.succeed("evaluate", "bare.keras", "reviews", *fitting).stdout,
                         self.succeed("evaluate", self.model, "reviews", *fitting[4:]).stdout)
        golden = os.path.join(os.path.dirname(__file__), "..", "files", "golden")
        for name in sorted(os.listdir(golden)):
            if name.endswith(".keras"):
                done = self.fail_with(3, "", "evaluate", os.path.join(golden, name), "reviews",
                                      "--test-size", "10")
                self.assertEqual(done.stdout, "")
                self.assertIn("Model: ", self.succeed("summary", os.path.join(golden, name)).stdout)

    def test_bad_models(self):
        with open(self.model, "rb") as file:
            whole = file.read()
        self.write("cut.keras", whole[:len(whole) // 2])
        self.write("empty.keras", "")
        self.write("text.keras", "this is no model\n" * 100)
        self.write("npz.keras", b"PK\x05\x06" + b"\0" * 18)
        flipped = bytearray(whole)
        flipped[len(whole) // 3] ^= 0x55
        self.write("flipped.keras", bytes(flipped))
        os.mkdir(self.path("folder.keras"))
        for name in ("none.keras", "cut.keras", "empty.keras", "text.keras", "npz.keras",
                     "folder.keras"):
            for command in (["summary", name], ["predict", name, "a film"],
                            ["evaluate", name, "reviews", "--test-size", "10"]):
                done = self.fail_with(3, name.split(".")[0], *command)
                self.assertEqual(done.stdout, "")
        self.assertIn(self.run_program("summary", "flipped.keras").returncode, (0, 3))

    def test_version_and_help(self):
        self.assertRegex(self.succeed("--version").stdout, r"^eddy \d+\.\d+\.\d+\n$")
        verbose = self.succeed("--version", "--verbose").stdout
        for word in ("gru, lstm, simple_rnn", "simd", "threads"):
            self.assertIn(word, verbose)
        help_text = self.succeed("--help").stdout
        for command in ("train", "evaluate", "predict", "summary", "plot"):
            self.assertIn(command, help_text)
            own = self.succeed(command, "--help")
            self.assertEqual(own.stderr, "")
            self.assertIn("--help", own.stdout)
        train = self.succeed("train", "--help").stdout
        for words in ("--cell gru|lstm|simple_rnn", "--learning-rate", "0.001", "10000", "--seed"):
            self.assertIn(words, train)


if __name__ == "__main__":
    unittest.main()
