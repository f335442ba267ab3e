// SPDX-License-Identifier: MIT
#include "text_preset.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace eddy::cli {
namespace {

constexpr double kRatio = 0.1;                     // of the log-count ratios in the table
constexpr double kFalls = 0.02;                    // what is left of the learning rate at the end
constexpr int64_t kMostRatios = int64_t{1} << 27;  // numbers in the table
constexpr int64_t kRowsAtATime = 256;

}  // namespace

void use_preset(TrainFlags& flags, const Flags& declared) {
  if (declared.given("--config")) {
    throw UsageError("--config", "value: expected none beside --preset best, got one.",
                     "leave one of the two out.");
  }
  for (const std::string& flag : flags_without_preset()) {
    if (!declared.given(flag)) continue;
    throw UsageError(flag,
                     "preset: expected no flag about recurrent layers beside --preset best, whose "
                     "network is a bag of words and of words in a row.",
                     "leave one of the two out.");
  }
  const auto set = [&](const char* flag, auto& value, auto best) {
    if (!declared.given(flag)) value = best;
  };
  set("--num-words", flags.num_words, 100'000);
  set("--epochs", flags.epochs, 4);
  set("--batch-size", flags.batch_size, 64);
  set("--optimizer", flags.optimizer, "adam");
  set("--learning-rate", flags.learning_rate, 0.002);
  set("--dropout", flags.network.dropout, 0.5);
}

std::vector<std::string> flags_without_preset() {
  std::vector<std::string> names = NetworkFlags::names();
  std::erase(names, "--dropout");
  return names;
}

std::vector<int64_t> preset_ngrams() { return {1, 2, 3}; }

std::vector<LayerSpec> preset_layers(const TrainFlags& flags, int64_t ids, double length,
                                     int64_t classes) {
  const int64_t outputs = classes == 2 ? 1 : classes;
  if (ids > kMostRatios / outputs) {
    throw UsageError("--num-words",
                     fmt::format("table: expected at most {} numbers, got {} ids x {} classes.",
                                 fmt::group_digits(kMostRatios), fmt::group_digits(ids), classes),
                     "use fewer words.");
  }
  // From means to sums over a text of usual length: the table's numbers stay near the ratios, and
  // so of a size that steps of the learning rate move.
  Initializer sums = "identity";
  sums.values["gain"] = length;
  return {Embedding({.input_dim = ids, .output_dim = outputs, .mask_zero = true}),
          Dropout(flags.network.dropout), GlobalAveragePooling1D(),
          Dense({.units = outputs,
                 .activation = outputs == 1 ? "sigmoid" : "softmax",
                 .kernel_initializer = sums})};
}

double mean_length(const IntSource& x) {
  const int64_t texts = x.shape()[0];
  if (texts == 0) return 1;
  int64_t words = 0;
  std::vector<int64_t> numbers;
  for (int64_t first = 0; first < texts; first += std::ssize(numbers)) {
    numbers.resize(static_cast<size_t>(std::min(kRowsAtATime, texts - first)));
    std::iota(numbers.begin(), numbers.end(), first);
    IntTensor rows({std::ssize(numbers), x.shape()[1]});
    x.gather(numbers, rows.data());
    words += rows.size() - std::count(rows.values().begin(), rows.values().end(), 0);
  }
  return std::max(1.0, static_cast<double>(words) / static_cast<double>(texts));
}

Optimizer preset_optimizer(const TrainFlags& flags, int64_t texts) {
  const int64_t batches = (texts + flags.batch_size - 1) / flags.batch_size;
  return {flags.optimizer,
          {},
          LearningRateSchedule("CosineDecay",
                               {{"initial_learning_rate", flags.learning_rate},
                                {"decay_steps", static_cast<double>(flags.epochs * batches)},
                                {"alpha", kFalls}})};
}

void begin_with_ratios(Model& model, const IntSource& x, const Tensor& y, int64_t classes) {
  std::vector<Tensor> weights = model.get_weights();
  Tensor& table = weights.front();
  const Tensor ratios = log_count_ratios(x, y, classes, table.dim(0));
  for (int64_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<float>(kRatio * static_cast<double>(ratios[i]));
  }
  model.set_weights(weights);
}

std::string preset_line(const TrainFlags& flags) {
  return fmt::format(
      "Preset      best: words, pairs and triples, a table that begins with {} of their log-count\n"
      "            ratios, dropout {}, {} at {} falling by a cosine, {} epochs of batches of {}\n",
      kRatio, flags.network.dropout, flags.optimizer, flags.learning_rate, flags.epochs,
      flags.batch_size);
}

nlohmann::json preset_record(const TrainFlags& flags) {
  return {{"name", kBest},
          {"ngrams", preset_ngrams()},
          {"num_words", flags.num_words},
          {"log_count_ratios", kRatio},
          {"dropout", flags.network.dropout},
          {"optimizer", flags.optimizer},
          {"learning_rate", flags.learning_rate},
          {"learning_rate_end", flags.learning_rate * kFalls},
          {"epochs", flags.epochs},
          {"batch_size", flags.batch_size}};
}

}  // namespace eddy::cli
