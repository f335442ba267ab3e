# SPDX-License-Identifier: MIT
"""Texts larger than --memory: bounded, to the same bits, and nothing left behind."""
import json
import os
import random
import resource
import signal
import subprocess
import threading
import time
import unittest

from support import PROGRAM, ProgramTest

FLAGS = ["--units", "4", "--embedding", "4", "--maxlen", "60", "--num-words", "3000", "--epochs", "1",
         "--batch-size", "256", "--seed", "5", "--threads", "1"]
BOUND = 16_000_000


def rows(count, seed=1):
    """Texts of half a kilobyte; every second word is a new one."""
    draw = random.Random(seed)
    common = [f"w{number}" for number in range(3000)]
    for number in range(count):
        words = draw.choices(common, k=35) + [f"{draw.getrandbits(44):011x}" for _ in range(30)]
        words[number % 7] = ("good", "bad")[number % 2]
        yield " ".join(words), ("yes", "no")[number % 2]


class MemoryTest(ProgramTest):
    def write_csv(self, name, count, seed=1):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("text,label\n")
            file.writelines(f"{text},{label}\n" for text, label in rows(count, seed))

    def write_jsonl(self, name, count, seed=1):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text, "label": label}) + "\n"
                            for text, label in rows(count, seed))

    def peak(self, run):
        return self.read_json(run, "run.json")["peak_memory_bytes"]

    def measured(self, *arguments):
        """A finished run, and the largest memory that it had."""
        peaks = []

        def watch(process):
            while process.poll() is None:
                try:
                    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                        peaks.extend(int(line.split()[1]) * 1024 for line in status
                                     if line.startswith("VmHWM"))
                except OSError:
                    return
                time.sleep(0.002)
        process = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, encoding="utf-8")
        watcher = threading.Thread(target=watch, args=(process,))
        watcher.start()
        output, errors = process.communicate(timeout=300)
        watcher.join()
        return process.returncode, output, errors, max(peaks)


class LargerThanMemoryTest(MemoryTest):
    def test_a_file_larger_than_the_bound_gives_the_same_bits_in_bounded_memory(self):
        os.mkdir(self.path("scratch"))
        environment = {"TMPDIR": self.path("scratch")}
        self.write_csv("small.csv", 400)
        self.write_csv("big.csv", 36_000)
        self.write_jsonl("big.jsonl", 36_000)
        self.assertGreater(os.path.getsize(self.path("big.csv")), 19_000_000)
        self.succeed("train", "small.csv", *FLAGS, "--out", "small", env=environment)
        free = self.succeed("train", "big.csv", *FLAGS, "--out", "free", env=environment)
        self.assertNotIn("Scratch", free.stdout)
        runs = {}
        for name in ("big.csv", "big.jsonl"):
            out = "bound-" + name
            done = self.succeed("train", name, *FLAGS, "--memory", "16MB", "--out", out, env=environment)
            self.assertRegex(done.stdout, r"\nScratch     \d+ MB of ids on disk, for --memory\n")
            runs[name] = out
        base = self.peak("small")
        self.assertGreater(self.peak("free") - base, 2 * BOUND)  # what there is to bound
        test = self.succeed("evaluate", "free/model.keras", "big.jsonl", "--json").stdout
        for out in runs.values():
            self.assertLess(self.peak(out) - base, BOUND)
            self.assertEqual(self.read(out, "history.csv"), self.read("free", "history.csv"))
            self.assertEqual(*(self.succeed("predict", f"{run}/model.keras", "good w1 w2 w3 bad",
                                            "--json").stdout for run in (out, "free")))
        status, output, _, peak = self.measured("evaluate", "free/model.keras", "big.jsonl", "--json",
                                                "--memory", "16MB", "--threads", "1")
        self.assertEqual((status, output), (0, test))
        self.assertLess(peak - base, BOUND)
        self.assertEqual(os.listdir(self.path("scratch")), [])

    def test_a_record_without_end_is_refused_in_bounded_memory(self):
        with open(self.path("long.csv"), "wb") as csv, open(self.path("long.jsonl"), "wb") as jsonl:
            csv.write(b"text,label\nshort,a\n")
            jsonl.write(b'{"text": "short", "label": "a"}\n{"text": "')
            for _ in range(60):
                csv.write(b"x " * (1 << 19))
                jsonl.write(b"x " * (1 << 19))
        os.makedirs(self.path("long/a"))
        with open(self.path("long/a/a.txt"), "wb") as file:
            file.truncate(1 << 30)
        for name, words in (("long.csv", "line 3: expected a row of at most 16777216 bytes"),
                            ("long.jsonl", "line 2: expected a line of at most 16777216 bytes"),
                            ("long", "a.txt] text: expected a file of at most 16777216 bytes, got 1073741824")):
            status, _, errors, peak = self.measured("train", name, *FLAGS)
            self.assertEqual(status, 3)
            self.assertIn(words, errors)
            self.assertLess(peak, 120_000_000)
        status, _, errors, peak = self.measured("train", "long.csv", *FLAGS, "--memory", "16MB")
        self.assertIn("a row of at most 500000 bytes", errors)
        self.assertIn("Fix: cut long texts, or raise memory", errors)
        self.assertEqual(status, 3)


class SequencesTest(MemoryTest):
    FLAGS = ["--id", "id", "--units", "3", "--epochs", "2", "--batch-size", "128", "--seed", "5", "--threads", "1"]

    def write_table(self, name, sequences, steps, seed=1):
        """Sequences of `steps` rows of six columns; the label is whether the first one rises."""
        draw = random.Random(seed)
        noise = [",".join(f"{draw.gauss(5, 2):.4f}" for _ in range(5)) for _ in range(2_000)]
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("id,a,b,c,d,e,f,label\n")
            for number in range(sequences):
                slope = draw.choice((-1, 1))
                label = "up" if slope > 0 else "down"
                for t in range(steps + number % 7):
                    first = slope * t + 100 * draw.random()
                    file.write(f"s{number},{first:.3f},{draw.choice(noise)},{label}\n")

    def test_a_table_larger_than_the_bound_gives_the_same_bits_in_bounded_memory(self):
        os.mkdir(self.path("scratch"))
        environment = {"TMPDIR": self.path("scratch")}
        self.write_table("small.csv", 300, 20)
        self.write_table("big.csv", 5_000, 200)
        self.succeed("train", "small.csv", *self.FLAGS, "--out", "small", env=environment)
        flags = [*self.FLAGS, "--batch-size", "32"]
        free = self.succeed("train", "big.csv", *flags, "--out", "free", env=environment)
        bound = self.succeed("train", "big.csv", *flags, "--memory", "16MB", "--out", "bound", env=environment)
        self.assertNotIn("Scratch", free.stdout)
        self.assertRegex(bound.stdout, r"\nScratch     \d+ MB of numbers on disk, for --memory\n")
        base = self.peak("small")
        self.assertGreater(self.peak("free") - base, 1.5 * BOUND)  # what there is to bound
        self.assertLess(self.peak("bound") - base, BOUND)
        self.assertEqual(self.read("bound/history.csv"), self.read("free/history.csv"))
        records = [self.read_json(run, "run.json")["dataset"] for run in ("bound", "free")]
        self.assertEqual(*records)
        test = self.succeed("evaluate", "free/model.keras", "big.csv").stdout
        status, output, _, peak = self.measured("evaluate", "bound/model.keras", "big.csv", "--memory", "16MB",
                                                "--threads", "1")
        self.assertEqual((status, output), (0, test))
        self.assertLess(peak - base, BOUND)
        self.assertEqual(os.listdir(self.path("scratch")), [])

    def test_a_file_for_validation_is_read_in_the_same_way(self):
        self.write_table("a.csv", 200, 12)
        self.write_table("b.csv", 90, 9, seed=2)
        for out, flags in (("free", []), ("bound", ["--memory", "16MB"])):
            self.succeed("train", "a.csv", *self.FLAGS, "--validation", "b.csv", *flags, "--out", out)
        records = [self.read_json(run, "run.json")["dataset"] for run in ("bound", "free")]
        self.assertEqual(*records)
        self.assertEqual((records[0]["train_size"], records[0]["validation_size"]), (200, 90))
        self.assertRegex(records[0]["validation_sha256"], "^[0-9a-f]{64}$")
        self.assertEqual(self.read("bound/history.csv"), self.read("free/history.csv"))

    def test_what_cannot_be_read_one_by_one_is_refused(self):
        rows = ["a,1,u", "b,2,v", "a,3,u"]
        self.write("mixed.csv", "\n".join(["id,x,label", *rows]) + "\n")
        flags = [*self.FLAGS, "--memory", "16MB"]
        self.fail_with(3, ["mixed.csv] line 4, column 'id': expected all rows of sequence 'a' together",
                           "Fix: sort the rows by sequence, or leave memory out"], "train", "mixed.csv", *flags)
        with open(self.path("long.csv"), "w", encoding="utf-8") as file:
            file.write("id,x,label\n" + "a,1,u\n" * 200_000 + "b,2,v\n")
        self.fail_with(3, ["column 'id': expected a sequence of at most 500000 bytes, got more",
                           "Fix: cut it into several, or raise memory"], "train", "long.csv", *flags)
        with open(self.path("many.csv"), "w", encoding="utf-8") as file:
            file.write("id,x,label\n")
            file.writelines(f"{number},1,{'uv'[number % 2]}\n" for number in range(80_000))
        self.fail_with(2, ["[--memory] sequences: expected at most 76,923 for 16 MB, got more"],
                       "train", "many.csv", *flags)
        self.write("x.npz", b"PK")
        self.fail_with(3, ["x.npz] data: expected a table that is read row by row, got arrays"],
                       "train", "x.npz", "--memory", "16MB")


class SizesTest(MemoryTest):
    def test_sizes_are_read_or_refused(self):
        self.write_csv("a.csv", 60)
        for size, number in (("16MB", 16_000_000), ("0.5gb", 500_000_000), ("64MiB", 64 << 20),
                             ("20000000", 20_000_000), ("1t", 10 ** 12)):
            self.succeed("train", "a.csv", *FLAGS, "--memory", size, "--out", "of-" + size)
            self.assertEqual(self.read_json("of-" + size, "run.json")["options"]["memory"], number)
        for size in ("15MB", "0", "-1GB", "2 GB", "2GBB", "many", "MB", "1e9", "nan", "2000TB", "inf"):
            self.fail_with(2, ["[--memory] value: expected a size from 16MB to 1000TB, got", size,
                               "Fix: pass for instance --memory 200MB"],
                           "train", "a.csv", *FLAGS, "--memory=" + size)
        self.fail_with(2, "[--memory]", "train", "reviews", "--memory", "1GB")
        self.fail_with(2, "[--memory]", "evaluate", "of-16MB/model.keras", "reviews", "--memory", "1GB")

    def test_words_that_do_not_fit(self):
        self.write_csv("a.csv", 2_000)
        self.fail_with(2, ["vocabulary: expected words of at most 500000 bytes in all",
                           "Fix: lower num_words, raise memory"],
                       "train", "a.csv", *FLAGS, "--num-words", "60000", "--memory", "16MB")

    def test_more_texts_than_their_labels_fit(self):
        with open(self.path("many.csv"), "w", encoding="utf-8") as file:
            file.write("text,label\n" + "a,x\nb,y\n" * 170_000)
        self.fail_with(2, ["[--memory] texts: expected at most 333,333 for 16 MB, got more.",
                           "Fix: raise it by 48 bytes for each one more"],
                       "train", "many.csv", *FLAGS, "--memory", "16MB")


class ScratchTest(MemoryTest):
    RUN = ["big.csv", *FLAGS, "--memory", "16MB", "--out", "run"]

    def test_no_folder_and_no_space(self):
        self.write_csv("big.csv", 12_000)
        self.fail_with(3, ["nowhere] new scratch file in this folder: expected success", "TMPDIR"],
                       "train", *self.RUN, env={"TMPDIR": self.path("nowhere")})
        self.fail_with(3, ["writing the scratch file: expected success, got \"File too large\"",
                           "Fix: free some space"], "train", *self.RUN,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)))

    def test_stopped_runs_leave_no_scratch_and_go_on_in_other_memory(self):
        os.mkdir(self.path("scratch"))
        self.write_csv("big.csv", 25_000)  # so that ids are on disk while it trains
        flags = ["--epochs", "3", "--save-freq", "5"]
        self.succeed("train", *self.RUN[:-2], *flags, "--out", "calm")
        for number, memory in ((signal.SIGINT, "16MB"), (signal.SIGKILL, "1GB")):
            process = subprocess.Popen([PROGRAM, "train", *self.RUN, *flags], cwd=self.folder,
                                       env=self.environment(TMPDIR=self.path("scratch")),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
            for line in process.stdout:
                if line.startswith(b"Epoch 2/"):
                    break
            process.send_signal(number)
            process.communicate()
            self.assertEqual(os.listdir(self.path("scratch")), [])
            self.succeed("train", "--resume", "run", "--memory", memory)
            self.assertEqual(self.read("run/history.csv"), self.read("calm/history.csv"))
            self.assertEqual(*(self.succeed("predict", f"{run}/model.keras", "good w1 w2 w3 bad",
                                            "--json").stdout for run in ("run", "calm")))


if __name__ == "__main__":
    unittest.main()
