#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Instructions of one fixed training step (bench/fixed_step.cc), against bench/instructions.json.

Usage: counts.py [--update] [--program FILE]      ./dev counts builds the program first

Fails where a step takes over 3 % more instructions than recorded, and names the functions that
grew; a step that takes over 3 % fewer is said, not a failure. --update writes the record: commit it
with the change that caused it. Counting is valgrind's, on AVX2 (it has no AVX-512), with one thread
and an empty environment, so it does not depend on the machine, but on the compiler and on headers
that are compiled in: where those are not the recorded ones, nothing is compared, and it says so.
"""
import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "bench/instructions.json"
CELLS = ["simple_rnn", "gru", "lstm"]
LIMIT = 0.03
SHOWN = 0.01  # a function's share of a step from which on it is recorded
NOTHING_TO_COMPARE = "counts: SKIPPED, nothing was compared:"


def function_costs(text):
    """Function -> instructions of its own, from a callgrind.out file."""
    names, costs, current, call = {}, {}, None, False
    for line in text.splitlines():
        if match := re.match(r"fn=(\(\d+\))(?: (.*))?", line):
            if match[2]:
                names[match[1]] = match[2]
            current = match[1]
        elif match := re.match(r"cfn=(\(\d+\)) (.*)", line):
            names[match[1]] = match[2]
        elif line.startswith("calls="):
            call = True  # the next line counts what the callee took
        elif match := re.match(r"(?:[+-]?\d+|\*) (\d+)$", line):
            if not call and current:
                costs[current] = costs.get(current, 0) + int(match[1])
            call = False
    short = {}
    for number, cost in costs.items():
        name = short_name(names.get(number, "?"))
        short[name] = short.get(name, 0) + cost
    return short


def short_name(name):
    """eddy::outer of "void eddy::N_AVX2::outer<eddy::...>(eddy::... const&)", with its cell."""
    cell = re.search(r"Lanes, eddy::N_AVX2::(\w+)", name)
    name = re.sub(r" \[clone [^\]]*\]|'\d+$", "", name.replace("(anonymous namespace)::", ""))
    previous = None
    while previous != name:
        previous, name = name, re.sub(r"<[^<>]*>|\([^()]*\)", "", name)
    name = re.sub(r"^(void|int|bool) | const$|N_AVX2::|eddy::", "", name.strip())
    return f"{name} of {cell[1]}" if cell else name


def measure(program, cell):
    """(facts that the program prints, {"instructions": total, "functions": {name: count}})"""
    out = ROOT / f"build/counts-{cell}.out"
    out.parent.mkdir(exist_ok=True)
    result = subprocess.run(
        [shutil.which("valgrind"), "--tool=callgrind", "--toggle-collect=counted_step",
         f"--callgrind-out-file={out}", f"./{program.name}", cell],
        cwd=program.parent, env={"EDDY_SIMD": "AVX2"}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"counts: {program} failed with status {result.returncode}\n{result.stderr}")
    costs = function_costs(out.read_text(encoding="utf-8"))
    total = sum(costs.values())
    if total == 0:
        sys.exit(f"counts: no instruction counted in {out}: is counted_step() still there?")
    large = sorted((name for name in costs if costs[name] >= SHOWN * total),
                   key=lambda name: -costs[name])
    return json.loads(result.stdout), {"instructions": total,
                                       "functions": {name: costs[name] for name in large}}


def version_of(command):
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout
    return re.sub(r"^valgrind-", "", found.strip())


def surroundings(facts):
    """What the counts depend on besides our sources."""
    return {"compiler": facts["compiler"], "highway": version_of(["pkg-config", "--modversion",
                                                                  "libhwy"]),
            "libc": " ".join(platform.libc_ver()), "valgrind": version_of(["valgrind", "--version"]),
            "processor": platform.machine()}


def compare(recorded, measured, limit=LIMIT):
    """(lines to print, whether it fails) for {cell: {"instructions", "functions"}} on both sides."""
    lines, failed = [], False
    for cell, now in measured.items():
        if cell not in recorded:
            lines.append(f"{cell:<10}  {now['instructions']:>12,}  FAILED: not in the record")
            failed = True
            continue
        before = recorded[cell]
        change = round(now["instructions"] / before["instructions"] - 1, 6)
        verdict = "ok"
        if change > limit:
            verdict, failed = f"FAILED: more than {limit:.0%} above the record", True
        elif change < -limit:
            verdict = "fewer: record it (./dev counts --update)"
        lines.append(f"{cell:<10}  {now['instructions']:>12,}  {change:+7.2%}  {verdict}")
        if abs(change) > limit:
            lines += differences(before, now)
    return lines, failed


def differences(before, now):
    """The functions that changed most, of those recorded on either side."""
    old, new = before["functions"], now["functions"]
    moved = {name: new.get(name, 0) - old.get(name, 0) for name in {**old, **new}}
    largest = sorted(moved, key=lambda name: (-abs(moved[name]), name))[:5]
    return [f"    {moved[name]:>+12,}  {name}" for name in largest if moved[name] != 0]


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the record")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bench/fixed_step")
    return parser.parse_args()


def cannot_run(program):
    """Why this machine cannot count, or ''."""
    if platform.machine() != "x86_64" or "avx2" not in Path("/proc/cpuinfo").read_text():
        return "this processor has no AVX2"
    if not shutil.which("valgrind"):
        return "there is no valgrind"
    if not os.access(program, os.X_OK):
        sys.exit(f"counts: no program {program}: run ./dev counts")
    return ""


def main():
    chosen = options()
    if reason := cannot_run(chosen.program):
        print(NOTHING_TO_COMPARE, reason)
        return 1 if chosen.update else 0
    measured = {}
    for cell in CELLS:
        facts, measured[cell] = measure(chosen.program.resolve(), cell)
    around = surroundings(facts)
    if chosen.update:
        RECORD.write_text(json.dumps({"surroundings": around, "cells": measured}, indent=1) + "\n")
        for cell in CELLS:
            print(f"{cell:<10}  {measured[cell]['instructions']:>12,}  recorded")
        return 0
    record = json.loads(RECORD.read_text())
    other = [f"{name} {record['surroundings'].get(name)} recorded, {here} here"
             for name, here in around.items() if here != record["surroundings"].get(name)]
    if other:
        print(NOTHING_TO_COMPARE, "; ".join(other))
        return 0
    lines, failed = compare(record["cells"], measured)
    print(*lines, sep="\n")
    if failed:
        print("If the change is worth it, record it in the same commit: ./dev counts --update\n"
              "Where they go: callgrind_annotate build/counts-CELL.out")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
