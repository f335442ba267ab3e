// SPDX-License-Identifier: MIT
// Embedding: a table whose rows are looked up by id. It hands on the lookup, not the rows: the
// layer above may work once per distinct id.
#pragma once

#include "kernels/kernels.h"
#include "layers/id_groups.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class EmbeddingLayer final : public UnaryLayer<Real> {
 public:
  explicit EmbeddingLayer(const EmbeddingOptions& options);
  Shape build_one(const Shape& input) override;
  // Throws Error{bad_data} for an id outside [0, input_dim).
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  bool scan(const int32_t* ids, int64_t B, int64_t T);
  [[noreturn]] void refuse_id(const int32_t* ids, int64_t cells, int64_t T) const;

  EmbeddingOptions options_;
  Buffer<int32_t> ids_;     // of inputs that came as reals
  Buffer<int32_t> prefix_;  // [B]  leading zeros of each row
  Buffer<uint8_t> mask_;    // [B, T]
  IdGroups groups_;
};

}  // namespace eddy
