# SPDX-License-Identifier: MIT
"""Runs the program in an empty folder, away from the user's data, settings and network."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["EDDY_PROGRAM"]
REAL_DATA = os.environ.get("EDDY_DATA_DIR", "")

# A training of about a second.
SMALL = ["--train-size", "400", "--test-size", "200", "--num-words", "600", "--maxlen", "40",
         "--units", "8", "--embedding", "8", "--epochs", "2", "--batch-size", "32", "--seed", "7"]


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="eddy-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def environment(self, **extra):
        kept = {k: v for k, v in os.environ.items()
                if k in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
        # A proxy where nobody listens: no test may reach the network.
        kept.update(HOME=self.folder, TERM="xterm-256color", LC_ALL="C.UTF-8",
                    https_proxy="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")
        kept.update(extra)
        return kept

    def run_program(self, *arguments, stdin=None, env=None, **options):
        """The finished process; stdout and stderr as text."""
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, input=stdin,
                              stdin=None if stdin is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                              env=self.environment(**(env or {})), encoding="utf-8", **options)

    def succeed(self, *arguments, **options):
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def fail_with(self, status, words, *arguments, **options):
        """One message in the grammar of all errors, holding each of the words."""
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, status, (arguments, done.stdout, done.stderr))
        self.assertRegex(done.stderr, r"(?m)^error: \[[^\]]+\] .+: expected .+ Fix: .+\.$")
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr)
        return done

    def train(self, out="run", *arguments, **options):
        return self.succeed("train", "reviews", *SMALL, *arguments, "--out", out, **options)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def read(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()

    def read_json(self, *parts):
        return json.loads(self.read(*parts))

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def files(self, *parts):
        """Names of all files, hidden ones included."""
        return sorted(os.listdir(self.path(*parts)))
