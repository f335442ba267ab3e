// SPDX-License-Identifier: MIT
#include "data/load_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "core/numpy_shuffle.h"
#include "eddy/error.h"

namespace eddy::data {
namespace {

using datasets::ImdbOptions;

constexpr int64_t kMaxOption = 1'000'000'000;  // ids stay within 32 bits

// The reviews that are kept, in their final order.
std::vector<uint32_t> kept_reviews(const RawSplit& raw, const ImdbOptions& options,
                                   std::mt19937& random, const char* data_set = "imdb") {
  std::vector<uint32_t> order = numpy_shuffled(raw.x.size(), random);
  const int64_t maxlen = options.maxlen.value_or(0);
  if (maxlen == 0) return order;
  const size_t start = options.start_char ? 1 : 0;
  std::erase_if(order, [&](uint32_t i) {
    return static_cast<int64_t>(raw.x.parts[i].count + start) >= maxlen;
  });
  if (order.empty()) {
    throw Error(ErrorCode::invalid_argument, data_set,
                fmt::format("maxlen: expected one that keeps some texts, got {}.", maxlen),
                "increase maxlen; texts of maxlen ids or more are dropped.");
  }
  return order;
}

int64_t largest_id(const RawSplit& raw, const std::vector<uint32_t>& order,
                   const ImdbOptions& options) {
  int64_t largest = options.start_char.value_or(0);
  for (const uint32_t i : order) {
    const auto ids = raw.x[i];
    if (ids.empty()) continue;
    largest = std::max<int64_t>(
        largest, int64_t{*std::max_element(ids.begin(), ids.end())} + options.index_from);
  }
  return largest;
}

datasets::Split convert(const RawSplit& raw, const std::vector<uint32_t>& order,
                        const ImdbOptions& options, int64_t num_words) {
  datasets::Split split;
  std::vector<float> labels;
  split.x.reserve(order.size());
  labels.reserve(order.size());
  for (const uint32_t i : order) {
    const auto ids = raw.x[i];
    std::vector<int32_t> row;
    row.reserve(ids.size() + 1);
    const auto add = [&](int32_t id) {
      if (id >= options.skip_top && id < num_words) {
        row.push_back(id);
      } else if (options.oov_char) {
        row.push_back(*options.oov_char);
      }
    };
    if (options.start_char) add(*options.start_char);
    for (const int32_t id : ids) add(id + options.index_from);
    split.x.push_back(std::move(row));
    labels.push_back(raw.y[i]);
  }
  split.y = Tensor(std::move(labels));
  return split;
}

void check(const char* data_set, const char* name, int64_t value) {
  if (value >= 0 && value <= kMaxOption) return;
  throw Error(ErrorCode::invalid_argument, data_set,
              fmt::format("{}: expected 0 to {}, got {}.", name, kMaxOption, value),
              "leave the option out for Keras' default.");
}

}  // namespace

void check_options(const ImdbOptions& options, const char* data_set) {
  check(data_set, "num_words", options.num_words.value_or(0));
  check(data_set, "skip_top", options.skip_top);
  check(data_set, "maxlen", options.maxlen.value_or(0));
  check(data_set, "start_char", options.start_char.value_or(0));
  check(data_set, "oov_char", options.oov_char.value_or(0));
  check(data_set, "index_from", options.index_from);
}

datasets::TextDataset load_data(const RawImdb& raw, const ImdbOptions& options) {
  check_options(options);
  std::mt19937 random(options.seed);
  const auto train = kept_reviews(raw.train, options, random);
  const auto test = kept_reviews(raw.test, options, random);
  int64_t num_words = options.num_words.value_or(0);
  if (num_words == 0) {
    num_words =
        std::max(largest_id(raw.train, train, options), largest_id(raw.test, test, options));
  }
  return {convert(raw.train, train, options, num_words),
          convert(raw.test, test, options, num_words)};
}

datasets::TextDataset load_reuters(const RawSplit& raw, const ImdbOptions& options,
                                   double test_split) {
  check_options(options, "reuters");
  if (!(test_split >= 0 && test_split <= 1)) {
    throw Error(ErrorCode::invalid_argument, "reuters",
                fmt::format("test_split: expected 0 to 1, got {}.", test_split),
                "leave the option out for Keras' default.");
  }
  std::mt19937 random(options.seed);
  const auto kept = kept_reviews(raw, options, random, "reuters");
  int64_t num_words = options.num_words.value_or(0);
  if (num_words == 0) num_words = largest_id(raw, kept, options);
  // Keras' int(len(xs) * (1 - test_split))
  const auto train =
      static_cast<std::ptrdiff_t>(static_cast<double>(kept.size()) * (1 - test_split));
  const auto middle = kept.begin() + train;
  return {convert(raw, {kept.begin(), middle}, options, num_words),
          convert(raw, {middle, kept.end()}, options, num_words)};
}

}  // namespace eddy::data
