// SPDX-License-Identifier: MIT
// Time of one step of a stream (eddy/stream.h) with one feature, as audio and sensors come.
//   one_step [--json] [--seconds S] CELL:H...
// A line for each: the median of rounds, in nanoseconds or as JSON.
#include <eddy/eddy.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "measure.h"

namespace {

nlohmann::json measure(const std::string& name, double seconds) {
  const size_t colon = name.find(':');
  const int64_t units = colon == std::string::npos ? 0 : std::atol(name.c_str() + colon + 1);
  if (units < 1) throw std::invalid_argument("case '" + name + "': expected CELL:H, e.g. lstm:32");
  eddy::Sequential model({eddy::Recurrent({.units = units, .cell = name.substr(0, colon)})},
                         {.seed = 1});
  model.build({eddy::kNone, eddy::kNone, 1});
  eddy::Stream stream(model);
  const int64_t steps = std::max<int64_t>(200, 20'000'000 / (units * units + 2000));
  float x = 0.3F;
  const auto walk = [&] {
    for (int64_t i = 0; i < steps; ++i) x = 0.9F * std::abs(stream.step({&x, 1})[0]) + 0.05F;
  };
  bench::repeat(0, 2, walk);
  auto result = bench::result(name, bench::repeat(seconds, 21, walk), static_cast<double>(steps));
  result["threads"] = 1;
  result["simd"] = eddy::simd_target();
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    bool json = false;
    double seconds = 0.1;
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (word == "--json") {
        json = true;
      } else if (word == "--seconds" && i + 1 < argc) {
        seconds = std::atof(argv[++i]);
      } else {
        const auto result = measure(word, seconds);
        if (json) {
          std::printf("%s\n", result.dump().c_str());
        } else {
          std::printf("%-16s %9.1f ns  (least %.1f)\n", word.c_str(),
                      result["seconds"].get<double>() * 1e9, result["least"].get<double>() * 1e9);
        }
      }
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "one_step: %s\n", error.what());
    return 1;
  }
}
