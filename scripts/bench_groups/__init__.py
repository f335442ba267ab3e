# SPDX-License-Identifier: MIT
"""The groups of ./dev bench, in order. A group has UNIT, NOTES (what a peer does not do, by peer),
peers(options): what has to be installed, and cases(options)."""
from . import dense, epoch, inference, steps

GROUPS = {"epoch": epoch, "dense": dense, "steps": steps, "inference": inference}
