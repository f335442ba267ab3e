// SPDX-License-Identifier: MIT
// n-gram models: what counting alone foretells of a text.
#include <fmt/format.h>

#include <cmath>
#include <unordered_map>
#include <utility>

#include "eddy/language_model.h"

namespace eddy {
namespace {

constexpr int64_t kMaxOrder = 4;
constexpr int kIdBits = 21;  // three ids make a key of 64 bits; Unicode has fewer characters
constexpr size_t kMaxNgrams = 4'000'000;

// Multiplying spreads the keys' low bits, in which n-grams differ least.
struct Hash {
  size_t operator()(uint64_t key) const { return (key * 0x9E3779B97F4A7C15U) >> 20; }
};

struct Context {
  uint32_t number = 0;        // of the context, in keys of its n-grams
  int64_t count = 0;          // n(c)
  int64_t continuations = 0;  // t(c)
};

// Contexts of one length.
struct Level {
  std::unordered_map<uint64_t, Context, Hash> contexts;
  std::unordered_map<uint64_t, int64_t, Hash> counts;  // n(c x)
};

uint64_t ngram(const Context& context, int32_t id) {
  return (uint64_t{context.number} << kIdBits) | static_cast<uint64_t>(id);
}

[[noreturn]] void refuse(const std::string& what, const char* fix) {
  throw Error(ErrorCode::invalid_argument, "NgramModel", what, fix);
}

}  // namespace

struct NgramModel::State {
  int64_t ids = 0;
  std::vector<Level> levels;  // by the length of the context
  size_t ngrams = 0;

  void check(std::span<const int32_t> text) const {
    for (const int32_t id : text) {
      if (id >= 0 && id < ids) continue;
      throw Error(ErrorCode::bad_data, "NgramModel",
                  fmt::format("ids: expected 0 to {}, got {}.", ids - 1, id),
                  "give the number of ids that the text's encoder has.");
    }
  }

  // The `length` ids before text[at].
  static uint64_t key(std::span<const int32_t> text, size_t at, size_t length) {
    uint64_t key = 0;
    for (size_t i = at - length; i < at; ++i) {
      key = (key << kIdBits) | static_cast<uint64_t>(text[i]);
    }
    return key;
  }

  double probability(std::span<const int32_t> text, size_t at) const {
    double p = 1 / static_cast<double>(ids);
    for (size_t length = 0; length < levels.size() && length <= at; ++length) {
      const auto context = levels[length].contexts.find(key(text, at, length));
      if (context == levels[length].contexts.end()) break;  // nor is a longer one known
      const Context& seen = context->second;
      const auto count = levels[length].counts.find(ngram(seen, text[at]));
      const double n =
          count == levels[length].counts.end() ? 0 : static_cast<double>(count->second);
      const auto t = static_cast<double>(seen.continuations);
      p = (n + t * p) / (static_cast<double>(seen.count) + t);
    }
    return p;
  }

  void learn(std::span<const int32_t> text, size_t at) {
    for (size_t length = 0; length < levels.size() && length <= at; ++length) {
      Level& level = levels[length];
      const uint64_t of_context = key(text, at, length);
      auto context = level.contexts.find(of_context);
      if (context == level.contexts.end()) {
        if (ngrams == kMaxNgrams) return;
        const auto number = static_cast<uint32_t>(level.contexts.size());
        context = level.contexts.emplace(of_context, Context{.number = number}).first;
      }
      Context& seen = context->second;
      auto count = level.counts.find(ngram(seen, text[at]));
      if (count == level.counts.end()) {
        if (ngrams == kMaxNgrams) return;
        count = level.counts.emplace(ngram(seen, text[at]), 0).first;
        ++ngrams;
        ++seen.continuations;
      }
      ++count->second;
      ++seen.count;
    }
  }
};

NgramModel::NgramModel(int64_t order, int64_t ids) : state_(std::make_unique<State>()) {
  if (order < 1 || order > kMaxOrder) {
    refuse(fmt::format("order: expected 1 to {}, got {}.", kMaxOrder, order),
           "1 looks at no id before, 4 at three of them.");
  }
  if (ids < 1 || ids > int64_t{1} << kIdBits) {
    refuse(fmt::format("ids: expected 1 to {}, got {}.", int64_t{1} << kIdBits, ids),
           "give the number of ids that the text's encoder has.");
  }
  state_->ids = ids;
  state_->levels.resize(static_cast<size_t>(order));
}
NgramModel::~NgramModel() = default;
NgramModel::NgramModel(NgramModel&&) noexcept = default;
NgramModel& NgramModel::operator=(NgramModel&&) noexcept = default;

void NgramModel::add(std::span<const int32_t> ids) {
  state_->check(ids);
  for (size_t at = 0; at < ids.size(); ++at) state_->learn(ids, at);
}

double NgramModel::bits(std::span<const int32_t> ids) const {
  state_->check(ids);
  double bits = 0;
  for (size_t at = 1; at < ids.size(); ++at) bits -= std::log2(state_->probability(ids, at));
  return bits;
}

double NgramModel::adaptive_bits(std::span<const int32_t> ids) {
  state_->check(ids);
  double bits = 0;
  for (size_t at = 0; at < ids.size(); ++at) {
    if (at > 0) bits -= std::log2(state_->probability(ids, at));
    state_->learn(ids, at);
  }
  return bits;
}

}  // namespace eddy
