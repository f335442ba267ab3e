// SPDX-License-Identifier: MIT
// Kernels one by one (Google Benchmark), one thread.
//   kernel_bench [--benchmark_filter=REGEX] [--benchmark_out=FILE.json] ...
// The file names the instruction set and the measured FMA peak: scripts/roofline.py draws it.
#include <benchmark/benchmark.h>
#include <eddy/eddy.h>

#include <cstdio>
#include <string>

#include "fma_peak.h"

void register_cells();  // cells_bench.cc

int main(int argc, char** argv) {
  try {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    register_cells();
    benchmark::AddCustomContext("simd", eddy::simd_target());
    benchmark::AddCustomContext("fma_peak_gflops", std::to_string(bench::fma_peak(1)));
    benchmark::RunSpecifiedBenchmarks();
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
