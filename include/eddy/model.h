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

#include "eddy/layers.h"
#include "eddy/tensor.h"
#include "eddy/text.h"

namespace eddy {

// Options of keras.optimizers.RMSprop, SGD and Adam: names, defaults and formulas (the keys of an
// optimizer that it does not have are ignored by no one: compile() refuses them).
struct Optimizer {
  std::string name = "rmsprop";               // "rmsprop", "sgd", "adam"
  std::map<std::string, double> values = {};  // "learning_rate", "rho", "momentum", "epsilon", ...
                                              // booleans ("nesterov", "centered", "amsgrad") as 0/1

  Optimizer() = default;
  Optimizer(std::string name_, std::map<std::string, double> values_ = {})  // NOLINT
      : name(std::move(name_)), values(std::move(values_)) {}
  Optimizer(const char* name_) : name(name_) {}  // NOLINT(google-explicit-constructor)
  bool operator==(const Optimizer&) const = default;
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  std::string loss = {};  // binary_crossentropy, categorical_crossentropy,
                          // sparse_categorical_crossentropy, mean_squared_error,
                          // mean_absolute_error or Keras' short forms (bce, mse, mae)
  std::vector<std::string> metrics = {};  // "accuracy" or "acc", by Keras' rule; "mse", "mae"
};

// Results in Keras' order: loss first, then the metrics as compiled.
using Metrics = std::vector<std::pair<std::string, double>>;

// What fit() returns. history["loss"][e] belongs to epoch[e] (0-based).
struct History {
  std::vector<int64_t> epoch;
  std::map<std::string, std::vector<double>> history;  // keys sorted: acc, loss, val_acc, val_loss
  std::vector<double> seconds;                         // of each epoch, validation included
  bool interrupted = false;                            // stopped by a callback before its end
};

// What a callback sees and may ask for.
struct TrainingState {
  int64_t epoch = 0, epochs = 0;   // 0-based
  int64_t batch = 0, batches = 0;  // 0-based
  int64_t samples = 0;             // training samples per epoch
  double seconds = 0;              // since the epoch began
  Metrics logs = {};               // running means, keys sorted; val_ keys at on_epoch_end
  bool stop_training = false;      // set it: end after this epoch
  bool stop_now = false;  // set it: end after this batch, without validation or on_epoch_end
};

class EDDY_API Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingState&) {}
  virtual void on_epoch_begin(TrainingState&) {}
  virtual void on_train_batch_end(TrainingState&) {}
  virtual void on_epoch_end(TrainingState&) {}
  virtual void on_train_end(TrainingState&) {}
};

struct FitOptions {
  int64_t epochs = 1;
  int64_t batch_size = 32;
  double validation_split = 0;  // share taken from the end, before any shuffling
  std::optional<std::pair<Input, Tensor>> validation_data = {};
  bool shuffle = true;
  std::vector<Callback*> callbacks = {};  // not owned; called in this order
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

  // x  [N, ...]   y  [N], [N, 1] or [N, outputs]
  History fit(const Input& x, const Tensor& y, const FitOptions& options = {});
  Metrics evaluate(const Input& x, const Tensor& y, int64_t batch_size = 32);
  Tensor predict(const Input& x, int64_t batch_size = 32);

  // Keras' table; `width` is the terminal's, 80 gives Keras' look there.
  std::string summary_text(int64_t width = 80) const;
  void summary() const;  // to std::cout
  void summary(std::ostream& out) const;

  // All weights in Keras' order, layer by layer (kernel, recurrent_kernel, bias, ...), as copies.
  // The model must be built. set_weights throws Error{shape_mismatch} naming the layer and the
  // weight.
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& weights);

  // The whole model with its optimizer's state, as Keras 3 writes it: a .keras archive, or Keras'
  // older form where the name ends in .h5 or .hdf5. Written to a temporary name, synced, renamed.
  void save(const std::filesystem::path& path) const;
  // Either form, told apart by the content, of Keras 2 and 3. Throws Error{bad_file} for damage and
  // Error{not_supported} naming what eddy does not have.
  static Model load(const std::filesystem::path& path);
  // Weights, and the optimizer's state of a compiled model: a name that ends in .weights.h5.
  void save_weights(const std::filesystem::path& path) const;
  // Into a built model: .weights.h5, .h5 with or without a description, .keras. Throws
  // Error{bad_file} naming the layer when the file is of another model; then nothing has changed.
  // The optimizer goes on from the file's state if that is of the same kind, else it starts anew.
  void load_weights(const std::filesystem::path& path);

  // With an encoder a model answers for raw texts; it is saved with the model.
  void set_text_encoder(TextEncoder encoder);
  const TextEncoder* text_encoder() const;  // nullptr: none
  // Probability of class 1 of each text. Throws Error{not_supported} without an encoder or when the
  // model does not answer with one number a text, Error{bad_data} for a text that encode() refuses.
  std::vector<double> predict_texts(const std::vector<std::string>& texts);

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
