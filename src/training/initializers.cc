// SPDX-License-Identifier: MIT
#include "training/initializers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/nearest.h"
#include "training/orthonormal.h"

namespace eddy {
namespace {

// One initializer at work.
struct Draw {
  const Initializer& how;
  const Shape& shape;
  Random random;
  std::vector<double>& values;

  double number(const char* key, double otherwise) const {
    const auto found = how.values.find(key);
    return found == how.values.end() ? otherwise : found->second;
  }
  std::string word(const char* key, const char* otherwise) const {
    const auto found = how.words.find(key);
    return found == how.words.end() ? otherwise : found->second;
  }
};

[[noreturn]] void refuse(const Draw& draw, const std::string& what, const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, "initializer " + draw.how.name, what, fix);
}

// Keras' compute_fans.
std::pair<double, double> fans(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive = 1;
  for (size_t i = 0; i + 2 < shape.size(); ++i) receptive *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[shape.size() - 2]) * receptive,
          static_cast<double>(shape.back()) * receptive};
}

// Resampled outside two standard deviations.
double truncated_normal(Random& random, double mean, double stddev) {
  double x = random.normal();
  while (std::abs(x) > 2) x = random.normal();
  return mean + stddev * x;
}

void variance_scaling(Draw& draw, double scale, const std::string& mode,
                      const std::string& distribution) {
  const auto [in, out] = fans(draw.shape);
  double n = 0;
  if (mode == "fan_in") {
    n = in;
  } else if (mode == "fan_out") {
    n = out;
  } else if (mode == "fan_avg") {
    n = (in + out) / 2;
  } else {
    refuse(draw, fmt::format("mode: expected fan_in, fan_out or fan_avg, got '{}'.", mode),
           "use one of the three.");
  }
  const double s = scale / std::max(1.0, n);
  if (distribution == "uniform") {
    const double limit = std::sqrt(3 * s);
    for (double& v : draw.values) v = draw.random.uniform(-limit, limit);
  } else if (distribution == "untruncated_normal") {
    for (double& v : draw.values) v = std::sqrt(s) * draw.random.normal();
  } else if (distribution == "truncated_normal") {
    // The standard deviation of a normal cut at two of its own is 0.8796...; undo that.
    const double stddev = std::sqrt(s) / 0.87962566103423978;
    for (double& v : draw.values) v = truncated_normal(draw.random, 0, stddev);
  } else {
    refuse(draw,
           fmt::format("distribution: expected uniform, truncated_normal or untruncated_normal, "
                       "got '{}'.",
                       distribution),
           "use one of the three.");
  }
}

// Rows or columns of a random matrix made orthonormal (Saxe et al. 2014; Keras).
void orthogonal(Draw& draw) {
  if (draw.shape.size() < 2) {
    refuse(draw, fmt::format("shape: expected at least two axes, got {}.", to_string(draw.shape)),
           "use another initializer for a bias.");
  }
  const int64_t columns = draw.shape.back();
  const int64_t rows = static_cast<int64_t>(draw.values.size()) / columns;
  const int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  Orthonormal basis(count, length);
  // A is drawn row by row as [length, count]; its columns are made orthonormal.
  for (int64_t i = 0; i < length; ++i) {
    for (int64_t vector = 0; vector < count; ++vector) basis.at(vector, i) = draw.random.normal();
  }
  basis.make();
  const double gain = draw.number("gain", 1.0);
  double* value = draw.values.data();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c, ++value) {
      *value = gain * (rows >= columns ? basis.at(c, r) : basis.at(r, c));
    }
  }
}

void identity(Draw& draw) {
  if (draw.shape.size() != 2) {
    refuse(draw, fmt::format("shape: expected two axes, got {}.", to_string(draw.shape)),
           "use another initializer.");
  }
  std::fill(draw.values.begin(), draw.values.end(), 0.0);
  for (int64_t i = 0; i < std::min(draw.shape[0], draw.shape[1]); ++i) {
    draw.values[static_cast<size_t>(i * draw.shape[1] + i)] = draw.number("gain", 1.0);
  }
}

using Recipe = std::function<void(Draw&)>;

Recipe scaled(double scale, const char* mode, const char* distribution) {
  return [=](Draw& d) { variance_scaling(d, scale, mode, distribution); };
}
Recipe filled(const char* key, double otherwise) {
  return [=](Draw& d) { std::fill(d.values.begin(), d.values.end(), d.number(key, otherwise)); };
}

const std::map<std::string, Recipe>& recipes() {
  static const std::map<std::string, Recipe> all = {
      {"zeros", filled("", 0)},
      {"ones", filled("", 1)},
      {"constant", filled("value", 0)},
      {"random_uniform",
       [](Draw& d) {
         const double low = d.number("minval", -0.05), high = d.number("maxval", 0.05);
         for (double& v : d.values) v = d.random.uniform(low, high);
       }},
      {"random_normal",
       [](Draw& d) {
         for (double& v : d.values) {
           v = d.number("mean", 0) + d.number("stddev", 0.05) * d.random.normal();
         }
       }},
      {"truncated_normal",
       [](Draw& d) {
         for (double& v : d.values) {
           v = truncated_normal(d.random, d.number("mean", 0), d.number("stddev", 0.05));
         }
       }},
      {"variance_scaling",
       [](Draw& d) {
         variance_scaling(d, d.number("scale", 1), d.word("mode", "fan_in"),
                          d.word("distribution", "truncated_normal"));
       }},
      {"glorot_uniform", scaled(1, "fan_avg", "uniform")},
      {"glorot_normal", scaled(1, "fan_avg", "truncated_normal")},
      {"lecun_uniform", scaled(1, "fan_in", "uniform")},
      {"lecun_normal", scaled(1, "fan_in", "truncated_normal")},
      {"he_uniform", scaled(2, "fan_in", "uniform")},
      {"he_normal", scaled(2, "fan_in", "truncated_normal")},
      {"orthogonal", orthogonal},
      {"identity", identity},
  };
  return all;
}

}  // namespace

std::vector<std::string> initializer_names() {
  std::vector<std::string> names;
  for (const auto& [name, recipe] : recipes()) names.push_back(name);
  return names;
}

std::string initializer_name(const std::string& name) {
  static const std::map<std::string, std::string> short_forms = {{"uniform", "random_uniform"},
                                                                 {"normal", "random_normal"},
                                                                 {"zero", "zeros"},
                                                                 {"one", "ones"}};
  const auto found = short_forms.find(name);
  std::string full = found == short_forms.end() ? name : found->second;
  if (recipes().count(full) > 0) return full;
  throw Error(ErrorCode::invalid_argument, "initializer",
              fmt::format("name: expected a known initializer, got '{}'.", name),
              suggest(name, initializer_names()));
}

void initialize(const Initializer& initializer, const Shape& shape, Random random,
                std::vector<double>& values) {
  values.assign(static_cast<size_t>(element_count(shape)), 0.0);
  Draw draw{initializer, shape, random, values};
  recipes().at(initializer_name(initializer.name))(draw);
}

}  // namespace eddy
