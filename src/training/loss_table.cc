// SPDX-License-Identifier: MIT
// The table of Keras' losses: names, arguments, and what computes them.
#include "training/loss_table.h"

#include <algorithm>

namespace eddy {
namespace {

using Default = NumberRow::Default;
using Kind = NumberRow::Kind;

NumberRow flag(const char* name, double initial = 0) {
  return {name, initial, 0, 1, Kind::boolean};
}

SpecRow row(const char* name, const char* class_name, std::vector<std::string> aliases = {},
            std::vector<NumberRow> numbers = {}) {
  // Only the last axis is supported, which is the default.
  numbers.push_back({"axis", -1, -1, -1, Kind::integer});
  return {
      name,
      class_name,
      std::move(aliases),
      std::move(numbers),
      {{"reduction", {"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"}}}};
}

std::vector<SpecRow> make_rows() {
  const NumberRow logits = flag("from_logits"), smoothing = {"label_smoothing", 0, 0, 1};
  const NumberRow alpha = {"alpha", 0.25}, gamma = {"gamma", 2};
  return {
      row("binary_crossentropy", "BinaryCrossentropy", {"bce"}, {logits, smoothing}),
      row("categorical_crossentropy", "CategoricalCrossentropy", {}, {logits, smoothing}),
      row("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {},
          {logits, {"ignore_class", 0, -1e9, 1e9, Kind::integer, Default::none}}),
      row("mean_squared_error", "MeanSquaredError", {"mse"}),
      row("mean_absolute_error", "MeanAbsoluteError", {"mae"}),
      row("mean_absolute_percentage_error", "MeanAbsolutePercentageError", {"mape"}),
      row("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", {"msle"}),
      row("huber", "Huber", {"huber_loss"}, {{"delta", 1}}),
      row("log_cosh", "LogCosh", {"logcosh"}),
      row("hinge", "Hinge"),
      row("squared_hinge", "SquaredHinge"),
      row("categorical_hinge", "CategoricalHinge"),
      row("kl_divergence", "KLDivergence", {"kld", "kullback_leibler_divergence"}),
      row("poisson", "Poisson"),
      row("cosine_similarity", "CosineSimilarity"),
      row("binary_focal_crossentropy", "BinaryFocalCrossentropy", {},
          {flag("apply_class_balancing"), alpha, gamma, logits, smoothing}),
      row("categorical_focal_crossentropy", "CategoricalFocalCrossentropy", {},
          {alpha, gamma, logits, smoothing}),
      row("categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy", {},
          {{"q", 0.5, 1e-6, 1}}),
      row("dice", "Dice"),
      row("tversky", "Tversky", {}, {{"alpha", 0.5}, {"beta", 0.5}}),
      row("circle", "Circle", {}, {{"gamma", 80}, {"margin", 0.4}, flag("remove_diagonal", 1)}),
      row("ctc", "CTC"),
  };
}

template <class Real>
RowLoss<Real> row_loss(const std::string& name) {
  static const std::pair<const char*, RowLoss<Real>> all[] = {
      {"binary_crossentropy", binary_crossentropy<Real>},
      {"categorical_crossentropy", categorical_crossentropy<Real>},
      {"sparse_categorical_crossentropy", sparse_categorical_crossentropy<Real>},
      {"mean_squared_error", mean_squared_error<Real>},
      {"mean_absolute_error", mean_absolute_error<Real>},
      {"mean_absolute_percentage_error", mean_absolute_percentage_error<Real>},
      {"mean_squared_logarithmic_error", mean_squared_logarithmic_error<Real>},
      {"huber", huber<Real>},
      {"log_cosh", log_cosh<Real>},
      {"hinge", hinge<Real>},
      {"squared_hinge", squared_hinge<Real>},
      {"categorical_hinge", categorical_hinge<Real>},
      {"kl_divergence", kl_divergence<Real>},
      {"poisson", poisson<Real>},
      {"cosine_similarity", cosine_similarity<Real>},
      {"binary_focal_crossentropy", binary_focal_crossentropy<Real>},
      {"categorical_focal_crossentropy", categorical_focal_crossentropy<Real>},
      {"categorical_generalized_cross_entropy", categorical_generalized_cross_entropy<Real>},
  };
  for (const auto& [known, function] : all) {
    if (name == known) return function;
  }
  return nullptr;
}

const char* logits_of(const std::string& name) {
  if (name == "binary_crossentropy" || name == "binary_focal_crossentropy") return "sigmoid";
  if (name == "categorical_crossentropy" || name == "sparse_categorical_crossentropy") {
    return "softmax";
  }
  return "";
}

std::vector<LossKind> make_kinds() {
  std::vector<LossKind> kinds;
  for (const SpecRow& row : loss_rows()) {
    LossKind kind;
    kind.name = row.name;
    kind.of_float = row_loss<float>(row.name);
    kind.of_double = row_loss<double>(row.name);
    kind.logits_of = logits_of(row.name);
    kind.hinge = row.name == "hinge" || row.name == "squared_hinge";
    kind.probabilities = row.name.find("crossentropy") != std::string::npos && row.name[0] != 's';
    kind.target = LossKind::Target::numbers;
    if (row.name == "sparse_categorical_crossentropy" ||
        row.name == "categorical_generalized_cross_entropy") {
      kind.target = LossKind::Target::class_number;
    }
    if (row.name == "circle") kind.target = LossKind::Target::label;
    if (row.name == "ctc") kind.target = LossKind::Target::sequence;
    kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace

const std::vector<SpecRow>& loss_rows() {
  static const std::vector<SpecRow> rows = make_rows();
  return rows;
}

const LossKind& loss_kind(size_t row) {
  static const std::vector<LossKind> kinds = make_kinds();
  return kinds[row];
}

}  // namespace eddy
