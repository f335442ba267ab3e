# SPDX-License-Identifier: MIT
"""Paired, interleaved measuring: every round of a case runs eddy, then each of its peers.

Every side is a command in a process of its own that prints one line of JSON with "seconds"; so all
sides see the same machine, and the ratio of a round is of neighbours in time. The verdict is the
median of the rounds' ratios, with the least and the largest.
"""
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

OURS = "eddy"


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


def run(command):
    words = [str(part) for part in command]
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{result.stderr}{' '.join(words)}\nfailed with status {result.returncode}")
    return json.loads(result.stdout.splitlines()[-1])


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values),
            "all": values}


def measure(case, rounds):
    """{"case", "rounds": [{side: what it printed}], "variants", "ratios": {peer: spread}}"""
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
    ratios = {peer.name: spread([r[peer.name]["seconds"] / r[OURS]["seconds"] for r in done])
              for peer in case.peers}
    return {"case": case.name, "scale": case.scale, "rounds": done, "ratios": ratios}


def median_of(record, side, key):
    """Of the rounds; None where the side does not say."""
    values = [r[side][key] for r in record["rounds"] if key in r[side]]
    return statistics.median(values) if values else None
