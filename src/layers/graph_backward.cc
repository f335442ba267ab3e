// SPDX-License-Identifier: MIT
// Backward through a graph: where a value went to several places their gradients are added.
#include <utility>

#include "core/denormals.h"
#include "layers/graph.h"

namespace eddy {

template <class Real>
void Graph<Real>::backward(Inputs<Real> in, std::span<const Signal<Real>>, Gradients<Real> dout,
                           Gradients<Real> din, const Pass& pass) {
  const FlushDenormals flush;
  bool wanted = false;
  for (const auto* gradient : din) wanted = wanted || gradient != nullptr;
  for (size_t c = 0; c < nodes_.size(); ++c) {
    Node& node = nodes_[c];
    for (size_t i = 0; i < node.gradients.size(); ++i) {
      const Node& source = nodes_[static_cast<size_t>(options_.calls[c].inputs[i].call)];
      node.gradients[i].any = node.gradients[i].at_logits = node.gradients[i].by_rows = false;
      node.din[i] = source.learns || wanted ? &node.gradients[i] : nullptr;
    }
  }
  for (size_t c = nodes_.size(); c-- > 0;) {
    Node& node = nodes_[c];
    const bool any = gather_gradients(c, dout);
    if (node.layer == nullptr) {
      if (any && din[node.input] != nullptr) std::swap(*din[node.input], *node.dout[0]);
    } else if (!node.learns && !wanted) {
      continue;  // nothing in front of it needs its gradients
    } else if (any || node.layer->has_activity_penalty()) {
      node.layer->add_activity_gradients(node.signals, node.dout);
      node.layer->backward(node.in, node.signals, node.dout, node.din, pass);
    } else {
      for (auto* weight : node.layer->weights()) {
        weight->rows.clear();
        weight->grad.resize_zeroed(weight->by_rows ? 0 : static_cast<size_t>(weight->size()));
      }
    }
  }
  static_cast<void>(in);
  add_shared_gradients();
}

// node.dout: what the consumers and the graph's own outputs say. False: nothing.
template <class Real>
bool Graph<Real>::gather_gradients(size_t call, Gradients<Real> dout) {
  Node& node = nodes_[call];
  bool any = false;
  for (size_t k = 0; k < node.signals.size(); ++k) {
    Gradient<Real>* sum = nullptr;
    const auto take = [&](Gradient<Real>* gradient) {
      if (!gradient->any) return;
      if (sum == nullptr) {
        sum = gradient;
      } else {
        sum_.add(node.signals[k], *sum, *gradient);
      }
    };
    for (auto* gradient : node.consumers[k]) take(gradient);
    for (size_t o = 0; node.leaves[k] > 0 && o < options_.outputs.size(); ++o) {
      const auto& value = options_.outputs[o];
      if (value.call == static_cast<int64_t>(call) && value.output == static_cast<int64_t>(k)) {
        take(dout[o]);
      }
    }
    node.zeros[k].any = false;
    node.dout[k] = sum != nullptr ? sum : &node.zeros[k];
    any = any || sum != nullptr;
  }
  return any;
}

// A layer at several places: the sum of its gradients, at the first.
template <class Real>
void Graph<Real>::add_shared_gradients() {
  for (size_t c = 0; c < nodes_.size(); ++c) {
    const size_t first = first_call_[static_cast<size_t>(options_.calls[c].layer)];
    if (first == c || nodes_[c].layer == nullptr) continue;
    const auto mine = nodes_[c].layer->weights(), owners = nodes_[first].layer->weights();
    for (size_t w = 0; w < owners.size(); ++w) {
      Weight<Real>& sum = *owners[w];
      if (!sum.trainable) continue;
      if (sum.by_rows) {
        sum_.add_rows(sum.shape[0], sum.shape[1], sum.rows, sum.grad, mine[w]->rows, mine[w]->grad);
      } else {
        kernels<Real>().add(sum.size(), mine[w]->grad.data(), sum.grad.data());
      }
    }
  }
}

template <class Real>
const Signal<Real>& Graph<Real>::forward(const Signal<Real>& input, const Pass& pass) {
  const Signal<Real>* in[] = {&input};
  return run(in, pass)[0];
}

template <class Real>
void Graph<Real>::run_back(Inputs<Real> in, Gradients<Real> dout, const Pass& pass) {
  no_input_gradients_.assign(in.size(), nullptr);
  for (auto* gradient : dout) gradient->any = !gradient->dense.empty();
  backward(in, results_, dout, no_input_gradients_, pass);
}

template <class Real>
void Graph<Real>::backward(const Signal<Real>& input, Gradient<Real>& gradient, const Pass& pass) {
  const Signal<Real>* in[] = {&input};
  Gradient<Real>* dout[] = {&gradient};
  run_back(in, dout, pass);
}

template class Graph<float>;
template class Graph<double>;

}  // namespace eddy
