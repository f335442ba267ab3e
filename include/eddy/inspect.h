// SPDX-License-Identifier: MIT
// What a model is made of, in numbers, and what differs between two models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eddy/export.h"
#include "eddy/model.h"

namespace eddy {

// The name of the note in which `eddy train` and `eddy forecast` say how a model came about: a JSON
// object with "program", "version", "command", "seed", "options" and "dataset" (with its SHA-256).
// It holds no date and no path, so the same run leaves the same bytes.
inline constexpr const char* kProvenanceNote = "provenance";

// One array of a layer. NaN and infinities are counted, and left out of all other numbers.
struct WeightFacts {
  std::string path;  // inside its layer: "kernel", "forward_layer/cell/recurrent_kernel"
  Shape shape;
  bool trainable = true;
  int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
  double norm = 0;                 // square root of the sum of squares
  double mean = 0, deviation = 0;  // of the population; 0 where nothing is finite
  double min = 0, max = 0;
  std::vector<int64_t> histogram;  // values in bins of one width from min to max
};

// The bias of one gate of a recurrent cell. A forget gate near 1 remembers from the start.
struct GateFacts {
  std::string path;  // of the cell inside its layer: "cell", "backward_layer/cell"
  std::string cell;  // "lstm"
  std::string gate;  // LSTM: input, forget, candidate, output; GRU: update, reset, candidate
  double mean = 0, min = 0, max = 0;
  // Of the second bias of a GRU with reset_after, which is added to the product with the state.
  std::optional<double> recurrent_mean = {};
};

struct LayerFacts {
  std::string name, class_name;
  Shape output_shape;                          // [None, ...]
  std::vector<std::string> inputs;             // names of the layers in front; empty: an input
  int64_t parameters = 0, trainable = 0;       // numbers, and those that training moves
  std::map<std::string, std::string> options;  // Keras' config, flat: "kernel_initializer.seed"
  std::vector<WeightFacts> weights;
  std::vector<GateFacts> gates;
};

struct OptimizerFacts {
  std::string name;                            // "rmsprop"
  std::map<std::string, std::string> options;  // "learning_rate", "rho", ... as Keras has them
  double learning_rate = 0;                    // of the next batch
  int64_t iterations = 0;                      // batches it has seen
  int64_t parameters = 0;                      // numbers of its state
};

// What a model that takes texts knows about them.
struct TextFacts {
  int64_t vocabulary = 0;            // words, or characters
  std::string unit = "word";         // or "character"
  int64_t ids = 0;                   // with the special ones; 0: as many as there are
  int64_t length = 0;                // of a row; 0: the longest text
  double threshold = 0.5;            // above it an answer of one number is the second class
  std::vector<std::string> classes;  // empty: it answers with a number
};

// Empty where the file does not say.
struct FileFacts {
  std::filesystem::path path;
  std::string format;  // ".keras" or ".h5"
  int64_t bytes = 0;
  std::string sha256;
  std::string keras_version, backend, date_saved;
};

struct ModelFacts {
  std::string name, class_name;  // "Sequential" or "Functional"
  std::vector<Shape> inputs, outputs;
  int64_t parameters = 0, trainable = 0;
  std::vector<LayerFacts> layers;
  std::string purpose;  // a line: "texts of 2 classes: ham, spam"; "": the model does not say
  std::optional<TextFacts> text;
  std::map<std::string, std::string> compiled;  // "loss", "metrics", ...; empty: not compiled
  std::optional<OptimizerFacts> optimizer;
  std::map<std::string, std::string> notes;
  std::optional<FileFacts> file;
  std::string not_compiled;  // why what the file says of loss and optimizer could not be used
};

struct InspectOptions {
  bool weights = true;  // false: LayerFacts::weights and gates stay empty
  int64_t bins = 16;    // of the histograms, 1 to 10,000
};

// Throws Error{invalid_argument} for a model that is not built, and for other bins.
EDDY_API ModelFacts inspect(const Model& model, const InspectOptions& options = {});
// Of a file that Model::load reads. Loss, metrics and optimizer that eddy does not have are no
// error here. Throws as Model::load(path, false).
EDDY_API ModelFacts inspect(const std::filesystem::path& path, const InspectOptions& options = {});

// Something that is `before` in one model and `after` in the other; "": not there.
struct Change {
  std::string key, before, after;
};

struct LayerDiff {
  std::string kind;  // "added", "removed", "changed"
  std::string name, class_name;
  std::vector<Change> changes;  // options, inputs, and the name where only that differs
};

// One array of a layer that both models have.
struct WeightDiff {
  std::string layer, path;
  Shape before, after;  // where they differ nothing else is said; empty: one has no such array
  bool same_shape = false;
  bool identical = false;           // bit for bit
  double relative = 0;              // norm(after - before) / norm(before); infinite for a norm of 0
  double largest = 0;               // |after - before| at `where`
  std::vector<int64_t> where = {};  // index of the largest change
};

struct WordsDiff {
  int64_t before = 0, after = 0;         // words
  std::vector<std::string> added, lost;  // in the order of the vocabulary
  int64_t moved = 0;                     // words of both with another id
};

struct ModelDiff {
  bool identical = true;  // nothing below differs
  std::vector<LayerDiff> layers;
  std::vector<WeightDiff> weights;  // of all layers of both, in the order of `after`
  WordsDiff words;
  std::vector<std::string> classes_added, classes_lost;
  std::vector<Change> settings;      // name, text options, loss, metrics, optimizer, notes
  bool same_optimizer_state = true;  // its slots and count of batches, bit for bit
};

// Layers belong together by class and name, or else by class and place. What the file says about
// its writing (Keras' version, date) is no part of a model. Throws Error{invalid_argument} for a
// model that is not built.
EDDY_API ModelDiff diff(const Model& before, const Model& after);

}  // namespace eddy
