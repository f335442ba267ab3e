# SPDX-License-Identifier: MIT
"""Every command in the documents, run in an empty folder: page by page, in their order, with small data under the
names that the pages use, the built-in reviews in the place of IMDB, and less training than they ask for. In running
text every command and flag must be one that the program knows."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from documents import NOT_RUN, PAGES, ROOT, blocks, commands, name_of, spans, typed_lines  # noqa: E402
from fixtures import FILES  # noqa: E402
from support import PROGRAM, ProgramTest  # noqa: E402

SMALL_REVIEWS = "--train-size 300 --test-size 100"
# A word of a command, and what stands for it here.
INSTEAD = [(r"\bimdb\b(?!-)", "reviews"), (r"\bruns/imdb-", "runs/reviews-"), (r"\bMODEL\b", "runs/book-lstm/model.keras"),
           (r"--epochs \d+", "--epochs 1"), (r"--trials \d+", "--trials 2")]
MODELS = {"before.keras", "after.keras", "model.keras"}


def quickened(command):
    for pattern, instead in INSTEAD:
        command = re.sub(pattern, instead, command)
    verb = command.split()[1]
    redirect = re.search(r"\s*> \S+$", command)
    end = redirect.group() if redirect else ""
    command = command[:len(command) - len(end)]
    more = []
    trains = verb in ("train", "tune") and "--resume" not in command and "run.json" not in command
    if trains or (verb == "forecast" and "--model" not in command):
        more += [] if "--epochs" in command else ["--epochs 1"]
        more += ["--trials 2"] if verb == "tune" and "--trials" not in command else []
    if trains and re.search(r" reviews\b|run.toml", command):
        more += [SMALL_REVIEWS, "--maxlen 30"]
    if verb == "evaluate" and re.search(r" reviews\b(?!-)", command):
        more += ["--test-size 100"]
    return " ".join([command, *more]) + end


class CommandsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        """A run and a forecast for pages that begin with one, and the program under its name."""
        cls.kept = tempfile.mkdtemp(prefix="eddy-docs-")
        cls.addClassCleanup(shutil.rmtree, cls.kept, ignore_errors=True)
        os.makedirs(os.path.join(cls.kept, "bin"))
        os.symlink(os.path.abspath(PROGRAM), os.path.join(cls.kept, "bin", "eddy"))
        for run, command in {
                "reviews": f"train reviews --cell gru {SMALL_REVIEWS} --maxlen 30 --epochs 1",
                "weather": "forecast seattle-weather.csv --target temp_max --horizon 3 --cell gru --epochs 1"}.items():
            Path(cls.kept, "seattle-weather.csv").write_text(FILES["seattle-weather.csv"]())
            subprocess.run([PROGRAM, *command.split(), "--out", run], cwd=cls.kept, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def provide(self, words):
        """What a command reads, unless one before has made it."""
        for flag, word in zip(["", *words], words):
            name = word.removesuffix("/model.keras").removesuffix("/run.json")
            if flag in ("--out", ">", "--html", "--gates") or os.path.exists(self.path(word)):
                continue
            if word in FILES:
                content = FILES[word]()
                self.write(word, content)
            elif re.fullmatch(r"runs/[\w-]+", name):
                kind = "weather" if "weather" in name else "reviews"
                shutil.copytree(os.path.join(self.kept, kind), self.path(name))
            elif word in MODELS:
                shutil.copy(os.path.join(self.kept, "reviews", "model.keras"), self.path(word))
            elif word == "model.h5":
                shutil.copy(ROOT / "tests/files/golden/lstm_rmsprop.h5", self.path(word))

    def run_page(self, page):
        for language, text in blocks(page):
            named = re.match(r"# (\S+\.toml)\n", text)
            if language == "toml" and named:
                self.write(named.group(1), text.replace('"imdb"', '"reviews"'))
        for command in commands(page):
            quick = quickened(command)
            self.provide(quick.split()[1:])
            done = subprocess.run(["bash", "-c", quick], cwd=self.folder, stdin=subprocess.DEVNULL, timeout=120,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                  env=self.environment(PATH=f"{self.kept}/bin:{os.environ['PATH']}"))
            self.assertEqual(done.returncode, 0, f"{name_of(page)}: {command}\nas: {quick}\n{done.stderr}")

    def test_every_line_that_is_typed_is_run_or_listed(self):
        front_door = subprocess.run([ROOT / "dev", "help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
        unused = set(NOT_RUN)
        for page in PAGES:
            run = commands(page)
            for line in typed_lines(page):
                listed = [beginning for beginning in NOT_RUN if line.startswith(beginning)]
                unused -= set(listed)
                if line.startswith("./dev "):  # what it does: dev_test.py
                    self.assertRegex(front_door, rf"(?m)^  {line.split()[1]}\b", f"{name_of(page)}: {line}")
                else:
                    self.assertTrue(line in run or listed, f"{name_of(page)}: nothing runs '{line}'")
        self.assertFalse(unused, "in NOT_RUN, and in no page")

    def test_what_running_text_names_is_there(self):
        usage = self.run_program("--help").stdout
        verbs = set(re.findall(r"(?m)^  (\w+)  ", usage))
        front_door = subprocess.run([ROOT / "dev", "help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
        helps = {verb: self.run_program(verb, "--help").stdout for verb in verbs}
        for page in PAGES:
            for span in spans(page):
                words = span.split()
                if words[0] == "./dev" and len(words) > 1:
                    self.assertRegex(front_door, rf"(?m)^  {words[1]}\b", f"{name_of(page)}: `{span}`")
                elif words[0] == "eddy" and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
                    self.assertIn(words[1], verbs, f"{name_of(page)}: `{span}`")
                    for flag in re.findall(r"(?<!\S)--[a-z][\w-]*", span):
                        self.assertRegex(helps[words[1]], rf"{flag}\b", f"{name_of(page)}: `{span}`")
                elif re.fullmatch(r"--[a-z][a-z-]*", words[0]):
                    self.assertTrue(any(re.search(rf"{words[0]}\b", text) for text in [usage, front_door, *helps.values()])
                                    or words[0] in ELSEWHERE, f"{name_of(page)}: `{span}`")
                elif re.fullmatch(r"(scripts|tests|src|docs|include|bench|fuzz|examples|cmake)/[\w./-]+", words[0]):
                    self.assertTrue((ROOT / words[0]).exists() or words[0] in TO_BE_ADDED, f"{name_of(page)}: `{span}`")


ELSEWHERE = set()  # flags of other programs
TO_BE_ADDED = {"src/cells/mgu-inl.h"}  # by docs/adding_a_cell.md


def add_pages():
    for page in PAGES:
        def run(self, page=page):
            self.run_page(page)
        if commands(page):
            setattr(CommandsTest, "test_" + re.sub(r"\W", "_", name_of(page)), run)


add_pages()

if __name__ == "__main__":
    unittest.main()
