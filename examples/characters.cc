// SPDX-License-Identifier: MIT
// A language model of characters: windows in an order that lets a stateful layer read on, then
// text written character by character.
#include <eddy/eddy.h>

#include <cstdio>
#include <string>

int main() {
  std::string text;
  for (int verse = 0; verse < 400; ++verse) {
    text += "the wheel goes round, the wheel goes round, and what was up is down. ";
  }
  const eddy::TextEncoder encoder = eddy::character_encoder(text);
  const auto ids = static_cast<int64_t>(encoder.vectorization->vocabulary.size()) + 2;
  const eddy::TextWindows windows = eddy::text_windows(eddy::character_ids(encoder, text), 16, 40);

  eddy::Sequential model({eddy::Embedding(ids, 16),
                          eddy::GRU({.units = 48, .return_sequences = true, .stateful = true}),
                          eddy::Dense(ids, "softmax")},
                         {.seed = 1});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.01}}},
                 .loss = "sparse_categorical_crossentropy"});
  model.set_text_encoder(encoder);
  eddy::ResetStates reset(model);  // at every epoch, and before every test
  const eddy::History history =
      model.fit(windows.x, windows.y,
                {.epochs = 4, .batch_size = 16, .shuffle = false, .callbacks = {&reset}});
  const double bits = history.history.at("loss").back() / 0.693147;

  const std::string written =
      eddy::generate(model, "the wheel", 80, {.temperature = 0.5, .seed = 1});
  std::printf("%.2f bits a character; it writes:\nthe wheel%s\n", bits, written.c_str());
  return bits < 1 && written.find("round") != std::string::npos ? 0 : 1;
}
