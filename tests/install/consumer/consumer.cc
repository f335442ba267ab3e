// SPDX-License-Identifier: MIT
// A user's program: trains, saves, loads and asks a small network, so that every dependency of the
// library is linked.
#include <eddy/eddy.h>

#include <cmath>
#include <iostream>

int main() {
  const eddy::Sequences reviews = {{1, 2, 3}, {4, 5}, {3, 2, 1, 5}};
  const eddy::IntTensor x = eddy::pad_sequences(reviews, {.maxlen = 6});
  const eddy::Tensor y({3}, {0, 1, 1});

  eddy::Sequential model({eddy::Embedding(6, 4), eddy::GRU(5), eddy::Dense(1, "sigmoid")},
                         {.seed = 1});
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"acc"}});
  const eddy::History history = model.fit(x, y, {.epochs = 2, .batch_size = 2});
  model.save("consumer.keras");
  const eddy::Tensor before = model.predict(x);
  const eddy::Tensor after = eddy::Model::load("consumer.keras").predict(x);

  if (history.history.at("loss").size() != 2 || before.values() != after.values() ||
      !std::isfinite(before[0])) {
    std::cerr << "the loaded network answers differently\n";
    return 1;
  }
  try {
    eddy::Model::load("no-such-file.keras");
  } catch (const eddy::Error& error) {  // the type crosses the library's border
    std::cout << "eddy " << EDDY_VERSION << ": " << error.what() << "\n";
    return 0;
  }
  std::cerr << "a missing file loaded\n";
  return 1;
}
