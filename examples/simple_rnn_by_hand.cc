// SPDX-License-Identifier: MIT
// A simple RNN is a loop over time that keeps its last output as state:
//   output_t = tanh(dot(W, input_t) + dot(U, state_t) + b)
// Here it is written out, and then the SimpleRNN layer with the same weights gives the same
// sequence.
#include <eddy/eddy.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

namespace {

using eddy::Tensor;

Tensor random_tensor(eddy::Shape shape, std::mt19937& generator) {
  std::uniform_real_distribution<float> uniform(-0.5F, 0.5F);  // tanh far from its limits
  Tensor tensor(std::move(shape));
  for (int64_t i = 0; i < tensor.size(); ++i) tensor[i] = uniform(generator);
  return tensor;
}

// matrix  [rows, columns]   vector  [columns]   result  [rows]
Tensor dot(const Tensor& matrix, const Tensor& vector) {
  Tensor result({matrix.dim(0)});
  for (int64_t row = 0; row < matrix.dim(0); ++row) {
    for (int64_t column = 0; column < matrix.dim(1); ++column) {
      result[row] += matrix[row * matrix.dim(1) + column] * vector[column];
    }
  }
  return result;
}

Tensor transpose(const Tensor& matrix) {
  Tensor result({matrix.dim(1), matrix.dim(0)});
  for (int64_t row = 0; row < matrix.dim(0); ++row) {
    for (int64_t column = 0; column < matrix.dim(1); ++column) {
      result[column * matrix.dim(0) + row] = matrix[row * matrix.dim(1) + column];
    }
  }
  return result;
}

// inputs  [timesteps, input_features]   result  [timesteps, output_features]
Tensor by_hand(const Tensor& inputs, const Tensor& W, const Tensor& U, const Tensor& b) {
  const int64_t timesteps = inputs.dim(0), input_features = inputs.dim(1);
  const int64_t output_features = b.size();
  std::vector<float> successive_outputs;
  Tensor state_t({output_features});  // zeros
  for (int64_t t = 0; t < timesteps; ++t) {
    const float* step = inputs.data() + t * input_features;
    const Tensor input_t(std::vector<float>(step, step + input_features));

    const Tensor from_input = dot(W, input_t), from_state = dot(U, state_t);
    Tensor output_t({output_features});
    for (int64_t i = 0; i < output_features; ++i) {
      output_t[i] = std::tanh(from_input[i] + from_state[i] + b[i]);
    }

    successive_outputs.insert(successive_outputs.end(), output_t.values().begin(),
                              output_t.values().end());
    state_t = output_t;
  }
  return Tensor({timesteps, output_features}, std::move(successive_outputs));
}

// Keras' kernels act on rows from the right, x W, so they are the transposed matrices.
Tensor by_layer(const Tensor& inputs, const Tensor& W, const Tensor& U, const Tensor& b) {
  eddy::Sequential model({eddy::SimpleRNN({.units = b.size(), .return_sequences = true})});
  model.build({eddy::kNone, inputs.dim(0), inputs.dim(1)});
  model.set_weights({transpose(W), transpose(U), b});  // kernel, recurrent_kernel, bias
  return model.predict(Tensor({1, inputs.dim(0), inputs.dim(1)}, inputs.values()));
}

int run() {
  const int64_t timesteps = 20;       // of the input sequence
  const int64_t input_features = 4;   // of the input space
  const int64_t output_features = 8;  // of the output space

  std::mt19937 generator(1);
  const Tensor inputs = random_tensor({timesteps, input_features}, generator);
  const Tensor W = random_tensor({output_features, input_features}, generator);
  const Tensor U = random_tensor({output_features, output_features}, generator);
  const Tensor b = random_tensor({output_features}, generator);

  const Tensor final_output_sequence = by_hand(inputs, W, U, b);
  const Tensor layer_sequence = by_layer(inputs, W, U, b);

  std::printf("final_output_sequence, shape %s:\n",
              eddy::to_string(final_output_sequence.shape()).c_str());
  float difference = 0;
  for (int64_t i = 0; i < final_output_sequence.size(); ++i) {
    if (i % output_features == 0) std::printf("  t = %2d ", static_cast<int>(i / output_features));
    std::printf(" % .6f", final_output_sequence[i]);
    if (i % output_features == output_features - 1) std::printf("\n");
    difference = std::max(difference, std::abs(final_output_sequence[i] - layer_sequence[i]));
  }
  std::printf("SimpleRNN(%d, return_sequences = true) differs by at most %.1e\n",
              static_cast<int>(output_features), difference);
  return difference < 1e-6F ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
