# SPDX-License-Identifier: MIT
"""The groups of ./dev bench, in order. A group has UNIT, NOTES (what a peer does not do, by peer),
PEERS: those it knows, by the word of --against, and cases(options)."""
from . import dense, epoch, inference, steps

GROUPS = {"epoch": epoch, "dense": dense, "steps": steps, "inference": inference}
PEERS = sorted({peer for group in GROUPS.values() for peer in group.PEERS})


def needed(names, against):
    """The peers that these groups run, in order: all that were asked for, and those of ALWAYS where
    none was."""
    found = [peer for name in names for peer in GROUPS[name].PEERS
             if peer in (against or getattr(GROUPS[name], "ALWAYS", []))]
    return list(dict.fromkeys(found))
