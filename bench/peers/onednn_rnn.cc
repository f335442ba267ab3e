// SPDX-License-Identifier: MIT
// oneDNN's side of bench/dense.cc: its bare RNN primitive, the same cases, the same line of JSON.
//   onednn_rnn --json [--pack] [--threads N] [--seconds S] KIND:CELL:TxBxXxH...
// Weights stand in the formats that the primitives prefer, reordered before the clock runs; with
// --pack in every step, from a plain matrix, as training has to, which changes them. The states at
// the start are given: without them its backward pass returns wrong gradients. GRU is "lbr_gru",
// the reset after the product. Training is forward_training and backward alone (it always computes
// the gradient of the input).
#include <omp.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <dnnl.hpp>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "measure.h"

namespace {

using bench::Case;
using dnnl::memory;
using Descriptors = std::map<int, memory::desc>;
using Arguments = std::unordered_map<int, memory>;
using Tag = memory::format_tag;

constexpr auto kLeftToRight = dnnl::rnn_direction::unidirectional_left2right;
constexpr auto kFloat = memory::data_type::f32;
// From an argument's number to that of its gradient.
constexpr int kGradientOf = DNNL_ARG_DIFF_SRC - DNNL_ARG_SRC;
static_assert(DNNL_ARG_BIAS + kGradientOf == DNNL_ARG_DIFF_BIAS);

struct Sizes {
  int64_t gates, biases;
};

Sizes sizes_of(const std::string& cell) {
  if (cell == "lstm") return {4, 4};
  if (cell == "gru") return {3, 4};
  if (cell == "simple_rnn") return {1, 1};
  throw std::invalid_argument("cell '" + cell + "': expected simple_rnn, gru or lstm");
}

// Of every argument; the weights' format is left to the primitive, unless `plain`.
Descriptors descriptors(const Case& c, bool plain) {
  const auto [gates, biases] = sizes_of(c.cell);
  const Tag weights = plain ? Tag::ldigo : Tag::any;
  const memory::desc state({1, 1, c.batch, c.units}, kFloat, Tag::ldnc);
  return {{DNNL_ARG_SRC_LAYER, {{c.steps, c.batch, c.features}, kFloat, Tag::tnc}},
          {DNNL_ARG_SRC_ITER, state},
          {DNNL_ARG_SRC_ITER_C, state},
          {DNNL_ARG_WEIGHTS_LAYER, {{1, 1, c.features, gates, c.units}, kFloat, weights}},
          {DNNL_ARG_WEIGHTS_ITER, {{1, 1, c.units, gates, c.units}, kFloat, weights}},
          {DNNL_ARG_BIAS, {{1, 1, biases, c.units}, kFloat, Tag::ldgo}},
          {DNNL_ARG_DST_LAYER, {{c.steps, c.batch, c.units}, kFloat, Tag::tnc}},
          {DNNL_ARG_DST_ITER, state},
          {DNNL_ARG_DST_ITER_C, state}};
}

template <class Cell>
dnnl::primitive_desc describe(const typename Cell::desc& desc, const dnnl::engine& engine) {
  return typename Cell::primitive_desc(desc, engine);
}

dnnl::primitive_desc forward(const Case& c, dnnl::prop_kind kind, const dnnl::engine& engine) {
  auto d = descriptors(c, false);
  const auto& x = d[DNNL_ARG_SRC_LAYER];
  const auto& state = d[DNNL_ARG_SRC_ITER];
  const auto &w = d[DNNL_ARG_WEIGHTS_LAYER], &u = d[DNNL_ARG_WEIGHTS_ITER], &b = d[DNNL_ARG_BIAS];
  const auto& y = d[DNNL_ARG_DST_LAYER];
  if (c.cell == "lstm") {
    return describe<dnnl::lstm_forward>(
        {kind, kLeftToRight, x, state, state, w, u, b, y, state, state}, engine);
  }
  if (c.cell == "gru") {
    return describe<dnnl::lbr_gru_forward>({kind, kLeftToRight, x, state, w, u, b, y, state},
                                           engine);
  }
  return describe<dnnl::vanilla_rnn_forward>(
      {kind, dnnl::algorithm::eltwise_tanh, kLeftToRight, x, state, w, u, b, y, state}, engine);
}

// A backward descriptor takes every argument of the forward one, then all of their gradients.
dnnl::primitive_desc backward(const Case& c, const dnnl::primitive_desc& hint,
                              const dnnl::engine& engine) {
  auto d = descriptors(c, false);
  const auto& x = d[DNNL_ARG_SRC_LAYER];
  const auto& s = d[DNNL_ARG_SRC_ITER];
  const auto &w = d[DNNL_ARG_WEIGHTS_LAYER], &u = d[DNNL_ARG_WEIGHTS_ITER], &b = d[DNNL_ARG_BIAS];
  const auto& y = d[DNNL_ARG_DST_LAYER];
  constexpr auto kBackward = dnnl::prop_kind::backward;
  if (c.cell == "lstm") {
    const dnnl::lstm_backward::desc desc(kBackward, kLeftToRight, x, s, s, w, u, b, y, s, s,  //
                                         x, s, s, w, u, b, y, s, s);
    return dnnl::lstm_backward::primitive_desc(desc, engine,
                                               dnnl::lstm_forward::primitive_desc(hint.get(true)));
  }
  if (c.cell == "gru") {
    const dnnl::lbr_gru_backward::desc desc(kBackward, kLeftToRight, x, s, w, u, b, y, s,  //
                                            x, s, w, u, b, y, s);
    return dnnl::lbr_gru_backward::primitive_desc(
        desc, engine, dnnl::lbr_gru_forward::primitive_desc(hint.get(true)));
  }
  const dnnl::vanilla_rnn_backward::desc desc(kBackward, dnnl::algorithm::eltwise_tanh,
                                              kLeftToRight, x, s, w, u, b, y, s,  //
                                              x, s, w, u, b, y, s);
  return dnnl::vanilla_rnn_backward::primitive_desc(
      desc, engine, dnnl::vanilla_rnn_forward::primitive_desc(hint.get(true)));
}

void fill(memory& values, float scale) {
  bench::fill(static_cast<float*>(values.get_data_handle()),
              values.get_desc().get_size() / sizeof(float), scale);
}

class Rnn {
 public:
  Rnn(const Case& c, bool pack) : case_(c), pack_(pack), plain_(descriptors(c, true)) {
    if (c.cell != "lstm") {
      plain_.erase(DNNL_ARG_SRC_ITER_C);
      plain_.erase(DNNL_ARG_DST_ITER_C);
    }
    const bool infers = c.kind == "infer";
    const auto kind =
        infers ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
    const auto description = forward(c, kind, engine_);
    for (const auto& [argument, desc] : plain_) add_input(description, argument, forward_args_);
    forward_ = dnnl::primitive(description);
    if (!infers) add_backward(description);
    pack_weights();
  }

  void step() {
    if (pack_) pack_weights();
    forward_.execute(stream_, forward_args_);
    if (case_.kind != "infer") backward_.execute(stream_, backward_args_);
    stream_.wait();
  }

 private:
  void add_backward(const dnnl::primitive_desc& description) {
    const auto workspace = description.query_md(dnnl::query::exec_arg_md, DNNL_ARG_WORKSPACE);
    forward_args_[DNNL_ARG_WORKSPACE] = memory(workspace, engine_);
    const auto back = backward(case_, description, engine_);
    backward_args_ = forward_args_;
    for (const auto& [argument, desc] : plain_) {
      add_input(back, argument, backward_args_);
      const int gradient = argument + kGradientOf;
      memory values(back.query_md(dnnl::query::exec_arg_md, gradient), engine_);
      fill(values, 1e-3F);
      backward_args_[gradient] = values;
    }
    backward_ = dnnl::primitive(back);
  }

  // Values of a plain argument in the format that the primitive asks for.
  void add_input(const dnnl::primitive_desc& description, int argument, Arguments& arguments) {
    const bool weight = argument == DNNL_ARG_WEIGHTS_LAYER || argument == DNNL_ARG_WEIGHTS_ITER;
    if (!weight && arguments.count(argument) > 0) return;  // backward reads forward's
    memory plain(plain_[argument], engine_);
    const auto rows = static_cast<float>(case_.features + case_.units);
    fill(plain, weight ? 1.0F / std::sqrt(rows) : 1.0F);
    const auto wanted = description.query_md(dnnl::query::exec_arg_md, argument);
    if (wanted != plain.get_desc()) {
      memory reordered(wanted, engine_);
      packs_.push_back({dnnl::reorder(plain, reordered), plain, reordered});
      plain = reordered;
    }
    arguments[argument] = plain;
  }

  void pack_weights() {
    for (auto& pack : packs_) pack.reorder.execute(stream_, pack.plain, pack.packed);
    stream_.wait();
  }

  struct Pack {
    dnnl::reorder reorder;
    memory plain, packed;
  };

  Case case_;
  bool pack_;
  std::vector<Pack> packs_;
  Descriptors plain_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::primitive forward_, backward_;
  Arguments forward_args_, backward_args_;
};

void measure(const Case& c, const bench::Options& options, bool pack) {
  Rnn rnn(c, pack);
  bench::repeat(options.seconds / 4, 2, [&] { rnn.step(); });
  auto result = bench::result(c.name(), bench::repeat(options.seconds, 5, [&] { rnn.step(); }));
  result["threads"] = options.threads;
  const dnnl_version_t& version = *dnnl_version();
  result["version"] = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                      std::to_string(version.patch);
  const double flop = c.flop(sizes_of(c.cell).gates);
  result["gflops"] = flop / result["seconds"].get<double>() * 1e-9;
  std::printf("%s\n", result.dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<char*> words(argv, argv + argc);
    const auto flags = std::remove_if(words.begin() + 1, words.end(), [](const char* word) {
      return std::string_view(word) == "--pack";
    });
    const bool pack = flags != words.end();
    words.erase(flags, words.end());
    const auto options = bench::parse(static_cast<int>(words.size()), words.data());
    _mm_setcsr(_mm_getcsr() | 0x8040);  // denormals as zeros; the threads to come inherit it
    omp_set_num_threads(static_cast<int>(options.threads));
    for (const auto& c : options.cases) measure(c, options, pack);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "onednn_rnn: %s\n", error.what());
    return 1;
  }
}
