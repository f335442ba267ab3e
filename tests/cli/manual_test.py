# SPDX-License-Identifier: MIT
"""eddy manual and eddy completion: all of the flags, in pages and shells that take them."""
import os
import re
import shutil
import subprocess
import sys
import unittest

from support import ProgramTest


def lacks(program):
    if shutil.which(program):
        return False
    print(f"{program} is not here: what needs it is skipped", file=sys.stderr)
    return True


NO_MANDOC, NO_GROFF, NO_ZSH, NO_FISH = map(lacks, ("mandoc", "groff", "zsh", "fish"))


class Manual(ProgramTest):
    def commands(self):
        text = self.succeed("--help").stdout.split("Subcommands:\n")[1].split("\n\n")[0]
        return re.findall(r"(?m)^  (\w+)  ", text)

    def flags_in_help(self, *command):
        return re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", self.succeed(*command, "--help").stdout)

    def test_every_flag_of_every_command_is_in_its_page(self):
        self.assertIn("train", self.commands())
        for command in [[], *([name] for name in self.commands())]:
            page = self.succeed("manual", *command).stdout
            flags = self.flags_in_help(*command)
            self.assertIn("--help", flags)
            found = re.findall(r"(?m)^\.TP\n(?:\\fB\\-\w\\fR, )?\\fB(\\-\\-[a-z\\-]+)\\fR", page)
            self.assertEqual([flag.replace("\\", "") for flag in found], flags, command)

    def test_a_page_says_values_and_defaults(self):
        page = self.succeed("manual", "train").stdout
        self.assertIn("\\fB\\-\\-cell\\fR \\fIgru|lstm|simple_rnn\\fR\nRecurrent cell.\nDefault: lstm.\n", page)
        self.assertRegex(page, r"One of rmsprop, sgd, adam, [a-z, \n]+\.\nDefault: rmsprop\.\n")
        self.assertIn("One of imdb, reuters, reviews, or a path.", page)
        self.assertIn("\n.SH EXIT STATUS\n0 done", page)

    def test_the_date_is_that_of_the_build(self):
        page = self.succeed("manual", env={"SOURCE_DATE_EPOCH": "1700000000"}).stdout
        self.assertTrue(page.startswith('.TH EDDY 1 "2023-11-14" "eddy '), page[:80])

    def pages(self):
        self.succeed("manual", "--out", "share")
        pages = [self.path("share/man/man1", name) for name in self.files("share/man/man1")]
        self.assertEqual(len(pages), 1 + len(self.commands()))
        return pages

    @unittest.skipIf(NO_MANDOC, "no mandoc")
    def test_mandoc_finds_nothing(self):
        done = subprocess.run(["mandoc", "-T", "lint", *self.pages()], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @unittest.skipIf(NO_GROFF, "no groff")
    def test_groff_warns_of_nothing(self):
        for page in self.pages():
            done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", page], capture_output=True,
                                  text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_tree_as_an_installation_has_it(self):
        self.pages()
        for shell, path in (("bash", "bash-completion/completions/eddy"), ("zsh", "zsh/site-functions/_eddy"),
                            ("fish", "fish/vendor_completions.d/eddy.fish")):
            self.assertEqual(self.read("share", path).decode(), self.succeed("completion", shell).stdout)

    def test_bad_input(self):
        self.fail_with(2, "did you mean 'train'", "manual", "trian")
        self.fail_with(2, "did you mean 'bash'", "completion", "bahs")
        self.fail_with(2, "shell", "completion")
        self.fail_with(2, "all pages", "manual", "train", "--out", "share")
        self.write("file", "")
        self.fail_with(2, "Not a directory", "manual", "--out", "file")
        if os.getuid() != 0:
            os.mkdir(self.path("closed"), 0o500)
            self.fail_with(2, "Permission denied", "manual", "--out", "closed")


class Completion(ProgramTest):
    def setUp(self):
        super().setUp()
        for name in ("run-a", "other"):
            os.mkdir(self.path(name))
        self.write("run.csv", "")
        self.write("r e.csv", "")

    def bash(self, line):
        """What bash is told to offer for the last word of `line`."""
        script = ('source /dev/stdin <<<"$SCRIPT"; complete -p eddy >/dev/null || exit 1\n'
                  # As readline cuts words: COMP_WORDBREAKS has =.
                  'read -ra COMP_WORDS <<<"${LINE//=/ = }"; [[ $LINE != *[\\ =] ]] || COMP_WORDS+=("")\n'
                  '[[ $LINE != *= ]] || unset "COMP_WORDS[-1]"\n'
                  'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _eddy; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script], cwd=self.folder, capture_output=True,
                              text=True, env=self.environment(LINE=line, SCRIPT=self.script("bash")))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(word for word in done.stdout.split("\n") if word)

    def script(self, shell):
        return self.succeed("completion", shell).stdout

    def test_bash_completes_flags_values_and_files(self):
        for line, words in (
                ("eddy tr", ["train"]), ("eddy --v", ["--verbose", "--version"]),
                ("eddy train --c", ["--cell", "--char-level", "--columns", "--config"]),
                ("eddy train --cell ", ["gru", "lstm", "simple_rnn"]),
                ("eddy train --cell=g", ["gru"]), ("eddy train --cell=", ["gru", "lstm", "simple_rnn"]),
                ("eddy train --epochs 3 --pooling m", ["max", "mean"]),
                ("eddy train --epochs ", []), ("eddy train --optimizer adam", ["adam", "adamax", "adamw"]),
                ("eddy train re", ["reuters", "reviews"]), ("eddy train r", ["r e.csv", "reuters", "reviews",
                                                                             "run-a", "run.csv"]),
                ("eddy train --resume r", ["run-a"]), ("eddy train --config run", ["run-a", "run.csv"]),
                ("eddy --version ", self.bash("eddy ")), ("eddy summary ru", ["run-a", "run.csv"]),
                ("eddy completion ", ["bash", "fish", "zsh"]), ("eddy manual tu", ["tune"]),
                ("eddy nonsense ", [])):
            self.assertEqual(self.bash(line), words, line)

    def test_bash_knows_every_flag(self):
        for command in ("train", "forecast", "explain", "manual"):
            flags = re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", self.succeed(command, "--help").stdout)
            self.assertEqual(self.bash(f"eddy {command} --"), sorted(flags))

    @unittest.skipIf(NO_FISH, "no fish")
    def test_fish_completes(self):
        for line, words in (("eddy train --ce", ["--cell"]), ("eddy train --cell ", ["gru", "lstm", "simple_rnn"]),
                            ("eddy train --resume r", ["run-a/"]), ("eddy tr", ["train"])):
            done = subprocess.run(["fish", "--no-config", "-c", 'source; complete -C "$LINE"'], cwd=self.folder,
                                  input=self.script("fish"), capture_output=True, text=True,
                                  env=self.environment(LINE=line))
            self.assertEqual([word.split("\t")[0] for word in done.stdout.split("\n") if word], words, done)

    @unittest.skipIf(NO_ZSH, "no zsh")
    def test_zsh_takes_the_script(self):
        done = subprocess.run(["zsh", "-f", "-n"], input=self.script("zsh"), capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
