# SPDX-License-Identifier: MIT
"""What ./dev bench makes of the figures: pairs, ratios, the fastest variant, tables, the JSON; and
that all scripts are Python. Fake programs with known times stand in for the real ones."""
import argparse
import contextlib
import io
import itertools
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True
import bench  # noqa: E402
from bench_groups import GROUPS, PEERS, dense, needed, pairing, table  # noqa: E402

# Counts its calls in a file, and says the time that belongs to the call.
PROGRAM = """
import json, sys
count = open(sys.argv[1], "a+")
count.write("x")
count.seek(0)
times = sys.argv[2].split(",")
print(json.dumps({"seconds": float(times[len(count.read()) - 1]), "threads": 3, "compiler": "C",
                  "simd": "S", "gflops": 5.0, "peak_gflops": 10.0, "peak_gflops_one_thread": 4.0}))
"""


class Bench(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def command(self, name, times):
        return [sys.executable, "-c", PROGRAM, Path(self.folder.name, name), times]

    def measure(self, case, rounds, others=0.0):
        """On a machine where others take this many seconds of processors during every run."""
        clock = itertools.count(step=others)
        with mock.patch.object(pairing, "busy_seconds", lambda: next(clock)), \
                mock.patch.object(pairing, "own_seconds", lambda: 0):
            return pairing.measure(case, rounds)

    def test_ratios_are_of_pairs(self):
        case = pairing.Case("lstm", self.command("a", "1,2,4"),
                            [pairing.Side("other", {"": self.command("b", "3,20,8")})])
        record = self.measure(case, 3)
        self.assertEqual(record["ratios"]["other"],
                         {"median": 3, "least": 2, "most": 10, "all": [3, 10, 2]})
        self.assertEqual(pairing.median_of(record, "eddy", "seconds"), 2)
        self.assertEqual(pairing.median_of(record, "other", "gflops"), 5)
        self.assertIsNone(pairing.median_of(record, "other", "peak_mb"))

    def test_fastest_variant_stays(self):
        slow, fast = self.command("slow", "9,1"), self.command("fast", "5,6")
        case = pairing.Case("gru", self.command("a", "1,1"),
                            [pairing.Side("other", {"plain": slow, "jit": fast})])
        rounds = self.measure(case, 2)["rounds"]
        self.assertEqual([r["other"]["variant"] for r in rounds], ["jit", "jit"])
        self.assertEqual([r["other"]["seconds"] for r in rounds], [5, 6])
        self.assertEqual(rounds[0]["other"]["tried"], {"plain": 9, "jit": 5})
        self.assertEqual(table.about([{"rounds": rounds}]), {"other": "jit"})

    def test_calm_rounds_count(self):
        rounds = [{"eddy": {"seconds": 1, "others": 0}, "other": {"seconds": 2}},
                  {"eddy": {"seconds": 3, "others": 0.2}, "other": {"seconds": 90}}]
        record = {"rounds": rounds, "calm": [True, False]}
        self.assertEqual(pairing.median_of(record, "other", "seconds"), 2)
        self.assertEqual(pairing.median_of({**record, "calm": [False, False]}, "other", "seconds"), 46)

    def test_busy_others_are_said(self):
        case = pairing.Case("gru", self.command("a", "1"))
        self.assertNotIn("busy", table.line(self.measure(case, 1), "s", 5))
        busy = pairing.Case("gru", self.command("b", "1"))
        self.assertIn("! other programs were busy",
                      table.line(self.measure(busy, 1, others=1e6), "s", 5))

    def test_a_failed_side_is_no_success(self):
        with self.assertRaises(SystemExit) as failure:
            pairing.measure(pairing.Case("x", [sys.executable, "-c", "raise SystemExit(7)"]), 1)
        self.assertIn("status 7", str(failure.exception))

    def test_line(self):
        case = pairing.Case("lstm", self.command("a", "0.002"),
                            [pairing.Side("other", {"": self.command("b", "0.005")})], scale=1e3)
        record = self.measure(case, 1)
        words = table.line(record, "ms", 10).split()
        self.assertEqual(words, ["lstm", "2", "ms", "3", "5.0", "5", "ms", "2.50", "x", "(2.50",
                                 "to", "2.50)"])

    def test_every_group_names_its_peers(self):
        for against in [[], PEERS]:
            options = argparse.Namespace(
                against=against, cells=["lstm"], threads=2, batches=3, full=False, seconds=0.1,
                kinds=dense.KINDS, sizes=dense.SIZES, keras_python="k" if against else "",
                onnx_python="o" if against else "", program=Path, peer_script=Path,
                torch=lambda *words: {"": list(words), "one thread": list(words)})
            for name, group in GROUPS.items():
                cases = list(group.cases(options))
                self.assertEqual(len({case.name for case in cases}), len(cases), name)
                sides = {peer.name for case in cases for peer in case.peers}
                self.assertLessEqual(sides, set(group.NOTES), name)
                peers = {side.split("+")[0] for side in sides}  # one in two ways: X and X+...
                self.assertEqual(len(needed([name], against)), len(peers), name)
                if against:
                    self.assertEqual(sides, set(group.NOTES), name)

    def bench(self, *words):
        """(exit status, what it prints)"""
        out = io.StringIO()
        with mock.patch.object(sys, "argv", ["bench.py", *map(str, words)]), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                return bench.main() or 0, out.getvalue()
            except SystemExit as end:
                return end.code, out.getvalue()

    def test_program(self):
        programs, report = Path(self.folder.name, "programs"), Path(self.folder.name, "report.json")
        programs.mkdir()
        fake = programs / "dense"
        fake.write_text(f"#!{sys.executable}\nimport sys\nsys.argv[1:] = ['{programs}/calls', "
                        f"'1,2,3']\n{PROGRAM}")
        fake.chmod(0o755)
        status, printed = self.bench("dense", "--programs", programs, "--json", report, "--rounds",
                                     "3", "--cells", "gru", "--kinds", "infer", "--sizes", "7x5x3")
        self.assertEqual(status, 0, printed)
        self.assertIn("infer:gru:7x5x3x3", printed)
        written = json.loads(report.read_text())
        self.assertEqual((written["compiler"], written["simd"]), ("C", "S"))
        self.assertEqual((written["rounds"], written["peak_gflops"]), (3, 10))
        case = written["groups"]["dense"]["cases"][0]
        self.assertEqual([r["eddy"]["seconds"] for r in case["rounds"]], [1, 2, 3])
        self.assertEqual(case["share_of_peak"], 0.5)

    def test_wrong_use(self):
        for words in [["nothing"], ["epoch", "--rounds", "0"], ["epoch", "--batches", "157"],
                      ["--against", "nobody"], ["--sizes", "3x4"], ["--kinds", "last"]]:
            self.assertEqual(self.bench(*words)[0], 2, words)

    def test_list_peers(self):
        for words, peers in [([], ["pytorch"]), (["steps"], []), (["steps", "--peers"], ["onednn"]),
                             (["dense", "--against", "pytorch,keras"], ["pytorch"])]:
            self.assertEqual(self.bench(*words, "--list-peers"),
                             (0, " ".join(peers) + "\n"), words)

    def test_scripts_compile(self):
        scripts = sorted(SCRIPTS.rglob("*.py"))
        self.assertGreater(len(scripts), 20)
        for script in scripts:
            compile(script.read_text(encoding="utf-8"), script, "exec")


if __name__ == "__main__":
    unittest.main()
