// SPDX-License-Identifier: MIT
// eddy train imdb, eddy train reviews: the article's classifier.
#include <fmt/format.h>

#include <utility>

#include "eddy/eddy.h"
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
        "Data        {}: {} training and {} test reviews\n"
        "Source      {}, SHA-256 {}\n"
        "Vocabulary  {} ids, reviews of {} words\n",
        dataset_.title(), fmt::group_digits(train_size_), fmt::group_digits(test_size_),
        dataset_.info.source, dataset_.info.sha256, fmt::group_digits(flags_.num_words), maxlen_);
  }

  std::vector<LayerSpec> layers() const override {
    std::vector<LayerSpec> layers = {Embedding(flags_.num_words, flags_.embedding)};
    for (LayerSpec& layer : flags_.network.layers()) layers.push_back(std::move(layer));
    layers.push_back(Dense(1, "sigmoid"));
    return layers;
  }
  Shape input_shape() const override { return {kNone, maxlen_}; }
  std::string loss() const override { return "binary_crossentropy"; }
  Score score() const override { return {"acc", "accuracy", "accuracy"}; }

  void equip(Model& model) override {
    model.set_text_encoder(
        {.words = dataset_.words, .num_words = flags_.num_words, .maxlen = maxlen_});
  }

  TrainData take_data() override {
    const datasets::TextDataset data = std::exchange(dataset_.data, {});
    return {pad_sequences(data.train.x, {.maxlen = maxlen_}), data.train.y,
            flags_.validation_split};
  }

 private:
  const TrainFlags& flags_;
  int64_t maxlen_;
  int64_t train_size_ = 0, test_size_ = 0;
  Dataset dataset_;
};

}  // namespace

std::unique_ptr<TrainTask> train_on_reviews(const TrainFlags& flags, const Flags& declared) {
  TextFlags::refuse(declared, flags.data.dataset);
  return std::make_unique<ReviewsTask>(flags);
}

}  // namespace eddy::cli
