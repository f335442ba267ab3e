// SPDX-License-Identifier: MIT
#include "label_task.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "eddy/report.h"

namespace eddy::cli {
namespace {

constexpr size_t kMostClassLines = 20;  // of the table of classes

bool is_binary(const Labels& labels) { return labels.classes().size() == 2; }

[[noreturn]] void refuse_changed(const std::string& file) {
  throw Error(ErrorCode::bad_data, file, "data: expected to stay as they are, got others.",
              "change them before or after, not while they are read.");
}

std::string number(int64_t value) { return fmt::format("{}", fmt::group_digits(value)); }

}  // namespace

std::string loss_of(const Labels& labels) {
  if (labels.are_numbers()) return "mean_squared_error";
  return is_binary(labels) ? "binary_crossentropy" : "sparse_categorical_crossentropy";
}

Score score_of(const Labels& labels) {
  if (labels.are_numbers()) return {"mae", "mae", "mae", false};
  return {"acc", "accuracy", "accuracy"};
}

LayerSpec class_layer(const Labels& labels) {
  if (is_binary(labels)) return Dense(1, "sigmoid");
  return Dense(static_cast<int64_t>(labels.classes().size()), "softmax");
}

std::vector<bool> draw_held_out(int64_t samples, double share, int64_t seed) {
  std::vector<bool> held_out(static_cast<size_t>(samples), false);
  std::vector<size_t> order(held_out.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  const auto count = static_cast<size_t>(share * static_cast<double>(samples));
  for (size_t i = 0; i < count; ++i) held_out[order[i]] = true;
  return held_out;
}

bool is_held_out(const std::vector<bool>& held_out, size_t at, const std::string& file) {
  if (at >= held_out.size()) refuse_changed(file);
  return held_out[at];
}

void check_unchanged(const std::string& first_sha256, const std::string& sha256,
                     const std::string& file) {
  if (sha256 != first_sha256) refuse_changed(file);
}

std::string describe_classes(const Labels& labels, const Tensor& y) {
  return fmt::format(
      "Labels      {} classes: {}, {}\n{}", labels.classes().size(),
      is_binary(labels) ? "a sigmoid, 1 is '" + labels.classes()[1] + "'" : std::string("softmax"),
      loss_of(labels), balance_of(labels, y, kMostClassLines));
}

std::string describe_split(int64_t train, int64_t validation, const std::string& file,
                           double share) {
  const std::string judges = validation == 0 ? "none to validate"
                             : file.empty()
                                 ? fmt::format("{} to validate: a share of {}, drawn by the seed",
                                               number(validation), share)
                                 : number(validation) + " of " + file + " to validate";
  return fmt::format("{} to train on, {}", number(train), judges);
}

}  // namespace eddy::cli
