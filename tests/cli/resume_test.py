# SPDX-License-Identifier: MIT
"""eddy train --resume: what a killed run ends with, what is refused, what a full disk leaves."""
import os
import random
import resource
import signal
import struct
import subprocess
import time
import unittest
import zipfile

from support import PROGRAM, ProgramTest

# Some tenths of a second: nine epochs of seven batches, a backup after every third batch.
RUN = ["--train-size", "280", "--test-size", "10", "--num-words", "600", "--maxlen", "30", "--units", "8",
       "--embedding", "8", "--epochs", "9", "--batch-size", "32", "--seed", "7", "--save-freq", "3", "--tensorboard"]
KILLS = 40


class Resume(ProgramTest):
    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, "train", *arguments], cwd=self.folder,
                                   env=self.environment(), encoding="utf-8",
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(self.kill, process)
        return process

    @staticmethod
    def kill(process):
        process.kill()
        process.communicate()

    def begin(self, out, *arguments):
        return self.start("reviews", *RUN, *arguments, "--out", out)

    def results(self, out):
        """All that does not tell the time."""
        history = self.read_json(out, "history.json")
        self.assertEqual(len(history.pop("seconds")), len(history["epoch"]))
        record = self.read_json(out, "run.json")
        with zipfile.ZipFile(self.path(out, "model.keras")) as model:
            members = {name: model.read(name) for name in model.namelist()
                       if name != "metadata.json"}
        self.assertIn("model.weights.h5", members)
        return (self.files(out), self.read(out, "history.csv"), history, members, record["status"],
                record["last_epoch"], record["epochs_finished"], self.events(out))

    def events(self, out):
        """The records of the event files, without their wall time."""
        found = {}
        for part in ("train", "validation"):
            [name] = self.files(out, part)
            data, found[part] = self.read(out, part, name), []
            while data:
                length = struct.unpack("<Q", data[:8])[0]
                found[part].append(data[12 + 9:12 + length])
                data = data[16 + length:]
        return found

    def check_whole(self, out):
        """Every file, whatever moment the program was killed at."""
        self.assertTrue(self.read_json(out, "backup", "run.json")["options"])
        for name in self.files(out):
            if name.endswith(".json"):
                self.read_json(out, name)
            if name == "model.keras":
                with zipfile.ZipFile(self.path(out, name)) as model:
                    self.assertIsNone(model.testzip())
            if name == "history.csv":
                self.assertTrue(self.read(out, name).endswith(b"\r\n"))

    def temporaries(self, out):
        found = []
        for folder in (self.path(out), self.path(out, "backup")):
            if os.path.isdir(folder):
                found += [name for name in os.listdir(folder) if name.startswith(".eddy-")]
        return found

    def wait_for_epoch(self, process):
        """Reads up to the beginning of an epoch; False: the program has ended."""
        return any(line.startswith("Epoch ") for line in process.stdout)

    def stop_at_a_moment(self, process, draw, epoch_seconds):
        for _ in range(draw.randrange(1, 4)):
            if not self.wait_for_epoch(process):
                return
        time.sleep(draw.random() * epoch_seconds)
        process.kill()

    def stop_while_it_writes(self, process, draw, out):
        if not self.wait_for_epoch(process):
            return
        for _ in range(draw.randrange(1, 12)):
            seen = set(self.temporaries(out))
            while process.poll() is None and not set(self.temporaries(out)) - seen:
                pass
        process.kill()

    def test_killed_at_any_moment_it_ends_as_if_undisturbed(self):
        self.assertEqual(self.begin("calm").wait(timeout=300), 0)
        want = self.results("calm")
        record = self.read_json("calm/run.json")
        draw = random.Random(20)
        kills = writing = finished = 0
        out = None
        while kills < KILLS or out is not None:
            if out is None:
                out = f"run{finished}"
                process = self.begin(out)
            else:
                process = self.start("--resume", out)
            if kills >= KILLS:
                pass  # to its end
            elif kills % 2 == 0:
                self.stop_at_a_moment(process, draw, record["seconds"] / 9)
            else:
                self.stop_while_it_writes(process, draw, out)
            _, errors = process.communicate(timeout=300)
            if process.returncode == 0:
                self.assertEqual(self.results(out), want)
                finished += 1
                out = None
                continue
            self.assertEqual(process.returncode, -signal.SIGKILL, errors)
            kills += 1
            if self.read_json(out, "run.json")["status"] != "finished" \
                    if "run.json" in self.files(out) else True:
                self.check_whole(out)
                writing += bool(self.temporaries(out))
        self.assertGreaterEqual(kills, 30)
        self.assertGreaterEqual(writing, 3, "killed too seldom in the middle of writing")
        print(f"{kills} kills, {writing} in the middle of writing, {finished} runs")

    def test_ctrl_c_says_how_to_go_on_and_nothing_is_lost(self):
        self.assertEqual(self.begin("calm").wait(timeout=300), 0)
        for number in (signal.SIGINT, signal.SIGTERM):
            out = f"run{int(number)}"
            process = self.begin(out)
            self.wait_for_epoch(process)
            self.wait_for_epoch(process)
            process.send_signal(number)
            _, errors = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 128 + number)
            self.assertIn(f"go on with `eddy train --resume {out}`", errors)
            self.succeed("train", "--resume", out)
            self.assertEqual(self.results(out), self.results("calm"))

    def interrupted(self, out="run"):
        process = self.begin(out)
        self.wait_for_epoch(process)
        self.wait_for_epoch(process)
        self.kill(process)
        return out

    def test_threads_may_differ(self):
        self.assertEqual(self.begin("calm", "--threads", "1").wait(timeout=300), 0)
        self.succeed("train", "--resume", self.interrupted(), "--threads", "3")
        self.assertEqual(self.results("run"), self.results("calm"))

    def test_flags_that_contradict_the_run_are_refused(self):
        self.interrupted()
        for flags, words in ((["--units", "9"], "[--units] value: expected 8 as run was begun with, got 9"),
                             (["--seed", "8"], "[--seed] value: expected 7"),
                             (["--data-dir", "."], "[--data-dir] value: expected none"),
                             (["--cell", "gru"], "[--cell] value: expected lstm"),
                             (["--out", "other"], "[--out] folder: expected run"),
                             (["imdb"], "[dataset] value: expected reviews")):
            self.fail_with(2, words, "train", "--resume", "run", *flags)
        self.succeed("train", "reviews", "--resume", "run", "--units", "8", "--seed", "7")

    def test_folders_without_an_unfinished_run(self):
        os.mkdir(self.path("empty"))
        for out in ("empty", "none"):
            self.fail_with(2, "folder: expected an unfinished run, got none", "train", "--resume", out)
        self.assertEqual(self.begin("run").wait(timeout=300), 0)
        before = self.results("run")
        self.assertIn("has finished", self.succeed("train", "--resume", "run").stdout)
        self.assertEqual(self.results("run"), before)

    def test_a_new_run_does_not_take_the_place_of_an_unfinished_one(self):
        self.interrupted()
        self.fail_with(2, "go on with `eddy train --resume run`", "train", "reviews", *RUN, "--out", "run")
        self.succeed("train", "--resume", "run")
        self.succeed("train", "reviews", *RUN, "--out", "run")

    def test_files_of_others_stay(self):
        os.makedirs(self.path("run", "backup"))
        for name in ("backup/thesis.txt", "train/events.out.tfevents.1.host"):
            os.makedirs(os.path.dirname(self.path("run", name)), exist_ok=True)
            self.write(os.path.join("run", name), b"not eddy's")
        self.succeed("train", "reviews", *RUN, "--out", "run")
        for name in ("backup/thesis.txt", "train/events.out.tfevents.1.host"):
            self.assertEqual(self.read(os.path.join("run", name)), b"not eddy's")

    def test_two_processes_do_not_go_on_with_one_run(self):
        self.interrupted()
        process = self.start("--resume", "run")
        self.wait_for_epoch(process)
        os.kill(process.pid, signal.SIGSTOP)
        self.fail_with(2, "which another process is training", "train", "--resume", "run")
        os.kill(process.pid, signal.SIGCONT)
        process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0)

    def test_damaged_backups_are_told(self):
        self.interrupted()
        whole = self.read("run/backup/latest.eddy")
        self.write("run/backup/latest.eddy", whole[:-9])
        self.fail_with(3, "backup: expected a whole one", "train", "--resume", "run")
        self.write("run/backup/latest.eddy", whole)
        record = self.read("run/backup/run.json")
        for text in ("", "[]", "{", '{"options": 3}'):
            self.write("run/backup/run.json", text)
            self.fail_with(3, "record: expected a JSON object", "train", "--resume", "run")
        self.write("run/backup/run.json", record)
        self.succeed("train", "--resume", "run")

    def test_a_full_disk_loses_nothing_that_was_saved(self):
        self.assertEqual(self.begin("calm").wait(timeout=300), 0)
        self.interrupted()
        besides = ("backup", "train", "validation", "live.json")
        kept = {name: self.read("run", name) for name in self.files("run") if name not in besides}
        backup = self.read("run/backup/latest.eddy")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
        done = self.fail_with(3, "free some space", "train", "--resume", "run", preexec_fn=limit)
        self.assertIn("go on with `eddy train --resume run`", done.stderr)
        self.assertEqual({name: self.read("run", name) for name in self.files("run")
                          if name not in besides},
                         {name: data for name, data in kept.items() if not name.startswith(".")})
        self.assertEqual(self.read("run/backup/latest.eddy"), backup)
        self.assertEqual(self.temporaries("run"), [])
        self.succeed("train", "--resume", "run")
        self.assertEqual(self.results("run"), self.results("calm"))

    def test_a_run_that_failed_for_good_leaves_no_backup(self):
        self.fail_with(3, "loss: expected a finite number", "train", "reviews", *RUN,
                       "--learning-rate", "1e30", "--out", "run")
        self.assertNotIn("backup", self.files("run"))


if __name__ == "__main__":
    unittest.main()
