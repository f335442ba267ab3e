// SPDX-License-Identifier: MIT
#include "layers/factory.h"

#include "layers/bidirectional.h"
#include "layers/convolution.h"
#include "layers/dense.h"
#include "layers/embedding.h"
#include "layers/graph.h"
#include "layers/merges.h"
#include "layers/normalization.h"
#include "layers/options.h"
#include "layers/pointwise.h"
#include "layers/pooling.h"
#include "layers/recurrent.h"
#include "layers/shapes.h"
#include "layers/stacked_cells.h"
#include "layers/standardization.h"
#include "layers/time_distributed.h"

namespace eddy {
namespace {

template <class Real>
struct Maker {
  uint64_t& streams;
  using Made = std::unique_ptr<Layer<Real>>;
  Made operator()(const EmbeddingOptions& o) const {
    return std::make_unique<EmbeddingLayer<Real>>(o);
  }
  Made operator()(const RecurrentOptions& o) const {
    return std::make_unique<RecurrentLayer<Real>>(o, ++streams);
  }
  Made operator()(const DenseOptions& o) const { return std::make_unique<DenseLayer<Real>>(o); }
  Made operator()(const DropoutOptions& o) const {
    return std::make_unique<DropoutLayer<Real>>(o, ++streams);
  }
  Made operator()(const ActivationOptions& o) const {
    return std::make_unique<ActivationLayer<Real>>(o);
  }
  Made operator()(const BidirectionalOptions& o) const {
    return std::make_unique<BidirectionalLayer<Real>>(o, streams);
  }
  Made operator()(const TimeDistributedOptions& o) const {
    return std::make_unique<TimeDistributedLayer<Real>>(o, streams);
  }
  Made operator()(const RNNOptions& o) const {
    return std::make_unique<StackedCellsLayer<Real>>(o, streams);
  }
  Made operator()(const LayerNormalizationOptions& o) const {
    return std::make_unique<LayerNormalizationLayer<Real>>(o);
  }
  Made operator()(const BatchNormalizationOptions& o) const {
    return std::make_unique<BatchNormalizationLayer<Real>>(o);
  }
  Made operator()(const NormalizationOptions& o) const {
    return std::make_unique<NormalizationLayer<Real>>(o);
  }
  Made operator()(const MaskingOptions& o) const { return std::make_unique<MaskingLayer<Real>>(o); }
  Made operator()(const SpatialDropout1DOptions& o) const {
    return std::make_unique<SpatialDropoutLayer<Real>>(o, ++streams);
  }
  Made operator()(const PoolingOptions& o) const { return std::make_unique<PoolingLayer<Real>>(o); }
  Made operator()(const GlobalPoolingOptions& o) const {
    return std::make_unique<GlobalPoolingLayer<Real>>(o);
  }
  Made operator()(const FlattenOptions& o) const { return std::make_unique<ReshapeLayer<Real>>(o); }
  Made operator()(const ReshapeOptions& o) const { return std::make_unique<ReshapeLayer<Real>>(o); }
  Made operator()(const PermuteOptions& o) const { return std::make_unique<PermuteLayer<Real>>(o); }
  Made operator()(const RepeatVectorOptions& o) const {
    return std::make_unique<RepeatVectorLayer<Real>>(o);
  }
  Made operator()(const MergeOptions& o) const { return std::make_unique<MergeLayer<Real>>(o); }
  Made operator()(const ConcatenateOptions& o) const {
    return std::make_unique<ConcatenateLayer<Real>>(o);
  }
  Made operator()(const Conv1DOptions& o) const { return std::make_unique<Conv1DLayer<Real>>(o); }
  Made operator()(const InputOptions&) const { return nullptr; }
  Made operator()(const NestedOptions& o) const {
    GraphOptions model = *o.model;
    model.name = o.name;
    return std::make_unique<Graph<Real>>(std::move(model), streams);
  }
};

}  // namespace

template <class Real>
std::unique_ptr<Layer<Real>> make_layer(const LayerSpec& spec, uint64_t& streams) {
  return std::visit(Maker<Real>{streams}, options_of(spec));
}

template std::unique_ptr<Layer<float>> make_layer<float>(const LayerSpec&, uint64_t&);
template std::unique_ptr<Layer<double>> make_layer<double>(const LayerSpec&, uint64_t&);

}  // namespace eddy
