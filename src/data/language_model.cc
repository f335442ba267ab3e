// SPDX-License-Identifier: MIT
// Models of characters: what their training needs, what they foretell, what they write.
#include "eddy/language_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "eddy/model.h"
#include "eddy/stream.h"
#include "model/network.h"

namespace eddy {
namespace {

constexpr int32_t kUnknown = 1, kFirst = 2;  // ids; the vocabulary's begin at kFirst

void expect_language_model(const Model& model, const std::string& where) {
  if (is_language_model(model)) return;
  throw Error(ErrorCode::not_supported, where,
              "model: expected a language model of characters, which answers every step with a "
              "softmax over its own vocabulary, got another one.",
              "train one: eddy train TEXT --task char-lm.");
}

void check(const GenerateOptions& options, size_t characters) {
  const auto refuse = [](const std::string& what, const char* fix) {
    throw Error(ErrorCode::invalid_argument, "generate", what, fix);
  };
  if (!(options.temperature >= 0 && std::isfinite(options.temperature))) {
    refuse(fmt::format("temperature: expected a number from 0, got {}.", options.temperature),
           "1 draws as the model says, less is safer, 0 takes the most likely character.");
  }
  if (options.top_k < 0) {
    refuse(fmt::format("top_k: expected a number from 0, got {}.", options.top_k),
           "0 stands for all characters.");
  }
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    refuse(fmt::format("top_p: expected a number above 0, up to 1, got {}.", options.top_p),
           "1 stands for all characters.");
  }
  if (characters == 0) {
    refuse("vocabulary: expected at least one character, got none.",
           "train the model on a text that has some.");
  }
}

}  // namespace

void ResetStates::on_epoch_begin(TrainingState&) { model_.reset_state(); }
void ResetStates::on_test_begin(TrainingState&) { model_.reset_state(); }

void BitsPerCharacter::on_epoch_end(TrainingState& state) {
  Metrics more;
  for (const auto& [name, value] : state.logs) {
    if (name == "loss") more.emplace_back("bits_per_character", value / std::numbers::ln2);
    if (name == "val_loss") more.emplace_back("val_bits_per_character", value / std::numbers::ln2);
  }
  state.logs.insert(state.logs.end(), more.begin(), more.end());
  std::sort(state.logs.begin(), state.logs.end());
}

bool is_language_model(const Model& model) {
  const TextEncoder* encoder = model.text_encoder();
  if (encoder == nullptr || !encoder->vectorization || !encoder->classes.empty()) return false;
  const TextVectorization& layer = *encoder->vectorization;
  if (layer.split != "character" || !layer.ngrams.empty() || !model.built()) return false;
  const auto& outputs = model.network().graph->output_shapes();
  const auto ids = static_cast<int64_t>(layer.vocabulary.size()) + kFirst;
  return outputs.size() == 1 && outputs[0].size() == 3 && outputs[0][2] == ids;
}

double text_bits(Model& model, std::span<const int32_t> ids) {
  expect_language_model(model, "text_bits");
  Stream stream(model);
  double bits = 0;
  for (size_t at = 0; at + 1 < ids.size(); ++at) {
    const auto p = stream.step(ids[at]);
    const auto next = static_cast<size_t>(ids[at + 1]);
    if (next >= p.size()) {
      throw Error(ErrorCode::bad_data, "text_bits",
                  fmt::format("ids: expected 0 to {}, got {}.", p.size() - 1, ids[at + 1]),
                  "make the ids by the model's own encoder.");
    }
    // A float's softmax may come out as 0; the logarithm stays finite, above 126 bits.
    bits -= std::log2(static_cast<double>(std::max(p[next], std::numeric_limits<float>::min())));
  }
  return bits;
}

struct Generator::State {
  State(Model& model, const GenerateOptions& given)
      : options(given),
        encoder(*model.text_encoder()),
        vocabulary(encoder.vectorization->vocabulary),
        stream(model),
        random(given.seed) {
    weights.resize(vocabulary.size());
    order.resize(vocabulary.size());
  }

  GenerateOptions options;
  TextEncoder encoder;
  const std::vector<std::string>& vocabulary;  // the encoder's
  Stream stream;
  Random random;
  std::span<const float> answer;  // of the stream; empty: nothing was read
  std::vector<double> weights;    // of each character of the vocabulary; their sum is free
  std::vector<size_t> order;      // characters, the most likely first

  void step(int32_t id) { answer = stream.step(id); }

  void begin() {
    if (!answer.empty()) return;
    const auto line_end = std::find(vocabulary.begin(), vocabulary.end(), "\n");
    const auto at = line_end == vocabulary.end() ? 0 : line_end - vocabulary.begin();
    step(kFirst + static_cast<int32_t>(at));
  }

  // Of the most likely characters, as many as top_k and top_p leave.
  void cut() {
    const bool by_number = options.top_k > 0 && options.top_k < static_cast<int64_t>(order.size());
    if (!by_number && options.top_p == 1) return;
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
    });
    size_t kept = by_number ? static_cast<size_t>(options.top_k) : order.size();
    if (options.top_p < 1) {
      const double enough = options.top_p * std::accumulate(weights.begin(), weights.end(), 0.0);
      double sum = 0;
      size_t i = 0;
      while (i < kept && sum < enough) sum += weights[order[i++]];
      kept = std::max<size_t>(i, 1);
    }
    for (size_t i = kept; i < order.size(); ++i) weights[order[i]] = 0;
  }

  size_t draw() {
    const float* p = answer.data() + kFirst;
    const float* const best = std::max_element(p, p + weights.size());
    if (options.temperature == 0) return static_cast<size_t>(best - p);
    const double most = std::log(std::max<double>(*best, std::numeric_limits<float>::min()));
    for (size_t i = 0; i < weights.size(); ++i) {
      weights[i] =
          options.temperature == 1
              ? static_cast<double>(p[i])
              : std::exp((std::log(static_cast<double>(p[i])) - most) / options.temperature);
    }
    cut();
    double left = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
    size_t last = 0;  // rounding may leave a rest behind the last one
    for (size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] <= 0) continue;
      last = i;
      left -= weights[i];
      if (left < 0) break;
    }
    return last;
  }
};

Generator::Generator(Model& model, const GenerateOptions& options) {
  expect_language_model(model, "generate");
  check(options, model.text_encoder()->vectorization->vocabulary.size());
  state_ = std::make_unique<State>(model, options);
}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

std::vector<std::string> Generator::read(std::string_view text) {
  const TextEncoder& encoder = state_->encoder;
  const std::string lowered = encoder.lower ? lower_case(text) : std::string(text);
  const std::vector<std::string> characters = tokens(*encoder.vectorization, lowered);
  const std::vector<int32_t> ids = character_ids(encoder, text);
  std::vector<std::string> unknown;
  for (size_t i = 0; i < ids.size(); ++i) {
    state_->step(ids[i]);
    if (ids[i] != kUnknown) continue;
    if (std::find(unknown.begin(), unknown.end(), characters[i]) != unknown.end()) continue;
    unknown.push_back(characters[i]);
  }
  return unknown;
}

const std::string& Generator::next() {
  state_->begin();
  const size_t drawn = state_->draw();
  state_->step(kFirst + static_cast<int32_t>(drawn));
  return state_->vocabulary[drawn];
}

std::span<const float> Generator::probabilities() {
  state_->begin();
  return state_->answer;
}

std::string generate(Model& model, std::string_view prompt, int64_t length,
                     const GenerateOptions& options) {
  if (length < 0) {
    throw Error(ErrorCode::invalid_argument, "generate",
                fmt::format("length: expected a number from 0, got {}.", length),
                "give the number of characters to write.");
  }
  Generator generator(model, options);
  generator.read(prompt);
  std::string text;
  for (int64_t i = 0; i < length; ++i) text += generator.next();
  return text;
}

}  // namespace eddy
