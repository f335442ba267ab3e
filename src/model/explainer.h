// SPDX-License-Identifier: MIT
// What an explanation is computed from: answers to many variants of an input, and gradients.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eddy/explain.h"
#include "model/explain_graph.h"
#include "model/network.h"

namespace eddy {

// Throws Error{bad_data} for more steps, or more values in all variants, than there is room for.
//   values  of one variant
void check_explained_size(int64_t steps, int64_t variants, int64_t values);

class Explainer {
 public:
  // Throws as explain(), for the options and for the model, which must outlive it.
  Explainer(const Model& model, const ExplainOptions& options);
  ~Explainer();

  bool takes_ids() const { return ids_; }
  bool pads_are_masked() const { return masked_; }
  bool by_gradients() const { return options_.method != "leave-one-out"; }
  // Throws Error{shape_mismatch} unless x is one input, [1, T] or [1, T, X].
  void check(const Input& x) const;

  // f of every row [N, ...].
  //   like     [1, ...] a row that most of them begin like: the common beginning is walked once
  //   trimmed  zeros behind the ids are no part of a row, which is as long as it is, 1 at least
  std::vector<double> answers(const Input& rows, const Input& like, bool trimmed = false);
  // The same as predict() has it: for models that are no chain, and for tests.
  std::vector<double> answers_row_by_row(const Input& rows, bool trimmed = false);
  // f after every step of x [1, T, X]; empty for a model that is no chain.
  std::vector<double> answers_after(const Input& x);
  bool keeps_states() const { return chain_.has_value(); }

  // By gradients: [T, X] shares of one input (ids: X = 1).
  struct Shares {
    std::vector<double> values;
    double answer = 0, baseline_answer = 0, completeness_error = 0;
  };
  Shares shares(const Input& x);

  // Its name, never "auto"; "" where there is none.
  const std::string& baseline() const { return baseline_; }
  // Values [X] that stand for nothing, of an input of reals.
  std::vector<float> baseline_step(int64_t width) const;

 private:
  struct Rows;
  struct Walked;
  struct Path;
  void choose_baseline();
  double answer(const Signal<float>& out, int64_t row) const;
  void answer_states(const std::vector<float>& states, const int64_t* order, int64_t count,
                     std::vector<double>& answers);
  Walked walk_base(const Rows& base, int64_t steps);
  void answer_block(const Rows& rows, const int64_t* order, int64_t count, const Walked& base,
                    std::vector<double>& answers);
  Path path_to(const Input& x) const;
  void add_gradients(const Path& path, int64_t first, int64_t count, int64_t points,
                     std::vector<double>& sums, std::vector<double>& answers);

  ExplainOptions options_;
  const Network& network_;
  bool ids_ = false, masked_ = false;  // masked: id 0 is
  std::string baseline_;
  std::unique_ptr<Graph<float>> whole_, vectors_;  // made when needed; vectors_ takes embeddings
  std::optional<StateChain> chain_;
};

}  // namespace eddy
