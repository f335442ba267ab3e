// SPDX-License-Identifier: MIT
// What `eddy train` trains on: one class, and one file, for each kind of data.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "eddy/model.h"
#include "train_flags.h"

namespace eddy::cli {

struct TrainData {
  Input x;
  Tensor y;
  double validation_split = 0;  // from the end
  std::optional<LabelledData> validation = {};
};

// The metric that tells whether a run is a good one.
struct Score {
  std::string key;      // of the history: "acc"
  std::string name;     // "accuracy"
  std::string picture;  // as plot() names it
  bool most = true;     // more is better
};

// In the order in which they are called. The flags that it was made with have been checked.
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
  // What belongs into the file besides the network, as its vocabulary.
  virtual void equip(Model& model) = 0;
  // Gives the memory away.
  virtual TrainData take_data() = 0;
};

// Throws UsageError for flags that do not fit the data. `flags` and `declared` must outlive it.
std::unique_ptr<TrainTask> make_train_task(const TrainFlags& flags, const Flags& declared);

std::unique_ptr<TrainTask> train_on_reviews(const TrainFlags& flags, const Flags& declared);
std::unique_ptr<TrainTask> train_on_texts(const TrainFlags& flags, const Flags& declared);

}  // namespace eddy::cli
