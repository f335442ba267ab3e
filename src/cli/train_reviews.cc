// SPDX-License-Identifier: MIT
// eddy train imdb, reuters or reviews: the article's classifier, of two classes or of 46.
#include <fmt/format.h>

#include <utility>

#include "eddy/eddy.h"
#include "labels.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr int64_t kWords = 500;  // of a review, unless --maxlen says so

class ReviewsTask : public TrainTask {
 public:
  explicit ReviewsTask(const TrainFlags& flags)
      : flags_(flags), maxlen_(flags.maxlen.value_or(kWords)) {}

  void load() override {
    dataset_ = load_dataset(flags_.data, {.num_words = flags_.num_words}, true);
    train_size_ = dataset_.data.train.y.size();
    test_size_ = dataset_.data.test.y.size();
    baseline_ = baseline();
  }

  std::string key() const override { return dataset_.key; }

  nlohmann::json record() const override {
    return {{"name", dataset_.info.name},
            {"source", dataset_.info.source},
            {"sha256", dataset_.info.sha256},
            {"train_size", train_size_},
            {"test_size", test_size_}};
  }

  std::string description() const override {
    return fmt::format(
        "Data        {}: {} training and {} test {}\n"
        "{}"
        "Source      {}, SHA-256 {}\n"
        "Vocabulary  {} ids, {} of {} words\n",
        dataset_.title(), fmt::group_digits(train_size_), fmt::group_digits(test_size_),
        dataset_.texts(), baseline_, dataset_.info.source, dataset_.info.sha256,
        fmt::group_digits(flags_.num_words), dataset_.texts(), maxlen_);
  }

  std::vector<LayerSpec> layers() const override {
    std::vector<LayerSpec> layers = {Embedding(flags_.num_words, flags_.embedding)};
    for (LayerSpec& layer : flags_.network.layers()) layers.push_back(std::move(layer));
    if (is_binary()) {
      layers.push_back(Dense(1, "sigmoid"));
    } else {
      layers.push_back(Dense(static_cast<int64_t>(dataset_.classes.size()), "softmax"));
    }
    return layers;
  }
  Shape input_shape() const override { return {kNone, maxlen_}; }
  std::string loss() const override {
    return is_binary() ? "binary_crossentropy" : "sparse_categorical_crossentropy";
  }
  Score score() const override { return {"acc", "accuracy", "accuracy"}; }

  void equip(Model& model) override {
    model.set_text_encoder({.words = dataset_.words,
                            .num_words = flags_.num_words,
                            .maxlen = maxlen_,
                            .classes = dataset_.classes});
  }

  TrainData take_data() override {
    const datasets::TextDataset data = std::exchange(dataset_.data, {});
    return {pad_sequences(data.train.x, {.maxlen = maxlen_}), data.train.y,
            flags_.validation_split};
  }

 private:
  bool is_binary() const { return dataset_.classes.size() == 2; }

  std::string baseline() const {
    if (is_binary()) return "";
    const Labels labels(dataset_.classes);
    const auto& [train, test] = dataset_.data;
    const Tensor& judged = test.y.empty() ? train.y : test.y;
    return fmt::format("Baseline    {}\n",
                       describe(labels, baseline_of(labels, train.y, judged), judged.size()));
  }

  const TrainFlags& flags_;
  int64_t maxlen_;
  int64_t train_size_ = 0, test_size_ = 0;
  std::string baseline_;  // a line, where the classes are not as large as each other
  Dataset dataset_;
};

}  // namespace

std::unique_ptr<TrainTask> train_on_reviews(const TrainFlags& flags, const Flags& declared) {
  TextFlags::refuse(declared, flags.data.dataset);
  return std::make_unique<ReviewsTask>(flags);
}

}  // namespace eddy::cli
