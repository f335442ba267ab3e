// SPDX-License-Identifier: MIT
// One recurrent layer on float inputs, no padding: nothing that could be left out.
//   dense [--json] [--threads N] [--seconds S] KIND:CELL:TxBxXxH...
// infer: predict(), the last state. first: whole training steps of fit(), mean squared error of the
// last state, sgd. train: the same behind a LayerNormalization, which learns, so that the gradient
// of the input is wanted too; its own work is timed, not counted. Measures the peak of
// multiply-adds first. A line a case, as text or as JSON.
#include <eddy/eddy.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "fma_peak.h"
#include "layer/layer_step.h"
#include "measure.h"

namespace {

using bench::Case;
using Clock = std::chrono::steady_clock;

constexpr int64_t kBatches = 4;  // different ones, so that inputs are not always in the cache

struct Peaks {
  double one = 0, all = 0;
};

// The time between the ends of two batches, the first epoch apart.
class StepClock : public eddy::Callback {
 public:
  explicit StepClock(double seconds) : seconds_(seconds) {}
  void on_train_batch_end(eddy::TrainingState& state) override {
    const auto now = Clock::now();
    if (state.epoch == 0) {
      start_ = now;
    } else {
      samples.push_back(std::chrono::duration<double>(now - last_).count());
      state.stop_now =
          samples.size() >= 5 && std::chrono::duration<double>(now - start_).count() >= seconds_;
    }
    last_ = now;
  }
  std::vector<double> samples = {};

 private:
  double seconds_;
  Clock::time_point start_ = {}, last_ = {};
};

eddy::Tensor random_tensor(eddy::Shape shape) {
  eddy::Tensor tensor(std::move(shape));
  bench::fill(tensor.data(), static_cast<size_t>(tensor.size()), 1.0F);
  return tensor;
}

eddy::Sequential make_model(const Case& c) {
  std::vector<eddy::LayerSpec> layers;
  if (c.kind == "train") layers.push_back(eddy::LayerNormalization());
  layers.push_back(eddy::Recurrent({.units = c.units, .cell = c.cell}));
  eddy::Sequential model(layers, {.seed = 1});
  model.build({eddy::kNone, c.steps, c.features});
  return model;
}

struct Timing {
  std::vector<double> samples;  // seconds
  int64_t gates;
};

std::vector<double> time_predict(const Case& c, double seconds, eddy::Sequential& model,
                                 const eddy::Input& x, int64_t batches) {
  const auto predict = [&] { model.predict(x, c.batch); };
  bench::repeat(seconds / 4, 2, predict);
  auto samples = bench::repeat(seconds, 5, predict);
  for (double& sample : samples) sample /= static_cast<double>(batches);
  return samples;
}

Timing time_model(const Case& c, double seconds) {
  auto model = make_model(c);
  const auto weights = model.get_weights();
  const int64_t gates = weights[weights.size() - 3].dim(1) / c.units;  // kernel [X, G*H], U, b
  const int64_t batches = c.batch == 1 ? 1 : kBatches;
  const eddy::Input x = random_tensor({batches * c.batch, c.steps, c.features});
  if (c.kind == "infer") return {time_predict(c, seconds, model, x, batches), gates};
  model.compile({.optimizer = "sgd", .loss = "mean_squared_error"});
  StepClock clock(seconds);
  model.fit(x, random_tensor({batches * c.batch, c.units}),
            {.epochs = 1'000'000, .batch_size = c.batch, .callbacks = {&clock}});
  return {clock.samples, gates};
}

Timing time_layer(const Case& c, double seconds) {
  bench::LayerStep layer(c);
  const auto run = [&] { layer.run(); };
  bench::repeat(seconds / 4, 2, run);
  return {bench::repeat(seconds, 5, run), layer.gates()};
}

void measure(const Case& c, const bench::Options& options, const Peaks& peaks) {
  const auto [samples, gates] =
      c.kind == "layer" ? time_layer(c, options.seconds) : time_model(c, options.seconds);
  auto result = bench::result(c.name(), samples);
  result["threads"] = eddy::num_threads();
  const double seconds = result["seconds"];
  result["flop"] = c.flop(gates);
  result["gflops"] = c.flop(gates) / seconds * 1e-9;
  result["share_of_peak"] = c.flop(gates) / seconds * 1e-9 / peaks.all;
  result["tokens_per_second"] = static_cast<double>(c.tokens()) / seconds;
  result["peak_gflops"] = peaks.all;
  result["peak_gflops_one_thread"] = peaks.one;
  result["simd"] = eddy::simd_target();
  if (options.json) {
    std::printf("%s\n", result.dump().c_str());
    return;
  }
  std::printf("%-34s %10.3f ms %8.1f GFLOP/s %5.1f %% of peak %12.0f tokens/s\n",
              result["case"].get<std::string>().c_str(), seconds * 1e3,
              result["gflops"].get<double>(), 100 * result["share_of_peak"].get<double>(),
              result["tokens_per_second"].get<double>());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = bench::parse(argc, argv);
    eddy::set_num_threads(options.threads);
    const Peaks peaks = {bench::fma_peak(1), bench::fma_peak(eddy::num_threads())};
    if (!options.json) {
      std::printf("%s, peak %.1f GFLOP/s with one thread, %.1f with %ld\n",
                  eddy::simd_target().c_str(), peaks.one, peaks.all,
                  static_cast<long>(eddy::num_threads()));
    }
    for (const auto& c : options.cases) measure(c, options, peaks);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dense: %s\n", error.what());
    return 1;
  }
}
