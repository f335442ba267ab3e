// SPDX-License-Identifier: MIT
// What a compiled model is trained and measured by: for every output a loss, its weight and
// metrics; their names and running results as Keras reports them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "training/losses.h"
#include "training/metrics.h"

namespace eddy {

// An output of the model and the targets that belong to it.
struct OutputShape {
  std::string name;
  Shape prediction;  // [None, ...]
  Shape targets;     // [N, ...]
};

// One batch of one output.
template <class Real>
struct OutputBatch {
  const Signal<Real>* prediction;
  const Targets* targets;
  SampleWeights weights = {};
};

class Objective {
 public:
  // Throws Error{invalid_argument} or Error{shape_mismatch} when losses, loss_weights or metrics do
  // not suit the outputs.
  Objective(const CompileOptions& options, const std::vector<OutputShape>& outputs);

  // Throws like Loss::check_targets and check_weights.
  //   weights  null: none
  void check(size_t output, const Tensor& targets, const Tensor* weights) const;

  // The weighted sum of the losses. Their running means are kept.
  //   gradients  one an output, an empty one where it has no loss; null: not wanted
  template <class Real>
  double loss(const std::vector<OutputBatch<Real>>& batch, std::vector<Gradient<Real>>* gradients);

  void reset();
  void add_metrics(const std::vector<OutputBatch<float>>& batch);
  // The total loss of a batch, penalties included.
  void add_total(double loss, int64_t samples);
  // Keras' order: "loss", for several losses "<output>_loss", the metrics as compiled; those of
  // several outputs by name.
  Metrics results() const;
  // Names all running means.
  void exchange(SavedState& state);
  // As ModelInTraining::direction.
  int direction(const std::string& metric) const;

 private:
  struct Measured {
    std::string key;  // in results
    Metric metric;
    bool weighted;
  };
  struct Output {
    std::string name;
    Shape prediction;
    std::optional<Loss> loss;
    double weight = 1;
    double sum = 0, samples = 0;  // of the loss
    std::vector<Measured> metrics;
  };
  void add_losses(const CompileOptions& options, const std::vector<OutputShape>& shapes);
  void add_metrics_of(const MetricLists& lists, const std::vector<OutputShape>& shapes,
                      bool weighted);
  std::string free_key(const std::string& output, const std::string& name, bool weighted) const;
  bool taken(const std::string& key) const;

  std::vector<Output> outputs_;
  double total_ = 0, samples_ = 0;
};

}  // namespace eddy
