// SPDX-License-Identifier: MIT
#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <random>
#include <stdexcept>

namespace bench {
namespace {

constexpr const char* kKinds[] = {"infer", "first", "train", "layer"};

Case parse_case(const std::string& text) {
  const size_t first = text.find(':'), second = text.find(':', first + 1);
  Case c;
  if (first != std::string::npos && second != std::string::npos) {
    c.kind = text.substr(0, first);
    c.cell = text.substr(first + 1, second - first - 1);
    int end = -1;
    long t = 0, b = 0, x = 0, h = 0;
    const int read =
        std::sscanf(text.c_str() + second + 1, "%ldx%ldx%ldx%ld%n", &t, &b, &x, &h, &end);
    const bool whole = read == 4 && second + 1 + static_cast<size_t>(end) == text.size();
    const auto* kind = std::find(std::begin(kKinds), std::end(kKinds), c.kind);
    if (whole && kind != std::end(kKinds) && std::min({t, b, x, h}) > 0) {
      c.steps = t, c.batch = b, c.features = x, c.units = h;
      return c;
    }
  }
  throw std::invalid_argument("case '" + text +
                              "': expected KIND:CELL:TxBxXxH, KIND infer, first, train or layer");
}

}  // namespace

std::string Case::name() const {
  return kind + ":" + cell + ":" + std::to_string(steps) + "x" + std::to_string(batch) + "x" +
         std::to_string(features) + "x" + std::to_string(units);
}

double Case::flop(int64_t gates) const {
  const auto x = static_cast<double>(features), h = static_cast<double>(units);
  const double each = 2.0 * static_cast<double>(tokens() * gates) * h;  // a value of x or h
  if (kind == "infer") return each * (x + h);
  return kind == "first" ? each * (2 * x + 3 * h) : 3 * each * (x + h);
}

Options parse(int argc, char** argv) {
  Options options;
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (size_t i = 0; i < words.size(); ++i) {
    const bool valued = words[i] == "--threads" || words[i] == "--seconds";
    if (valued && i + 1 == words.size()) throw std::invalid_argument(words[i] + ": no value");
    if (words[i] == "--json") {
      options.json = true;
    } else if (words[i] == "--threads") {
      options.threads = std::stol(words[++i]);
    } else if (words[i] == "--seconds") {
      options.seconds = std::stod(words[++i]);
    } else {
      options.cases.push_back(parse_case(words[i]));
    }
  }
  if (options.cases.empty() || options.threads < 1) {
    throw std::invalid_argument("usage: [--json] [--threads N] [--seconds S] KIND:CELL:TxBxXxH...");
  }
  return options;
}

std::vector<double> repeat(double seconds, int least, const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> samples;
  const auto start = Clock::now();
  auto last = start;
  while (static_cast<int>(samples.size()) < least ||
         std::chrono::duration<double>(last - start).count() < seconds) {
    work();
    const auto now = Clock::now();
    samples.push_back(std::chrono::duration<double>(now - last).count());
    last = now;
  }
  return samples;
}

nlohmann::json result(const std::string& name, std::vector<double> seconds, double parts) {
  std::sort(seconds.begin(), seconds.end());
  return {{"case", name},
          {"seconds", seconds[seconds.size() / 2] / parts},
          {"least", seconds.front() / parts},
          {"samples", seconds.size()},
          {"compiler", kCompiler}};
}

void fill(float* values, size_t count, float scale) {
  std::minstd_rand random(1);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  for (size_t i = 0; i < count; ++i) values[i] = uniform(random);
}

}  // namespace bench
