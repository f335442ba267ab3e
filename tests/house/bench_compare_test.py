# SPDX-License-Identifier: MIT
"""bench_compare.py's statistics on given times; nothing is measured."""
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.dont_write_bytecode = True
import bench_compare  # noqa: E402


def rounds(ratio, noise, number=5, drift=1.0, seed=1):
    """Runs of old (1 s) and new (`ratio` s), each off by up to `noise`, the machine drifting."""
    generator = random.Random(seed)
    made, speed = [], 1.0
    for _ in range(number):
        four = []
        for factor in [1, ratio, ratio, 1]:
            four.append(factor * speed * (1 + generator.uniform(-noise, noise)))
            speed *= drift
        made.append(four)
    return made


class BenchCompare(unittest.TestCase):
    def verdict(self, *arguments, **options):
        return bench_compare.summary(rounds(*arguments, **options))["verdict"]

    def test_clear_differences(self):
        self.assertEqual(self.verdict(1.1, 0.01), "slower")
        self.assertEqual(self.verdict(0.9, 0.01), "faster")

    def test_equal_programs_are_within_noise(self):
        verdicts = [self.verdict(1, 0.05, seed=seed) for seed in range(200)]
        self.assertGreater(verdicts.count("within noise"), 170)

    def test_a_difference_below_the_noise_is_no_verdict(self):
        self.assertEqual(self.verdict(1.005, 0.1), "within noise")

    def test_exact_times_give_the_least_band(self):
        result = bench_compare.summary([[2, 3, 3, 2]] * 3)
        self.assertAlmostEqual(result["ratio"], 1.5)
        self.assertAlmostEqual(result["least"], 1.5)
        self.assertAlmostEqual(result["greatest"], 1.5)
        self.assertAlmostEqual(result["band"], 0.002, places=5)

    def test_a_drifting_machine_treats_both_alike(self):
        self.assertAlmostEqual(bench_compare.summary(rounds(1, 0, drift=1.01))["ratio"], 1, places=3)

    def test_one_wild_run_changes_little(self):
        wild = rounds(1.1, 0.005)
        wild[2][1] *= 5
        result = bench_compare.summary(wild)
        self.assertAlmostEqual(result["ratio"], 1.1, delta=0.02)
        self.assertEqual(result["verdict"], "slower")

    def test_rounds_that_agree_by_chance_do_not_hide_noisy_runs(self):
        # Every round's ratio is 1.02, but two runs of one program differ by 40 %.
        result = bench_compare.summary([[1.0, 1.02 * 1.4, 1.02, 1.4]] * 5)
        self.assertAlmostEqual(result["ratio"], 1.02)
        self.assertEqual(result["verdict"], "within noise")

    def test_fail_above(self):
        slower = bench_compare.summary(rounds(1.1, 0.01))
        self.assertTrue(bench_compare.fails(slower, 5))
        self.assertFalse(bench_compare.fails(slower, 20))
        noisy = {"verdict": "within noise", "ratio": 1.2}
        self.assertFalse(bench_compare.fails(noisy, 5))


if __name__ == "__main__":
    unittest.main()
