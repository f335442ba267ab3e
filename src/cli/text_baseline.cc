// SPDX-License-Identifier: MIT
#include "text_baseline.h"

#include <fmt/format.h>

#include <cmath>

#include "eddy/text.h"
#include "eddy/text_classifier.h"
#include "flags.h"
#include "interrupt.h"
#include "machine.h"

namespace eddy::cli {

std::vector<int32_t> WordIds::of(std::string_view text) {
  std::vector<int32_t> ids;
  for (std::string& word : tokenize(text)) {
    const auto next = static_cast<int32_t>(ids_.size());
    ids.push_back(ids_.emplace(std::move(word), next).first->second);
  }
  return ids;
}

nlohmann::json train_baseline(const Sequences& x, const Tensor& y, const Sequences& held_out_x,
                              const Tensor& held_out_y, int64_t classes) {
  if (held_out_y.empty()) {
    throw Error(ErrorCode::bad_data, "--baseline",
                "validation: expected texts to compare on, got none.",
                "give more texts, a larger --validation-split, or --validation.");
  }
  const double begin = seconds_now();
  NaiveBayesBigrams model;
  model.fit(x, y, classes);
  InterruptGuard::check();
  const double accuracy = model.accuracy(held_out_x, held_out_y);
  return {{"name", "linear bag of bigrams"},
          {"val_acc", accuracy},
          {"C", model.chosen_c()},
          {"features", model.features()},
          {"validation_size", held_out_y.size()},
          {"seconds", seconds_now() - begin}};
}

size_t known_of(size_t texts, double validation_split) {
  const auto known = static_cast<size_t>(static_cast<double>(texts) * (1 - validation_split));
  if (known > 0 && (validation_split == 0 || known < texts)) return known;
  throw UsageError(
      "--validation-split",
      fmt::format("value: expected texts on both sides, got {} and {}.", known, texts - known),
      "use more texts or another share.");
}

nlohmann::json review_baseline(const datasets::Split& reviews, double validation_split,
                               int64_t classes) {
  const auto known = static_cast<std::ptrdiff_t>(known_of(reviews.x.size(), validation_split));
  const auto& y = reviews.y.values();
  return train_baseline(Sequences(reviews.x.begin(), reviews.x.begin() + known),
                        Tensor(std::vector<float>(y.begin(), y.begin() + known)),
                        Sequences(reviews.x.begin() + known, reviews.x.end()),
                        Tensor(std::vector<float>(y.begin() + known, y.end())), classes);
}

std::string compare_with_baseline(const nlohmann::json& baseline, double network) {
  const double linear = baseline.value("val_acc", 0.0);
  const double texts = baseline.value("validation_size", 1.0);
  // Of the difference of two shares of the same texts, at most.
  const double error = std::sqrt((linear * (1 - linear) + network * (1 - network)) / texts);
  const char* verdict = "no clear difference: the linear one is simpler and takes seconds";
  if (network - linear > error) verdict = "the network pays";
  if (linear - network > error) verdict = "use the linear one, or another network";
  return fmt::format("Network {:.4f}, linear bag of bigrams {:.4f}: {}.\n", network, linear,
                     verdict);
}

}  // namespace eddy::cli
