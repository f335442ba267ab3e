// SPDX-License-Identifier: MIT
// One training step that is the same everywhere, for scripts/counts.py to count the instructions
// of: 64 reviews of 100 ids made by a formula, Embedding(500, 32), CELL(32), Dense(1), RMSprop, one
// thread. Only counted_step() is counted: a step before it has made all buffers.
//   fixed_step CELL
// Prints one line of JSON: the compiler and the instruction set.
#include <eddy/eddy.h>

#include <cstdio>
#include <string>

namespace {

constexpr int64_t kReviews = 64, kWords = 100, kVocabulary = 500;

// Padded on the left: 1 to 94 words, all numbers odd enough not to fall into step.
eddy::IntTensor fixed_ids() {
  eddy::IntTensor ids({kReviews, kWords});
  for (int64_t review = 0; review < kReviews; ++review) {
    const int64_t length = 1 + review * 37 % 94;
    for (int64_t i = kWords - length; i < kWords; ++i) {
      ids[review * kWords + i] = static_cast<int32_t>(1 + (review * 31 + i * i * 7) % 499);
    }
  }
  return ids;
}

eddy::Tensor fixed_labels() {
  eddy::Tensor labels({kReviews});
  for (int64_t i = 0; i < kReviews; ++i) labels[i] = static_cast<float>(i % 3 == 0);
  return labels;
}

}  // namespace

// Found by its name.
extern "C" [[gnu::noinline]] void counted_step(eddy::Model& model, const eddy::IntTensor& ids,
                                               const eddy::Tensor& labels) {
  model.fit(ids, labels, {.batch_size = kReviews});
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fixed_step CELL\n");
    return 2;
  }
  try {
    eddy::set_num_threads(1);
    eddy::Sequential model(
        {eddy::Embedding(kVocabulary, 32), eddy::Recurrent({.units = 32, .cell = argv[1]}),
         eddy::Dense(1, "sigmoid")},
        {.seed = 1});
    model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"acc"}});
    const eddy::IntTensor ids = fixed_ids();
    const eddy::Tensor labels = fixed_labels();
    model.fit(ids, labels, {.batch_size = kReviews});
    counted_step(model, ids, labels);
    std::printf(R"({"cell": "%s", "simd": "%s", "compiler": "%s"})"
                "\n",
                argv[1], eddy::simd_target().c_str(), __VERSION__);
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
