# SPDX-License-Identifier: MIT
"""epoch_parts.py puts samples into the right part; nothing is measured."""
import sys
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.dont_write_bytecode = True
import epoch_parts  # noqa: E402

PROGRAM = "/somewhere/imdb_epoch"
CHAINS = {
    "products: h U, forward":
        "_mm512_fmadd_ps avx512fintrin.h < void eddy::N_AVX3::multiply_tile<L, 8, 4>() tile-inl.h < "
        "void eddy::N_AVX3::ForwardPanel<L, eddy::N_AVX3::lstm>::run<6>() forward_panel-inl.h < "
        "void eddy::N_AVX3::forward_rows<L, eddy::N_AVX3::lstm>() step-inl.h",
    "products: x W and dz U^T, dz W^T":
        "void eddy::N_AVX3::multiply_tile<L, 6, 4>() tile-inl.h < "
        "void eddy::N_AVX3::product_panel<L, 4>() kernels.cc",
    "products: gradients of U and W":
        "eddy::N_AVX3::FloatLanes::store() lanes-inl.h < "
        "void eddy::N_AVX3::outer_strip<L, 2>() outer-inl.h",
    "gates, forward":
        "eddy::N_AVX3::lstm::forward() lstm-inl.h < "
        "void eddy::N_AVX3::ForwardPanel<L>::forward<true, 1>() forward_panel-inl.h",
    "gates, backward": "void eddy::N_AVX3::backward_with<L, eddy::N_AVX3::gru>() backward-inl.h",
    "optimizer": "eddy::N_AVX3::RMSpropRule<float>::update_waiting() update_rules-inl.h",
    "embedding: gather, distinct ids": "eddy::IdGroups::build(int const*, long, long) ??",
    "embedding: sums of gradients by id": "void eddy::N_AVX3::sum_rows<L>() kernels.cc",
    "recurrent layer: plan, packing, starts, bias sums":
        "eddy::RecurrentLayer<float>::start_rows() recurrent.cc",
    "batches, loss, metrics, head": "eddy::DenseLayer<float>::forward_one() dense.cc",
    "other": "std::sort() stl_algo.h",
}


class EpochParts(unittest.TestCase):
    def test_every_part_has_its_functions(self):
        for part, chain in CHAINS.items():
            self.assertEqual(epoch_parts.part_of(PROGRAM, chain), part)
        self.assertEqual(set(CHAINS), {name for name, _ in epoch_parts.PARTS} | {"other"})

    def test_outside_the_program(self):
        self.assertEqual(epoch_parts.part_of("/usr/lib/libc.so.6", ""), epoch_parts.SYSTEM)
        self.assertEqual(epoch_parts.part_of("[kernel.kallsyms]", ""), epoch_parts.KERNEL)
        self.assertEqual(epoch_parts.part_of("/usr/lib/libz.so.1", ""), epoch_parts.OTHER)

    def test_only_samples_within_the_batches(self):
        spans = [(1.0, 2.0), (3.0, 4.0)]
        inside = [time for time in [0.5, 1.0, 1.5, 2.0, 2.5, 3.5, 4.5]
                  if epoch_parts.within(spans, time)]
        self.assertEqual(inside, [1.0, 1.5, 2.0, 3.5])

    def test_table(self):
        counts = Counter({"optimizer": 1, "gates, forward": 3})
        text = epoch_parts.table({"gru": ({"train_seconds": [9.0, 8.0]}, 4, counts, None)})
        self.assertIn("| part | gru, 8.00 s |", text)
        self.assertIn("| optimizer | 25.0%, 2.000 s |", text)
        self.assertIn("| gates, forward | 75.0%, 6.000 s |", text)


if __name__ == "__main__":
    unittest.main()
