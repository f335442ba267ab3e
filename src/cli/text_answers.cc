// SPDX-License-Identifier: MIT
#include "text_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace eddy::cli {

namespace {

const TextEncoder& encoder_of(const Model& model, const std::string& file) {
  if (const TextEncoder* encoder = model.text_encoder()) return *encoder;
  throw Error(ErrorCode::not_supported, file,
              "vocabulary: expected one inside the model, got none.",
              "use a model that `eddy train` wrote.");
}

}  // namespace

TextAnswers::TextAnswers(const Model& model, const std::string& file)
    : TextAnswers(model, file, encoder_of(model, file).classes, encoder_of(model, file).threshold) {
}

TextAnswers::TextAnswers(const Model& model, const std::string& file,
                         std::vector<std::string> names, double threshold)
    : classes_(std::move(names)), threshold_(threshold) {
  const Shape& output = model.output_shape();
  const int64_t outputs = output.size() == 2 ? output[1] : 0;
  one_output_ = outputs == 1;
  if (classes_.empty() && outputs > 1) {
    for (int64_t i = 0; i < outputs; ++i) classes_.push_back(std::to_string(i));
  }
  const auto classes = static_cast<int64_t>(classes_.size());
  const bool fits = one_output_ ? classes == 0 || classes == 2 : classes == outputs && classes > 1;
  if (fits) return;
  throw Error(ErrorCode::not_supported, file,
              fmt::format("model: expected an output for each of its {} classes, got {}.", classes,
                          to_string(output)),
              "use a model that `eddy train` wrote, or give it the names of its classes by "
              "set_text_encoder().");
}

size_t TextAnswers::best_class(const float* output) const {
  if (one_output_) return output[0] > threshold_ ? 1 : 0;
  return static_cast<size_t>(std::max_element(output, output + classes_.size()) - output);
}

double TextAnswers::probability(const float* output, size_t of_class) const {
  if (!one_output_) return output[of_class];
  return of_class == 1 ? output[0] : 1.0 - static_cast<double>(output[0]);
}

}  // namespace eddy::cli
