// SPDX-License-Identifier: MIT
#include "layers/options.h"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <utility>

#include "core/nearest.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr const char* kAverage = "average";

struct ClassName {
  std::string operator()(const EmbeddingOptions&) const { return "Embedding"; }
  std::string operator()(const RecurrentOptions& o) const { return find_cell(o.cell).class_name; }
  std::string operator()(const DenseOptions&) const { return "Dense"; }
  std::string operator()(const DropoutOptions&) const { return "Dropout"; }
  std::string operator()(const ActivationOptions&) const { return "Activation"; }
  std::string operator()(const BidirectionalOptions&) const { return "Bidirectional"; }
  std::string operator()(const TimeDistributedOptions&) const { return "TimeDistributed"; }
  std::string operator()(const RNNOptions&) const { return "RNN"; }
  std::string operator()(const InputOptions&) const { return "InputLayer"; }
  std::string operator()(const NestedOptions& o) const {
    return o.model->sequential ? "Sequential" : "Functional";
  }
  std::string operator()(const LayerNormalizationOptions&) const { return "LayerNormalization"; }
  std::string operator()(const BatchNormalizationOptions&) const { return "BatchNormalization"; }
  std::string operator()(const NormalizationOptions&) const { return "Normalization"; }
  std::string operator()(const MaskingOptions&) const { return "Masking"; }
  std::string operator()(const SpatialDropout1DOptions&) const { return "SpatialDropout1D"; }
  std::string operator()(const PoolingOptions& o) const {
    return o.pool == "max" ? "MaxPooling1D" : "AveragePooling1D";
  }
  std::string operator()(const FlattenOptions&) const { return "Flatten"; }
  std::string operator()(const ReshapeOptions&) const { return "Reshape"; }
  std::string operator()(const PermuteOptions&) const { return "Permute"; }
  std::string operator()(const RepeatVectorOptions&) const { return "RepeatVector"; }
  std::string operator()(const MergeOptions& o) const {
    std::string name = o.merge;
    if (!name.empty())
      name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return name;
  }
  std::string operator()(const ConcatenateOptions&) const { return "Concatenate"; }
  std::string operator()(const Conv1DOptions&) const { return "Conv1D"; }
  std::string operator()(const GlobalPoolingOptions& o) const {
    return o.pool == "max" ? "GlobalMaxPooling1D" : "GlobalAveragePooling1D";
  }
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

RecurrentOptions recurrent_units(const char* cell, int64_t units) {
  RecurrentOptions options;
  options.units = units;
  options.cell = cell;
  return options;
}

LayerSpec merge_options(const char* merge, MergeOptions options) {
  options.merge = merge;
  return options;
}

// Every class that a file may name, with Keras' defaults.
std::vector<LayerOptions> all_defaults() {
  std::vector<LayerOptions> all = {
      EmbeddingOptions{},
      DenseOptions{},
      DropoutOptions{},
      ActivationOptions{},
      BidirectionalOptions{},
      TimeDistributedOptions{},
      RNNOptions{},
      LayerNormalizationOptions{},
      BatchNormalizationOptions{},
      NormalizationOptions{},
      MaskingOptions{},
      SpatialDropout1DOptions{},
      PoolingOptions{},
      PoolingOptions{.pool = kAverage},
      GlobalPoolingOptions{},
      GlobalPoolingOptions{.pool = kAverage},
      FlattenOptions{},
      ReshapeOptions{},
      PermuteOptions{},
      RepeatVectorOptions{},
      ConcatenateOptions{},
      Conv1DOptions{},
  };
  for (const char* merge : {"add", "subtract", "multiply", kAverage, "maximum", "minimum"}) {
    all.emplace_back(MergeOptions{.merge = merge});
  }
  for (const std::string& cell : cell_names()) {
    all.emplace_back(recurrent_units(cell.c_str(), 0));
  }
  return all;
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

std::vector<std::string> slot_names(const std::vector<std::string>& class_names) {
  std::map<std::string, int> used;
  std::vector<std::string> slots;
  for (const auto& class_name : class_names) {
    const std::string name = snake_case(class_name);
    const int before = used[name]++;
    slots.push_back(before == 0 ? name : fmt::format("{}_{}", name, before));
  }
  return slots;
}

LayerSpec default_spec(const std::string& class_name) {
  if (class_name == "Lambda") {
    throw Error(ErrorCode::not_supported, class_name,
                "layer class: expected one without code of its own, got Lambda, which holds a "
                "function in Python.",
                "write it with layers (Activation, Reshape, Permute, Add, Multiply, Concatenate, "
                "...), or compute it before the model, and save the model again.");
  }
  std::vector<std::string> known;
  for (LayerOptions& options : all_defaults()) {
    known.push_back(std::visit(ClassName{}, options));
    if (known.back() != class_name) continue;
    return std::visit([](auto& o) { return LayerSpec(std::move(o)); }, options);
  }
  throw Error(ErrorCode::not_supported, class_name,
              fmt::format("layer class: expected a layer that eddy has, got {}.", class_name),
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

LayerSpec LayerNormalization(LayerNormalizationOptions options) { return options; }
LayerSpec BatchNormalization(BatchNormalizationOptions options) { return options; }

LayerSpec Normalization(NormalizationOptions options) { return options; }

LayerSpec Masking(double mask_value) { return MaskingOptions{.mask_value = mask_value}; }
LayerSpec Masking(MaskingOptions options) { return options; }

LayerSpec SpatialDropout1D(double rate) { return SpatialDropout1DOptions{.rate = rate}; }
LayerSpec SpatialDropout1D(SpatialDropout1DOptions options) { return options; }

LayerSpec MaxPooling1D(int64_t pool_size) { return PoolingOptions{.pool_size = pool_size}; }
LayerSpec MaxPooling1D(PoolingOptions options) {
  options.pool = "max";
  return options;
}
LayerSpec AveragePooling1D(int64_t pool_size) {
  return PoolingOptions{.pool_size = pool_size, .pool = kAverage};
}
LayerSpec AveragePooling1D(PoolingOptions options) {
  options.pool = kAverage;
  return options;
}
LayerSpec GlobalMaxPooling1D(GlobalPoolingOptions options) {
  options.pool = "max";
  return options;
}
LayerSpec GlobalAveragePooling1D(GlobalPoolingOptions options) {
  options.pool = kAverage;
  return options;
}

LayerSpec Flatten(FlattenOptions options) { return options; }

LayerSpec Reshape(Shape target_shape) {
  return ReshapeOptions{.target_shape = std::move(target_shape)};
}
LayerSpec Reshape(ReshapeOptions options) { return options; }

LayerSpec Permute(std::vector<int64_t> dims) { return PermuteOptions{.dims = std::move(dims)}; }
LayerSpec Permute(PermuteOptions options) { return options; }

LayerSpec RepeatVector(int64_t n) { return RepeatVectorOptions{.n = n}; }
LayerSpec RepeatVector(RepeatVectorOptions options) { return options; }

LayerSpec Add(MergeOptions options) { return merge_options("add", std::move(options)); }
LayerSpec Subtract(MergeOptions options) { return merge_options("subtract", std::move(options)); }
LayerSpec Multiply(MergeOptions options) { return merge_options("multiply", std::move(options)); }
LayerSpec Average(MergeOptions options) { return merge_options(kAverage, std::move(options)); }
LayerSpec Maximum(MergeOptions options) { return merge_options("maximum", std::move(options)); }
LayerSpec Minimum(MergeOptions options) { return merge_options("minimum", std::move(options)); }

LayerSpec Concatenate(int64_t axis) { return ConcatenateOptions{.axis = axis}; }
LayerSpec Concatenate(ConcatenateOptions options) { return options; }

LayerSpec Conv1D(int64_t filters, int64_t kernel_size, std::string activation) {
  Conv1DOptions options;
  options.filters = filters;
  options.kernel_size = kernel_size;
  options.activation = std::move(activation);
  return options;
}
LayerSpec Conv1D(Conv1DOptions options) { return options; }

LayerBox::LayerBox(const LayerSpec& spec) : spec_(std::make_shared<const LayerSpec>(spec)) {}

}  // namespace eddy
