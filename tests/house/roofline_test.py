# SPDX-License-Identifier: MIT
"""roofline.py reads Google Benchmark's files; no picture is drawn."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.dont_write_bytecode = True
import roofline  # noqa: E402


def run(name, flops, rate, **more):
    return {"run_name": name, "name": name, "run_type": "iteration", "FLOPS": flops,
            "bytes_per_second": rate, **more}


def measured(*extra):
    adds = [run(name, 1e9, rate * 1e9) for name, rate in zip(roofline.ROOFS, [300, 160, 120, 40])]
    return {"context": {"simd": "AVX2", "fma_peak_gflops": "80.0"}, "benchmarks": [*adds, *extra]}


class Roofline(unittest.TestCase):
    def test_medians_win_over_single_runs_and_other_aggregates(self):
        single = run("outer/rows:1", 1e9, 1e9)
        mean = run("outer/rows:1", 2e9, 1e9, run_type="aggregate", aggregate_name="mean")
        median = run("outer/rows:1", 3e9, 1e9, run_type="aggregate", aggregate_name="median")
        for order in [[single, mean, median], [median, mean, single]]:
            self.assertEqual(roofline.figures(measured(*order))["outer/rows:1"], (3e9, 1e9))

    def test_roofs_by_level(self):
        found = roofline.figures(measured())
        self.assertEqual(roofline.roofs(found),
                         [("L1", 300.0), ("L2", 160.0), ("L3", 120.0), ("memory", 40.0)])
        del found["add/KiB:256"]
        with self.assertRaises(SystemExit):
            roofline.roofs(found)

    def test_points_by_group(self):
        found = roofline.figures(measured(
            run("forward/gru/H:32/rows:16", 60e9, 20e9), run("forward/gru/H:128/rows:16", 90e9, 15e9),
            run("product/rows:16/K:8/columns:8", 100e9, 10e9)))
        groups = {legend: rows for legend, _, rows in roofline.points(found) if rows}
        self.assertEqual(list(groups.values()), [[(10.0, 100.0)], [(3.0, 60.0)], [(6.0, 90.0)]])

    def test_script_draws_everything(self):
        text = roofline.script(measured(run("outer/rows:1", 50e9, 5e9)), "svg", "out.svg")
        self.assertIn("FMA peak 80 GFLOP/s", text)
        self.assertIn("L3 120 GB/s", text)
        self.assertIn("10 50\nEOD", text)
        self.assertIn("set output 'out.svg'", text)


if __name__ == "__main__":
    unittest.main()
