// SPDX-License-Identifier: MIT
// The only time loop: every recurrent cell over a batch of sequences, forward and backward.
// Letters: B rows, T time, X features, H units, Hp units padded to registers, G gates, S states,
// P packed positions (see sequence_plan.h), n projected rows.
//
//   project  zx[n] = x W + b, once per distinct id when the input is a lookup; of other inputs by
//            the walk, a few steps at a time, with small weights in the registers of a step
//   walk     rows in fixed blocks, each block by one thread over all its steps, no barrier;
//            where U is large, all threads take a share of the units of every step
//   back     dz in place of the kept gates, dU a partial sum per block, added in block order; dx
//            where W is very small
//   finish   dW = x^T dz, dx = dz W^T
#pragma once

#include <string>
#include <vector>

#include "cells/cell_kernels.h"
#include "core/progress.h"
#include "kernels/kernels.h"
#include "layers/gate_products.h"
#include "layers/id_groups.h"
#include "layers/inference_memory.h"
#include "layers/layer.h"
#include "layers/products.h"
#include "layers/sequence_plan.h"

namespace eddy {

template <class Real>
class RecurrentLayer final : public Layer<Real> {
 public:
  // stream  tells the layers of one model apart
  RecurrentLayer(const RecurrentOptions& options, uint64_t stream);

  // Inputs: the sequence, then none or all of the initial states; outputs: the sequence or its end,
  // with return_state then all final states.
  std::vector<Shape> build(const std::vector<Shape>& inputs) override;
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) override;
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) override;
  void reset_state() override { kept_rows_ = 0; }
  void exchange_state(SavedState& state) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

  int64_t state_count() const { return spec_.states; }

  // After a forward with pass.training, before its backward: what the steps of one row kept, in the
  // order of time.
  struct Kept {
    const CellSpec* cell = nullptr;
    // [G] of [T, H]  as the cell keeps them for its slopes: the argument of an activation whose
    // slope needs it, else its value. NaN where a mask hides the step.
    std::vector<std::vector<Real>> gates;
    std::vector<std::vector<Real>> states;  // [S] of [T, H]; after the step
  };
  Kept kept_steps(int64_t row) const;
  ActivationPair activations() const { return activations_; }

 private:
  // Multiply-adds of a step whose units go to all threads where its rows keep only one of them
  // busy.
  static constexpr int64_t kWorthAllThreads = 1 << 18;
  // dz rows that wait for one pass over dU: they fit the L1/L2 cache.
  static constexpr int64_t kPendingRows = 96;
  static constexpr int64_t kAllGates = -1;

  enum WeightIndex { kKernel, kRecurrent, kBias };
  // Weight of the carry (peephole): [P, H] vectors or [H, P*H] matrices.
  size_t carry_index() const { return options_.use_bias ? 3 : 2; }

  // Where the states of a block stand while it is walked: all steps kept, or two groups in turn.
  struct Walk {
    const PlanBlock* block = nullptr;
    Real* states = nullptr;  // [S] of `stride` each
    int64_t stride = 0;      // between states
    bool kept = false;
    int64_t units = 0;  // Hp
    // States that enter a step, [rows, Hp]; of state 0.
    Real* at(int64_t step) const {
      const int64_t row =
          kept ? block->offset[static_cast<size_t>(step)] : (step & 1) * block->rows;
      return states + row * units;
    }
  };
  // Memory of one thread.
  struct Scratch {
    Buffer<Real> inputs;  // [rows, copies * X] of a step, or of those projected together
    Buffer<Real> zx;      // [zx_rows, G*Hp]  of the steps projected together
    int64_t zx_rows = 0, zx_given = 0;
    Buffer<Real> states;  // inference: two groups of states
    Buffer<Real> dstate;  // [S][rows, Hp]
    Buffer<Real> dzh;     // [rows, G*Hp] of the steps not yet added to dU; cells with two gradients
    Buffer<Real> zh;      // [rows, G*Hp] of a step by gates
    typename GateProducts<Real>::Scratch products;
  };
  struct InputRows {
    const Real* at = nullptr;
    int64_t stride = 0;
  };
  // Steps of a block whose share of dU is still to be added: positions [low, high).
  struct Pending {
    int64_t low = 0, high = 0;
  };

  // recurrent_weights.cc
  void declare_carry_weight();
  void finish_weight_gradients(const Real* dz, Gradient<Real>* din);
  void finish_recurrent_gradients();
  Real* start_input_gradients(Gradient<Real>& din) const;
  void finish_input_gradients(const Real* dz, int64_t n, Gradient<Real>& din);

  // recurrent_pack.cc
  void spread_gate(const Real* keras, int64_t gate, Real* gate_order) const;
  void put_columns(const Real* gate_order, int64_t first, int64_t count, int64_t gate,
                   Real* keras) const;
  void pack_rows(const Real* keras, int64_t gate, int64_t p, int64_t first, int64_t count,
                 PackedMatrix<Real>& packed) const;
  void pack_gates(const Real* keras, int64_t rows, int64_t copies, int64_t panel_vectors,
                  PackedMatrix<Real>& packed, PackedMatrix<Real>* transposed) const;
  void pack_biases();
  void pack_weights(bool training);

  // recurrent_blocks.cc
  void choose_form(const Pass& pass);
  int64_t rows_of_block() const;
  void choose_shares();
  // What is walked apart, or step by step together.
  const std::vector<PlanBlock>& walked() const {
    return shares_.empty() ? plan_.blocks() : shares_;
  }

  // recurrent_dropout.cc
  void choose_masks(const Signal<Real>& in, const Pass& pass);
  void write_masked_input(int64_t cell, Real* to) const;
  void add_masked_input_gradients(const ProductArgs<Real>& all, Real* dx);
  typename GateProducts<Real>::Masks masks_of(const PlanBlock& block) const;

  // recurrent_project.cc
  bool walk_takes_input(const Signal<Real>& in) const;
  void project(const Signal<Real>& in, bool training);
  void project_ids(const Lookup<Real>& lookup);
  void project_new_rows(const Lookup<Real>& lookup);
  void give_input(ForwardArgs<Real>& args, const PlanBlock& block, int64_t step, bool alone,
                  Scratch& scratch, bool training);
  void project_steps(const PlanBlock& block, int64_t step, bool alone, Scratch& scratch,
                     bool training);
  InputRows inputs_of_steps(const PlanBlock& block, int64_t step, int64_t end, int64_t rows,
                            Scratch& scratch, bool training);
  InputRows inputs_of(int64_t position, int64_t rows, Scratch& scratch, bool training);
  InputRows where_they_stand(int64_t position, int64_t rows) const;

  // recurrent.cc
  void check_input(const Signal<Real>& in) const;
  void walk_block(const PlanBlock& block, Scratch& scratch, bool training);
  void write_end(const Walk& walk);
  const Signal<Real>& real_input(const Signal<Real>& in);
  void choose_initial_states(Inputs<Real> in);
  void start_rows(const Walk& walk, int64_t step);
  void step_forward(const Walk& walk, int64_t step, Scratch& scratch, bool training);
  void forward_units(const ForwardArgs<Real>& args, bool alone);
  void write_outputs(const Walk& walk, int64_t step);
  void write_before_start(int64_t sorted_row);
  void give_final_states(std::span<Signal<Real>> out);
  bool output_is_masked(int64_t sorted_row) const;

  // recurrent_backward.cc
  void back_block(size_t number, Scratch& scratch, Gradients<Real> dout);
  void start_gradients(const PlanBlock& block, Gradients<Real> dout, Buffer<Real>& dstate);
  bool has_faded(const PlanBlock& block, int64_t step, const Buffer<Real>& dstate) const;
  void clear_earlier_steps(const PlanBlock& block, int64_t step);
  void give_initial_gradients(Gradients<Real> din);
  void back_step(const PlanBlock& block, int64_t step, Scratch& scratch, Pending& pending, Real* du,
                 Real* dbh);
  void add_pending(const PlanBlock& block, Scratch& scratch, Pending& pending, Real* du, Real* dbh);
  void add_state_gradients(const Real* dzh, int64_t rows, Scratch& scratch);
  void write_input_gradients(int64_t position, int64_t rows);
  BackwardArgs<Real> rows_of(BackwardArgs<Real> args, int64_t first, int64_t end) const;
  void multiply_recurrent();
  void add_vector_gradients(const PlanBlock& block, int64_t step, Real* dv);
  void add_output_gradient(const PlanBlock& block, int64_t step, const Real* dout,
                           Buffer<Real>& dstate);

  // recurrent_prefix.cc
  bool prefix_is_a_task() const;
  Walk prepare_prefix(bool training);
  void walk_prefix(const Walk& walk, Scratch& scratch, bool training);
  void walk_prefix_and_blocks(bool training);
  void back_prefix_and_sum_rows(const Real* dout);
  void back_prefix(Scratch& scratch, const Real* dout);

  // Outputs that a step fills; a masked step's own is 0 with zero_output_for_mask.
  SequencePlan::Span output_span(const PlanBlock& block, int64_t step, int64_t row) const {
    auto span = plan_.output_span(block, step, row);
    if (options_.zero_output_for_mask && mask_ != nullptr) span.end = span.begin + 1;
    return span;
  }
  // body(block, worker) for every block: on all threads, or one after the other where all threads
  // share its steps.
  template <class Body>
  void for_blocks(const Body& body) const {
    const auto blocks = static_cast<int64_t>(walked().size());
    if (!together_) return parallel_for(blocks, body);
    for (int64_t b = 0; b < blocks; ++b) body(b, 0);
  }
  // body(part, parts): in equal shares of the columns on all threads, or all at once.
  template <class Body>
  void for_parts(bool all_threads, const Body& body) const {
    if (!all_threads) return body(0, 1);
    const int64_t parts = max_workers();
    parallel_for(parts, [&](int64_t part, int64_t) { body(part, parts); });
  }
  // body(first, end) for the rows of a step, all at once or in shares.
  template <class Body>
  void for_rows(int64_t rows, const Body& body) const {
    constexpr int64_t kShare = 16;
    if (!together_) return body(0, rows);
    parallel_for((rows + kShare - 1) / kShare, [&](int64_t share, int64_t) {
      body(share * kShare, std::min(rows, (share + 1) * kShare));
    });
  }
  int64_t gate_width() const { return spec_.gates * padded_; }  // G*Hp
  bool two_gradients() const { return spec_.apart < spec_.gates; }
  // Share of a block in the gradient of U (and of the carry's matrices).
  int64_t du_size() const {
    return by_gates_ ? products_.matrices() * products_.matrix_size() : units_ * gate_width();
  }
  // Null where it is not summed block by block.
  Real* du_share(int64_t block) {
    return du_afterwards_ ? nullptr : du_blocks_.data() + block * du_size();
  }
  Real* dbh_share(int64_t block) {
    return du_afterwards_ ? nullptr : dbh_blocks_.data() + block * gate_width();
  }
  Real* dv_share(int64_t block) {
    return spec_.has_vectors ? dv_blocks_.data() + block * kMostPeepholes * padded_ : nullptr;
  }
  // States that enter step `step` of the prefix, which may still be walked.
  const Real* prefix_states(int64_t step) const {
    prefix_progress_.wait_for(step);
    return prefix_states_ + step * padded_;
  }
  // LSTM and GRU ignore a rate of 1, SimpleRNN does not (Keras).
  bool is_active(double rate) const { return rate > 0 && (rate < 1 || spec_.gates == 1); }
  Walk kept_walk(const PlanBlock& block) {
    return {&block, states_.data() + block.state_first * padded_, state_positions_ * padded_, true,
            padded_};
  }

  RecurrentOptions options_;
  uint64_t stream_;
  CellSpec spec_;
  const Kernels<Real>* kernel_;
  CellKernels<Real> cell_;
  ActivationPair activations_;
  int64_t features_ = 0, units_ = 0, padded_ = 0, rows_per_block_ = 0;

  SequencePlan plan_;
  std::vector<PlanBlock> shares_;  // of its blocks, where they are not walked whole
  IdGroups groups_;                // of a lookup's ids, by packed position
  int64_t state_positions_ = 0;
  const Real* prefix_states_ = nullptr;
  int64_t prefix_known_ = 0;  // steps of it that earlier calls have walked
  Progress prefix_progress_;
  bool lookup_ = false;
  bool walk_multiplies_input_ = false;   // of the latest forward
  const Signal<Real>* input_ = nullptr;  // of the latest forward
  const int32_t* zx_index_ = nullptr;    // [P]  rows of zx_; of a lookup
  InferenceMemory<Real> memory_;

  Buffer<Real> bias_columns_, recurrent_bias_;  // gate order
  PackedMatrix<Real> w_, u_, u_transposed_, w_transposed_;
  GateProducts<Real> products_;
  bool by_gates_ = false;                                   // the steps of the latest forward
  bool tall_ = false;                                       // blocks have many rows, U is large
  bool together_ = false;                                   // all threads share every step
  bool input_dropout_ = false, recurrent_dropout_ = false;  // of the latest forward
  int64_t copies_ = 1;            // of an input side by side: with both dropouts a mask per gate
  Buffer<Real> input_masks_;      // [B, copies, X]
  Buffer<Real> recurrent_masks_;  // [G][B, Hp], rows in the plan's order
  Buffer<Real> drawn_;
  Buffer<Real> vectors_;  // [P, Hp]
  Buffer<Real> inputs_;   // [n, copies * X]  for the gradient of W
  Signal<Real> real_input_;
  Buffer<Real> real_ids_;                     // integer features as reals
  Buffer<Real> zx_;                           // [n, G*Hp]  of a lookup
  Buffer<Real> gates_;                        // [P, G*Hp]  kept, then dz
  Buffer<Real> extra_;                        // [P, E*Hp]
  Buffer<Real> states_;                       // [S][P + B + 1, Hp]
  Buffer<Real> output_;                       // [B, H] or [B, T, H]
  std::vector<const Real*> initial_;          // [S] of [B, H]; empty: zeros
  std::vector<Buffer<Real>> initial_values_;  // of lookups written out
  std::vector<Buffer<Real>> final_;           // [S] of [B, H]; with return_state or stateful
  int64_t kept_rows_ = 0;                     // stateful: B of the states in final_; 0: none
  const uint8_t* mask_ = nullptr;             // [B, T] of the latest forward
  Buffer<Real> start_gradient_;               // [S][B, Hp]  d(loss)/d(states a row started from)
  Buffer<Real> du_blocks_, dbh_blocks_;       // [blocks + 1] of [H, G*Hp] and [G*Hp]
  Buffer<Real> dv_blocks_;                    // [blocks + 1] of [P, Hp]
  bool du_afterwards_ = false;                // no du_blocks_: one product of all steps
  Buffer<Real> dzh_;                          // [P, G*Hp]  for that, of cells with two gradients
  std::vector<OuterRows<Real>> pieces_;       // of that product
  Buffer<Real> dz_sums_, db_, dinput_, outer_memory_;
  Real* dx_ = nullptr;  // [B, T, X]  where the walk writes it
  std::vector<Scratch> workers_;
};

}  // namespace eddy
