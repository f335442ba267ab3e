#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fails on an include that goes upward between the rooms (ARCHITECTURE.md, "Rooms").

Usage: check_includes.py [ROOT]     exit 0: all downward, 1: a line a finding, 2: wrong use
"""
import re
import sys
from pathlib import Path

# Lowest first; a room includes itself and the rooms below. Rooms of one floor do not meet.
FLOORS = [["core"], ["kernels"], ["cells"], ["layers"], ["training"], ["model"],
          ["data", "files", "report"], ["cli"]]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# Generated headers and the room whose contents they list.
GENERATED = {"cell_list.inc": "cells", "cell_includes.inc": "cells"}
# These see the library as a user does.
OUTSIDE = ["src/cli", "examples", "bench", "fuzz"]
# ... but these measure what users do not see, one by one, and no room above.
INSIDE = {"bench/kernels": "cells", "bench/layer": "layers"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"^[a-z_]+$")  # <vector>, <cstdint>: no extension
SOURCES = {".h", ".cc", ".inc"}


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in SOURCES) if folder.is_dir() else []


def room_of(target):
    """The room that an include enters, "" for a foreign header."""
    if target in GENERATED:
        return GENERATED[target]
    first = target.split("/")[0]
    return first if "/" in target and first in FLOOR else ""


def check_public(quoted, target):
    if target.startswith("eddy/"):
        return ""
    if not quoted and STANDARD.match(target):
        return ""
    return "a public header includes only include/eddy and the standard library"


def check_outside(inside, path, quoted, target):
    room = room_of(target)
    if target.startswith("eddy/") or (room == "cli" and inside.is_relative_to("src/cli")):
        return ""
    own = path.parents[:len(inside.parts) - 1]  # its folder and those around it
    if not room and (not quoted or any((folder / target).is_file() for folder in own)):
        return ""
    return "the program, examples and benchmarks include only include/eddy and headers of their own"


def check_inside(top, path, quoted, target):
    entered = room_of(target)
    if entered and FLOOR[entered] <= FLOOR[top]:
        return ""
    if not entered and (not quoted or target.startswith("eddy/") or
                        any((folder / target).is_file() for folder in path.parents[:2])):
        return ""
    return f"benchmarks of {top} include it, the rooms below it and headers of bench/"


def check_room(room, path, quoted, target):
    entered = room_of(target)
    if entered == room or target.startswith("eddy/"):
        return ""
    if entered and FLOOR[entered] < FLOOR[room]:
        return ""
    if entered:
        return f"room {room} may not enter {entered}"
    if quoted and "/" not in target and not (path.parent / target).is_file():
        return "expected ROOM/FILE or a file beside this one"
    return ""


def check_file(root, path):
    inside = path.relative_to(root)
    for number, quoted, target in includes(path):
        if ".." in Path(target).parts:
            problem = "write the path from the room, without '..'"
        elif inside.parts[0] == "include":
            problem = check_public(quoted, target)
        elif top := next((INSIDE[f] for f in INSIDE if inside.is_relative_to(f)), ""):
            problem = check_inside(top, path, quoted, target)
        elif any(inside.is_relative_to(folder) for folder in OUTSIDE):
            problem = check_outside(inside, path, quoted, target)
        elif len(inside.parts) > 2 and inside.parts[1] in FLOOR:
            problem = check_room(inside.parts[1], path, quoted, target)
        else:
            problem = f"src/{inside.parts[1]} is not a room: add it to FLOORS in check_includes.py"
        if problem:
            yield f"{inside}:{number}: includes {target}: {problem}"


def main():
    if len(sys.argv) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(sys.argv[1] if len(sys.argv) == 2 else Path(__file__).parent.parent).resolve()
    files = [p for folder in ["include", "src", *OUTSIDE[1:]] for p in sources(root / folder)]
    if not files:
        print(f"check_includes: no sources under {root}", file=sys.stderr)
        return 2
    findings = [finding for path in files for finding in check_file(root, path)]
    print(*findings, sep="\n", end="\n" if findings else "")
    print(f"includes: {len(files)} files, {len(findings)} upward")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
