#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts lines and fails where a file or function has outgrown its room (CONTRIBUTING.md, "Sizes").

Usage: size.py [ROOT]     exit 0: all within the hard limits, 1: a line a finding, 2: wrong use
"""
import re
import sys
from pathlib import Path

SOFT, HARD = 300, 600        # lines of a source file: a remark, a failure
FUNCTION = 60                # lines of a function, signature to closing brace
# Path, text, limit, name. Files of src/cells without a CellSpec are the frame that cells share.
SPECIAL = [(re.compile(r"src/cells/[a-z0-9_]+-inl\.h"), "CellSpec kSpec", 80, "a cell file"),
           (re.compile(r"include/.*\.h"), "", 250, "a public header"),
           (re.compile(r"CMakeLists\.txt"), "", 120, "the root CMakeLists.txt")]
FOLDERS = ["include", "src", "tests", "examples", "bench", "fuzz", "scripts", "cmake"]
CODE = {".h", ".cc", ".inc"}
TEXT = CODE | {".py", ".sh", ".cmake"}

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                   r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def blank(match):
    """Keeps the line numbers."""
    return "\n" * match[0].count("\n")


def without(pattern, text):
    """Takes out every match, from the innermost on."""
    previous = None
    while previous != text:
        previous, text = text, re.sub(pattern, " ", text)
    return text


def opens_function(head):
    """Whether the text between the last ; { } and this { is a function's signature."""
    head = re.sub(r"operator\s*[=!<>]+", "operator", head)
    flat = without(r"<[^<>()]*>", without(r"\([^()]*\)", head))
    return "(" in head and "=" not in flat and not CONTAINER.search(flat)


def functions(source):
    """(first line, last line, name) of every function outside other functions."""
    text = DIRECTIVE.sub(blank, NOISE.sub(blank, source))
    stack, head, line, parentheses, start = [], "", 1, 0, 1
    for char in text:
        if char == "{" and parentheses == 0:
            inside = any(kind is not None for kind in stack)
            stack.append((start, head) if not inside and opens_function(head) else None)
            head = ""
        elif char == "}" and parentheses == 0 and stack:
            opened = stack.pop()
            if opened is not None:
                name = re.search(r"(operator\S+?|~?\w+)\s*\(", opened[1])
                yield opened[0], line, name[1] if name else "?"
            head = ""
        elif char == ";" and parentheses == 0:
            head = ""
        else:
            parentheses = max(0, parentheses + (char == "(") - (char == ")"))
            if not head.strip():
                start = line
            head += char
        line += char == "\n"


def limit_of(name, text):
    for pattern, word, limit, kind in SPECIAL:
        if pattern.fullmatch(name) and word in text:
            return limit, kind
    return HARD, "a file"


def check(root, path):
    """(lines, remarks, findings)"""
    name, text = str(path.relative_to(root)), path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    limit, kind = limit_of(name, text)
    remarks, findings = [], []
    if lines > limit:
        findings.append(f"{name}: {lines} lines, {kind} has at most {limit}")
    elif lines > SOFT:
        remarks.append(f"{name}: {lines} lines; is there a second file in it? (soft limit {SOFT})")
    for first, last, function in functions(text) if path.suffix in CODE else []:
        if last - first + 1 > FUNCTION:
            findings.append(f"{name}:{first}: {function} has {last - first + 1} lines, "
                            f"a function has at most {FUNCTION}")
    return lines, remarks, findings


def files(root):
    found = [root / "CMakeLists.txt", root / "dev"]
    for folder in FOLDERS:
        found += sorted(p for p in (root / folder).rglob("*")
                        if p.suffix in TEXT or p.name == "CMakeLists.txt")
    return [p for p in found if p.is_file()]


def main():
    if len(sys.argv) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(sys.argv[1] if len(sys.argv) == 2 else Path(__file__).parent.parent).resolve()
    totals, failed = {}, 0
    for path in files(root):
        lines, remarks, findings = check(root, path)
        folder = path.relative_to(root).parts[0]
        if folder != path.name:
            totals[folder] = totals.get(folder, 0) + lines
        for line in remarks:
            print("note:", line)
        for line in findings:
            print("error:", line)
        failed += len(findings)
    if not totals:
        print(f"size: no sources under {root}", file=sys.stderr)
        return 2
    product = totals.get("src", 0) + totals.get("include", 0)
    print(f"lines: {product} src + include;",
          ", ".join(f"{totals[f]} {f}" for f in FOLDERS if f in totals))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
