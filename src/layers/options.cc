// SPDX-License-Identifier: MIT
#include "layers/options.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "core/nearest.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr const char* kEmbedding = "Embedding";
constexpr const char* kDense = "Dense";
constexpr const char* kDropout = "Dropout";
constexpr const char* kActivation = "Activation";
constexpr const char* kBidirectional = "Bidirectional";
constexpr const char* kTimeDistributed = "TimeDistributed";
constexpr const char* kRNN = "RNN";
constexpr const char* kInputLayer = "InputLayer";

struct ClassName {
  std::string operator()(const EmbeddingOptions&) const { return kEmbedding; }
  std::string operator()(const RecurrentOptions& o) const { return find_cell(o.cell).class_name; }
  std::string operator()(const DenseOptions&) const { return kDense; }
  std::string operator()(const DropoutOptions&) const { return kDropout; }
  std::string operator()(const ActivationOptions&) const { return kActivation; }
  std::string operator()(const BidirectionalOptions&) const { return kBidirectional; }
  std::string operator()(const TimeDistributedOptions&) const { return kTimeDistributed; }
  std::string operator()(const RNNOptions&) const { return kRNN; }
  std::string operator()(const InputOptions&) const { return kInputLayer; }
  std::string operator()(const NestedOptions& o) const {
    return o.model->sequential ? "Sequential" : "Functional";
  }
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

LayerSpec recurrent_units(const char* cell, int64_t units) {
  RecurrentOptions options;
  options.units = units;
  options.cell = cell;
  return options;
}

LayerSpec recurrent_options(const char* cell, RecurrentOptions options) {
  options.cell = cell;
  return options;
}

}  // namespace

std::string class_name(const LayerSpec& spec) { return std::visit(ClassName{}, options_of(spec)); }

const std::string& layer_name(const LayerSpec& spec) {
  return std::visit([](const auto& o) -> const std::string& { return o.name; }, options_of(spec));
}

void set_layer_name(LayerSpec& spec, std::string name) {
  std::visit([&](auto& o) { o.name = std::move(name); }, options_of(spec));
}

// Two passes of Keras' to_snake_case: an underscore before a capital that a lower-case letter
// follows, then one between a lower-case letter and a capital.
std::string snake_case(const std::string& class_name) {
  std::string words;
  for (const char c : class_name) {
    if (is_word(c)) words += c;
  }
  std::string parted;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool starts_word =
        is_upper(words[i]) && i > 0 && i + 1 < words.size() && is_lower(words[i + 1]);
    if (starts_word) parted += '_';
    parted += words[i];
  }
  std::string snake;
  for (size_t i = 0; i < parted.size(); ++i) {
    if (i > 0 && is_lower(parted[i - 1]) && is_upper(parted[i])) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(parted[i])));
  }
  return snake;
}

LayerSpec default_spec(const std::string& class_name) {
  if (class_name == kEmbedding) return EmbeddingOptions{};
  if (class_name == kDense) return DenseOptions{};
  if (class_name == kDropout) return DropoutOptions{};
  if (class_name == kActivation) return ActivationOptions{};
  if (class_name == kBidirectional) return BidirectionalOptions{};
  if (class_name == kTimeDistributed) return TimeDistributedOptions{};
  if (class_name == kRNN) return RNNOptions{};
  for (const CellSpec& cell : all_cells()) {
    if (class_name == cell.class_name) return recurrent_units(cell.name, 0);
  }
  std::vector<std::string> known = {kEmbedding,     kDense,           kDropout, kActivation,
                                    kBidirectional, kTimeDistributed, kRNN};
  for (const CellSpec& cell : all_cells()) known.emplace_back(cell.class_name);
  throw Error(ErrorCode::not_supported, class_name,
              fmt::format("layer class: expected one of {}, got {}.", join(known), class_name),
              suggest(class_name, known));
}

LayerSpec Embedding(int64_t input_dim, int64_t output_dim) {
  EmbeddingOptions options;
  options.input_dim = input_dim;
  options.output_dim = output_dim;
  return options;
}
LayerSpec Embedding(EmbeddingOptions options) { return options; }

LayerSpec SimpleRNN(int64_t units) { return recurrent_units("simple_rnn", units); }
LayerSpec SimpleRNN(RecurrentOptions options) {
  return recurrent_options("simple_rnn", std::move(options));
}
LayerSpec LSTM(int64_t units) { return recurrent_units("lstm", units); }
LayerSpec LSTM(RecurrentOptions options) { return recurrent_options("lstm", std::move(options)); }
LayerSpec GRU(int64_t units) { return recurrent_units("gru", units); }
LayerSpec GRU(RecurrentOptions options) { return recurrent_options("gru", std::move(options)); }

LayerSpec Recurrent(RecurrentOptions options) {
  const CellSpec& cell = find_cell(options.cell);  // "LSTM" is welcome too
  options.cell = cell.name;
  if (*cell.variant_of != '\0') {  // the same by Keras' class and its options
    options.cell = cell.variant_of;
    if (cell.has_vectors) options.peephole = "diagonal";
    if (cell.scaled_gate >= 0) options.reset_after = false;
  }
  return options;
}

LayerSpec Dense(int64_t units, std::string activation) {
  DenseOptions options;
  options.units = units;
  options.activation = std::move(activation);
  return options;
}
LayerSpec Dense(DenseOptions options) { return options; }

LayerSpec Dropout(double rate) {
  DropoutOptions options;
  options.rate = rate;
  return options;
}
LayerSpec Dropout(DropoutOptions options) { return options; }

LayerSpec Activation(std::string activation) {
  ActivationOptions options;
  options.activation = std::move(activation);
  return options;
}
LayerSpec Activation(ActivationOptions options) { return options; }

LayerSpec Bidirectional(const LayerSpec& layer, std::string merge_mode) {
  BidirectionalOptions options;
  options.layer = layer;
  options.merge_mode = std::move(merge_mode);
  return options;
}
LayerSpec Bidirectional(BidirectionalOptions options) { return options; }

LayerSpec TimeDistributed(const LayerSpec& layer) {
  TimeDistributedOptions options;
  options.layer = layer;
  return options;
}
LayerSpec TimeDistributed(TimeDistributedOptions options) { return options; }

LayerSpec RNN(RNNOptions options) {
  for (auto& cell : options.cells) cell.cell = find_cell(cell.cell).name;
  return options;
}

LayerBox::LayerBox(const LayerSpec& spec) : spec_(std::make_shared<const LayerSpec>(spec)) {}

}  // namespace eddy
