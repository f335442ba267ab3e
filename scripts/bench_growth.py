#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the cost of a training step grows: with the real tokens of a batch, the batch size, the
length of the rows and the size of the vocabulary; with two threads in place of one; and in memory.

Every point is a process of its own (bench/growth.cc), and the points of an axis are run in turn,
--rounds times, so that all see the same machine. A point is the median over the rounds of the
fastest step. For the lines there are two figures, both by least squares: the slope of log(time) over
log(size), 1 for what is proportional and less where a part of a step is the same for all sizes, and
how far the points lie from a straight line, in percent of their time.
--figure NAME draws the three lines into NAME.svg and NAME.png (gnuplot).
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = {  # axis: what it is called, the setting, its values, the other settings
    "tokens": ("real tokens in each of 128 rows of 500", "tokens", [50, 100, 200, 300, 400, 500],
               {"batch": 128, "length": 500}),
    "batch": ("rows of a batch, 230 tokens in 500", "batch", [32, 64, 128, 256, 512],
              {"length": 500, "tokens": 230}),
    "length": ("steps of each of 64 rows, all real", "length", [125, 250, 500, 1000, 2000],
               {"batch": 64}),
}
VOCABULARIES = [10_000, 100_000, 1_000_000]
OPTIMIZERS = ["rmsprop", "sgd", "adagrad", "adam"]
TAPE_LENGTHS = [500, 1000, 2000, 4000]
TAPE_ROWS, TAPE_UNITS = 128, 32


def run(command):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed with status {result.returncode}")
    return json.loads(result.stdout)


def growth(options, **settings):
    return run([options.program, f"cell={options.cell}", f"threads={options.threads}",
                *(f"{name}={value}" for name, value in settings.items())])


def in_turn(options, points):
    """points: settings by name. The seconds of every round of each."""
    seconds = {name: [] for name in points}
    for _ in range(options.rounds):
        for name, settings in points.items():
            seconds[name].append(growth(options, **settings)["least"])
    return seconds


def straight_line(xs, ys, weights):
    """Start and slope of the line with the least weighted squares."""
    total = sum(weights)
    x_mean = sum(w * x for w, x in zip(weights, xs)) / total
    y_mean = sum(w * y for w, y in zip(weights, ys)) / total
    slope = (sum(w * (x - x_mean) * (y - y_mean) for w, x, y in zip(weights, xs, ys))
             / sum(w * (x - x_mean) ** 2 for w, x in zip(weights, xs)))
    return y_mean - slope * x_mean, slope


def slope_of_logs(sizes, values):
    return straight_line([math.log(x) for x in sizes], [math.log(y) for y in values],
                         [1] * len(sizes))[1]


def largest_deviation(sizes, values):
    """From the line a + b x, as a share of the value; every point counts by its share."""
    start, slope = straight_line(sizes, values, [1 / value ** 2 for value in values])
    return max(abs(start + slope * x - y) / y for x, y in zip(sizes, values))


def measure_lines(options):
    results = {}
    for axis in [axis for axis in LINES if axis in options.axes]:
        title, setting, sizes, others = LINES[axis]
        rounds = in_turn(options, {size: {setting: size, **others} for size in sizes})
        values = [statistics.median(rounds[size]) for size in sizes]
        found, off = slope_of_logs(sizes, values), largest_deviation(sizes, values)
        print(f"\n{title}: slope {found:.3f} ({verdict(0.9 <= found <= 1.1)}: 0.9 to 1.1), "
              f"within {100 * off:.0f} % of a straight line")
        for size, value in zip(sizes, values):
            spread = f"({1000 * min(rounds[size]):.2f} to {1000 * max(rounds[size]):.2f})"
            print(f"  {size:>6}  {1000 * value:8.2f} ms a step  {spread}")
        results[axis] = {"title": title, "sizes": sizes, "seconds": values, "slope": found,
                         "deviation": off,
                         "rounds": rounds}
    return results


def measure_vocabulary(options):
    results = {}
    print("\nms a step by size of the vocabulary, 5,000 distinct ids of 128 x 100")
    print("  " + " " * 10 + "".join(f"{size:>12,}" for size in VOCABULARIES) + "   largest / least")
    for optimizer in OPTIMIZERS:
        rounds = in_turn(options, {size: {"vocabulary": size, "optimizer": optimizer, "length": 100}
                                   for size in VOCABULARIES})
        values = [statistics.median(rounds[size]) for size in VOCABULARIES]
        ratio = values[-1] / values[0]
        note = "moves every row, as in Keras" if optimizer == "adam" else verdict(ratio <= 1.1)
        print(f"  {optimizer:<10}" + "".join(f"{1000 * value:12.2f}" for value in values)
              + f"   {ratio:.2f}  {note}", flush=True)
        results[optimizer] = {"sizes": VOCABULARIES, "seconds": values, "rounds": rounds}
    return results


def measure_threads(options):
    results = {}
    print("\nIMDB epoch, one thread and two in turn")
    for cell in ["lstm", "gru", "simple_rnn"]:
        ones, twos, memory = [], [], []
        for _ in range(options.rounds):
            ones.append(run([options.imdb, cell, options.epochs, 1])["train_seconds"])
            two = run([options.imdb, cell, options.epochs, 2])
            twos.append(two["train_seconds"])
            memory.append(two["peak_mb"])
        ratios = [statistics.median(one) / statistics.median(two) for one, two in zip(ones, twos)]
        ratio = statistics.median(ratios)
        print(f"  {cell:<10}  {statistics.median(map(statistics.median, ones)):.3f} s  "
              f"{statistics.median(map(statistics.median, twos)):.3f} s  {ratio:.2f} x "
              f"({min(ratios):.2f} to {max(ratios):.2f}; {verdict(ratio >= 1.85)}: 1.85)  "
              f"peak {max(memory):.0f} MB ({verdict(max(memory) <= 300)}: 300)", flush=True)
        results[cell] = {"one": ones, "two": twos, "ratios": ratios, "peak_mb": memory}
    return results


def measure_tape(options):
    """Memory of a step, from the growth of the peak with the length of the rows."""
    peaks = [1024 * growth(options, batch=TAPE_ROWS, length=length, distinct=2000, steps=2,
                           warm=1)["peak_kb"] for length in TAPE_LENGTHS]
    print("\npeak memory by length of the rows, 128 x T x 32")
    for length, peak in zip(TAPE_LENGTHS, peaks):
        print(f"  {length:>6}  {peak / 1e6:8.1f} MB")
    cells = TAPE_ROWS * TAPE_UNITS * (TAPE_LENGTHS[-1] - TAPE_LENGTHS[0])
    found = (peaks[-1] - peaks[0]) / cells
    print(f"  {found:.1f} bytes x T x B x H ({verdict(found <= 40)}: 40)")
    return {"lengths": TAPE_LENGTHS, "peak_bytes": peaks, "bytes": found}


def verdict(reached):
    return "reached" if reached else "MISSED"


def apart(sizes):
    """Those that have room for their numbers on a logarithmic axis."""
    chosen = [sizes[0]]
    for size in sizes[1:]:
        if size >= 1.7 * chosen[-1]:
            chosen.append(size)
    return chosen


def draw(lines, name):
    """Time over size, both logarithmic, and the proportional line through the last point."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ["svg", "png"]:
            terminal = {"svg": 'svg size 1080,380 font "DejaVu Sans,13" background "#ffffff"',
                        "png": 'pngcairo size 1620,570 font "DejaVu Sans,13" fontscale 1.5'}[kind]
            script = [f"set terminal {terminal}", f'set output "{name}.{kind}"',
                      f"set multiplot layout 1,{len(lines)}", "set logscale xy", "set key left top reverse Left",
                      'set grid lc rgb "#dddddd"', 'set ylabel "milliseconds a step"',
                      "set border 3", "set tics nomirror",
                      "set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)"]
            for axis, line in lines.items():
                data = Path(folder) / f"{axis}.txt"
                data.write_text("".join(f"{size} {1000 * value}\n" for size, value
                                        in zip(line["sizes"], line["seconds"])))
                size, value = line["sizes"][-1], 1000 * line["seconds"][-1]
                ticks = ", ".join(str(tick) for tick in apart(line["sizes"]))
                low, high = 0.8 * line["sizes"][0], 1.25 * size
                bottom = min(1000 * min(line["seconds"]), value * line["sizes"][0] / size)
                script += [f'set xlabel "{line["title"]}"', f"set xtics ({ticks})",
                           f"set xrange [{low}:{high}]",
                           f"set yrange [{0.7 * bottom}:{2.5 * value}]",
                           f'plot {value / size} * x with lines lc rgb "#999999" dt 2 '
                           f'title "proportional", "{data}" with linespoints pt 7 lw 2 '
                           f'lc rgb "#1f6fb4" title "slope {line["slope"]:.2f}"']
            script.append("unset multiplot")
            subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    print(f"\nDrawn: {name}.svg, {name}.png")


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    every = [*LINES, "vocabulary", "threads", "tape"]
    parser.add_argument("--axes", default=",".join(every), help="comma-separated")
    parser.add_argument("--cell", default="lstm")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="of the IMDB runs")
    parser.add_argument("--threads", type=int, default=1, help="of all but the IMDB runs")
    parser.add_argument("--figure", metavar="NAME", help="draw NAME.svg and NAME.png")
    parser.add_argument("--json", metavar="FILE", help="write every round's figures there")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bench/growth")
    parser.add_argument("--imdb", type=Path, default=ROOT / "build/release/bench/imdb_epoch")
    options = parser.parse_args()
    options.axes = options.axes.split(",")
    unknown = [axis for axis in options.axes if axis not in every]
    if unknown or options.rounds < 1:
        parser.error(f"expected rounds >= 1 and axes out of {', '.join(every)}")
    return options


def main():
    options = parse()
    print(f"{options.cell}, {options.threads} thread(s) of {os.cpu_count()}, "
          f"{options.rounds} rounds")
    results = {"lines": measure_lines(options)}
    for name, measure in [("vocabulary", measure_vocabulary), ("threads", measure_threads),
                          ("tape", measure_tape)]:
        if name in options.axes:
            results[name] = measure(options)
    if options.figure and results["lines"]:
        draw(results["lines"], options.figure)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
