# SPDX-License-Identifier: MIT
"""check_includes.py lets good trees pass and refuses each kind of upward include."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_includes.py"

GOOD = {
    "include/eddy/tensor.h": "#include <vector>\n#include \"eddy/export.h\"\n",
    "src/core/threads.cc": "#include <sched.h>\n#include \"core/threads.h\"\n",
    "src/cells/cells.cc": "#include <hwy/highway.h>\n#include \"cell_list.inc\"\n",
    "src/layers/dense.cc": "#include \"kernels/gemm.h\"\n#include \"eddy/layers.h\"\n",
    "src/files/keras.cc": "#include \"model/network.h\"\n#include <zip.h>\n",
    "src/cli/main.cc": "#include <CLI/CLI.hpp>\n#include \"cli/train.h\"\n#include <eddy/eddy.h>\n",
    "bench/peak.h": "",
    "bench/kernels/own.h": "#include <benchmark/benchmark.h>\n#include \"core/buffer.h\"\n",
    "bench/kernels/cells_bench.cc": "#include \"cells/cell_kernels.h\"\n#include \"own.h\"\n"
                                    "#include \"peak.h\"\n#include <eddy/eddy.h>\n",
    "bench/layer/step.cc": "#include \"layers/factory.h\"\n#include \"peak.h\"\n",
    "examples/own.h": "",
    "bench/measure.h": "",
    "bench/peers/other.cc": "#include \"measure.h\"\n#include <dnnl.hpp>\n",
    "examples/imdb.cc": "#include <eddy/eddy.h>\n#include \"own.h\"\n",
}


class CheckIncludes(unittest.TestCase):
    def check(self, extra=None):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**GOOD, **(extra or {})}.items():
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)

    def refuses(self, name, include, why):
        result = self.check({name: f"\n#include {include}\n"})
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(f"{name}:2: includes", result.stdout)
        self.assertIn(why, result.stdout)

    def test_good_tree_passes(self):
        result = self.check()
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn(f"{len(GOOD)} files, 0 upward", result.stdout)

    def test_upward(self):
        self.refuses("src/core/bad.cc", '"model/network.h"', "core may not enter model")
        self.refuses("src/kernels/bad.cc", '"cell_list.inc"', "kernels may not enter cells")
        self.refuses("src/layers/bad.h", "<training/optimizer.h>", "layers may not enter training")
        self.refuses("src/model/bad.cc", '"data/npz.h"', "model may not enter data")

    def test_neighbours_on_one_floor(self):
        self.refuses("src/data/bad.cc", '"files/zip.h"', "data may not enter files")
        self.refuses("src/report/bad.cc", '"data/npz.h"', "report may not enter data")

    def test_program_and_examples_stay_outside(self):
        for name in ["src/cli/bad.cc", "examples/bad.cc", "bench/bad.cc", "fuzz/bad.cc"]:
            self.refuses(name, '"core/threads.h"', "only include/eddy")

    def test_inner_benchmarks_end_at_their_room(self):
        for include in ['"layers/dense.h"', '"training/optimizer.h"', '"nowhere.h"']:
            self.refuses("bench/kernels/bad.cc", include, "benchmarks of cells include it")
        self.refuses("bench/layer/bad.cc", '"training/optimizer.h"', "benchmarks of layers include it")

    def test_public_headers_stand_alone(self):
        self.refuses("include/eddy/bad.h", '"core/buffer.h"', "a public header includes only")
        self.refuses("include/eddy/bad.h", "<fmt/format.h>", "a public header includes only")

    def test_paths(self):
        self.refuses("src/layers/bad.cc", '"../model/network.h"', "without '..'")
        self.refuses("src/layers/bad.cc", '"nowhere.h"', "expected ROOM/FILE")
        self.refuses("src/attic/bad.cc", '"core/threads.h"', "is not a room")

    def test_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            result = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    unittest.main()
