// SPDX-License-Identifier: MIT
// What `eddy train` trains on: one class, and one file, for each kind of data.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/model.h"
#include "train_flags.h"

namespace eddy::cli {

struct TrainData {
  Input x = {};
  Tensor y = {};
  double validation_split = 0;  // from the end
  std::optional<LabelledData> validation = {};
  bool shuffle = true;
  int64_t validation_batch_size = 0;        // 0: that of the training
  std::optional<SampleSource> source = {};  // in place of x: samples that may be on disk
};

// The metric that tells whether a run is a good one.
struct Score {
  std::string key;      // of the history: "acc"
  std::string name;     // "accuracy"
  std::string picture;  // as plot() names it
  bool most = true;     // more is better
};

// In the order in which they are called. The flags that it was made with have been checked. What
// stands behind load() may be asked again, with other flags of the network (NetworkFlags::names())
// and after take_data(), too.
class TrainTask {
 public:
  virtual ~TrainTask() = default;

  // Reads the data, and says on stderr what has to be said. Throws Error.
  virtual void load() = 0;
  // Of the default folder: "imdb".
  virtual std::string key() const = 0;
  // The object "dataset" of run.json. A run goes on only with the same "sha256".
  virtual nlohmann::json record() const = 0;
  // Whole lines about the data.
  virtual std::string description() const = 0;

  virtual std::vector<LayerSpec> layers() const = 0;
  virtual Shape input_shape() const = 0;
  virtual std::string loss() const = 0;
  virtual Score score() const = 0;
  // Compiled into the model.
  virtual MetricLists metrics() const { return {score().key}; }
  // Factors of the loss, as CompileOptions has them.
  virtual std::vector<double> loss_weights() const { return {}; }
  // What the file has besides the network, in words.
  virtual std::string carries() const { return "vocabulary"; }
  // Nothing: as the flags say.
  virtual std::optional<Optimizer> optimizer() const { return {}; }
  // What belongs into the file besides the network, as its vocabulary.
  virtual void equip(Model& model) = 0;
  // Weights that the model begins with, where they come from the data.
  virtual void begin(Model&) {}
  // Texts with classes: what --baseline and --preset are for.
  virtual bool classifies_texts() const { return false; }
  // Trains the linear baseline; for run.json. Before take_data().
  virtual nlohmann::json baseline() { return nullptr; }
  // Gives the memory away.
  virtual TrainData take_data() = 0;
  // Called before all others.
  virtual std::vector<std::unique_ptr<Callback>> callbacks(Model&) { return {}; }
  // Writes the file of the model as it stands; both must outlive it.
  virtual std::function<void(const std::filesystem::path&)> saver(const Model& model) const {
    return [&model](const std::filesystem::path& path) { model.save(path); };
  }
  // Lines of the closing table besides the score: what it is, and its value.
  virtual std::vector<std::pair<std::string, std::string>> comparisons() const { return {}; }
};

// Throws UsageError for flags that do not fit the data. `flags` and `declared` must outlive it.
std::unique_ptr<TrainTask> make_train_task(const TrainFlags& flags, const Flags& declared);

std::unique_ptr<TrainTask> train_on_reviews(const TrainFlags& flags, const Flags& declared);
std::unique_ptr<TrainTask> train_on_texts(const TrainFlags& flags, const Flags& declared);
std::unique_ptr<TrainTask> train_on_characters(const TrainFlags& flags, const Flags& declared);
std::unique_ptr<TrainTask> train_on_tags(const TrainFlags& flags, const Flags& declared);
std::unique_ptr<TrainTask> train_on_sequences(const TrainFlags& flags, const Flags& declared);

}  // namespace eddy::cli
