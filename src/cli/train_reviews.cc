// SPDX-License-Identifier: MIT
// eddy train imdb, reuters or reviews: the article's classifier, of two classes or of 46; and with
// --preset best the same texts as texts.
#include <fmt/format.h>

#include <utility>

#include "eddy/eddy.h"
#include "interrupt.h"
#include "labels.h"
#include "text_baseline.h"
#include "text_preset.h"
#include "text_rows.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr int64_t kWords = 500;         // of a review, unless --maxlen says so
constexpr int64_t kPresetWords = 1500;  // and pairs and triples

// What the two have in common: all but the network and what it sees.
class DatasetTask : public TrainTask {
 public:
  explicit DatasetTask(const TrainFlags& flags) : flags_(flags) {}

  std::string key() const override { return dataset_.key; }

  nlohmann::json record() const override {
    return {{"name", dataset_.info.name},
            {"source", dataset_.info.source},
            {"sha256", dataset_.info.sha256},
            {"train_size", train_size_},
            {"test_size", test_size_}};
  }

  std::string loss() const override {
    return number_of_classes() == 2 ? "binary_crossentropy" : "sparse_categorical_crossentropy";
  }
  Score score() const override { return {"acc", "accuracy", "accuracy"}; }
  bool classifies_texts() const override { return true; }

 protected:
  void load_with(int64_t num_words) {
    dataset_ = load_dataset(flags_.data, {.num_words = num_words}, true);
    train_size_ = dataset_.data.train.y.size();
    test_size_ = dataset_.data.test.y.size();
    if (number_of_classes() == 2) return;
    const Labels labels(dataset_.classes);
    const auto& [train, test] = dataset_.data;
    const Tensor& judged = test.y.empty() ? train.y : test.y;
    baseline_ = fmt::format("Baseline    {}\n",
                            describe(labels, baseline_of(labels, train.y, judged), judged.size()));
  }

  int64_t number_of_classes() const { return std::ssize(dataset_.classes); }

  std::string describe_dataset() const {
    return fmt::format(
        "Data        {}: {} training and {} test {}\n"
        "{}"
        "Source      {}, SHA-256 {}\n",
        dataset_.title(), fmt::group_digits(train_size_), fmt::group_digits(test_size_),
        dataset_.texts(), baseline_, dataset_.info.source, dataset_.info.sha256);
  }

  const TrainFlags& flags_;
  Dataset dataset_;

 private:
  int64_t train_size_ = 0, test_size_ = 0;
  std::string baseline_;  // a line, where the classes are not as large as each other
};

class ReviewsTask : public DatasetTask {
 public:
  explicit ReviewsTask(const TrainFlags& flags)
      : DatasetTask(flags), maxlen_(flags.maxlen.value_or(kWords)) {}

  void load() override { load_with(flags_.num_words); }

  std::string description() const override {
    return fmt::format("{}Vocabulary  {} ids, {} of {} words\n", describe_dataset(),
                       fmt::group_digits(flags_.num_words), dataset_.texts(), maxlen_);
  }

  std::vector<LayerSpec> layers() const override {
    std::vector<LayerSpec> layers = {Embedding(flags_.num_words, flags_.embedding)};
    for (LayerSpec& layer : flags_.network.layers()) layers.push_back(std::move(layer));
    layers.push_back(number_of_classes() == 2 ? Dense(1, "sigmoid")
                                              : Dense(number_of_classes(), "softmax"));
    return layers;
  }
  Shape input_shape() const override { return {kNone, maxlen_}; }

  void equip(Model& model) override {
    model.set_text_encoder({.words = dataset_.words,
                            .num_words = flags_.num_words,
                            .maxlen = maxlen_,
                            .classes = dataset_.classes});
  }

  nlohmann::json baseline() override {
    // All words, whatever the network knows of them.
    const Dataset all = load_dataset(flags_.data, {}, true);
    return review_baseline(all.data.train, flags_.validation_split, number_of_classes());
  }

  TrainData take_data() override {
    const datasets::TextDataset data = std::exchange(dataset_.data, {});
    return {pad_sequences(data.train.x, {.maxlen = maxlen_}), data.train.y,
            flags_.validation_split};
  }

 private:
  int64_t maxlen_;
};

class BestOnReviewsTask : public DatasetTask {
 public:
  using DatasetTask::DatasetTask;

  void load() override {
    load_with(0);
    const datasets::Split& train = dataset_.data.train;
    std::vector<std::string> texts = review_texts(dataset_, train.x);
    const size_t known = known_of(texts.size(), flags_.validation_split);
    encoder_.vectorization = learn_vocabulary(texts, known);
    encoder_.lower = true;
    encoder_.classes = dataset_.classes;
    TextRows rows(encoder_, memory_, memory_.rows());
    TextRows held_out_rows(encoder_, memory_, memory_.held_out_rows());
    for (size_t i = 0; i < texts.size(); ++i) {
      (i < known ? rows : held_out_rows).add(std::move(texts[i]), train.y.values()[i]);
    }
    std::tie(x_, y_) = rows.take();
    std::tie(held_out_x_, held_out_y_) = held_out_rows.take();
    mean_length_ = mean_length(*x_);
  }

  std::string description() const override {
    return fmt::format(
        "{}Vocabulary  {} ids of {} different words, pairs and triples; rows of {}\n",
        describe_dataset(), fmt::group_digits(ids()), fmt::group_digits(different_), length());
  }

  std::vector<LayerSpec> layers() const override {
    return preset_layers(flags_, ids(), mean_length_, number_of_classes());
  }
  Shape input_shape() const override { return {kNone, length()}; }
  std::optional<Optimizer> optimizer() const override {
    return preset_optimizer(flags_, y_.size());
  }
  void equip(Model& model) override { model.set_text_encoder(encoder_); }
  void begin(Model& model) override { begin_with_ratios(model, *x_, y_, number_of_classes()); }
  nlohmann::json baseline() override {
    return review_baseline(dataset_.data.train, flags_.validation_split, number_of_classes());
  }

  TrainData take_data() override {
    dataset_.data = {};
    TrainData data{.y = std::move(y_), .source = std::move(x_)};
    if (!held_out_y_.empty()) {
      data.validation.emplace(SampleSource(std::move(held_out_x_)), std::move(held_out_y_));
    }
    return data;
  }

 private:
  TextVectorization learn_vocabulary(const std::vector<std::string>& texts, size_t known) {
    TextVectorization layer;
    layer.max_tokens = flags_.num_words;
    layer.ngrams = preset_ngrams();
    layer.output_sequence_length = flags_.maxlen.value_or(kPresetWords);
    VocabularyCounter counter(layer, memory_.counts());
    for (size_t i = 0; i < known; ++i) {
      InterruptGuard::check();
      counter.add(texts[i]);
    }
    different_ = counter.distinct();
    layer.vocabulary = counter.vocabulary();
    return layer;
  }

  int64_t ids() const { return std::ssize(encoder_.vectorization->vocabulary) + 2; }
  int64_t length() const { return encoder_.vectorization->output_sequence_length; }

  DataMemory memory_{std::nullopt};
  TextEncoder encoder_;
  int64_t different_ = 0;
  double mean_length_ = 1;
  TextSource x_, held_out_x_;
  Tensor y_, held_out_y_;
};

}  // namespace

std::unique_ptr<TrainTask> train_on_reviews(const TrainFlags& flags, const Flags& declared) {
  TextFlags::refuse(declared, flags.data.dataset);
  if (is_best(flags)) return std::make_unique<BestOnReviewsTask>(flags);
  return std::make_unique<ReviewsTask>(flags);
}

}  // namespace eddy::cli
