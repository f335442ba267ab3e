// SPDX-License-Identifier: MIT
#include "training/golden_support.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace eddy {

nlohmann::json golden_cases(const std::string& group) {
  std::ifstream file(std::string(EDDY_GOLDEN_TRAINING) + "/" + group + ".json");
  nlohmann::json all = nlohmann::json::parse(file);
  if (!all.at("keras").get<std::string>().starts_with("3.15.")) {
    throw std::runtime_error("golden data of another Keras");
  }
  return all.at("cases");
}

Spec read_spec(const nlohmann::json& json) {
  Spec spec(json.at("name").get<std::string>());
  for (const auto& [key, value] : json.at("values").items()) spec.values[key] = value;
  for (const auto& [key, value] : json.at("words").items()) spec.words[key] = value;
  for (const auto& [key, value] : json.at("lists").items()) {
    spec.lists[key] = value.get<std::vector<double>>();
  }
  return spec;
}

std::vector<double> read_numbers(const nlohmann::json& json) {
  std::vector<double> values;
  for (const auto& value : json) {
    values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                     : value.get<double>());
  }
  return values;
}

double difference(double a, double b) {
  if (std::isnan(a) && std::isnan(b)) return 0;
  return std::abs(a - b) / std::max(1.0, std::abs(b));
}

Worst::~Worst() {
  testing::Test::RecordProperty(group_ + "_values", std::to_string(seen_));
  testing::Test::RecordProperty(group_ + "_worst", fmt::format("{:.2e}", worst_));
}

void Worst::see(double a, double b, const std::string& where, double most) {
  const double d = difference(a, b);
  ++seen_;
  worst_ = std::max(worst_, std::isnan(d) ? 1 : d);
  EXPECT_LE(d, most) << group_ << ": " << where << ": " << a << " for " << b;
}

}  // namespace eddy
