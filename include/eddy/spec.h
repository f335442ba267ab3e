// SPDX-License-Identifier: MIT
// A Keras object by its name and the arguments that differ from Keras' defaults: what a loss, a
// metric, a schedule, a regularizer and a constraint have in common.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "eddy/export.h"

namespace eddy {

// Names are Keras': snake_case, class name or short form ("huber", "Huber", "bce"). Numbers,
// booleans (0 or 1) and None (absent) stand in `values`, words in `words`, lists in `lists`.
// Whoever takes a description refuses an unknown name, argument or value, with the nearest.
struct Spec {
  std::string name;
  std::map<std::string, double> values = {};
  std::map<std::string, std::string> words = {};
  std::map<std::string, std::vector<double>> lists = {};

  Spec() = default;
  Spec(std::string name_, std::map<std::string, double> values_ = {},  // NOLINT
       std::map<std::string, std::string> words_ = {},
       std::map<std::string, std::vector<double>> lists_ = {})
      : name(std::move(name_)),
        values(std::move(values_)),
        words(std::move(words_)),
        lists(std::move(lists_)) {}
  Spec(const char* name_) : name(name_) {}  // NOLINT(google-explicit-constructor)
  bool operator==(const Spec&) const = default;

  bool has_arguments() const { return !values.empty() || !words.empty() || !lists.empty(); }
};

}  // namespace eddy
