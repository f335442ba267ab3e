#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""eddy's benchmarks, alone or beside its peers, in paired runs on this machine (./dev bench).

epoch      an IMDB training epoch
dense      one layer on float inputs, training and inference, by size
steps      one sequence, step by step or as a whole, by number of units
inference  IMDB inference
"""
import argparse
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from bench_groups import GROUPS, PEERS, dense, needed, pairing, table

ROOT = Path(__file__).resolve().parent.parent


class Options(argparse.Namespace):
    """What the command line says, and the commands that follow from it."""

    def program(self, name):
        return self.programs / name

    def peer_script(self, name):
        return ROOT / "scripts/bench_peers" / name

    def torch(self, script, *arguments):
        """Variants of PyTorch: its threads and those of its BLAS may stand in each other's way."""
        command = ["/usr/bin/python3", self.peer_script(script), *arguments]
        if self.threads == 1:
            return {"": [*command, 1]}
        return {"": [*command, self.threads], "one thread": [*command, 1],
                "BLAS on one thread": ["/usr/bin/env", "OPENBLAS_NUM_THREADS=1", *command,
                                       self.threads]}


def parse():
    words = lambda text: text.split(",")  # noqa: E731
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS) + "; all")
    parser.add_argument("--peers", action="store_true", help="install and run all the others too")
    parser.add_argument("--against", type=words, default=[], help="only these of the others: "
                        + ",".join(PEERS))
    parser.add_argument("--json", metavar="FILE", help="write every round's figures there")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cells", type=words, default=["simple_rnn", "gru", "lstm"])
    parser.add_argument("--batches", type=int, default=20, help="IMDB batches of a peer's round")
    parser.add_argument("--full", action="store_true", help="epoch: PyTorch trains whole epochs")
    parser.add_argument("--kinds", type=words, default=dense.KINDS, help="dense: infer,first,train,layer")
    parser.add_argument("--sizes", type=words, default=dense.SIZES, help="dense: TxBxH,...")
    parser.add_argument("--seconds", type=float, default=0.3, help="dense, steps: of one round")
    # For ./dev: where things are, and what has to be there.
    parser.add_argument("--programs", type=Path, default=ROOT / "build/release/bench",
                        help=argparse.SUPPRESS)
    parser.add_argument("--keras-python", help=argparse.SUPPRESS)
    parser.add_argument("--onnx-python", help=argparse.SUPPRESS)
    parser.add_argument("--list-peers", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(namespace=Options())
    options.against = options.against or (PEERS if options.peers else [])
    options.groups = options.groups or list(GROUPS)
    unknown = [group for group in options.groups if group not in GROUPS]
    if unknown:
        parser.error(f"no group '{unknown[0]}'; there are {', '.join(GROUPS)}")
    if any(not re.fullmatch(r"[1-9]\d*(x[1-9]\d*){2}", size) for size in options.sizes):
        parser.error(f"--sizes {','.join(options.sizes)}: expected TxBxH,...")
    if wrong := set(options.kinds) - set(dense.KINDS):
        parser.error(f"--kinds {','.join(wrong)}: there are {', '.join(dense.KINDS)}")
    if strangers := set(options.against) - set(PEERS):
        parser.error(f"--against {','.join(strangers)}: there are {', '.join(PEERS)}")
    if options.rounds < 1 or options.threads < 1 or not 1 <= options.batches <= 156:
        parser.error("expected rounds >= 1, threads >= 1, batches of 1 to 156")
    return options


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def git(*arguments):
    result = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else ""


class Peak:
    """The best that any run has measured so far: a run beside another program finds too little."""

    def __init__(self):
        self.best = {}

    def share(self, record):
        """Adds eddy's share to the record, where its program measures the peak."""
        ours = [results[pairing.OURS] for results in record["rounds"]]
        if "peak_gflops" not in ours[0]:
            return
        for key in ["peak_gflops", "peak_gflops_one_thread"]:
            self.best[key] = max([self.best.get(key, 0)] + [each[key] for each in ours])
        gflops = pairing.median_of(record, pairing.OURS, "gflops")
        record["share_of_peak"] = gflops / self.best["peak_gflops"]


def run_group(name, options, peak):
    group, records = GROUPS[name], []
    cases = list(group.cases(options))
    width = max(len(case.name) for case in cases + [pairing.Case(f"{name} ({group.UNIT})", [])])
    columns = None
    for case in cases:
        record = pairing.measure(case, options.rounds)
        peak.share(record)
        if columns != (columns := table.heading(name, record, group.UNIT, width)):
            print("\n" + columns)
        print(table.line(record, group.UNIT, width), flush=True)
        records.append(record)
    about = table.about(records)
    for peer, words in about.items():
        print(f"  {peer}{' ' + words if words else ''}: {group.NOTES[peer]}")
    return {"unit": group.UNIT, "what": group.__doc__.strip(), "cases": records,
            "notes": {peer: group.NOTES[peer] for peer in about}}


def main():
    options = parse()
    if options.list_peers:
        print(*needed(options.groups, options.against))
        return
    report = {"machine": {"processor": processor(), "processors": os.cpu_count()},
              "commit": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain")),
              "threads": options.threads, "rounds": options.rounds, "groups": {}}
    peak = Peak()
    print(f"{processor()}, {os.cpu_count()} processors; commit {report['commit'][:9]}"
          f"{' with changes' if report['changed'] else ''}; {options.threads} threads, "
          f"{options.rounds} rounds; times are medians, ratios the median of the rounds' (spread)")
    for name in options.groups:
        report["groups"][name] = run_group(name, options, peak)
        ours = report["groups"][name]["cases"][0]["rounds"][0][pairing.OURS]
        report.update(compiler=ours["compiler"], simd=ours["simd"], **peak.best)
        if options.json:
            Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    if peak.best:
        print(f"\npeak of multiply-adds: {report['peak_gflops_one_thread']:.1f} GFLOP/s with one "
              f"thread, {report['peak_gflops']:.1f} with {options.threads}")
    print(f"eddy on {report['simd']}, compiled by {report['compiler']}")


if __name__ == "__main__":
    sys.exit(main())
