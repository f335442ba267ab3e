// SPDX-License-Identifier: MIT
#include "forecast_flags.h"

#include <fmt/format.h>

#include <limits>

namespace eddy::cli {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

}  // namespace

void ForecastFlags::declare(Flags& flags) {
  flags.argument("data", data, "FILE", ".csv, .tsv, .npy or .npz with a row for every time step");
  flags.text("--columns", columns, "A,B", "columns that the network sees; default: all");
  flags.text("--target", target, "COLUMN", "column to foretell; default: the only one");
  flags.text("--id", id, "COLUMN", "rows that say the same here are one series");
  flags.text("--time", time, "COLUMN", "dates or times, no numbers; default: guessed");
  flags.text("--model", model, "FILE",
             "foretell the next steps with a model that this command has saved");
  flags.text("--out", out, "DIR", "folder for the results; default: runs/DATA-CELL");
  flags.whole("--threads", threads, {0, 1024},
              "threads, 0 for all cores; results do not depend on it");
  flags.whole("--window", window, {1, 1'000'000}, "steps that the network sees");
  flags.whole("--horizon", horizon, {1, 100'000}, "steps to foretell, all at once");
  flags.whole("--season", season, {0, 1'000'000},
              "steps after which values repeat: one more forecast to beat; 0: none");
  flags.whole("--stride", stride, {1, 1'000'000},
              "steps between the beginnings of two training windows");
  flags.word("--cell", cell, cell_names(), "recurrent cell");
  flags.wholes("--units", units, {1, 8192},
               "outputs of the recurrent layer; 64,32: of two, one above the other");
  flags.real("--dropout", dropout, {0, 1, true}, "share of their outputs dropped in training");
  flags.whole("--epochs", epochs, {1, 1'000'000}, "passes over the training part, at most");
  flags.whole("--patience", patience, {0, 1'000'000},
              "epochs without a smaller validation loss before training stops; the best epoch's "
              "weights are kept. 0: all epochs, the last one's weights");
  flags.whole("--batch-size", batch_size, {1, 1'000'000}, "windows of one update");
  flags.word("--optimizer", optimizer, optimizer_names(), "how an update is made of gradients");
  flags.real("--learning-rate", learning_rate, {0, kUnbounded}, "step size of an update");
  flags.real("--validation-split", validation_split, {0, 1, true},
             "share of the steps, before the test part, that training is judged by");
  flags.real("--test-split", test_split, {0, 1, false}, "share of the steps, from the end");
  flags.whole("--seed", seed, {0, std::numeric_limits<int64_t>::max()},
              "of weights and shuffling: the same run again; default: a new one");
  flags.file();
}

void ForecastFlags::check() const {
  require(data, "forecast", "data");
  if (validation_split + test_split < 1) return;
  throw UsageError("--test-split",
                   fmt::format("shares: expected less than 1 for validation and test together, got "
                               "{} and {}.",
                               validation_split, test_split),
                   "leave a part for training.");
}

ForecastSetup ForecastFlags::setup() const {
  return {.inputs = split_names("--columns", columns),
          .target = target,
          .id = id,
          .time = time,
          .window = window,
          .horizon = horizon,
          .season = season};
}

ForecastOptions ForecastFlags::samples(const ForecastTable& table) const {
  return {.inputs = table.inputs,
          .target = table.target,
          .window = window,
          .horizon = horizon,
          .stride = stride,
          .validation_split = validation_split,
          .test_split = test_split};
}

ForecasterOptions ForecastFlags::network() const {
  return {.cell = cell,
          .optimizer = optimizer,
          .units = units,
          .dropout = dropout,
          .learning_rate = learning_rate,
          .seed = static_cast<uint64_t>(*seed)};
}

}  // namespace eddy::cli
