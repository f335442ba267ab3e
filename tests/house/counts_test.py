# SPDX-License-Identifier: MIT
"""counts.py fails on growth beyond its limit, names what grew, and reads callgrind's files."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.dont_write_bytecode = True
import counts  # noqa: E402

RECORD = {"gru": {"instructions": 100_000, "functions": {"outer": 60_000, "add": 2_000}}}

# fn (1) has 700 + 40 of its own and calls (2), which takes 250; (2) also runs apart.
CALLGRIND = """# callgrind format
positions: line
events: Ir
ob=(1) /somewhere/fixed_step
fl=(1) ???
fn=(1) void eddy::N_AVX2::forward_with<eddy::N_AVX2::FloatLanes, eddy::N_AVX2::gru, X<Y> >(A<B> const&) [clone .isra.0]
0 700
cfn=(2) eddy::(anonymous namespace)::Pool::run(long, eddy::TaskRef)
calls=3 0
0 250
+3 40

fn=(2)
0 200
* 50
"""


def measured(instructions, **functions):
    return {"gru": {"instructions": instructions, "functions": functions}}


class Counts(unittest.TestCase):
    def test_growth_beyond_the_limit_fails_and_names_the_function(self):
        lines, failed = counts.compare(RECORD, measured(103_001, outer=63_001, add=2_000))
        self.assertTrue(failed)
        self.assertIn("FAILED", lines[0])
        self.assertEqual(lines[1].split(), ["+3,001", "outer"])
        self.assertEqual(len(lines), 2)

    def test_growth_within_the_limit_passes(self):
        lines, failed = counts.compare(RECORD, measured(103_000, outer=63_000))
        self.assertFalse(failed)
        self.assertEqual(len(lines), 1)
        self.assertIn("+3.00%  ok", lines[0])

    def test_a_great_gain_is_said_but_does_not_fail(self):
        lines, failed = counts.compare(RECORD, measured(96_000, outer=56_000))
        self.assertFalse(failed)
        self.assertIn("record it", lines[0])

    def test_a_cell_without_a_record_fails(self):
        lines, failed = counts.compare({}, measured(1))
        self.assertTrue(failed)
        self.assertIn("not in the record", lines[0])

    def test_functions_that_came_or_went_are_named(self):
        lines, _ = counts.compare(RECORD, measured(110_000, product=70_000))
        self.assertEqual([line.split() for line in lines[1:]],
                         [["+70,000", "product"], ["-60,000", "outer"], ["-2,000", "add"]])

    def test_own_costs_without_those_of_callees(self):
        self.assertEqual(counts.function_costs(CALLGRIND),
                         {"forward_with of gru": 740, "Pool::run": 250})


if __name__ == "__main__":
    unittest.main()
