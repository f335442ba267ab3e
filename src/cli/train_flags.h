// SPDX-License-Identifier: MIT
// The flags of `eddy train`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataset.h"
#include "eddy/layers.h"
#include "eddy/optimizers.h"
#include "flags.h"

namespace eddy::cli {

// The recurrent part of a network, the same for every task.
struct NetworkFlags {
  std::string cell = "lstm", pooling = "last";
  std::vector<int64_t> units = {32};
  bool bidirectional = false, layer_norm = false;
  double dropout = 0, recurrent_dropout = 0;

  void declare(Flags& flags);
  // All that shape a network, the embedding's size among them.
  static const std::vector<std::string>& names();
  // From sequences [B, T, X] to one row a sample, or to sequences of outputs.
  std::vector<LayerSpec> layers(bool return_sequences = false) const;
};

// Of a person's own texts.
struct TextFlags {
  std::string text, label, validation, task = "auto";
  bool char_level = false, lower = false;
  std::optional<int64_t> memory;

  void declare(Flags& flags);
  void use_absolute_paths();
  // Throws UsageError when one was given with `dataset`, which is no path.
  static void refuse(const Flags& declared, const std::string& dataset);
};

// Of a person's own sequences of numbers. Label, validation and task are those of TextFlags.
struct SequenceFlags {
  std::string id, columns;

  void declare(Flags& flags);
};

struct TrainFlags {
  DatasetFlags data;
  TextFlags texts;
  SequenceFlags sequences;
  NetworkFlags network;
  std::string optimizer = "rmsprop", config, out, resume;
  int64_t embedding = 32, num_words = 10000;
  std::optional<int64_t> maxlen;
  int64_t epochs = 10, batch_size = 128, threads = 0;
  double learning_rate = 0.001, validation_split = 0.2;
  std::optional<int64_t> seed, save_freq;
  bool tensorboard = false, print_config = false, baseline = false;
  std::string preset = "none";

  void declare(Flags& flags);
  // Of flags that were not given, where a task has others than the declared ones.
  void choose_defaults(const Flags& declared);
  // Those that a single training has, and no others.
  void declare_training(Flags& flags);
  void use_absolute_paths();
  // Whether the path holds sequences of numbers, not texts: arrays always do, a table when --id or
  // --columns is given.
  bool are_sequences() const;
  // What can be wrong before there are data. Throws UsageError, and Error as Model::compile().
  void check(const Flags& declared, const std::string& command) const;
  Optimizer chosen_optimizer() const { return {optimizer, {{"learning_rate", learning_rate}}}; }
};

}  // namespace eddy::cli
