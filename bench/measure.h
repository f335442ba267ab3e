// SPDX-License-Identifier: MIT
// What the benchmark programs share: cases by name, repeated timing, one line of JSON a result.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bench {

#ifdef __clang__
inline constexpr const char* kCompiler = __VERSION__;
#else
inline constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

// One recurrent layer at one size, written KIND:CELL:TxBxXxH, e.g. train:lstm:100x64x32x32.
struct Case {
  // "infer", "first" (a training step), "train" (one with the gradient of the input), "layer" (the
  // layer's own part of that)
  std::string kind;
  std::string cell;  // "simple_rnn", "gru", "lstm"
  int64_t steps = 0, batch = 0, features = 0, units = 0;

  std::string name() const;
  int64_t tokens() const { return steps * batch; }
  // Operations of the products alone, G = gates. Forward: x W + h U at every step; backward: the
  // gradients of W, U and h, and of x unless nobody asks for it.
  double flop(int64_t gates) const;
};

struct Options {
  int64_t threads = 1;
  double seconds = 0.3;  // time of measuring a case, warm-up apart
  bool json = false;
  std::vector<Case> cases;
};

// [--json] [--threads N] [--seconds S] CASE...; throws std::invalid_argument for anything else.
Options parse(int argc, char** argv);

// Seconds that each call of `work` took: calls until `seconds` have passed, at least `least`.
std::vector<double> repeat(double seconds, int least, const std::function<void()>& work);

// {"case", "seconds": the median, "least", "samples", "compiler"}, of samples that each took
// `parts` of what is measured.
nlohmann::json result(const std::string& name, std::vector<double> seconds, double parts = 1);

// Uniform in [-scale, scale), the same numbers every time.
void fill(float* values, size_t count, float scale);

}  // namespace bench
