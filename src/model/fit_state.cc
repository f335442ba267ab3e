// SPDX-License-Identifier: MIT
#include "model/fit_state.h"

#include <fmt/format.h>

#include <variant>
#include <vector>

#include "core/sha256.h"

namespace eddy {
namespace {

template <class Value>
void exchange_condition(SavedState& state, const std::string& name, const Value& now,
                        const char* fix) {
  Value value = now;
  state.value(name, value);
  if (value == now) return;
  throw Error(ErrorCode::invalid_argument, "fit",
              fmt::format("{}: expected {} as when the training was begun ({}), got {}.", name,
                          value, state.where(), now),
              fix);
}

template <class T>
void add(Sha256& digest, const BasicTensor<T>& tensor) {
  digest.add(to_string(tensor.shape()));
  digest.add(std::as_bytes(std::span(tensor.values())));
}

// The same as of a tensor that holds these samples.
template <class T>
void add(Sha256& digest, const BasicSource<T>& source) {
  digest.add(to_string(source.shape()));
  for_each_part(source, [&](std::span<const T> values) { digest.add(std::as_bytes(values)); });
}

void add(Sha256& digest, const Samples& samples) {
  for (const SampleView& x : samples.x) {
    std::visit([&](const auto* data) { add(digest, *data); }, x);
  }
  for (const Tensor* y : samples.y) add(digest, *y);
  for (const Tensor* weights : samples.weights) {
    if (weights != nullptr) add(digest, *weights);
  }
}

}  // namespace

void exchange_network(SavedState& state, Network& network) {
  state.value("seed", network.seed);
  SavedState weights = state.part("weights");
  const auto all = network.graph->weights();
  for (size_t i = 0; i < all.size(); ++i) {
    Weight<float>& weight = *all[i];
    weights.value(fmt::format("{} {}/{}", i, weight.holder, weight.name),
                  std::span<float>(weight.value.data(), weight.value.size()));
  }
  SavedState optimizer = state.part("optimizer"), layers = state.part("layers");
  network.optimizer_state().exchange(optimizer);
  network.graph->exchange_state(layers);
}

void exchange_conditions(SavedState& state, const FitOptions& options, int64_t train,
                         const std::string& data_digest) {
  constexpr const char* kSame = "call fit as it was called then, or remove the backup.";
  SavedState part = state.part("conditions");
  exchange_condition(part, "batch_size", options.batch_size, kSame);
  exchange_condition(part, "steps_per_epoch", options.steps_per_epoch, kSame);
  exchange_condition(part, "shuffle", static_cast<int64_t>(options.shuffle), kSame);
  exchange_condition(part, "training samples", train, kSame);
  exchange_condition(part, "SHA-256 of the data", data_digest,
                     "give fit the data that it had then, or remove the backup.");
}

std::string digest_of(const Samples& samples, const Samples& validation) {
  Sha256 digest;
  add(digest, samples);
  digest.add("validation");
  add(digest, validation);
  return digest.hex();
}

void exchange_history(SavedState& state, History& history) {
  state.value("epoch", history.epoch);
  state.value("seconds", history.seconds);
  std::vector<std::string> keys;
  for (const auto& [key, values] : history.history) keys.push_back(key);
  state.value("keys", keys);
  SavedState part = state.part("values");
  for (const std::string& key : keys) part.value(key, history.history[key]);
}

}  // namespace eddy
