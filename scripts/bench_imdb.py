#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One IMDB training epoch, eddy against PyTorch, in paired runs on this machine.

Each round runs eddy and then PyTorch, each in a process of its own, so that both see the same
machine. eddy trains a whole epoch: 157 batches, 20,000 reviews, the time of a cold start included.
PyTorch warms up for a batch, then takes BATCHES full batches spread over the epoch, and its epoch is
their mean times 20,000 / 128 reviews; with --full it trains the whole epoch. Measured on both sides:
gathering the batch, forward, loss, backward, optimizer step. Not measured: reading the reviews,
validation. The verdict is the median of the rounds' ratios.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REVIEWS, BATCH, EPOCH_BATCHES = 20000, 128, 157


def run(command):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed with status {result.returncode}")
    return json.loads(result.stdout)


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def one_round(cell, options):
    ours = run([options.program, cell, 1, options.threads])
    batches = EPOCH_BATCHES if options.full else options.batches
    theirs = run(["/usr/bin/python3", ROOT / "scripts/bench_pytorch.py", cell, batches,
                  options.threads])
    seconds = theirs["batch_seconds"]
    epoch = sum(seconds) if options.full else statistics.mean(seconds) * REVIEWS / BATCH
    return {"ours": ours["train_seconds"][0], "theirs": epoch, "ours_mb": ours["peak_mb"],
            "theirs_mb": theirs["peak_mb"], "simd": ours["simd"], "torch": theirs["torch"]}


def report(cell, rounds):
    ratios = [r["theirs"] / r["ours"] for r in rounds]
    median = {key: statistics.median(r[key] for r in rounds)
              for key in ["ours", "theirs", "ours_mb", "theirs_mb"]}
    print(f"{cell:<10}  {median['ours']:8.2f} s  {median['theirs']:8.2f} s  "
          f"{statistics.median(ratios):6.1f} x  ({min(ratios):.1f} to {max(ratios):.1f})  "
          f"{median['ours_mb']:6.0f} MB  {median['theirs_mb']:6.0f} MB", flush=True)
    return {"cell": cell, "ratio": statistics.median(ratios), "ratios": ratios, "rounds": rounds}


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", default="simple_rnn,gru,lstm", help="comma-separated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=20, help="PyTorch batches a round")
    parser.add_argument("--full", action="store_true", help="PyTorch trains whole epochs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", metavar="FILE", help="write every round's figures there")
    parser.add_argument("--program", default=ROOT / "build/release/bench/imdb_epoch")
    chosen = parser.parse_args()
    if chosen.rounds < 1 or not 1 <= chosen.batches < EPOCH_BATCHES or chosen.threads < 1:
        parser.error(f"expected rounds >= 1, threads >= 1, 1 <= batches < {EPOCH_BATCHES}")
    return chosen


def main():
    chosen = options()
    machine = f"{processor()}, {os.cpu_count()} processors"
    print(f"{machine}; {chosen.threads} threads on both sides, {chosen.rounds} rounds")
    print(f"{'epoch':<10}  {'eddy':>10}  {'PyTorch':>10}  {'ratio':>8}  (spread)        "
          f"{'peak memory':>8}", flush=True)
    results = []
    for cell in chosen.cells.split(","):
        results.append(report(cell, [one_round(cell, chosen) for _ in range(chosen.rounds)]))
    last = results[-1]["rounds"][-1]
    print(f"eddy on {last['simd']}, PyTorch {last['torch']}")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(
            {"machine": machine, "threads": chosen.threads, "full": chosen.full,
             "batches": chosen.batches, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
