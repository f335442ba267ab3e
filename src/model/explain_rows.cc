// SPDX-License-Identifier: MIT
// Answers to rows that begin alike. Where a model is a chain of layers that read forwards, the
// states along one row are kept every few steps, and another row starts from those that stand
// before its first difference. It re-runs at most kSegment - 1 steps more than it has to; in return
// all rows of a segment run as one batch without masks. The states are those of the plain
// computation.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "model/explainer.h"

namespace eddy {
namespace {

constexpr int64_t kSegment = 16;  // steps between kept states
constexpr int64_t kBatch = 512;   // rows that run together

}  // namespace

namespace {

int64_t trimmed_length(const int32_t* row, int64_t length) {
  while (length > 1 && row[length - 1] == 0) --length;
  return length;
}

}  // namespace

// Rows without what the model skips; they point into the input.
struct Explainer::Rows {
  std::vector<const int32_t*> ids;  // of each row, or
  std::vector<const float*> values;
  std::vector<int64_t> length;
  int64_t width = 0;  // of reals
  std::vector<int32_t> kept;

  Rows(const Input& input, bool skip_zeros, bool trimmed) {
    if (const auto* reals = std::get_if<Tensor>(&input)) {
      width = reals->dim(2);
      for (int64_t i = 0; i < reals->dim(0); ++i) {
        values.push_back(reals->data() + i * reals->dim(1) * width);
      }
      length.assign(values.size(), reals->dim(1));
      return;
    }
    const auto& all = std::get<IntTensor>(input);
    const int64_t T = all.dim(1);
    kept.reserve(skip_zeros ? all.values().size() : 0);
    for (int64_t i = 0; i < all.dim(0); ++i) {
      const int32_t* row = all.data() + i * T;
      ids.push_back(row);
      length.push_back(trimmed ? trimmed_length(row, T) : T);
      if (!skip_zeros) continue;
      const size_t begin = kept.size();
      std::copy_if(row, row + T, std::back_inserter(kept), [](int32_t id) { return id != 0; });
      ids.back() = kept.data() + begin;  // reserved: it stays
      length.back() = static_cast<int64_t>(kept.size() - begin);
    }
  }
  int64_t count() const { return static_cast<int64_t>(length.size()); }
  // Steps that row i begins with as row 0 of `other`.
  int64_t common(size_t i, const Rows& other) const {
    const int64_t most = std::min(length[i], other.length[0]);
    int64_t t = 0;
    if (width == 0) {
      while (t < most && ids[i][t] == other.ids[0][t]) ++t;
    } else {
      const size_t bytes = static_cast<size_t>(width) * sizeof(float);
      while (t < most &&
             std::memcmp(values[i] + t * width, other.values[0] + t * width, bytes) == 0) {
        ++t;
      }
    }
    return t;
  }
};

// One row's states at steps 0, kSegment, 2 kSegment, ..., and all its outputs.
struct Explainer::Walked {
  std::vector<std::vector<float>> states;  // [S] of [segments, units]
  std::vector<float> outputs;              // [steps, H]
};

namespace {

// Runs a piece of sequences through a chain's body and keeps the states in place.
class Piece {
 public:
  explicit Piece(const StateChain& chain) : chain_(chain), states_(chain.units.size()) {}

  std::vector<std::vector<float>>& states() { return states_; }  // [S] of [rows, units]
  std::vector<int32_t>& ids() { return ids_; }                   // [rows, steps]
  std::vector<float>& values() { return values_; }               // [rows, steps, width]

  // Returns the outputs [rows, steps, H], valid until the next call.
  const float* run(int64_t rows, int64_t steps, int64_t width) {
    std::vector<Signal<float>> signals(1 + states_.size());
    signals[0].shape = width == 0 ? Shape{rows, steps} : Shape{rows, steps, width};
    if (width == 0) {
      signals[0].ids = ids_.data();
    } else {
      signals[0].value = values_.data();
    }
    for (size_t s = 0; s < states_.size(); ++s) {
      signals[s + 1].shape = {rows, chain_.units[s]};
      signals[s + 1].value = states_[s].data();
    }
    std::vector<const Signal<float>*> in;
    in.reserve(signals.size());
    for (const auto& signal : signals) in.push_back(&signal);
    const auto out = chain_.body->run(in, Pass{});
    for (size_t s = 0; s < states_.size(); ++s) {
      std::copy_n(out[s + 1].value, rows * chain_.units[s], states_[s].begin());
    }
    return out[0].value;
  }

 private:
  const StateChain& chain_;
  std::vector<std::vector<float>> states_;
  std::vector<int32_t> ids_;
  std::vector<float> values_;
};

}  // namespace

Explainer::Walked Explainer::walk_base(const Rows& base, int64_t steps) {
  Walked walked;
  walked.states.resize(chain_->units.size());
  Piece piece(*chain_);
  for (size_t s = 0; s < chain_->units.size(); ++s) {
    piece.states()[s].assign(static_cast<size_t>(chain_->units[s]), 0.0F);
  }
  const int64_t H = chain_->units.empty() ? 0 : chain_->head->input_shape(0)[1];
  for (int64_t t = 0;; t += kSegment) {
    for (size_t s = 0; s < walked.states.size(); ++s) {
      const auto& state = piece.states()[s];
      walked.states[s].insert(walked.states[s].end(), state.begin(), state.end());
    }
    const int64_t n = std::min(kSegment, steps - t);
    if (n <= 0) return walked;
    if (base.width == 0) {
      piece.ids().assign(base.ids[0] + t, base.ids[0] + t + n);
    } else {
      piece.values().assign(base.values[0] + t * base.width, base.values[0] + (t + n) * base.width);
    }
    const float* out = piece.run(1, n, base.width);
    walked.outputs.insert(walked.outputs.end(), out, out + n * H);
  }
}

// states  [count, H]; row i answers for order[i]
void Explainer::answer_states(const std::vector<float>& states, const int64_t* order, int64_t count,
                              std::vector<double>& answers) {
  Signal<float> signal;
  signal.shape = {count, chain_->head->input_shape(0)[1]};
  signal.value = states.data();
  const Signal<float>& out = chain_->head->forward(signal, Pass{});
  for (int64_t i = 0; i < count; ++i) answers[static_cast<size_t>(order[i])] = answer(out, i);
}

// Rows of one length, in the order in which they leave the base.
void Explainer::answer_block(const Rows& rows, const int64_t* order, int64_t count,
                             const Walked& base, std::vector<double>& answers) {
  const auto row = [&](int64_t i) { return static_cast<size_t>(order[2 * i]); };
  const auto start = [&](int64_t i) { return order[2 * i + 1]; };
  const int64_t length = rows.length[row(0)], H = chain_->head->input_shape(0)[1];
  const int64_t width = rows.width;
  Piece piece(*chain_);
  std::vector<float> ends;
  int64_t active = 0;
  for (int64_t t = start(0); t < length; t += kSegment) {
    for (; active < count && start(active) == t; ++active) {
      for (size_t s = 0; s < base.states.size(); ++s) {
        const auto units = static_cast<std::ptrdiff_t>(chain_->units[s]);
        const auto from = base.states[s].begin() + t / kSegment * units;
        piece.states()[s].insert(piece.states()[s].end(), from, from + units);
      }
    }
    const int64_t n = std::min(kSegment, length - t);
    piece.ids().clear();
    piece.values().clear();
    for (int64_t i = 0; i < active; ++i) {
      if (width == 0) {
        const int32_t* from = rows.ids[row(i)] + t;
        piece.ids().insert(piece.ids().end(), from, from + n);
      } else {
        const float* from = rows.values[row(i)] + t * width;
        piece.values().insert(piece.values().end(), from, from + n * width);
      }
    }
    const float* out = piece.run(active, n, width);
    for (int64_t i = 0; t + n == length && i < active; ++i) {
      ends.insert(ends.end(), out + (i * n + n - 1) * H, out + (i + 1) * n * H);
    }
  }
  std::vector<int64_t> who;
  for (int64_t i = 0; i < count; ++i) who.push_back(order[2 * i]);
  answer_states(ends, who.data(), count, answers);
}

std::vector<double> Explainer::answers(const Input& input, const Input& like, bool trimmed) {
  if (!chain_) return answers_row_by_row(input, trimmed);
  const Rows rows(input, chain_->skips_zeros, trimmed), base(like, chain_->skips_zeros, trimmed);
  std::vector<double> answers(static_cast<size_t>(rows.count()));
  std::vector<std::array<int64_t, 3>> apart;  // length, start, row
  std::vector<int64_t> along;                 // rows that are a beginning of the base
  int64_t needed = 0;
  for (int64_t i = 0; i < rows.count(); ++i) {
    const auto at = static_cast<size_t>(i);
    const int64_t common = rows.common(at, base);
    if (rows.length[at] == 0) {  // all masked: zeros leave the layer, no state does
      const std::vector<float> zeros(static_cast<size_t>(chain_->head->input_shape(0)[1]), 0.0F);
      answer_states(zeros, &i, 1, answers);
    } else if (common == rows.length[at]) {
      along.push_back(i);
      needed = std::max(needed, common);
    } else {
      apart.push_back({rows.length[at], common / kSegment * kSegment, i});
      needed = std::max(needed, common / kSegment * kSegment);
    }
  }
  const Walked walked = walk_base(base, needed);
  if (!along.empty()) {
    const int64_t H = chain_->head->input_shape(0)[1];
    std::vector<float> states;
    for (const int64_t i : along) {
      const auto end = walked.outputs.begin() + rows.length[static_cast<size_t>(i)] * H;
      states.insert(states.end(), end - H, end);
    }
    answer_states(states, along.data(), static_cast<int64_t>(along.size()), answers);
  }
  std::sort(apart.begin(), apart.end());
  std::vector<int64_t> order;
  for (size_t i = 0; i < apart.size(); ++i) {
    order.insert(order.end(), {apart[i][2], apart[i][1]});
    const bool last = i + 1 == apart.size() || apart[i + 1][0] != apart[i][0];
    const auto count = static_cast<int64_t>(order.size()) / 2;
    if (!last && count < kBatch) continue;
    answer_block(rows, order.data(), count, walked, answers);
    order.clear();
  }
  return answers;
}

std::vector<double> Explainer::answers_after(const Input& x) {
  if (!chain_) return {};
  const Rows rows(x, false, false);
  const Walked walked = walk_base(rows, rows.length[0]);
  std::vector<double> answers(static_cast<size_t>(rows.length[0]));
  std::vector<int64_t> order;
  for (int64_t t = 0; t < rows.length[0]; ++t) order.push_back(t);
  answer_states(walked.outputs, order.data(), rows.length[0], answers);
  return answers;
}

std::vector<double> Explainer::answers_row_by_row(const Input& rows, bool trimmed) {
  if (!whole_) {
    whole_ = graph_with_weights(plain(network_.graph->options()), *network_.graph);
  }
  std::vector<double> answers;
  const auto run = [&](Signal<float>& signal) {
    const Signal<float>& out = whole_->forward(signal, Pass{});
    for (int64_t i = 0; i < signal.shape[0]; ++i) answers.push_back(answer(out, i));
  };
  constexpr int64_t kRowsTogether = 128;
  const Shape& shape =
      std::visit([](const auto& tensor) -> const Shape& { return tensor.shape(); }, rows);
  const int64_t together = trimmed ? 1 : kRowsTogether;
  for (int64_t at = 0; at < shape[0]; at += together) {
    Signal<float> signal;
    signal.shape = shape;
    signal.shape[0] = std::min(together, shape[0] - at);
    if (const auto* ids = std::get_if<IntTensor>(&rows)) {
      signal.ids = ids->data() + at * shape[1];
      if (trimmed) signal.shape[1] = trimmed_length(signal.ids, shape[1]);
    } else {
      signal.value = std::get<Tensor>(rows).data() + at * shape[1] * shape[2];
    }
    run(signal);
  }
  return answers;
}

}  // namespace eddy
