// SPDX-License-Identifier: MIT
#include "layers/stacked_cells.h"

#include <fmt/format.h>

#include <utility>

#include "layers/options.h"
#include "layers/signal.h"

namespace eddy {
namespace {

// Cells as layers, each called on the one below and, with initial states, on its own ones.
GraphOptions as_model(const RNNOptions& options, bool with_states) {
  GraphOptions model;
  model.name = options.name;
  const auto input = [&](const std::string& name) {
    model.inputs.push_back({.call = static_cast<int64_t>(model.calls.size())});
    model.calls.push_back({.layer = static_cast<int64_t>(model.layers.size())});
    model.layers.emplace_back(InputOptions{.name = name});
    return model.inputs.back();
  };
  GraphOptions::Value below = input("sequence");
  std::vector<GraphOptions::Value> states;
  for (size_t k = 0; k < options.cells.size(); ++k) {
    const bool last = k + 1 == options.cells.size();
    RecurrentOptions cell = options.cells[k];
    if (cell.name.empty()) cell.name = fmt::format("cell_{}", k);
    cell.return_sequences = !last || options.return_sequences;
    cell.return_state = options.return_state;
    cell.activity_regularizer.reset();  // not an option of a cell
    cell.go_backwards = options.go_backwards && options.cells.size() == 1;
    cell.stateful = options.stateful;
    cell.zero_output_for_mask = last && options.zero_output_for_mask;
    std::vector<GraphOptions::Value> inputs = {below};
    const int count = find_cell(cell.cell).states;
    for (int s = 0; with_states && s < count; ++s) {
      inputs.push_back(input(fmt::format("state_{}_{}", k, s)));
    }
    const auto call = static_cast<int64_t>(model.calls.size());
    model.calls.push_back({.layer = static_cast<int64_t>(model.layers.size()), .inputs = inputs});
    model.layers.emplace_back(cell);
    below = {.call = call};
    for (int s = 0; options.return_state && s < count; ++s) {
      states.push_back({.call = call, .output = s + 1});
    }
  }
  model.outputs = {below};
  model.outputs.insert(model.outputs.end(), states.begin(), states.end());
  return model;
}

}  // namespace

template <class T>
void reverse_steps(int64_t rows, int64_t steps, int64_t width, const T* from, T* to) {
  for (int64_t b = 0; b < rows; ++b) {
    for (int64_t t = 0; t < steps; ++t) {
      std::copy_n(from + (b * steps + t) * width, width, to + (b * steps + steps - 1 - t) * width);
    }
  }
}

template <class Real>
StackedCellsLayer<Real>::StackedCellsLayer(const RNNOptions& options, uint64_t& streams)
    : Layer<Real>(options.name),
      options_(options),
      streams_(streams),
      turn_(options.go_backwards && options.cells.size() > 1) {
  if (options.cells.empty()) {
    throw Error(ErrorCode::invalid_argument, this->name(), "cells: expected at least one, got 0.",
                "give a cell, e.g. {.units = 32, .cell = \"lstm\"}.");
  }
}

template <class Real>
std::vector<Shape> StackedCellsLayer<Real>::build(const std::vector<Shape>& inputs) {
  graph_ = std::make_unique<Graph<Real>>(as_model(options_, inputs.size() > 1), streams_);
  auto outputs = graph_->build(inputs);
  std::vector<std::string> classes;
  for (const auto& cell : options_.cells) {
    classes.push_back(find_cell(cell.cell).class_name + std::string("Cell"));
  }
  const auto slots = slot_names(classes);
  size_t number = 0;
  for (size_t layer = 0; layer < graph_->options().layers.size(); ++layer) {
    auto* cell = graph_->layer(layer);
    if (cell == nullptr) continue;
    const std::string holder = options_.stacked ? "cell/cells/" + slots[number++] : "cell";
    for (auto* weight : cell->weights()) weight->holder = holder;
  }
  return outputs;
}

template <class Real>
const Signal<Real>* StackedCellsLayer<Real>::reversed(const Signal<Real>& in) {
  const int64_t B = in.shape[0], T = in.shape[1], width = in.shape[2];
  turned_.reset();
  turned_.shape = in.shape;
  turned_values_.resize(static_cast<size_t>(in.size()));
  reverse_steps(B, T, width, dense_values(in, values_), turned_values_.data());
  turned_.value = turned_values_.data();
  if (in.mask != nullptr) {
    turned_mask_.resize(static_cast<size_t>(B * T));
    reverse_steps<uint8_t>(B, T, 1, in.mask, turned_mask_.data());
    turned_.mask = turned_mask_.data();
  }
  return &turned_;
}

template <class Real>
void StackedCellsLayer<Real>::forward(Inputs<Real> in, std::span<Signal<Real>> out,
                                      const Pass& pass) {
  inputs_.assign(in.begin(), in.end());
  if (turn_) inputs_[0] = reversed(*in[0]);
  graph_->forward(inputs_, out, pass);
  if (turn_ && out[0].mask != nullptr) out[0].mask = in[0]->mask;  // not turned, as Keras
}

template <class Real>
void StackedCellsLayer<Real>::backward(Inputs<Real> in, std::span<const Signal<Real>> out,
                                       Gradients<Real> dout, Gradients<Real> din,
                                       const Pass& pass) {
  graph_->backward(inputs_, out, dout, din, pass);
  if (!turn_ || din[0] == nullptr || !din[0]->any) return;
  const Shape& shape = in[0]->shape;
  values_.resize(static_cast<size_t>(in[0]->size()));
  reverse_steps(shape[0], shape[1], shape[2], din[0]->dense.data(), values_.data());
  std::swap(din[0]->dense, values_);
}

template void reverse_steps<float>(int64_t, int64_t, int64_t, const float*, float*);
template void reverse_steps<double>(int64_t, int64_t, int64_t, const double*, double*);
template class StackedCellsLayer<float>;
template class StackedCellsLayer<double>;

}  // namespace eddy
