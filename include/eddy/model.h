// SPDX-License-Identifier: MIT
// Sequential and functional models: build, compile, fit, evaluate, predict, summary, save, load,
// with Keras' words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "eddy/callback.h"
#include "eddy/layers.h"
#include "eddy/losses.h"
#include "eddy/metrics.h"
#include "eddy/optimizers.h"
#include "eddy/source.h"
#include "eddy/tensor.h"
#include "eddy/text.h"

namespace eddy {

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Losses loss = {};                       // eddy/losses.h
  std::vector<double> loss_weights = {};  // parallel to the losses; empty: all 1
  MetricLists metrics = {};               // eddy/metrics.h; without weights, as Keras
  MetricLists weighted_metrics = {};      // these take sample_weight and class_weight

  bool operator==(const CompileOptions&) const = default;
};

// Samples with their targets: one of each for every input and output of the model.
struct LabelledData {
  std::vector<Input> x;
  std::vector<SampleSource> sources;  // in place of x
  std::vector<Tensor> y;

  LabelledData(Input x_, Tensor y_) {
    x.push_back(std::move(x_));
    y.push_back(std::move(y_));
  }
  LabelledData(std::vector<Input> x_, std::vector<Tensor> y_)
      : x(std::move(x_)), y(std::move(y_)) {}
  LabelledData(SampleSource source, Tensor y_) {
    sources.push_back(std::move(source));
    y.push_back(std::move(y_));
  }
  LabelledData(std::vector<SampleSource> sources_, std::vector<Tensor> y_)
      : sources(std::move(sources_)), y(std::move(y_)) {}
};

struct FitOptions {
  int64_t epochs = 1;  // the last epoch's number, counted from 1 whatever initial_epoch is
  int64_t batch_size = 32;
  double validation_split = 0;  // share taken from the end, before any shuffling
  std::optional<LabelledData> validation_data = {};
  bool shuffle = true;
  std::vector<Callback*> callbacks = {};  // not owned; called in this order
  // Factors of the samples' losses: [N], [N, 1] or one a value of the loss ([N, T] for sequences).
  // One an output, or one for all; empty: none, also for a single output.
  std::vector<Tensor> sample_weight = {};
  // Factors by class number; a class that is missing counts 1. For models with one output and
  // targets of one class a sample.
  std::map<int64_t, double> class_weight = {};
  std::vector<Tensor> validation_sample_weight = {};  // of validation_data
  int64_t initial_epoch = 0;
  int64_t steps_per_epoch = 0;        // batches an epoch; 0: all. The data go on where they were.
  int64_t validation_steps = 0;       // batches of a validation; 0: all
  int64_t validation_batch_size = 0;  // 0: batch_size
  // Every this many epochs, or in these epochs (counted from 1).
  std::variant<int64_t, std::vector<int64_t>> validation_freq = int64_t{1};
};

struct EvaluateOptions {
  int64_t batch_size = 32;
  std::vector<Tensor> sample_weight = {};  // as in FitOptions
  int64_t steps = 0;                       // batches; 0: all
  std::vector<Callback*> callbacks = {};   // on_test_* are called
};

struct ModelOptions {
  std::string name = {};  // empty: "functional" or "sequential"
  // Of initial weights, dropout and shuffling: the same seed gives the same run, bit for bit, for
  // any number of threads. None: drawn from the operating system.
  std::optional<uint64_t> seed = {};
};

class Network;  // the built model; internal

class EDDY_API Model {
 public:
  // A functional model: all layers between the values of InputLayer(...) and the outputs. A layer
  // that was called at several places has one set of weights. Built at once.
  Model(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs,
        const ModelOptions& options = {});
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  // The model as one layer of another one.
  LayerSpec as_layer() const;
  // Forgets the states of stateful layers.
  void reset_state();

  // Creates the weights for an input [None, ...]; fit, evaluate and predict do it by themselves.
  // Throws Error{invalid_argument} or Error{shape_mismatch} naming the layer.
  void build(const Shape& input_shape);
  void compile(CompileOptions options);

  // x  [N, ...]   y  [N], [N, 1], [N, outputs] or with a time axis [N, T], [N, T, outputs]
  History fit(const Input& x, const Tensor& y, const FitOptions& options = {});
  Metrics evaluate(const Input& x, const Tensor& y, int64_t batch_size = 32);
  Metrics evaluate(const Input& x, const Tensor& y, const EvaluateOptions& options);
  // For models with one output.
  Tensor predict(const Input& x, int64_t batch_size = 32);

  // The same for models with several inputs or outputs, one of each in the model's order. An output
  // without a loss takes an empty Tensor as its targets.
  History fit(const std::vector<Input>& x, const std::vector<Tensor>& y,
              const FitOptions& options = {});
  Metrics evaluate(const std::vector<Input>& x, const std::vector<Tensor>& y,
                   const EvaluateOptions& options = {});
  std::vector<Tensor> predict_outputs(const std::vector<Input>& x, int64_t batch_size = 32);

  // The same for samples that need not be in memory (eddy/source.h), to the same bits. Throws
  // Error{invalid_argument} for a null pointer.
  History fit(const SampleSource& x, const Tensor& y, const FitOptions& options = {});
  Metrics evaluate(const SampleSource& x, const Tensor& y, const EvaluateOptions& options = {});
  Tensor predict(const SampleSource& x, int64_t batch_size = 32);
  History fit(const std::vector<SampleSource>& x, const std::vector<Tensor>& y,
              const FitOptions& options = {});
  Metrics evaluate(const std::vector<SampleSource>& x, const std::vector<Tensor>& y,
                   const EvaluateOptions& options = {});
  std::vector<Tensor> predict_outputs(const std::vector<SampleSource>& x, int64_t batch_size = 32);

  // Keras' table; `width` is the terminal's, 80 gives Keras' look there.
  std::string summary_text(int64_t width = 80) const;
  void summary() const;  // to std::cout
  void summary(std::ostream& out) const;

  // [None, ...] of a built model's only output. Throws as predict().
  const Shape& output_shape() const;

  // All weights in Keras' order, layer by layer (kernel, recurrent_kernel, bias, ...), as copies.
  // The model must be built. set_weights throws Error{shape_mismatch} naming the layer and the
  // weight.
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& weights);

  // The whole model with its optimizer's state, as Keras 3 writes it: a .keras archive, or Keras'
  // older form where the name ends in .h5 or .hdf5. Written to a temporary name, synced, renamed.
  void save(const std::filesystem::path& path) const;
  // Either form, told apart by the content, of Keras 2 and 3. Throws Error{bad_file} for damage and
  // Error{not_supported} naming what eddy does not have; without `compile` the file's loss, metrics
  // and optimizer do not matter.
  static Model load(const std::filesystem::path& path, bool compile = true);
  // Weights, and the optimizer's state of a compiled model: a name that ends in .weights.h5.
  void save_weights(const std::filesystem::path& path) const;
  // Into a built model: .weights.h5, .h5 with or without a description, .keras. Throws
  // Error{bad_file} naming the layer when the file is of another model; then nothing has changed.
  // The optimizer goes on from the file's state if that is of the same kind, else it starts anew.
  void load_weights(const std::filesystem::path& path);

  // Layers, calls and compile options as Keras' JSON, without weights. from_json draws new ones, as
  // building the model did, and throws as load().
  std::string to_json() const;
  static Model from_json(const std::string& json, const ModelOptions& options = {});

  // With an encoder a model answers for raw texts; it is saved with the model.
  void set_text_encoder(TextEncoder encoder);
  const TextEncoder* text_encoder() const;  // nullptr: none
  // Probability of class 1 of each text. Throws Error{not_supported} without an encoder or when the
  // model does not answer with one number a text, Error{bad_data} for a text that encode() refuses.
  std::vector<double> predict_texts(const std::vector<std::string>& texts);
  // What the model answers to each of one or more texts: [texts, outputs] for a classifier. Throws
  // as predict_texts(), whatever the outputs.
  Tensor predict_text_outputs(const std::vector<std::string>& texts);

  // Texts of one's own by name, such as what the columns of the data were called. A .keras file
  // carries them along, and Keras does not look at them; the .h5 forms have no place for them. An
  // empty text removes the note. Throws Error{invalid_argument} for more than a million bytes in
  // all.
  void set_note(const std::string& name, std::string text);
  std::string note(const std::string& name) const;  // "": none

  // For the rooms of the library. network() throws Error{invalid_argument} when not built.
  Network& network();
  const Network& network() const;
  const Network& description() const;  // built or not
  bool built() const;

 protected:
  explicit Model(std::unique_ptr<Network> network);
  std::unique_ptr<Network> network_;
};

// Layers one after another.
class EDDY_API Sequential : public Model {
 public:
  explicit Sequential(std::vector<LayerSpec> layers = {}, const ModelOptions& options = {});
  // Only before the model is built.
  void add(LayerSpec layer);
};

}  // namespace eddy
