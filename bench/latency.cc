// SPDX-License-Identifier: MIT
// How long an answer takes in a running program, for scripts/bench_latency.py: a review of 230
// words, padded to 500, through Embedding(10000, 32), CELL(32), Dense(1).
//   latency [--load] [CELL...]      default: simple_rnn gru lstm
// Prints a line of JSON for each cell: the least and the median of 31 rounds in microseconds, for
// predict (ids to answer), predict_texts (text to answer) and predict of 128 reviews of all
// lengths.
// --load times datasets::imdb() instead, once: $EDDY_DATA_DIR, ~/.keras/datasets.
#include <eddy/eddy.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kWords = 230, kLength = 500, kVocabulary = 10000, kUnits = 32;
constexpr size_t kTexts = 100;  // in turn

struct Times {
  double least, median;  // microseconds
};

Times measure(int64_t calls, const std::function<void()>& call) {
  std::vector<double> rounds;
  call();
  for (int round = 0; round < 31; ++round) {
    const auto start = Clock::now();
    for (int64_t i = 0; i < calls; ++i) call();
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    rounds.push_back(took.count() / static_cast<double>(calls));
  }
  std::sort(rounds.begin(), rounds.end());
  return {rounds.front(), rounds[rounds.size() / 2]};
}

// Words as frequent as in a language: rank r about every 1/r of the time.
int32_t draw(std::mt19937& random) {
  std::uniform_real_distribution<double> uniform(0, std::log(double{kVocabulary - 4}));
  return static_cast<int32_t>(std::exp(uniform(random))) + 3;
}

eddy::IntTensor make_reviews(int64_t count, std::mt19937& random) {
  eddy::Sequences reviews(static_cast<size_t>(count));
  for (size_t i = 0; i < reviews.size(); ++i) {
    const int64_t words = count == 1 ? kWords : 40 + static_cast<int64_t>(random() % 440);
    reviews[i].push_back(1);
    for (int64_t w = 1; w < words; ++w) reviews[i].push_back(draw(random));
  }
  return eddy::pad_sequences(reviews, {.maxlen = kLength});
}

std::string word(int64_t rank) { return std::string("w").append(std::to_string(rank)); }

eddy::TextEncoder make_encoder() {
  eddy::TextEncoder encoder;
  encoder.num_words = kVocabulary;
  encoder.maxlen = kLength;
  for (int64_t rank = 1; rank <= kVocabulary; ++rank) {
    encoder.words.push_back(word(rank));
  }
  return encoder;
}

void print(const char* name, const Times& times) {
  std::printf(R"(, "%s": {"least": %.1f, "median": %.1f})", name, times.least, times.median);
}

void measure_cell(const std::string& cell) {
  std::mt19937 random(1);
  eddy::Sequential model(
      {eddy::Embedding(kVocabulary, 32), eddy::Recurrent({.units = kUnits, .cell = cell}),
       eddy::Dense(1, "sigmoid")},
      {.seed = 1});
  model.build({eddy::kNone, kLength});
  model.set_text_encoder(make_encoder());
  std::vector<eddy::Input> ones;
  std::vector<std::vector<std::string>> texts(kTexts);
  for (auto& text : texts) {
    ones.emplace_back(make_reviews(1, random));
    text.emplace_back();
    for (int64_t w = 1; w < kWords; ++w) text[0].append(word(draw(random))).append(" ");
  }
  const eddy::Input many = make_reviews(128, random);
  std::printf(R"({"cell": "%s", "simd": "%s", "threads": %ld)", cell.c_str(),
              eddy::simd_target().c_str(), static_cast<long>(eddy::num_threads()));
  size_t next = 0;
  print("predict", measure(2 * kTexts, [&] { model.predict(ones[next++ % kTexts]); }));
  print("predict_texts", measure(2 * kTexts, [&] { model.predict_texts(texts[next++ % kTexts]); }));
  print("predict_128", measure(3, [&] { model.predict(many, 128); }));
  std::printf("}\n");
}

void measure_load() {
  const auto start = Clock::now();
  const auto data = eddy::datasets::imdb({.num_words = kVocabulary, .download = false});
  const std::chrono::duration<double> took = Clock::now() - start;
  std::printf("{\"reviews\": %zu, \"seconds\": %.4f}\n", data.train.x.size() + data.test.x.size(),
              took.count());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> cells(argv + 1, argv + argc);
    if (!cells.empty() && cells[0] == "--load") {
      measure_load();
      return 0;
    }
    if (cells.empty()) cells = {"simple_rnn", "gru", "lstm"};
    for (const auto& cell : cells) measure_cell(cell);
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
