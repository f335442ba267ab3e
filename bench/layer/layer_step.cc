// SPDX-License-Identifier: MIT
#include "layer_step.h"

#include <eddy/layers.h>

#include <cmath>
#include <vector>

#include "layers/factory.h"
#include "layers/layer.h"
#include "layers/options.h"

namespace bench {
namespace {

template <class Values>
void fill(Values& values, int64_t size, float scale) {
  values.resize(static_cast<size_t>(size));
  bench::fill(values.data(), static_cast<size_t>(size), scale);
}

}  // namespace

struct LayerStep::Parts {
  std::unique_ptr<eddy::Layer<float>> layer;
  eddy::Buffer<float> x;
  eddy::Signal<float> in;
  std::vector<eddy::Signal<float>> out = std::vector<eddy::Signal<float>>(1);
  eddy::Gradient<float> dout, din;
  eddy::Pass pass{.training = true};
};

LayerStep::LayerStep(const Case& c) : parts_(std::make_unique<Parts>()) {
  const eddy::LayerSpec spec = eddy::Recurrent(
      {.units = c.units, .return_sequences = true, .name = "layer", .cell = c.cell});
  uint64_t streams = 0;
  parts_->layer = eddy::make_layer<float>(spec, streams);
  parts_->layer->build({{eddy::kNone, c.steps, c.features}});
  const float scale = 1.0F / std::sqrt(static_cast<float>(c.features + c.units));
  for (auto* weight : parts_->layer->weights()) {
    fill(weight->value, eddy::element_count(weight->shape), scale);
  }
  fill(parts_->x, c.tokens() * c.features, 1.0F);
  // Backward may use it as scratch; a recurrent layer does not.
  fill(parts_->dout.dense, c.tokens() * c.units, 1e-3F);
  parts_->dout.any = true;
  parts_->in.shape = {c.batch, c.steps, c.features};
  parts_->in.value = parts_->x.data();
}

LayerStep::~LayerStep() = default;

int64_t LayerStep::gates() const {
  const auto &kernel = *parts_->layer->weights()[0], &recurrent = *parts_->layer->weights()[1];
  return kernel.shape[1] / recurrent.shape[0];
}

void LayerStep::run() {
  Parts& p = *parts_;
  const eddy::Signal<float>* in = &p.in;
  eddy::Gradient<float>*dout = &p.dout, *din = &p.din;
  p.out[0].reset();
  p.layer->forward({&in, 1}, p.out, p.pass);
  p.din.any = false;
  p.layer->backward({&in, 1}, p.out, {&dout, 1}, {&din, 1}, p.pass);
}

}  // namespace bench
