// SPDX-License-Identifier: MIT
// The cost of a training step of Embedding(vocabulary, 32), CELL(units), Dense(1), for
// scripts/bench_growth.py, one network a process:
//   growth [NAME=VALUE...]
//     cell=lstm units=32 optimizer=rmsprop threads=1
//     batch=128 length=500 tokens=LENGTH vocabulary=10000 distinct=5000
//     steps=24 warm=4
// Rows of `length` ids, the first length - tokens of them padding. Ids are drawn from `distinct`
// ones that lie evenly over the vocabulary: the same work for a table of any size. Prints a line of
// JSON: seconds of a step after the warm ones, least and median, and the peak memory of the
// process.
#include <eddy/eddy.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

class StepClock : public eddy::Callback {
 public:
  void on_train_batch_begin(eddy::TrainingState&) override { start_ = now(); }
  void on_train_batch_end(eddy::TrainingState&) override { seconds.push_back(now() - start_); }
  std::vector<double> seconds = {};

 private:
  static double now() {
    timespec time = {};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
  double start_ = 0;
};

struct Setting {
  std::map<std::string, std::string> words = {{"cell", "lstm"}, {"optimizer", "rmsprop"}};
  std::map<std::string, int64_t> numbers = {
      {"units", 32},      {"threads", 1},        {"batch", 128}, {"length", 500}, {"tokens", 0},
      {"distinct", 5000}, {"vocabulary", 10000}, {"steps", 24},  {"warm", 4}};

  bool set(const std::string& argument) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) return false;
    const std::string name = argument.substr(0, equals), value = argument.substr(equals + 1);
    if (words.count(name) > 0) words[name] = value;
    if (numbers.count(name) > 0) numbers[name] = std::strtol(value.c_str(), nullptr, 10);
    return words.count(name) + numbers.count(name) > 0;
  }
};

eddy::IntTensor make_batch(Setting& s) {
  auto& n = s.numbers;
  std::mt19937_64 random(1);
  eddy::IntTensor x({n["batch"], n["length"]});
  const int64_t apart = std::max<int64_t>(1, n["vocabulary"] / n["distinct"]);
  const int64_t choice = std::min(n["distinct"], n["vocabulary"]) - 1;
  const int64_t tokens = n["tokens"] > 0 ? n["tokens"] : n["length"];
  std::uniform_real_distribution<double> uniform(0, std::log(static_cast<double>(choice)));
  for (int64_t row = 0; row < n["batch"]; ++row) {
    for (int64_t t = n["length"] - tokens; t < n["length"]; ++t) {
      const auto rank = static_cast<int64_t>(std::exp(uniform(random)));
      x[row * n["length"] + t] = static_cast<int32_t>(rank * apart);
    }
  }
  return x;
}

// The same batch again and again, in one epoch: what fit does once an epoch is no part of a step.
class Repeated : public eddy::IntSource {
 public:
  Repeated(eddy::IntTensor batch, int64_t times)
      : batch_(std::move(batch)), shape_{batch_.dim(0) * times, batch_.dim(1)} {}
  const eddy::Shape& shape() const override { return shape_; }
  void gather(std::span<const int64_t> samples, int32_t* rows) const override {
    for (const int64_t sample : samples) {
      const int32_t* from = batch_.data() + sample % batch_.dim(0) * batch_.dim(1);
      rows = std::copy_n(from, batch_.dim(1), rows);
    }
  }

 private:
  eddy::IntTensor batch_;
  eddy::Shape shape_;
};

void measure(Setting& s) {
  auto& n = s.numbers;
  eddy::set_num_threads(n["threads"]);
  eddy::Sequential model(
      {eddy::Embedding(n["vocabulary"], 32),
       eddy::Recurrent({.units = n["units"], .cell = s.words["cell"]}), eddy::Dense(1, "sigmoid")},
      {.seed = 1});
  model.compile({.optimizer = s.words["optimizer"], .loss = "binary_crossentropy"});
  const int64_t batches = n["warm"] + n["steps"];
  eddy::Tensor y({n["batch"] * batches});
  for (int64_t i = 0; i < y.size(); i += 2) y[i] = 1;
  StepClock clock;
  model.fit(std::make_shared<Repeated>(make_batch(s), batches), y,
            {.batch_size = n["batch"], .shuffle = false, .callbacks = {&clock}});
  std::vector<double> seconds(clock.seconds.begin() + n["warm"], clock.seconds.end());
  std::sort(seconds.begin(), seconds.end());
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(R"({"simd": "%s", "least": %.9f, "median": %.9f, "peak_kb": %ld})"
              "\n",
              eddy::simd_target().c_str(), seconds.front(), seconds[seconds.size() / 2],
              usage.ru_maxrss);
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  for (int i = 1; i < argc; ++i) {
    if (setting.set(argv[i])) continue;
    std::fprintf(stderr, "growth: expected NAME=VALUE with a known name, got %s\n", argv[i]);
    return 2;
  }
  try {
    measure(setting);
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
