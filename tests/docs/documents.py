# SPDX-License-Identifier: MIT
"""Blocks of code and of commands in the documents."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^( *)```([^\s`]*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")

# What begins a line that is meant to be typed.
TYPED = re.compile(r"(?:\$ |(?:\w+=\S+ )*(?:eddy|\./dev|cmake|ctest|make|pip|python3?|apt-get|git|scripts/\S+|build/\S+|bash|sh) )")
SHELLS = {"sh", "bash", "console", "shell"}
# Commands that no test runs, by their beginnings, and why.
NOT_RUN = {
    "cmake --": "tests/install builds and installs in these ways",
    "bible ": "needs a package that nothing else needs",
}


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page):
    """(language, text) of each fenced block."""
    return [match.groups()[1:] for match in FENCED.finditer(page.read_text(encoding="utf-8"))]


def typed_lines(page):
    """Lines that a reader types, without remarks; one that ends with a backslash goes on in the next."""
    found = []
    for language, text in blocks(page):
        lines = [line.strip() for line in re.sub(r"\\\n\s*", "", text).splitlines() if line.strip()]
        if language not in SHELLS and (language or not any(TYPED.match(line) for line in lines)):
            continue  # code, a formula, what a program prints
        found += [re.sub(r"\s{2,}#.*", "", line).strip().removeprefix("$ ") for line in lines if not line.startswith("#")]
    return found


def commands(page):
    return [line for line in typed_lines(page) if re.match(r"(?:\w+=\S+ )*eddy ", line)]


def spans(page):
    """Pieces of code in running text, on one line."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(span.split()) for span in CODE_SPAN.findall(text)]
