# SPDX-License-Identifier: MIT
"""eddy lab: a training watched from outside."""
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import time
import unittest

from support import PROGRAM, SMALL, ProgramTest


class Lab(ProgramTest):
    def pretend(self, **fields):
        """A run that this process would be training."""
        os.makedirs(self.path("run"), exist_ok=True)
        live = {"status": "training", "time": time.time(), "host": socket.gethostname(), "pid": os.getpid(),
                "epoch": 0, "epochs": 4, "batch": 3, "batches": 10, "samples": 320, "time_steps": 40,
                "seconds": 1.5, "batches_per_second": 2, "learning_rate": 0.001, "logs": {"loss": 0.5},
                "curve": {"epoch": [0.1, 0.2, 0.3], "loss": [0.7, 0.6, 0.5]},
                "gradient_norms": [{"layer": "lstm", "norms": [0.25, 0.125]}], "events": [{"time": 0, "what": "began"}]}
        live.update(fields)
        self.write("run/live.json.new", json.dumps(live))
        os.replace(self.path("run/live.json.new"), self.path("run/live.json"))

    def test_a_training_while_it_runs_when_stopped_and_when_it_has_gone_on(self):
        training = subprocess.Popen([PROGRAM, "train", "reviews", *SMALL, "--epochs", "100000", "--out", "run"],
                                    cwd=self.folder, env=self.environment(), stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        self.addCleanup(training.kill)
        now = {"whole_epochs": 0}
        while now["whole_epochs"] == 0:
            self.assertIsNone(training.poll())
            time.sleep(0.05)
            if os.path.exists(self.path("run/live.json")):
                now = json.loads(self.succeed("lab", "run", "--json").stdout)
        self.assertIn(now["status"], ("training", "validating"))
        self.assertEqual((now["name"], now["epochs"], now["samples"], now["time_steps"]), ("run", 100000, 320, 40))
        self.assertEqual(now["pid"], training.pid)
        self.assertLessEqual(len(now["history"]["loss"]), now["whole_epochs"])
        text = self.succeed("lab", "run").stdout
        for words in ("run  ", "Epoch ", "/100000", "left in this epoch", "loss", "acc", "began"):
            self.assertIn(words, text)
        training.send_signal(signal.SIGINT)
        self.assertEqual(training.wait(60), 130)
        stopped = json.loads(self.succeed("lab", "run", "--json").stdout)
        self.assertEqual(stopped["status"], "interrupted")
        self.assertEqual([event["what"] for event in stopped["events"]][-2:],
                         ["interrupted", "stopped by Interrupt"])
        self.assertTrue(all(layer["norms"][-1] > 0 for layer in stopped["gradient_norms"]))
        self.assertEqual([layer["layer"] for layer in stopped["gradient_norms"]], ["embedding", "lstm", "dense"])
        self.assertIn("run  interrupted\n", self.succeed("lab", "run").stdout)
        again = subprocess.Popen([PROGRAM, "train", "--resume", "run"], cwd=self.folder, env=self.environment(),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(again.wait)
        self.addCleanup(again.kill)
        now = stopped
        while now["pid"] != again.pid:
            self.assertIsNone(again.poll())
            time.sleep(0.05)
            now = json.loads(self.succeed("lab", "run", "--json").stdout)
        self.assertEqual(now["events"][0]["what"], "resumed")
        self.assertGreaterEqual(now["epoch"], stopped["epoch"])

    def test_a_finished_run_from_its_history(self):
        self.train("runs/a")
        self.assertNotIn("live.json", self.files("runs/a"))
        text = self.succeed("lab").stdout  # the newest one in runs
        for words in ("a  finished\n", "Epoch 2/2", "100 %", "loss", "val ", "acc"):
            self.assertIn(words, text)
        self.assertLessEqual(text.count("\n"), 24)
        numbers = json.loads(self.succeed("lab", "runs/a", "--json").stdout)
        self.assertEqual(numbers["history"]["loss"], self.read_json("runs/a/history.json")["loss"])
        self.train("runs/b", "--epochs", "1")
        both = self.succeed("lab", "runs/b", "runs/a", env={"LINES": "50"}).stdout
        self.assertRegex(both, r"(?s)^b  finished.*\na  finished")

    def test_a_training_that_fails_says_why(self):
        self.fail_with(3, "loss", "train", "reviews", *SMALL, "--optimizer", "sgd", "--learning-rate", "1e38",
                       "--cell", "simple_rnn", "--out", "run")
        failed = json.loads(self.succeed("lab", "run", "--json").stdout)
        self.assertEqual(failed["status"], "failed")
        self.assertTrue(any(event["what"].startswith("NaN or infinite: ") for event in failed["events"]))

    def test_a_forecast(self):
        self.write("waves.csv", "x\n" + "".join(f"{i % 7}\n" for i in range(400)))
        self.succeed("forecast", "waves.csv", "--epochs", "30", "--patience", "1", "--window", "9", "--out", "run")
        self.assertNotIn("live.json", self.files("run"))
        ended = json.loads(self.succeed("lab", "run", "--json").stdout)
        self.assertEqual((ended["status"], ended["epochs"]), ("finished", 30))
        self.assertEqual(len(ended["history"]["val_loss"]), ended["whole_epochs"])

    def test_windows_of_many_sizes(self):
        self.pretend()
        for width in (20, 40, 80, 200):
            for height in (1, 4, 12, 24, 60):
                text = self.succeed("lab", "run", "--once", env={"COLUMNS": str(width), "LINES": str(height)}).stdout
                self.assertLessEqual(max(map(len, text.split("\n"))), width)
                self.assertLessEqual(text.count("\n"), max(height - 1, 3))
        self.assertIn("lstm  0.125", text)
        self.assertTrue(any("\u2800" < letter <= "\u28ff" for letter in text))  # Braille
        plain = self.succeed("lab", "run", env={"LC_ALL": "C"}).stdout
        self.assertTrue(plain.isascii())

    def test_bad_input(self):
        self.fail_with(2, "runs", "lab")
        self.fail_with(3, "live.json", "lab", "none")
        os.mkdir(self.path("run"))
        self.fail_with(3, "got none of them", "lab", "run")
        self.write("run/live.json", '{"status": 7}')
        self.fail_with(3, "status: expected a text", "lab", "run")
        self.write("run/live.json", b"\xff" * 100000)
        self.fail_with(3, "one JSON object", "lab", "run", "--json")
        self.fail_with(2, "number", "lab", "run", "--interval", "0")
        self.pretend(pid=1 << 23)
        self.assertIn("gone", self.succeed("lab", "run").stdout)

    def in_terminal(self, act, rows=24, columns=80):
        """What eddy lab writes on a terminal, its status, and the terminal's settings before and after."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        before = termios.tcgetattr(slave)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        process = subprocess.Popen([PROGRAM, "lab", "run", "--interval", "0.05"], cwd=self.folder, stdin=slave,
                                   stdout=slave, stderr=slave, env=self.environment(), preexec_fn=take_terminal)
        self.addCleanup(process.kill)
        self.output = b""

        def until(words):
            while words not in self.output:
                self.assertTrue(select.select([master], [], [], 30)[0], self.output)
                self.output += os.read(master, 65536)

        until(b"q quits")
        act(master, process, until)
        while process.poll() is None or select.select([master], [], [], 0)[0]:
            if select.select([master], [], [], 0.05)[0]:
                self.output += os.read(master, 65536)
        self.assertEqual(termios.tcgetattr(slave), before)
        self.assertTrue(self.output.startswith(b"\x1b[?1049h\x1b[?25l"))
        self.assertIn(b"\x1b[?25h\x1b[?1049l", self.output)
        return process.returncode

    def test_q_quits(self):
        self.pretend()
        self.assertEqual(self.in_terminal(lambda master, *_: os.write(master, b"xq")), 0)
        self.assertTrue(self.output.endswith(b"\x1b[?1049l"))

    def test_ctrl_c_leaves_the_terminal_as_it_was(self):
        self.pretend()
        self.assertEqual(self.in_terminal(lambda master, *_: os.write(master, b"\x03")), 130)
        self.assertEqual(self.in_terminal(lambda _, process, __: process.terminate()), 143)

    def test_it_follows_the_window_and_the_run_to_its_end(self):
        self.pretend()

        def act(master, process, until):
            self.output = self.output.replace(b"q quits", b"")
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 30, 0, 0))
            until(b"q quits")
            self.write("run/live.json", '{"status": ')  # a moment in which it cannot be read
            until(b"q quits; [run/")
            self.pretend(epoch=2, whole_epochs=2, batch=5)
            until(b"Epoch 3/4")
            self.pretend(status="finished", whole_epochs=4)

        self.assertEqual(self.in_terminal(act), 0)
        last = self.output.split(b"\x1b[?1049l")[1].decode()
        self.assertIn("finished", last)
        self.assertIn("Epoch 4/4", last)


if __name__ == "__main__":
    unittest.main()
