# SPDX-License-Identifier: MIT
"""Wrong command lines, bad data, places that cannot be written."""
import os
import resource
import subprocess
import unittest
import zipfile

from support import PROGRAM, REAL_DATA, SMALL, ProgramTest


class Usage(ProgramTest):
    def test_reports_are_for_classes(self):
        self.write("rows.csv", "text,label\n" + "".join(f"word {i} more,{i}.5\n" for i in range(40)))
        self.succeed("train", "rows.csv", "--epochs", "1", "--units", "2", "--out", "numbers")
        self.fail_with(2, "[--report] model: expected one that answers with classes, got numbers", "evaluate",
                       "numbers/model.keras", "rows.csv", "--report", "report")
        self.fail_with(2, "[--report] value: expected none beside --memory", "evaluate", "numbers/model.keras",
                       "rows.csv", "--report", "report", "--memory", "1GB")
        self.write("tags.tsv", "the\tD\ndog\tN\n\na\tD\ncat\tN\n\n" * 9)
        self.succeed("train", "tags.tsv", "--task", "tagging", "--epochs", "1", "--units", "2", "--out", "tags")
        self.fail_with(2, "[--report] model: expected one that answers with a class, got one with a label", "evaluate", "tags/model.keras",
                       "tags.tsv", "--report", "report")
        self.assertFalse(os.path.exists(self.path("report")))
        self.write("occupied", "")
        self.train("run", "--epochs", "1")
        self.fail_with(2, "[--report] folder: expected to make occupied", "evaluate", "run/model.keras", "reviews",
                       "--report", "occupied")

    def test_values_out_of_range(self):
        for flag, value in (("--units", "0"), ("--units", "-3"), ("--units", "1.5"), ("--units", "8,"), ("--units", "8,0"),
                            ("--units", "100000000000000000000"), ("--embedding", "0"),
                            ("--num-words", "0"), ("--num-words", "4"), ("--maxlen", "0"),
                            ("--epochs", "-1"), ("--epochs", "0"), ("--epochs", "many"),
                            ("--batch-size", "0"), ("--validation-split", "1"),
                            ("--validation-split", "-0.1"), ("--validation-split", "nan"),
                            ("--learning-rate", "0"), ("--learning-rate", "-1"),
                            ("--learning-rate", "inf"), ("--learning-rate", "x"),
                            ("--seed", "garbage"), ("--seed", "-1"), ("--seed", ""),
                            ("--threads", "-1"), ("--threads", "5000"), ("--train-size", "0"),
                            ("--out", ""), ("--data-dir", "nowhere")):
            for joined in (False, True):
                with self.subTest(flag=flag, value=value, joined=joined):
                    arguments = [f"{flag}={value}"] if joined else [flag, value]
                    if joined and not value:
                        continue
                    done = self.fail_with(2, f"[{flag}] value: expected", "train", "reviews",
                                          *arguments)
                    self.assertEqual(done.stdout, "")
        self.assertEqual(self.files(), [])

    def test_unknown_words_get_the_nearest(self):
        for words, arguments in (("did you mean 'lstm'", ["train", "reviews", "--cell", "lstmm"]),
                                 ("did you mean 'gru'", ["train", "reviews", "--cell", "grru"]),
                                 ("did you mean 'rmsprop'",
                                  ["train", "reviews", "--optimizer", "rmsprob"]),
                                 ("did you mean 'imdb'", ["train", "imbd"]),
                                 ("did you mean 'reviews'", ["evaluate", "m.keras", "review"]),
                                 ("did you mean 'train'", ["trian", "imdb"]),
                                 ("did you mean 'predict'", ["predcit"]),
                                 ("did you mean '--units'", ["train", "reviews", "--unit", "3"]),
                                 ("did you mean '--num-words'",
                                  ["train", "reviews", "--num_words", "300"]),
                                 ("did you mean '--version'", ["--verison"]),
                                 ("did you mean '--json'", ["predict", "m", "t", "--jsno"])):
            with self.subTest(arguments=arguments):
                self.fail_with(2, words, *arguments)

    def test_incomplete_or_surplus_arguments(self):
        for arguments in ([], ["train"], ["evaluate"], ["evaluate", "m.keras"], ["predict"],
                          ["predict", "m.keras"], ["summary"], ["plot"],
                          ["train", "reviews", "--units"], ["train", "reviews", "imdb"],
                          ["predict", "m.keras", "several", "words"], ["summary", "a", "b"],
                          ["train", "reviews", "-x"], ["--verbose"]):
            with self.subTest(arguments=arguments):
                self.fail_with(2, "", *arguments)

    def test_sizes_belong_to_the_synthetic_reviews(self):
        self.fail_with(2, "--train-size", "train", "imdb", "--train-size", "100")

    def test_splits_need_reviews_on_both_sides(self):
        self.fail_with(2, "validation_split", "train", "reviews", "--train-size", "1", "--test-size",
                       "1", "--validation-split", "0.5")

    def test_a_table_beyond_memory_is_refused_before_it_is_made(self):
        self.fail_with(2, "table", "train", "reviews", "--num-words", "10000000", "--embedding",
                       "8192")


class Data(ProgramTest):
    def test_evaluate_without_the_data_does_not_pretend(self):
        self.train()
        done = self.fail_with(3, "imdb", "evaluate", "run/model.keras", "imdb")
        self.assertEqual(done.stdout, "")

    def test_broken_data_are_an_error_and_not_replaced(self):
        os.mkdir(self.path("data"))
        self.write("data/imdb_word_index.json", '{"the": 1, "film": 2}')
        for content in (b"", b"garbage" * 100, b"PK\x05\x06" + b"\0" * 18):
            self.write("data/imdb.npz", content)
            done = self.fail_with(3, "imdb.npz", "train", "imdb", "--data-dir", "data", "--out", "run")
            self.assertNotIn("synthetic", done.stderr)
        with zipfile.ZipFile(self.path("data/imdb.npz"), "w") as archive:
            archive.writestr("other.npy", b"x")
        self.fail_with(3, "imdb.npz", "train", "imdb", "--data-dir", "data", "--out", "run")
        self.assertEqual(self.files("run"), [])

    @unittest.skipUnless(REAL_DATA, "EDDY_DATA_DIR is not set")
    def test_reviews_without_their_words_are_an_error(self):
        os.mkdir(self.path("data"))
        os.symlink(os.path.join(REAL_DATA, "imdb.npz"), self.path("data/imdb.npz"))
        arguments = ["train", "imdb", "--data-dir", "data", "--out", "run"]
        done = self.fail_with(3, "imdb_word_index.json", *arguments)
        self.assertNotIn("synthetic", done.stderr)
        self.write("data/imdb_word_index.json", '{"the": ')
        self.fail_with(3, "imdb_word_index.json", *arguments)
        self.write("data/imdb_word_index.json", '{"the": 1, "film": 2}')
        self.fail_with(3, "[imdb_word_index.json] words: expected 9996 or more", *arguments)
        self.assertEqual(self.files("run"), [])

    def test_a_loss_that_is_no_number_stops_and_names_layer_and_step(self):
        done = self.fail_with(3, ["loss: expected a finite number", "step"], "train", "reviews",
                              *SMALL, "--learning-rate", "1e30", "--out", "run")
        self.assertNotIn("Best validation", done.stdout)
        self.assertFalse([name for name in self.files("run") if name.startswith(".")])


class Output(ProgramTest):
    def test_an_unwritable_folder_fails_before_training(self):
        self.write("file", "kept")
        for out in ("file", "file/below", "/proc/eddy", "/dev/null/x"):
            with self.subTest(out=out):
                done = self.fail_with(2, "[--out]", "train", "reviews", *SMALL, "--out", out)
                self.assertNotIn("Epoch", done.stdout)
        self.assertEqual(self.read("file"), b"kept")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_without_permission_fails_before_training(self):
        os.mkdir(self.path("locked"), 0o500)
        done = self.fail_with(2, "[--out]", "train", "reviews", *SMALL, "--out", "locked")
        self.assertNotIn("Epoch", done.stdout)

    def test_a_full_disk_leaves_nothing_half_written(self):
        # A limit on file sizes stands for the full disk: writes fail in the middle of a file.
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        done = self.fail_with(3, "run/model.keras", "train", "reviews", *SMALL, "--out", "run",
                              preexec_fn=limit)
        self.assertIn("free some space", done.stderr)
        # By the first the run may go on, the second says what ended it.
        self.assertEqual(self.files("run"), ["backup", "live.json"])
        self.assertEqual(self.read_json("run/live.json")["status"], "failed")

    def test_a_full_disk_keeps_the_files_of_an_earlier_run(self):
        self.train()
        before = {name: self.read("run", name) for name in self.files("run")}

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        self.fail_with(3, "run/model.keras", "train", "reviews", *SMALL, "--out", "run",
                       preexec_fn=limit)
        after = {name: self.read("run", name) for name in self.files("run")
                 if name not in ("backup", "live.json")}
        self.assertEqual(after, before)

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE,
                                  env=self.environment(), encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("[stdout]", done.stderr)


if __name__ == "__main__":
    unittest.main()
