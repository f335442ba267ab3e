# SPDX-License-Identifier: MIT
"""What the documents have a reader type that begins with ./dev. The verbs run here on the program that is there
already: CMake and ctest are replaced by ones that write down what they were asked for."""
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from documents import PAGES, ROOT, name_of, typed_lines  # noqa: E402
from support import PROGRAM, ProgramTest  # noqa: E402

PICTURES = [f"{name}.{form}" for name in ("accuracy", "loss") for form in ("png", "svg")]
# Verbs that the documents name and that neither this test nor `./dev check` runs, and why.
ELSEWHERE = {"check": "is what runs all this", "golden": "takes an hour of Keras", "bench": "is about time"}


class DevTest(ProgramTest):
    def setUp(self):
        super().setUp()
        for folder in ("build/release", "bin"):
            os.makedirs(self.path(folder))
        shutil.copy(ROOT / "dev", self.path("dev"))
        os.symlink(os.path.abspath(PROGRAM), self.path("build/release/eddy"))
        for tool in ("cmake", "ctest"):
            self.write(f"bin/{tool}", f'#!/bin/sh\necho {tool} "$@" >>"{self.path("asked")}"\n')
            os.chmod(self.path("bin", tool), 0o755)
        # Whatever packages the machine has: what is missing is what `need` is for.
        self.write("bin/dpkg-query", "#!/bin/sh\nprintf installed\n")
        os.chmod(self.path("bin/dpkg-query"), 0o755)

    def dev(self, *arguments):
        path = f"{self.path('bin')}:{os.environ['PATH']}"
        done = subprocess.run(["./dev", *arguments], cwd=self.folder, env=self.environment(PATH=path), timeout=300,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(done.returncode, 0, done.stderr)
        asked = self.path("asked")
        return done.stdout, Path(asked).read_text(encoding="utf-8") if os.path.exists(asked) else ""

    def test_quickstart_trains_three_networks_draws_and_compares(self):
        output, asked = self.dev("quickstart", "--epochs", "1", "--maxlen", "30", "--units", "4", "--embedding", "4")
        self.assertIn("--build build/release", asked)
        self.assertIn("eddy_program", asked)
        rows = re.findall(r"(?m)^(simple_rnn|gru|lstm) +0\.\d{4} +1 +0\.\d{4} +0\.\d{4} +\d+\.\d\d +\d+\.\d$", output)
        self.assertEqual(rows, ["simple_rnn", "gru", "lstm"])
        for cell in rows:
            for name in [*PICTURES, "history.csv", "history.json", "model.keras", "run.json"]:
                self.assertGreater(os.path.getsize(self.path("quickstart", cell, name)), 0)
        for name in PICTURES:
            self.assertGreater(os.path.getsize(self.path("quickstart/comparison", name)), 0)
        last = re.search(r"Ask one:  (.+)", output)[1]
        answer = subprocess.run(["bash", "-c", last], cwd=self.folder, env=self.environment(), check=True,
                                stdout=subprocess.PIPE, encoding="utf-8").stdout
        self.assertRegex(answer, r"^0\.\d+\n$")

    def test_build_and_test_ask_for_what_they_say(self):
        output, asked = self.dev("build")
        self.assertIn("The program: build/release/eddy", output)
        self.assertRegex(asked, r"^cmake --preset release\ncmake --build build/release -j \d+ -- eddy_program\n$")
        os.remove(self.path("asked"))
        _, asked = self.dev("test", "release", "-R", "layers")
        self.assertRegex(asked, r"^cmake --preset release\ncmake --build build/release -j \d+ --\n"
                                r"ctest --test-dir build/release --output-on-failure -j \d+ -R layers\n$")

    def test_every_verb_that_is_typed_is_run_somewhere(self):
        script = (ROOT / "dev").read_text(encoding="utf-8")
        check = re.search(r"(?ms)^verb_check\(\) \{.*?^\}", script)[0]
        run = {"quickstart", "build", "test", *re.findall(r'stage "[^"]+" (\w+)', check)}
        for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
            for line in typed_lines(page):
                if line.startswith("./dev "):
                    verb = line.split()[1]
                    self.assertTrue(verb in run or verb in ELSEWHERE, f"{name_of(page)}: nothing runs '{line}'")


if __name__ == "__main__":
    unittest.main()
