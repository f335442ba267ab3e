#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the kernels under the roofs of this machine: docs/performance/roofline.{svg,png}.

Usage: roofline.py KERNELS.json [--out STEM]      ./dev bench roofline measures, then draws

KERNELS.json is what kernel_bench wrote (--benchmark_out). The flat roof is its measured FMA peak, the
slopes are y += x over arrays of the size of each cache. A point is a kernel at one size: FLOP per byte
(every operand counted once, wherever it comes from) and GFLOP/s. gnuplot draws.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"]
# Legend and pattern of the names; points 7, 5, 9, 11, 13 of gnuplot are filled.
GROUPS = [("products x W, dz U^T, dz W^T", r"product/", 7), ("outer: gradients of U and W", r"outer/", 5),
          ("step forward: h U and cell, H = 32", r"forward/.*/H:32/", 9),
          ("step forward, H = 128 and 512", r"forward/", 11), ("sum_rows: gradients by id", r"sum_rows/", 13)]
ROOFS = {"add/KiB:16": "L1", "add/KiB:256": "L2", "add/KiB:8192": "L3", "add/KiB:262144": "memory"}


def figures(measured):
    """{name: (FLOP/s, bytes/s)}: medians where the run was repeated, else the only one."""
    found = {}
    for one in measured["benchmarks"]:
        if one.get("aggregate_name", "median") != "median" or "FLOPS" not in one:
            continue
        if one.get("run_type") == "aggregate" or one["run_name"] not in found:
            found[one["run_name"]] = (one["FLOPS"], one["bytes_per_second"])
    return found


def roofs(found):
    """[(label, GB/s)], fastest first."""
    missing = [name for name in ROOFS if name not in found]
    if missing:
        sys.exit(f"roofline: {', '.join(missing)} not measured: run kernel_bench without a filter")
    return [(label, found[name][1] / 1e9) for name, label in ROOFS.items()]


def points(found):
    """[(legend, mark, [(FLOP/byte, GFLOP/s)])], every kernel in the first group that claims it."""
    left = {name: (flop / rate, flop / 1e9) for name, (flop, rate) in found.items()
            if name not in ROOFS}
    groups = []
    for legend, pattern, mark in GROUPS:
        names = [name for name in left if re.match(pattern, name)]
        groups.append((legend, mark, sorted(left.pop(name) for name in names)))
    return groups


def data_block(name, rows):
    return "\n".join([f"${name} << EOD", *(f"{x:.5g} {y:.5g}" for x, y in rows), "EOD", ""])


def script(measured, terminal, output):
    found = figures(measured)
    peak = float(measured["context"]["fma_peak_gflops"])
    low, high = 0.06, 300
    text, plots = "", []
    for i, (label, bandwidth) in enumerate(roofs(found)):
        ridge = peak / bandwidth
        beside = 0.75 if label == "L3" else 1.25  # the lines of L2 and L3 are close together
        text += data_block(f"roof{i}", [(low, low * bandwidth), (ridge, peak), (high, peak)])
        text += (f"set label {i + 1} '{label} {bandwidth:.0f} GB/s' at {low * 1.1},"
                 f"{low * 1.1 * bandwidth * beside} rotate by 44 textcolor rgb '#555555' font ',9'\n")
        plots.append(f"$roof{i} with lines linewidth 1.5 linecolor rgb '#999999' notitle")
    text += (f"set label 9 'FMA peak {peak:.0f} GFLOP/s' at {high * 0.9},{peak * 1.12} right "
             "textcolor rgb '#555555' font ',9'\n")
    for i, (legend, mark, rows) in enumerate(points(found)):
        text += data_block(f"points{i}", rows)
        plots.append(f"$points{i} with points pointtype {mark} pointsize 0.9 "
                     f"linecolor rgb '{COLOURS[i]}' title '{legend}'")
    simd = measured["context"]["simd"]
    return (f"set terminal {terminal}\nset output '{output}'\nset encoding utf8\n{text}"
            f"set title 'eddy kernels, one thread, {simd}'\nset logscale xy\n"
            f"set xrange [{low}:{high}]\nset yrange [1.5:{peak * 2.2}]\n"
            "set xlabel 'FLOP per byte'\nset ylabel 'GFLOP/s'\nset format '%g'\n"
            "set key bottom right Left reverse box linecolor rgb '#cccccc' opaque noenhanced\n"
            "set tics nomirror out scale 0.6\nset border 15 linecolor rgb '#444444'\n"
            "set grid xtics ytics linewidth 1 linecolor rgb '#e2e2e2'\n"
            "plot " + ", ".join(plots) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/performance/roofline")
    chosen = parser.parse_args()
    measured = json.loads(chosen.kernels.read_text())
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    for terminal, ending in [("svg size 860,560 font 'DejaVu Sans,11' background rgb 'white'", "svg"),
                             ("pngcairo size 860,560 font 'DejaVu Sans,11'", "png")]:
        file = f"{chosen.out}.{ending}"
        subprocess.run(["gnuplot"], input=script(measured, terminal, file), text=True, check=True)
        print(file)


if __name__ == "__main__":
    main()
