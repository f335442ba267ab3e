#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two builds of eddy compared on the IMDB epoch (bench/imdb_epoch), in interleaved runs.

Usage: bench_compare.py OLD NEW      each a build folder (build/release) or an imdb_epoch program

A round runs old, new, new, old, each in a process of its own: a machine that grows slower or faster
meanwhile treats both alike. Its ratio is the time of new over that of old; below 1 new is faster.
  wall   seconds of the training batches of an epoch, the least epoch of a process
  user   processor seconds of the whole process, all threads, reading the reviews included
The verdict is the median of the rounds' ratios against a noise band: two standard errors of that
median, from the spread of the rounds or from how much the two runs of one program differ within a
round, whichever is greater. Exit status 0, or 1 where --fail-above PERCENT is given and new is
slower than that and than the band; 2 for wrong use.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

LEAST_BAND = 0.002  # clocks and pages are never better than that
MEASURES = ["wall", "user"]


def spread(values):
    """Standard deviation, from the median of the absolute deviations: one wild run counts little."""
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(v - middle) for v in values)


def summary(rounds):
    """Of [(old, new, new, old) times]: median ratio, least, greatest, band and verdict.

    Logarithms, so that twice as slow and twice as fast are equally far from 1. With s the spread of a
    single run, a round's ratio (two runs a side) has spread s, the difference of two equal runs
    s sqrt(2); the median of n has a standard error of 1.2533 spread / sqrt(n).
    """
    ratios = [math.log((b + c) / (a + d)) for a, b, c, d in rounds]
    alike = [difference for a, b, c, d in rounds for difference in [math.log(a / d), math.log(b / c)]]
    alike_spread = 1.4826 * statistics.median(abs(v) for v in alike) / math.sqrt(2)
    error = 1.2533 * max(spread(ratios), alike_spread) / math.sqrt(len(rounds))
    band = max(2 * error, LEAST_BAND)
    median = statistics.median(ratios)
    verdict = "within noise" if abs(median) <= band else "slower" if median > 0 else "faster"
    return {"ratio": math.exp(median), "least": math.exp(min(ratios)),
            "greatest": math.exp(max(ratios)), "band": math.exp(band) - 1, "verdict": verdict}


def fails(result, percent):
    return result["verdict"] == "slower" and result["ratio"] > 1 + percent / 100


def program(text):
    path = Path(text)
    found = path / "bench/imdb_epoch" if path.is_dir() else path
    if not os.access(found, os.X_OK):
        raise argparse.ArgumentTypeError(f"no program {found}: build imdb_epoch there")
    return str(found.resolve())


def run(command):
    """{"wall": s, "user": s} of one process."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench_compare: {command[0]} failed with status {process.returncode}")
    return {"wall": min(json.loads(printed)["train_seconds"]), "user": usage.ru_utime}


def compare(cell, threads, chosen):
    sides = {"old": chosen.old, "new": chosen.new}
    rounds = []
    for _ in range(chosen.rounds):
        rounds.append([run([sides[side], cell, str(chosen.epochs), str(threads)])
                       for side in ["old", "new", "new", "old"]])
    results = {}
    for measure in MEASURES:
        times = [[one[measure] for one in four] for four in rounds]
        results[measure] = one = summary(times)
        one["old"] = statistics.median(t for four in times for t in (four[0], four[3]))
        one["new"] = statistics.median(t for four in times for t in four[1:3])
        print(f"{cell:<10}  {threads:>7}  {measure}  {one['old']:7.3f} s  {one['new']:7.3f} s  "
              f"{one['ratio']:6.3f}  ({one['least']:.3f} to {one['greatest']:.3f})  "
              f"+-{one['band']:5.1%}  {one['verdict']}", flush=True)
    return {"cell": cell, "threads": threads, "rounds": rounds, "results": results}


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=program)
    parser.add_argument("new", type=program)
    parser.add_argument("--cells", default="simple_rnn,gru,lstm", help="comma-separated")
    parser.add_argument("--threads", default="1", help="comma-separated numbers of threads")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2, help="of a process")
    parser.add_argument("--fail-above", type=float, metavar="PERCENT",
                        help="exit status 1 where wall time is more than that above old's")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run's times there")
    chosen = parser.parse_args()
    if chosen.rounds < 2 or chosen.epochs < 1:
        parser.error("expected rounds >= 2 and epochs >= 1")
    return chosen


def main():
    chosen = options()
    print(f"{'cell':<10}  {'threads':>7}  {'time':<4}  {'old':>9}  {'new':>9}  {'ratio':>6}  "
          f"{'(spread)':<16}  {'noise':>7}  verdict", flush=True)
    results = [compare(cell, int(threads), chosen) for cell in chosen.cells.split(",")
               for threads in chosen.threads.split(",")]
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1) + "\n")
    slower = [r for r in results
              if chosen.fail_above is not None and fails(r["results"]["wall"], chosen.fail_above)]
    for result in slower:
        print(f"bench_compare: {result['cell']} is more than {chosen.fail_above:g} % slower")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
