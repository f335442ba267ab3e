// SPDX-License-Identifier: MIT
// Golden numbers of real Keras, made by scripts/golden_training.py.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eddy/spec.h"
#include "eddy/tensor.h"

namespace eddy {

// The cases of one group. Throws when the file is missing or not by Keras 3.15.
nlohmann::json golden_cases(const std::string& group);

// {"name", "values", "words", "lists"}
Spec read_spec(const nlohmann::json& json);
template <class Described>
Described described(const nlohmann::json& json) {
  Described result;
  static_cast<Spec&>(result) = read_spec(json);
  return result;
}

// null reads NaN.
std::vector<double> read_numbers(const nlohmann::json& json);

template <class Real>
std::vector<Real> numbers_as(const nlohmann::json& json) {
  const auto values = read_numbers(json);
  return {values.begin(), values.end()};
}

// |a - b| / max(1, |b|), 0 when both are NaN.
double difference(double a, double b);

// The worst difference of a group, printed at its end as a property of the test.
class Worst {
 public:
  explicit Worst(std::string group) : group_(std::move(group)) {}
  Worst(const Worst&) = delete;
  Worst& operator=(const Worst&) = delete;
  ~Worst();
  // Fails the test when a and b differ by more than `most`.
  void see(double a, double b, const std::string& where, double most = 1e-5);

 private:
  std::string group_;
  double worst_ = 0;
  int64_t seen_ = 0;
};

}  // namespace eddy
