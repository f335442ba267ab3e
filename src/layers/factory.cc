// SPDX-License-Identifier: MIT
#include "layers/factory.h"

#include "layers/dense.h"
#include "layers/embedding.h"
#include "layers/pointwise.h"
#include "layers/recurrent.h"

namespace eddy {
namespace {

template <class Real>
struct Maker {
  uint64_t number;
  using Made = std::unique_ptr<Layer<Real>>;
  Made operator()(const EmbeddingOptions& o) const {
    return std::make_unique<EmbeddingLayer<Real>>(o);
  }
  Made operator()(const RecurrentOptions& o) const {
    return std::make_unique<RecurrentLayer<Real>>(o);
  }
  Made operator()(const DenseOptions& o) const { return std::make_unique<DenseLayer<Real>>(o); }
  Made operator()(const DropoutOptions& o) const {
    return std::make_unique<DropoutLayer<Real>>(o, number);
  }
  Made operator()(const ActivationOptions& o) const {
    return std::make_unique<ActivationLayer<Real>>(o);
  }
};

}  // namespace

template <class Real>
std::unique_ptr<Layer<Real>> make_layer(const LayerSpec& spec, uint64_t number) {
  return std::visit(Maker<Real>{number}, spec);
}

template std::unique_ptr<Layer<float>> make_layer<float>(const LayerSpec&, uint64_t);
template std::unique_ptr<Layer<double>> make_layer<double>(const LayerSpec&, uint64_t);

}  // namespace eddy
