#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the time of an IMDB training epoch goes, by part: perf's samples of one thread.

Usage: epoch_parts.py [CELL...]      ./dev bench parts builds the program, with line numbers, first

Only samples within the training batches count (the program says when they ran); reading the reviews
and validation are outside. A sample belongs to the first part that matches its functions, from the
innermost inlined one to the outermost. Products and cells are one pass over registers, so the line
between them is the compiler's: some loads of one are moved into the other.
"""
import argparse
import bisect
import collections
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Name, pattern over "function file" of the frames, innermost first, joined by " < ".
PARTS = [
    ("products: h U, forward", r"(?=.*multiply_tile)(?=.*forward_panel-inl)"),
    ("products: x W and dz U^T, dz W^T", r"product_panel|ProductPanel|kernels.cc.*\bproduct\b"),
    ("products: gradients of U and W", r"outer-inl"),
    ("gates, forward", r"forward_panel-inl|forward_row-inl|forward_with|forward_rows|cell_forward"),
    ("gates, backward", r"backward_with|cell_backward"),
    ("optimizer", r"OptimizerState|UpdateRule|RMSpropRule|optimizer\.cc|update_rules"),
    ("embedding: gather, distinct ids", r"IdGroups|EmbeddingLayer|RecurrentLayer.*::project\b"),
    ("embedding: sums of gradients by id", r"sum_rows|gradient_sum|input_gradient|GradientSum"),
    ("recurrent layer: plan, packing, starts, bias sums", r"RecurrentLayer|SequencePlan|\badd<"),
    ("batches, loss, metrics, head", r"eddy::"),
]
SYSTEM = "copies and zeros (libc)"
KERNEL = "operating system"
OTHER = "other"


def run(command, **options):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True,
                            **options)
    if result.returncode != 0:
        sys.exit(f"epoch_parts: {command[0]} failed with status {result.returncode}")
    return result.stdout


def record(program, cell, epochs, data):
    printed = run(["perf", "record", "-q", "-k", "CLOCK_MONOTONIC", "-F", "1999", "-o", data,
                   program, cell, epochs, 1])
    return json.loads(printed)


def samples(data, program):
    """[(time, object, address)]; addresses of the program as in its file."""
    text = run(["perf", "script", "-i", data, "--show-mmap-events", "-F", "time,ip,dso"],
               stderr=subprocess.DEVNULL)
    base, found = None, []
    for line in text.splitlines():
        if match := re.match(r"\s*([\d.]+):\s+([0-9a-f]+)\s+\((.*)\)$", line):
            address = int(match[2], 16)
            ours = match[3] == str(program)
            found.append((float(match[1]), match[3], address - base if ours else address))
        elif "r-xp" in line and line.endswith(f" {program}"):
            start, offset = re.search(r"\[(0x[0-9a-f]+)\(\S+ @ (0x[0-9a-f]+|0)", line).groups()
            base = int(start, 16) - file_address(program, int(offset, 16))
    return found


def file_address(program, offset):
    """The address in the file's own numbering of the segment that holds the byte at `offset`."""
    for line in run(["readelf", "-lW", program]).splitlines():
        if match := re.match(r"\s*LOAD\s+(0x[0-9a-f]+) (0x[0-9a-f]+) \S+ (0x[0-9a-f]+)", line):
            begin, address, size = (int(word, 16) for word in match.groups())
            if begin <= offset < begin + size or begin // 4096 == offset // 4096:
                return address + offset - begin
    sys.exit(f"epoch_parts: no segment of {program} holds byte {offset}")


def frames(program, addresses):
    """{address: "function file < ..."}, innermost first."""
    text = run(["addr2line", "-a", "-f", "-i", "-C", "-e", program],
               input="\n".join(hex(a) for a in addresses))
    chains, lines, current = {}, iter(text.splitlines()), None
    for line in lines:
        if re.match(r"0x[0-9a-f]{16}$", line):
            current = int(line, 16)
            chains[current] = []
        else:
            chains[current].append(f"{line} {Path(next(lines).split(':')[0]).name}")
    return {address: " < ".join(chain) for address, chain in chains.items()}


def part_of(place, chain):
    if "kernel" in place or "vdso" in place:
        return KERNEL
    if "libc" in place:
        return SYSTEM
    return next((name for name, pattern in PARTS if re.search(pattern, chain)), OTHER)


def within(spans, time):
    at = bisect.bisect_right(spans, (time, float("inf"))) - 1
    return at >= 0 and time <= spans[at][1]


def measure(program, cell, epochs):
    with tempfile.TemporaryDirectory() as folder:
        printed = record(program, cell, epochs, f"{folder}/perf.data")
        taken = samples(f"{folder}/perf.data", program)
    spans = [(end - seconds, end)
             for end, seconds in zip(printed["train_ends"], printed["train_seconds"])]
    taken = [s for s in taken if within(spans, s[0])]
    if not taken:
        sys.exit("epoch_parts: no sample within the training batches")
    chains = frames(program, sorted({a for _, place, a in taken if place == str(program)}))
    counts = collections.Counter(part_of(place, chains.get(a, "")) for _, place, a in taken)
    others = collections.Counter(chains.get(a, place) for _, place, a in taken
                                 if part_of(place, chains.get(a, "")) == OTHER)
    return printed, len(taken), counts, others


def table(results):
    """Markdown, a column a cell: share of the samples, and of the fastest epoch's seconds."""
    epochs = {cell: min(printed["train_seconds"]) for cell, (printed, _, _, _) in results.items()}
    lines = ["| part | " + " | ".join(f"{cell}, {epochs[cell]:.2f} s" for cell in results) + " |",
             "|---|" + "---|" * len(results)]
    for name in [*(part for part, _ in PARTS), SYSTEM, KERNEL, OTHER]:
        shares = [counts[name] / total for _, total, counts, _ in results.values()]
        cells = [f"{share:.1%}, {share * epochs[cell]:.3f} s" for cell, share in zip(results, shares)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cells", nargs="*", default=["simple_rnn", "gru", "lstm"])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--functions", action="store_true", help="also what no part claims")
    parser.add_argument("--program", type=Path, default=ROOT / "build/parts/bench/imdb_epoch")
    chosen = parser.parse_args()
    program = chosen.program.resolve()
    results = {cell: measure(program, cell, chosen.epochs) for cell in chosen.cells}
    simd = results[chosen.cells[0]][0]["simd"]
    samples = " + ".join(str(total) for _, total, _, _ in results.values())
    print(f"one thread, {simd}; {samples} samples")
    print(table(results))
    for cell, (_, total, _, others) in results.items():
        for chain, count in others.most_common(20 if chosen.functions else 0):
            print(f"  {cell}  {count / total:.1%}  {chain}")


if __name__ == "__main__":
    main()
