// SPDX-License-Identifier: MIT
#include "layers/bidirectional.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/nearest.h"
#include "layers/factory.h"
#include "layers/options.h"
#include "layers/stacked_cells.h"

namespace eddy {
namespace {

// The sequence options of a recurrent layer, whichever class it has; null for other layers.
struct SequenceOptions {
  bool *return_sequences = nullptr, *return_state = nullptr, *go_backwards = nullptr,
       *stateful = nullptr, *zero_output_for_mask = nullptr;
};

SequenceOptions sequence_options(LayerSpec& spec) {
  const auto of = [](auto& o) -> SequenceOptions {
    return {&o.return_sequences, &o.return_state, &o.go_backwards, &o.stateful,
            &o.zero_output_for_mask};
  };
  if (auto* recurrent = std::get_if<RecurrentOptions>(&spec)) return of(*recurrent);
  if (auto* rnn = std::get_if<RNNOptions>(&spec)) return of(*rnn);
  return {};
}

void name_after(LayerSpec& spec, const std::string& prefix) {
  const std::string& name = layer_name(spec);
  const std::string base = name.empty() ? snake_case(class_name(spec)) : name;
  set_layer_name(spec, base.starts_with(prefix) ? base : prefix + base);
}

}  // namespace

std::pair<LayerSpec, LayerSpec> both_layers(const BidirectionalOptions& options) {
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    throw Error(ErrorCode::invalid_argument, options.name, what, fix);
  };
  if (!options.layer) refuse("layer: expected one, got none.", "wrap a layer, e.g. LSTM(32).");
  LayerSpec forward = *options.layer;
  LayerSpec backward = options.backward_layer ? *options.backward_layer : forward;
  const auto f = sequence_options(forward), b = sequence_options(backward);
  if (f.go_backwards == nullptr || b.go_backwards == nullptr) {
    refuse("layer: expected SimpleRNN, LSTM, GRU or RNN, got " +
               class_name(f.go_backwards == nullptr ? forward : backward) + ".",
           "wrap a recurrent layer.");
  }
  if (!options.backward_layer) {
    *b.go_backwards = !*f.go_backwards;
  } else if (*f.go_backwards == *b.go_backwards || *f.stateful != *b.stateful ||
             *f.return_sequences != *b.return_sequences || *f.return_state != *b.return_state) {
    refuse(
        "backward_layer: expected the other go_backwards and the same stateful, "
        "return_sequences and return_state, got others.",
        "give the backward layer go_backwards = true and the options of the forward one.");
  }
  // Keras: zeros at masked steps of a sequence, the carried state at the end of a vector.
  *f.zero_output_for_mask = *b.zero_output_for_mask = *f.return_sequences;
  name_after(forward, "forward_");
  if (!options.backward_layer) name_after(backward, "backward_");
  return {forward, backward};
}

template <class Real>
typename BidirectionalLayer<Real>::Merge BidirectionalLayer<Real>::merge_of(
    const std::string& word, const std::string& layer) {
  const std::vector<std::string> words = {"concat", "sum", "mul", "ave", "none"};
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) {
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("merge_mode: expected concat, sum, mul, ave or none, got '{}'.", word),
                suggest(word, words));
  }
  return static_cast<Merge>(found - words.begin());
}

template <class Real>
BidirectionalLayer<Real>::BidirectionalLayer(const BidirectionalOptions& options, uint64_t& streams)
    : Layer<Real>(options.name), merge_(merge_of(options.merge_mode, options.name)) {
  auto [forward, backward] = both_layers(options);
  sequences_ = *sequence_options(forward).return_sequences;
  directions_[0].layer = make_layer<Real>(forward, streams);
  directions_[1].layer = make_layer<Real>(backward, streams);
  directions_[0].trainable = forward.trainable;
  directions_[1].trainable = backward.trainable;
}

template <class Real>
std::vector<Shape> BidirectionalLayer<Real>::build(const std::vector<Shape>& inputs) {
  if (inputs.size() % 2 == 0) check_input_count(this->name(), inputs.size(), 1, 1);
  const size_t states = inputs.size() / 2;
  const char* const holders[] = {"forward_layer", "backward_layer"};
  for (size_t d = 0; d < 2; ++d) {
    Direction& direction = directions_[d];
    std::vector<Shape> own = {inputs[0]};
    const auto first = inputs.begin() + 1 + static_cast<std::ptrdiff_t>(d * states);
    own.insert(own.end(), first, first + static_cast<std::ptrdiff_t>(states));
    direction.shapes = direction.layer->build_as(direction.trainable, own);
    direction.out.resize(direction.shapes.size());
    for (auto* weight : direction.layer->weights()) {
      weight->holder = std::string(holders[d]) + "/" + weight->holder;
    }
  }
  const Shape &f = directions_[0].shapes[0], &b = directions_[1].shapes[0];
  if (f != b && (merge_ != Merge::concat && merge_ != Merge::none)) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("backward_layer: expected outputs {} as the forward layer's, got {}.",
                            to_string(f), to_string(b)),
                "give both layers the same units, or merge by concat.");
  }
  std::vector<Shape> outputs = {f};
  if (merge_ == Merge::concat) outputs[0].back() += b.back();
  if (merge_ == Merge::none) outputs.push_back(b);
  for (const auto& direction : directions_) {
    outputs.insert(outputs.end(), direction.shapes.begin() + 1, direction.shapes.end());
  }
  return outputs;
}

template <class Real>
std::vector<Weight<Real>*> BidirectionalLayer<Real>::weights() {
  auto all = directions_[0].layer->weights();
  const auto backward = directions_[1].layer->weights();
  all.insert(all.end(), backward.begin(), backward.end());
  return all;
}

template <class Real>
void BidirectionalLayer<Real>::reset_state() {
  for (auto& direction : directions_) direction.layer->reset_state();
}

template <class Real>
void BidirectionalLayer<Real>::exchange_state(SavedState& state) {
  for (size_t i = 0; i < 2; ++i) {
    SavedState part = state.part(i == 0 ? "forward" : "backward");
    directions_[i].layer->exchange_state(part);
  }
}

template <class Real>
bool BidirectionalLayer<Real>::has_activity_penalty() const {
  return directions_[0].layer->has_activity_penalty() ||
         directions_[1].layer->has_activity_penalty();
}

template <class Real>
double BidirectionalLayer<Real>::activity_penalty(std::span<const Signal<Real>>) const {
  return directions_[0].layer->activity_penalty(directions_[0].out) +
         directions_[1].layer->activity_penalty(directions_[1].out);
}

template <class Real>
void BidirectionalLayer<Real>::run(Direction& direction, Inputs<Real> in, size_t first_state,
                                   const Pass& pass) {
  direction.in.assign(1, in[0]);
  for (size_t s = 0; s < in.size() / 2; ++s) direction.in.push_back(in[first_state + s]);
  for (auto& signal : direction.out) signal.reset();
  direction.layer->forward(direction.in, direction.out, pass);
  direction.value = direction.out[0].value;
}

template <class Real>
void BidirectionalLayer<Real>::forward(Inputs<Real> in, std::span<Signal<Real>> out,
                                       const Pass& pass) {
  const size_t states = in.size() / 2;
  run(directions_[0], in, 1, pass);
  run(directions_[1], in, 1 + states, pass);
  Direction& back = directions_[1];
  if (sequences_) {
    const Shape& shape = back.out[0].shape;
    back.turned.resize(static_cast<size_t>(back.out[0].size()));
    reverse_steps(shape[0], shape[1], shape[2], back.value, back.turned.data());
    back.value = back.turned.data();
  }
  if (merge_ == Merge::none) {
    for (size_t d = 0; d < 2; ++d) {
      out[d].shape = directions_[d].out[0].shape;
      out[d].value = directions_[d].value;
    }
  } else {
    merge(out[0]);
  }
  for (size_t k = 0; sequences_ && k < value_outputs(); ++k) out[k].mask = in[0]->mask;
  size_t next = value_outputs();
  for (const auto& direction : directions_) {
    for (size_t s = 1; s < direction.out.size(); ++s) out[next++] = direction.out[s];
  }
}

template <class Real>
void BidirectionalLayer<Real>::merge(Signal<Real>& out) {
  const Real *f = directions_[0].value, *b = directions_[1].value;
  const int64_t fw = directions_[0].out[0].shape.back(), bw = directions_[1].out[0].shape.back();
  const int64_t n = directions_[0].out[0].size();
  out.shape = directions_[0].out[0].shape;
  if (merge_ == Merge::concat) out.shape.back() = fw + bw;
  merged_.resize(static_cast<size_t>(out.size()));
  Real* to = merged_.data();
  out.value = to;
  if (merge_ == Merge::concat) {
    for (int64_t i = 0; i < n / fw; ++i) {
      std::copy_n(f + i * fw, fw, to + i * (fw + bw));
      std::copy_n(b + i * bw, bw, to + i * (fw + bw) + fw);
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    to[i] = merge_ == Merge::mul ? f[i] * b[i]
                                 : (f[i] + b[i]) * (merge_ == Merge::ave ? Real(0.5) : Real(1));
  }
}

// The gradients of both outputs, in the order of time.
template <class Real>
void BidirectionalLayer<Real>::split(const Gradient<Real>& dout) {
  const Real* d = dout.dense.data();
  const Real *f = directions_[0].value, *b = directions_[1].value;
  const int64_t fw = directions_[0].out[0].shape.back(), bw = directions_[1].out[0].shape.back();
  const int64_t n = directions_[0].out[0].size();
  for (auto& direction : directions_) {
    direction.dvalue.dense.resize(static_cast<size_t>(direction.out[0].size()));
  }
  Real *df = directions_[0].dvalue.dense.data(), *db = directions_[1].dvalue.dense.data();
  if (merge_ == Merge::concat) {
    for (int64_t i = 0; i < n / fw; ++i) {
      std::copy_n(d + i * (fw + bw), fw, df + i * fw);
      std::copy_n(d + i * (fw + bw) + fw, bw, db + i * bw);
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    df[i] = db[i] = merge_ == Merge::ave ? d[i] * Real(0.5) : d[i];
    if (merge_ == Merge::mul) {
      df[i] = d[i] * b[i];
      db[i] = d[i] * f[i];
    }
  }
}

template <class Real>
void BidirectionalLayer<Real>::run_back(Direction& direction, Gradients<Real> dout,
                                        Gradients<Real> din, size_t first_out, size_t first_state,
                                        const Pass& pass) {
  direction.dout.assign(1, &direction.dvalue);
  bool any = direction.dvalue.any;
  for (size_t s = 0; s < state_outputs(); ++s) {
    direction.dout.push_back(dout[first_out + s]);
    any = any || dout[first_out + s]->any;
  }
  direction.dsequence.any = direction.dsequence.at_logits = direction.dsequence.by_rows = false;
  direction.din.assign(1, din[0] != nullptr ? &direction.dsequence : nullptr);
  for (size_t s = 0; s < din.size() / 2; ++s) direction.din.push_back(din[first_state + s]);
  if (any || direction.layer->has_activity_penalty()) {
    direction.layer->add_activity_gradients(direction.out, direction.dout);
    direction.layer->backward(direction.in, direction.out, direction.dout, direction.din, pass);
    return;
  }
  for (auto* weight : direction.layer->weights()) {
    weight->grad.resize_zeroed(static_cast<size_t>(weight->size()));
  }
}

template <class Real>
void BidirectionalLayer<Real>::backward(Inputs<Real> in, std::span<const Signal<Real>>,
                                        Gradients<Real> dout, Gradients<Real> din,
                                        const Pass& pass) {
  Direction &front = directions_[0], &back = directions_[1];
  if (merge_ == Merge::none) {
    for (size_t d = 0; d < 2; ++d) {
      directions_[d].dvalue.any = dout[d]->any;
      if (dout[d]->any) std::swap(directions_[d].dvalue.dense, dout[d]->dense);
    }
  } else {
    front.dvalue.any = back.dvalue.any = dout[0]->any;
    if (dout[0]->any) split(*dout[0]);
  }
  if (sequences_ && back.dvalue.any) {
    const Shape& shape = back.out[0].shape;
    back.turned.resize(static_cast<size_t>(back.out[0].size()));
    reverse_steps(shape[0], shape[1], shape[2], back.dvalue.dense.data(), back.turned.data());
    std::swap(back.turned, back.dvalue.dense);
  }
  const size_t states = din.size() / 2;
  run_back(front, dout, din, value_outputs(), 1, pass);
  run_back(back, dout, din, value_outputs() + state_outputs(), 1 + states, pass);
  if (din[0] == nullptr) return;
  if (front.dsequence.any && back.dsequence.any) {
    sum_.add(*in[0], front.dsequence, back.dsequence);
    std::swap(*din[0], front.dsequence);
  } else if (front.dsequence.any || back.dsequence.any) {
    std::swap(*din[0], front.dsequence.any ? front.dsequence : back.dsequence);
  }
}

template class BidirectionalLayer<float>;
template class BidirectionalLayer<double>;

}  // namespace eddy
