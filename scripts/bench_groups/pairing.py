# SPDX-License-Identifier: MIT
"""Paired, interleaved measuring: every round of a case runs eddy, then each of its peers.

Every side is a command in a process of its own that prints one line of JSON with "seconds"; so all
sides see the same machine, and the ratio of a round is of neighbours in time. The verdict is the
median of the rounds' ratios, with the least and the largest.

A round during which other programs kept the processors busy is not calm: an engine whose threads
wait for each other then takes many times as long. Where a case has calm rounds only those count; the
others stay in the JSON.
"""
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

OURS = "eddy"
DISTURBED = 0.05   # share of all processors that others took
TICKS = 0.04       # seconds of others that the counting of /proc/stat may invent


@dataclass
class Side:
    """One of those compared. Of several variants the fastest of the first round stays."""
    name: str
    variants: dict  # label: command


@dataclass
class Case:
    name: str
    ours: list                                  # command
    peers: list = field(default_factory=list)   # of Side
    scale: float = 1                            # what is printed: seconds times this


def busy_seconds():
    """Of all processors, by anybody, a hypervisor's other guests included."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    user, nice, system, _, _, *interrupts = map(int, words[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def run(command):
    """What the command printed, and as "others" the share of the processors that others took."""
    words = [str(part) for part in command]
    start, busy, own = time.perf_counter(), busy_seconds(), own_seconds()
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{result.stderr}{' '.join(words)}\nfailed with status {result.returncode}")
    others = busy_seconds() - busy - (own_seconds() - own)
    room = (time.perf_counter() - start) * os.cpu_count()
    return {**json.loads(result.stdout.splitlines()[-1]), "others": max(0, others - TICKS) / room}


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values),
            "all": values}


def measure(case, rounds):
    """{"case", "rounds": [{side: what it printed}], "calm": [a round's], "ratios": {peer: spread}}"""
    chosen = {peer.name: dict(peer.variants) for peer in case.peers}
    done = []
    for _ in range(rounds):
        results = {OURS: run(case.ours)}
        for peer in case.peers:
            tried = {label: run(command) for label, command in chosen[peer.name].items()}
            best = min(tried, key=lambda label: tried[label]["seconds"])
            if len(tried) > 1:
                chosen[peer.name] = {best: chosen[peer.name][best]}
            results[peer.name] = {**tried[best], "variant": best, "tried":
                                  {label: each["seconds"] for label, each in tried.items()}}
        done.append(results)
    record = {"case": case.name, "scale": case.scale, "rounds": done, "calm": [
        all(result["others"] <= DISTURBED for result in results.values()) for results in done]}
    record["ratios"] = {peer.name: spread([r[peer.name]["seconds"] / r[OURS]["seconds"]
                                           for r in counting(record)]) for peer in case.peers}
    return record


def counting(record):
    """The rounds that count: the calm ones, or all where there is none."""
    return [results for results, calm in zip(record["rounds"], record["calm"])
            if calm] or record["rounds"]


def median_of(record, side, key):
    """Of the rounds that count; None where the side does not say."""
    values = [r[side][key] for r in counting(record) if key in r[side]]
    return statistics.median(values) if values else None
