# SPDX-License-Identifier: MIT
"""eddy train --task char-lm, generate, evaluate: a language model of characters."""
import json
import math
import random
import signal
import subprocess
import time
import unittest
import zipfile

from support import PROGRAM, ProgramTest

FLAGS = ["--task", "char-lm", "--units", "24", "--embedding", "8", "--batch-size", "4", "--maxlen", "20",
         "--epochs", "4", "--learning-rate", "0.01", "--seed", "5"]
MODEL = "run/model.keras"


def story(sentences, seed=1):
    """Sentences of a small grammar, far from equally likely characters."""
    draw = random.Random(seed)
    words = ["the cat", "a dog", "the gärtner"], ["sees", "hears", "likes"], ["a bird", "the moon", "it"]
    return "".join(" ".join(draw.choice(part) for part in words) + ".\n" for _ in range(sentences))


class LanguageTest(ProgramTest):
    def train(self, out="run", *arguments, text="story.txt"):
        return self.succeed("train", text, *FLAGS, *arguments, "--out", out)

    def members(self, *parts):
        with zipfile.ZipFile(self.path(*parts)) as model:
            return {name: model.read(name) for name in model.namelist() if name != "metadata.json"}


class TrainTest(LanguageTest):
    def test_beats_counting(self):
        self.write("story.txt", story(400))
        done = self.train()
        self.assertEqual(done.stderr, "")
        out = done.stdout
        self.assertRegex(out, r"Data        \S+story\.txt: a plain text, 8,\d{3} characters\n"
                              r"Training    7,\d{3} characters: 4 streams of \d+ windows of 20\n"
                              r"Held out    8\d\d characters, the last 10 %; 8\d\d foretold, in 1 stream\n"
                              r"Baseline    \d\.\d{4} bits per held-out character by unigrams, \d\.\d{4} by 4-grams\n"
                              r"Vocabulary  \d\d ids of \d\d characters and two more\n")
        history = self.read_json("run/history.json")
        self.assertEqual(sorted(history), ["bits_per_character", "epoch", "loss", "seconds",
                                           "val_bits_per_character", "val_loss"])
        for prefix in ("", "val_"):
            for loss, bits in zip(history[prefix + "loss"], history[prefix + "bits_per_character"]):
                self.assertAlmostEqual(bits, loss / math.log(2), places=12)
        last = history["val_bits_per_character"][-1]
        record = self.read_json("run/run.json")["dataset"]
        self.assertLess(last, 0.5 * record["unigram_bits_per_character"])
        self.assertIn(f"Final validation bits per character  {last:.4f}\n", out)
        self.assertRegex(out, rf"Unigrams, held-out text +{record['unigram_bits_per_character']:.4f}\n")
        # The held-out text is one stream here: what a file of it is worth, to a float's roundings.
        text = story(400)
        kept = len(text) - int(0.1 * len(text))
        self.write("held-out.txt", text[kept:])
        found = json.loads(self.succeed("evaluate", MODEL, "held-out.txt", "--json").stdout)
        self.assertEqual((found["characters"], found["unknown"]), (len(text) - kept, 0))
        self.assertAlmostEqual(found["bits_per_character"], last, delta=0.02)

    def test_a_validation_file_in_one_stream_is_what_evaluate_says(self):
        self.write("story.txt", story(60))
        self.write("other.txt", story(9, seed=2)[:161])  # 160 foretold: eight windows of 20
        self.train("run", "--validation", "other.txt")
        last = self.read_json("run/history.json")["val_bits_per_character"][-1]
        found = json.loads(self.succeed("evaluate", MODEL, "other.txt", "--json").stdout)
        self.assertAlmostEqual(found["bits_per_character"], last, delta=1e-5)
        plain = self.succeed("evaluate", MODEL, "other.txt").stdout
        self.assertRegex(plain, r"^other\.txt: 161 characters\nbits per character +\d\.\d{4}\n"
                                r"unigrams, learned on the way \d\.\d{4}\n4-grams, learned on the way  \d\.\d{4}\n$")

    def test_the_saved_model_keeps_no_states(self):
        self.write("story.txt", story(60))
        self.train()
        config = json.loads(self.members(MODEL)["config.json"])
        layers = {layer["class_name"]: layer["config"] for layer in config["config"]["layers"]}
        self.assertIs(layers["LSTM"]["stateful"], False)
        self.assertIs(layers["LSTM"]["return_sequences"], True)
        self.assertEqual(layers["TextVectorization"]["split"], "character")
        self.assertIsNone(layers["TextVectorization"]["standardize"])
        self.assertIn("ä", layers["TextVectorization"]["vocabulary"])
        self.assertIn("LSTM", self.succeed("summary", MODEL).stdout)

    def test_every_shape_of_network_writes(self):
        self.write("story.txt", story(40))
        for number, shape in enumerate((["--cell", "gru", "--units", "9,7", "--layer-norm"],
                                        ["--cell", "simple_rnn", "--dropout", "0.2", "--recurrent-dropout", "0.1"])):
            self.train(f"run{number}", "--epochs", "1", *shape)
            done = self.succeed("generate", f"run{number}/model.keras", "--length", "30", "--seed", "1")
            self.assertEqual(len(done.stdout), 31)

    def test_the_same_for_any_number_of_threads(self):
        self.write("story.txt", story(60))
        self.train("one", "--threads", "1", "--epochs", "2")
        self.train("three", "--threads", "3", "--epochs", "2")
        self.assertEqual(self.members("one/model.keras"), self.members("three/model.keras"))
        self.assertEqual(self.read("one/history.csv"), self.read("three/history.csv"))

    def test_bytes_that_are_no_text(self):
        self.write("story.txt", story(30).encode() + b"\xff\xfe")
        done = self.train("run", "--epochs", "1")
        self.assertRegex(done.stderr, r"^note: 2 bytes of \S+story\.txt are not UTF-8; each became U\+FFFD\.\n$")

    def test_one_character_again_and_again(self):
        self.write("story.txt", "a" * 500)
        self.train("run", "--epochs", "2")
        self.assertEqual(self.succeed("generate", MODEL, "--length", "9", "--prompt", "aa").stdout, "a" * 11 + "\n")

    def test_refusals(self):
        self.write("story.txt", story(30))
        self.write("empty.txt", "")
        self.write("short.txt", story(3))
        self.write("binary.txt", b"\x7fELF\0\0\0")
        for status, words, name, *flags in (
                (3, "expected a text, got an empty file", "empty.txt"),
                (3, ["expected more than 80 characters to train on, 4 streams of 20, got", "--maxlen"], "short.txt"),
                (3, "a zero byte at 4", "binary.txt"),
                (3, "expected a regular file, got a folder", "."),
                (2, "which is nothing of these", "none.txt"),
                (2, ["--bidirectional", "would see"], "story.txt", "--bidirectional"),
                (2, ["--pooling", "expected none with --task char-lm, got max"], "story.txt", "--pooling", "max"),
                (2, ["--char-level", "leave the flag out"], "story.txt", "--char-level"),
                (2, "expected none beside --validation", "story.txt", "--validation", "short.txt",
                 "--validation-split", "0.1"),
                (3, "expected a text, got an empty file", "story.txt", "--validation", "empty.txt"),
                (3, "validation: expected at least 2 characters", "story.txt", "--validation-split", "0.0001"),
                (2, "expected a path to your own data", "reviews")):
            self.fail_with(status, words, "train", name, *FLAGS, *flags, "--out", "run")
        self.assertFalse(any(name.endswith(".keras") for name in self.files("run")))


class ResumeTest(LanguageTest):
    def results(self, out):
        history = self.read_json(out, "history.json")
        history.pop("seconds")
        return self.members(out, "model.keras"), history, self.read(out, "history.csv"), self.files(out)

    def test_stopped_in_an_epoch_it_ends_as_if_undisturbed(self):
        self.write("story.txt", story(250))
        flags = [*FLAGS, "--epochs", "6", "--units", "24,11", "--dropout", "0.1", "--save-freq", "3"]
        self.succeed("train", "story.txt", *flags, "--out", "calm")
        want = self.results("calm")
        process = subprocess.Popen([PROGRAM, "train", "story.txt", *flags, "--out", "run"], cwd=self.folder,
                                   env=self.environment(), encoding="utf-8", stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        kills = 0
        for stop in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGKILL):
            while process.poll() is None and not any(line.startswith("Epoch ") for line in process.stdout):
                pass
            time.sleep(0.01)
            process.send_signal(stop)
            process.communicate(timeout=300)
            kills += process.returncode != 0
            process = subprocess.Popen([PROGRAM, "train", "--resume", "run"], cwd=self.folder,
                                       env=self.environment(), encoding="utf-8", stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, errors)
        self.assertGreater(kills, 0)
        self.assertEqual(self.results("run"), want)


class GenerateTest(LanguageTest):
    def setUp(self):
        super().setUp()
        self.write("story.txt", story(60))
        self.train("run", "--epochs", "2")

    def test_writes_behind_the_prompt(self):
        done = self.succeed("generate", MODEL, "--prompt", "the cat", "--length", "80", "--seed", "3")
        self.assertEqual(done.stderr, "")
        self.assertTrue(done.stdout.startswith("the cat"))
        self.assertEqual(len(done.stdout), 7 + 80 + 1)
        self.assertLessEqual(set(done.stdout), set(story(60)))
        again = self.succeed("generate", MODEL, "--prompt", "the cat", "--length", "80", "--seed", "3", "--json")
        self.assertEqual(json.loads(again.stdout),
                         {"prompt": "the cat", "text": done.stdout[7:-1], "seed": 3})
        other = self.succeed("generate", MODEL, "--prompt", "the cat", "--length", "80", "--seed", "4")
        self.assertNotEqual(other.stdout, done.stdout)

    def test_without_chance(self):
        cold = [self.succeed("generate", MODEL, "--length", "40", "--seed", seed, *cut).stdout
                for seed, cut in (("1", ["--temperature", "0"]), ("2", ["--temperature", "0"]),
                                  ("3", ["--top-k", "1"]), ("4", ["--top-p", "0.000001"]))]
        self.assertEqual(len(set(cold)), 1)

    def test_tells_unknown_characters(self):
        done = self.succeed("generate", MODEL, "--prompt", "thé cat?", "--length", "5")
        self.assertIn("note: the model does not know the characters 'é', '?' of the prompt", done.stderr)
        self.assertTrue(done.stdout.startswith("thé cat?"))

    def test_refusals(self):
        self.write("no.keras", "no model")
        self.succeed("train", "reviews", "--train-size", "20", "--test-size", "10", "--num-words", "50", "--maxlen",
                     "9", "--units", "3", "--embedding", "3", "--epochs", "1", "--seed", "1", "--out", "reviews")
        for status, words, *arguments in (
                (2, ["--temperature", "-1"], MODEL, "--temperature", "-1"),
                (2, ["--temperature", "nan"], MODEL, "--temperature", "nan"),
                (2, ["--length", "0"], MODEL, "--length", "0"),
                (2, ["--top-k", "0"], MODEL, "--top-k", "0"),
                (2, ["--top-p", "1.5"], MODEL, "--top-p", "1.5"),
                (2, "model", ),
                (3, "no.keras", "no.keras"),
                (3, "none.keras", "none.keras"),
                (3, "expected a language model of characters, got another one", "reviews/model.keras")):
            self.fail_with(status, words, "generate", *arguments)

    def test_other_commands_say_what_to_use(self):
        self.fail_with(3, ["got a language model", "eddy generate"], "predict", MODEL, "the cat")
        self.fail_with(2, "expected a text file, got reviews", "evaluate", MODEL, "reviews")
        self.fail_with(2, "--label", "evaluate", MODEL, "story.txt", "--label", "x")
        self.write("one.txt", "a")
        self.fail_with(3, "expected at least 2 characters, got 1", "evaluate", MODEL, "one.txt")


if __name__ == "__main__":
    unittest.main()
