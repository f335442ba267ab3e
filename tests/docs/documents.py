# SPDX-License-Identifier: MIT
"""Blocks of code and of commands in the documents."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page):
    """(language, text) of each fenced block."""
    return [match.groups() for match in FENCED.finditer(page.read_text(encoding="utf-8"))]


def commands(page):
    """Lines of `eddy` in its blocks, without remarks; a line that ends with a backslash goes on."""
    found = []
    for language, text in blocks(page):
        if language:
            continue
        for line in re.sub(r"\\\n\s*", "", text).splitlines():
            if line.startswith("eddy "):
                found.append(re.sub(r"\s{2,}#.*", "", line).strip())
    return found


def spans(page):
    """Pieces of code in running text, on one line."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(span.split()) for span in CODE_SPAN.findall(text)]
