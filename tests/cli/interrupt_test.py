# SPDX-License-Identifier: MIT
"""Ctrl-C and SIGTERM: nothing is lost, the exit status tells."""
import os
import signal
import subprocess
import time
import unittest

from support import PROGRAM, SMALL, ProgramTest


class Interrupt(ProgramTest):
    def start(self, *arguments, out="run"):
        process = subprocess.Popen([PROGRAM, "train", "reviews", *arguments, "--out", out],
                                   cwd=self.folder, env=self.environment(), encoding="utf-8",
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(self.stop, process)
        return process

    @staticmethod
    def stop(process):
        process.kill()
        process.communicate()

    def stop_in_epoch(self, process, epoch, number):
        """Sends the signal as soon as the epoch has begun; the output from then on."""
        for line in process.stdout:
            if line.startswith(f"Epoch {epoch}/"):
                break
        process.send_signal(number)
        return process.communicate(timeout=120)

    def long_run(self, out="run"):
        long = SMALL[:]
        long[long.index("--epochs") + 1] = "100000"
        return self.start(*long, out=out)

    def check_kept(self, out, number):
        self.assertIn("Best validation accuracy", out)
        record = self.read_json("run/run.json")
        self.assertEqual(record["status"], "interrupted")
        self.assertEqual(record["signal"], signal.strsignal(number))
        epochs = len(self.read_json("run/history.json")["epoch"])
        self.assertGreaterEqual(epochs, 2)
        self.assertEqual(record["epochs_finished"], epochs)
        self.assertEqual(self.read("run/history.csv").count(b"\r\n"), epochs + 1)
        self.assertFalse([name for name in self.files("run") if name.startswith(".")])
        self.assertIn("accuracy.png", self.files("run"))
        self.succeed("predict", "run/model.keras", "a wonderful film")

    def test_ctrl_c_keeps_the_last_finished_epoch_and_exits_130(self):
        process = self.long_run()
        out, _ = self.stop_in_epoch(process, 3, signal.SIGINT)
        self.assertEqual(process.returncode, 130)
        self.check_kept(out, signal.SIGINT)

    def test_sigterm_exits_143(self):
        process = self.long_run()
        out, _ = self.stop_in_epoch(process, 3, signal.SIGTERM)
        self.assertEqual(process.returncode, 143)
        self.check_kept(out, signal.SIGTERM)

    def test_in_the_first_epoch_only_the_backup_is_written(self):
        process = self.start("--train-size", "20000", "--test-size", "10", "--units", "128",
                             "--batch-size", "8", "--maxlen", "200", "--seed", "1")
        _, err = self.stop_in_epoch(process, 1, signal.SIGINT)
        self.assertEqual(process.returncode, 130)
        self.assertIn("stopped after 0 whole epochs; nothing is lost: go on with `eddy train "
                      "--resume run`", err)
        self.assertEqual(self.files("run"), ["backup", "live.json"])
        self.assertEqual(self.files("run/backup"), ["latest.eddy", "run.json"])

    def test_a_model_on_disk_is_always_whole(self):
        # Killed at once at odd moments: the file of an earlier epoch must open.
        for delay in (0.0, 0.003, 0.011):
            out = f"run{delay}"
            process = self.long_run(out)
            for line in process.stdout:
                if line.startswith("Epoch 4/"):
                    break
            time.sleep(delay)
            process.kill()
            process.communicate()
            self.succeed("summary", out + "/model.keras")
            self.assertTrue(self.read_json(out, "history.json")["epoch"])

    def test_a_second_signal_ends_it_at_once(self):
        process = self.long_run()
        for line in process.stdout:
            if line.startswith("Epoch 2/"):
                break
        os.kill(process.pid, signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        os.kill(process.pid, signal.SIGCONT)
        process.communicate(timeout=120)
        self.assertIn(process.returncode, (130, 143))


if __name__ == "__main__":
    unittest.main()
