// SPDX-License-Identifier: MIT
// What a row of the table of losses computes and takes.
#pragma once

#include <string>

#include "training/batch_losses.h"
#include "training/losses.h"
#include "training/row_losses.h"

namespace eddy {

struct LossKind {
  enum class Target {
    numbers,       // as many as predictions
    class_number,  // one class a row of predictions
    label,         // one whole number a sample
    sequence,      // [B, L] labels, 0 for none
  };
  std::string name;
  RowLoss<float> of_float = nullptr;  // null: it sees the whole batch
  RowLoss<double> of_double = nullptr;
  const char* logits_of = "";  // activation whose logits it can use
  bool hinge = false;          // labels 0 and 1 become -1 and 1 when a batch has no other
  bool probabilities = false;  // targets lie in [0, 1]
  Target target = Target::numbers;

  bool whole_batch() const { return of_float == nullptr; }
};

const LossKind& loss_kind(size_t row);

inline RowLoss<float> row_loss_of(const LossKind& kind, float /*type*/) { return kind.of_float; }
inline RowLoss<double> row_loss_of(const LossKind& kind, double /*type*/) { return kind.of_double; }

}  // namespace eddy
