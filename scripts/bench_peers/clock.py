# SPDX-License-Identifier: MIT
"""Repeated timing, as bench/measure.h does it for the programs in C++."""
import resource
import statistics
import time


def repeat(seconds, least, work):
    """Seconds of each call: calls until `seconds` have passed, at least `least`."""
    samples = []
    start = last = time.perf_counter()
    while len(samples) < least or last - start < seconds:
        work()
        now = time.perf_counter()
        samples.append(now - last)
        last = now
    return samples


def median_of(seconds, least, work):
    """The median of a call, after a warm-up."""
    repeat(seconds / 4, 1, work)
    return statistics.median(repeat(seconds, least, work))


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
