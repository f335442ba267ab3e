// SPDX-License-Identifier: MIT
#include "train_flags.h"

#include <fmt/format.h>

#include <filesystem>
#include <limits>

#include "data_memory.h"
#include "eddy/model.h"

namespace eddy::cli {
namespace {

constexpr int64_t kMaxTable = int64_t{1} << 28;  // numbers in the embedding: 1 GiB
constexpr double kNoBound = std::numeric_limits<double>::infinity();

void make_absolute(std::string& path) {
  if (!path.empty()) path = std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

void NetworkFlags::declare(Flags& flags) {
  flags.word("--cell", cell, cell_names(), "recurrent cell");
  flags.wholes("--units", units, {1, 8192},
               "outputs of the recurrent layer; 64,32: of two, one above the other");
  flags.flag("--bidirectional", bidirectional, "every recurrent layer from both ends");
  flags.real("--dropout", dropout, {0, 1, true}, "share of a recurrent layer's inputs dropped");
  flags.real("--recurrent-dropout", recurrent_dropout, {0, 1, true},
             "share of its states dropped on their way to the next step");
  flags.word("--pooling", pooling, {"last", "max", "mean"},
             "what stands for a sequence: the last step's outputs, or the largest or mean of all");
  flags.flag("--layer-norm", layer_norm, "LayerNormalization behind every recurrent layer");
}

const std::vector<std::string>& NetworkFlags::names() {
  static const std::vector<std::string> names = {
      "--cell",    "--units",      "--bidirectional", "--dropout", "--recurrent-dropout",
      "--pooling", "--layer-norm", "--embedding"};
  return names;
}

std::vector<LayerSpec> NetworkFlags::layers(bool return_sequences) const {
  std::vector<LayerSpec> layers;
  for (size_t i = 0; i < units.size(); ++i) {
    const bool sequences = return_sequences || i + 1 < units.size() || pooling != "last";
    const LayerSpec layer = Recurrent({.units = units[i],
                                       .dropout = dropout,
                                       .recurrent_dropout = recurrent_dropout,
                                       .return_sequences = sequences,
                                       .cell = cell});
    layers.push_back(bidirectional ? Bidirectional(layer) : layer);
    if (layer_norm) layers.push_back(LayerNormalization());
  }
  if (pooling == "max") layers.push_back(GlobalMaxPooling1D());
  if (pooling == "mean") layers.push_back(GlobalAveragePooling1D());
  return layers;
}

void TextFlags::declare(Flags& flags) {
  flags.text("--text", text, "COLUMN",
             "own texts: where the text stands; default: by usual names; tagging: by number");
  flags.text("--label", label, "COLUMN", "own data: where the label stands");
  flags.text("--validation", validation, "PATH",
             "own data: others to validate with, in place of a share");
  flags.word("--task", task, {"auto", "classes", "number", "tagging", "char-lm"},
             "own data: what labels are; auto: numbers with fractions, or more than 20 different "
             "ones, are numbers; tagging: one for every word, a word and its label on a line; "
             "char-lm: none, a plain text of which the next character is learned");
  flags.flag("--char-level", char_level, "own texts: characters in place of words");
  flags.flag("--lower", lower, "tagging: words in lower case; other texts always are");
  flags.size("--memory", memory, DataMemory::kRange, DataMemory::kHelp);
}

void TextFlags::use_absolute_paths() { make_absolute(validation); }

void TextFlags::refuse(const Flags& declared, const std::string& dataset) {
  for (const char* flag : {"--text", "--label", "--validation", "--task", "--char-level", "--lower",
                           "--id", "--columns", "--memory"}) {
    if (!declared.given(flag)) continue;
    throw UsageError(flag,
                     fmt::format("dataset: expected a path to your own data, got {}.", dataset),
                     fmt::format("leave the flag out, or write ./{} for a path.", dataset));
  }
}

void SequenceFlags::declare(Flags& flags) {
  flags.text(
      "--id", id, "COLUMN",
      "own numbers: rows that say the same here are the steps of one sequence; tells a table "
      "of numbers from one of texts");
  flags.text("--columns", columns, "A,B",
             "own numbers: columns that the network sees; default: all of numbers");
}

bool TrainFlags::are_sequences() const {
  const std::string ending = std::filesystem::path(data.dataset).extension().string();
  return data.is_path() && (ending == ".npz" || ending == ".npy" || !sequences.id.empty() ||
                            !sequences.columns.empty());
}

void TrainFlags::declare(Flags& flags) {
  data.declare(flags, true);
  texts.declare(flags);
  sequences.declare(flags);
  network.declare(flags);
  flags.text("--config", config, "FILE",
             "the network by Keras' JSON, as model.to_json() gives it, in place of the flags above "
             "and --embedding");
  flags.whole("--embedding", embedding, {1, 8192}, "numbers that stand for a word");
  flags.whole("--num-words", num_words, {5, 10'000'000},
              "ids of the vocabulary: the reserved ones, then the most frequent words");
  flags.whole(
      "--maxlen", maxlen, {1, 100'000},
      "words of a text, steps of a sequence, the first ones; of reviews the last ones, 500");
  flags.whole("--epochs", epochs, {1, 1'000'000}, "passes over the training data");
  flags.whole("--batch-size", batch_size, {1, 1'000'000}, "samples of one update");
  flags.word("--optimizer", optimizer, optimizer_names(), "how an update is made of gradients");
  flags.real("--learning-rate", learning_rate, {0, kNoBound}, "step size of an update");
  flags.real("--validation-split", validation_split, {0, 1, true},
             "share of the training data kept for validation; of reviews the last ones");
  flags.whole("--seed", seed, {0, std::numeric_limits<int64_t>::max()},
              "of weights and shuffling: the same run again; default: a new one");
  flags.whole("--threads", threads, {0, 1024},
              "threads, 0 for all cores; results do not depend on it");
  flags.file();
}

void TrainFlags::declare_training(Flags& flags) {
  flags.word("--preset", preset, {"none", "best"},
             "texts with classes: the network, vocabulary and training found best; flags given "
             "beside it override its parts");
  flags.flag("--baseline", baseline,
             "texts with classes: also a linear bag of bigrams on the same texts, to compare");
  flags.flag("--print-config", print_config,
             "print the network as the JSON of --config; trains nothing");
  flags.only_on_the_command_line("--print-config");
  flags.text("--out", out, "DIR", "folder for the results; default: runs/DATASET-CELL");
  flags.whole("--save-freq", save_freq, {1, 1'000'000'000},
              "batches between two backups; default: about a minute, and every epoch");
  flags.flag("--tensorboard", tensorboard,
             "event files for TensorBoard in the folder, below train/ and validation/");
  flags.text("--resume", resume, "DIR",
             "go on with the unfinished run in DIR; it needs no other flags");
  flags.only_on_the_command_line("--resume");
}

void TrainFlags::choose_defaults(const Flags& declared) {
  if (texts.task != "char-lm") return;
  if (!declared.given("--units")) network.units = {128};
  if (!declared.given("--batch-size")) batch_size = 32;
  if (!declared.given("--maxlen")) maxlen = 100;
  if (!declared.given("--validation-split")) validation_split = 0.1;
  if (!declared.given("--optimizer")) optimizer = "adam";
  if (!declared.given("--learning-rate")) learning_rate = 0.002;
}

void TrainFlags::use_absolute_paths() {
  data.use_absolute_paths();
  texts.use_absolute_paths();
  make_absolute(config);
}

void TrainFlags::check(const Flags& declared, const std::string& command) const {
  data.check(command);
  for (const std::string& flag : NetworkFlags::names()) {
    if (config.empty() || !declared.given(flag)) continue;
    throw UsageError(flag, "value: expected none beside --config, got one.",
                     "change the network in the file, or leave --config out.");
  }
  if (!config.empty() && texts.task == "char-lm") {
    throw UsageError("--config", "value: expected none with --task char-lm, got one.",
                     "shape the network by flags, as --cell and --units.");
  }
  if (preset == "none" && num_words > kMaxTable / embedding) {
    throw UsageError("--embedding",
                     fmt::format("table: expected at most {} numbers, got {} x {}.", kMaxTable,
                                 num_words, embedding),
                     "use fewer words or a smaller embedding.");
  }
  Sequential({Dense(1)}).compile({.optimizer = chosen_optimizer(), .loss = "mse"});
}

}  // namespace eddy::cli
