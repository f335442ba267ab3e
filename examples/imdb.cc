// SPDX-License-Identifier: MIT
// The three IMDB classifiers, line by line as one writes them in Keras.
//   imdb [simple_rnn|gru|lstm] [EPOCHS]      the reviews: $EDDY_DATA_DIR, ~/.keras/datasets,
//   download
#include <eddy/eddy.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

void train(const std::string& cell, int64_t epochs) {
  const int64_t max_features = 10000;  // words to consider
  const int64_t maxlen = 500;          // cut reviews after this many words
  const int64_t batch_size = 128;

  auto [train, test] = eddy::datasets::imdb({.num_words = max_features});
  std::cout << train.x.size() << " train sequences, " << test.x.size() << " test sequences\n";
  const auto input_train = eddy::pad_sequences(train.x, {.maxlen = maxlen});
  const auto input_test = eddy::pad_sequences(test.x, {.maxlen = maxlen});

  eddy::Sequential model;
  model.add(eddy::Embedding(max_features, 32));
  model.add(eddy::Recurrent({.units = 32, .cell = cell}));  // e.g. eddy::LSTM(32)
  model.add(eddy::Dense(1, "sigmoid"));
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"acc"}});

  eddy::ProgressBar progress(std::cout, eddy::progress_bar_for(eddy::terminal(1)));
  const auto history = model.fit(input_train, train.y,
                                 {.epochs = epochs,
                                  .batch_size = batch_size,
                                  .validation_split = 0.2,
                                  .callbacks = {&progress}});
  model.summary();
  for (const auto& picture : eddy::plot(history, cell)) std::cout << picture.string() << "\n";

  for (const auto& [name, value] : model.evaluate(input_test, test.y, batch_size)) {
    std::cout << "test " << name << ": " << value << "\n";
  }
  model.save("imdb-" + cell + ".keras");  // opens in Keras
}

}  // namespace

int main(int argc, char** argv) {
  try {
    train(argc > 1 ? argv[1] : "lstm", argc > 2 ? std::strtol(argv[2], nullptr, 10) : 10);
    return 0;
  } catch (const eddy::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
