// SPDX-License-Identifier: MIT
// eddy train PATH: a person's own labelled texts.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "eddy/eddy.h"
#include "label_task.h"
#include "machine.h"
#include "text_baseline.h"
#include "text_preset.h"
#include "text_rows.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr double kFittingShare = 0.95;  // of the texts that fit into a row as they are
constexpr int64_t kMostTokens = 2000;   // of a row, unless --maxlen says so

datasets::LabelledTexts open_texts(const TrainFlags& flags) {
  return datasets::LabelledTexts(flags.data.dataset,
                                 {.text = flags.texts.text,
                                  .label = flags.texts.label,
                                  .max_bytes = DataMemory(flags.texts.memory).record()});
}

// How many texts have how many tokens.
class Lengths {
 public:
  void add(int64_t length) {
    const auto at = static_cast<size_t>(std::min(length, kMostTokens));
    if (counts_.size() <= at) counts_.resize(at + 1);
    ++counts_[at];
    ++texts_;
  }
  // The least length, 1 at least, that a share of the texts does not exceed.
  int64_t covering(double share) const {
    int64_t seen = 0;
    for (size_t length = 0; length < counts_.size(); ++length) {
      seen += counts_[length];
      if (static_cast<double>(seen) >= share * static_cast<double>(texts_)) {
        return std::max<int64_t>(static_cast<int64_t>(length), 1);
      }
    }
    return 1;
  }

 private:
  std::vector<int64_t> counts_;
  int64_t texts_ = 0;
};

class TextsTask : public TrainTask {
 public:
  TextsTask(const TrainFlags& flags, const Flags& declared)
      : flags_(flags),
        memory_(flags.texts.memory),
        file_(flags.data.dataset),
        texts_(open_texts(flags)) {
    for (const char* flag : {"--data-dir", "--train-size", "--test-size"}) {
      if (!declared.given(flag)) continue;
      throw UsageError(flag, fmt::format("dataset: expected imdb or reviews, got '{}'.", file_),
                       "leave the flag out: it is not about your own texts.");
    }
    if (flags.texts.lower) {
      throw UsageError("--lower", "task: expected tagging, got texts with one label each.",
                       "leave the flag out: their words are in lower case anyway.");
    }
    if (flags.baseline && flags.texts.memory) {
      throw UsageError("--baseline", "value: expected none beside --memory, got one.",
                       "leave one of the two out: the linear classifier holds all words.");
    }
    if (!flags.texts.validation.empty()) open_validation(declared);
  }

  void load() override {
    LabelCounter counter(flags_.texts.task, file_, "texts");
    int64_t count = 0;
    for_each_text(texts_, [&](const datasets::LabelledText& record) {
      memory_.check(++count);
      counter.add(record.label);
    });
    labels_ = counter.labels();
    check_classes();
    sha256_ = texts_.sha256();
    note_invalid(texts_);
    held_out_ = draw_held_out(count, validation_ ? 0 : flags_.validation_split, *flags_.seed);
    learn_vocabulary();
    read_rows();
    train_size_ = y_.size();
    held_out_size_ = held_out_y_.size();
    if (is_best(flags_)) mean_length_ = mean_length(*x_);
    if (labels_.are_numbers()) mean_ = baseline_of(labels_, y_, y_).mean;
  }

  std::string key() const override {
    return std::filesystem::path(file_.ends_with('/') ? file_.substr(0, file_.size() - 1) : file_)
        .stem()
        .string();
  }

  nlohmann::json record() const override {
    nlohmann::json record = {{"name", key()},
                             {"source", file_},
                             {"sha256", sha256_},
                             {"train_size", train_size_},
                             {"validation_size", held_out_size_},
                             {"classes", labels_.classes()}};
    if (validation_) record["validation_sha256"] = validation_sha256_;
    return record;
  }

  std::string description() const override;

  std::vector<LayerSpec> layers() const override;
  Shape input_shape() const override {
    return {kNone, encoder_.vectorization->output_sequence_length};
  }
  std::string loss() const override { return loss_of(labels_); }
  Score score() const override { return score_of(labels_); }
  std::optional<Optimizer> optimizer() const override {
    if (!is_best(flags_)) return {};
    return preset_optimizer(flags_, y_.size());
  }
  void equip(Model& model) override { model.set_text_encoder(encoder_); }
  void begin(Model& model) override {
    if (is_best(flags_)) begin_with_ratios(model, *x_, y_, number_of_classes());
  }
  bool classifies_texts() const override { return true; }
  nlohmann::json baseline() override;
  TrainData take_data() override {
    TrainData data{.y = std::move(y_), .source = std::move(x_)};
    if (!held_out_y_.empty()) {
      data.validation.emplace(SampleSource(std::move(held_out_x_)), std::move(held_out_y_));
    }
    return data;
  }

 private:
  int64_t number_of_classes() const { return static_cast<int64_t>(labels_.classes().size()); }

  void check_classes() const {
    if (!labels_.are_numbers() || (!is_best(flags_) && !flags_.baseline)) return;
    throw UsageError(is_best(flags_) ? "--preset" : "--baseline",
                     fmt::format("labels: expected classes, got numbers in {}.", file_),
                     "leave the flag out, or say --task classes.");
  }

  void open_validation(const Flags& declared) {
    if (declared.given("--validation-split")) {
      throw UsageError("--validation-split", "value: expected none beside --validation, got one.",
                       "give a file or a share.");
    }
    validation_.emplace(flags_.texts.validation,
                        datasets::LabelledTextsOptions{texts_.text_column(), texts_.label_column(),
                                                       memory_.record()});
  }

  // From the training texts alone.
  void learn_vocabulary() {
    TextVectorization layer;
    layer.max_tokens = flags_.num_words;
    if (is_best(flags_)) layer.ngrams = preset_ngrams();
    if (flags_.texts.char_level) layer.split = "character";
    if (flags_.texts.char_level) layer.standardize = "lower";
    VocabularyCounter counter(layer, memory_.counts());
    Lengths lengths;
    size_t at = 0;
    for_each_text(texts_, [&](const datasets::LabelledText& record) {
      if (!is_held_out(held_out_, at++, file_)) lengths.add(counter.add(lower_case(record.text)));
    });
    if (counter.distinct() == 0) {
      throw Error(ErrorCode::bad_data, file_, "texts: expected words, got none in any of them.",
                  "choose the column of the texts by --text.");
    }
    different_ = counter.distinct();
    layer.vocabulary = counter.vocabulary();
    layer.output_sequence_length = flags_.maxlen.value_or(lengths.covering(kFittingShare));
    encoder_.vectorization = std::move(layer);
    encoder_.lower = true;
    encoder_.classes = labels_.classes();
  }

  void read_rows() {
    TextRows rows(encoder_, memory_, memory_.rows());
    TextRows held_out_rows(encoder_, memory_, memory_.held_out_rows());
    size_t at = 0;
    for_each_text(texts_, [&](datasets::LabelledText& record) {
      TextRows& side = is_held_out(held_out_, at++, file_) ? held_out_rows : rows;
      side.add(std::move(record.text), labels_.target(record.label, texts_.place()));
    });
    check_unchanged(sha256_, texts_.sha256(), file_);
    if (validation_) {
      for_each_text(*validation_, [&](datasets::LabelledText& record) {
        held_out_rows.add(std::move(record.text),
                          labels_.target(record.label, validation_->place()));
      });
      validation_sha256_ = validation_->sha256();
      note_invalid(*validation_);
    }
    std::tie(x_, y_) = rows.take();
    std::tie(held_out_x_, held_out_y_) = held_out_rows.take();
    if (validation_ && held_out_y_.empty()) {
      throw Error(ErrorCode::bad_data, flags_.texts.validation,
                  "validation: expected labelled texts, got none.", "give texts, or a share.");
    }
  }

  const TrainFlags& flags_;
  DataMemory memory_;
  std::string file_;
  datasets::LabelledTexts texts_;
  std::optional<datasets::LabelledTexts> validation_;
  std::string sha256_, validation_sha256_;
  Labels labels_;
  std::vector<bool> held_out_;
  TextEncoder encoder_;
  int64_t different_ = 0;  // words
  int64_t train_size_ = 0, held_out_size_ = 0;
  double mean_ = 0;  // of numbers
  double mean_length_ = 1;
  TextSource x_, held_out_x_;
  Tensor y_, held_out_y_;
};

std::string TextsTask::description() const {
  const auto number = [](int64_t value) { return fmt::format("{}", fmt::group_digits(value)); };
  const bool judged = !held_out_y_.empty();
  const Tensor& judge = judged ? held_out_y_ : y_;
  const Baseline baseline = baseline_of(labels_, y_, judge);
  const auto& layer = *encoder_.vectorization;
  const auto ids = static_cast<int64_t>(layer.vocabulary.size()) + 2;
  std::string text = fmt::format("Data        {}\n", columns_of(texts_, file_));
  if (labels_.are_numbers()) {
    text += "Labels      numbers: Dense(1), mean_squared_error; --task classes otherwise\n";
  } else {
    text += describe_classes(labels_, y_);
  }
  text += fmt::format("Baseline    {}\n", describe(labels_, baseline, judge.size()));
  text += fmt::format("Texts       {}\n",
                      describe_split(y_.size(), held_out_y_.size(),
                                     validation_ ? flags_.texts.validation : std::string(),
                                     flags_.validation_split));
  std::string unit = flags_.texts.char_level ? "characters" : "words";
  if (is_best(flags_)) unit += ", pairs and triples";
  text += fmt::format("Vocabulary  {} ids of {} different {}; rows of {}{}\n", number(ids),
                      number(different_), unit, layer.output_sequence_length,
                      flags_.maxlen ? "" : ", which 95 % of the texts fit in or 2,000");
  if (const int64_t bytes = x_->scratch_bytes() + held_out_x_->scratch_bytes(); bytes > 0) {
    text += fmt::format("Scratch     {} of ids on disk, for --memory\n", megabytes(bytes));
  }
  text += fmt::format("SHA-256     {}\n", sha256_);
  return text;
}

std::vector<LayerSpec> TextsTask::layers() const {
  const auto ids = static_cast<int64_t>(encoder_.vectorization->vocabulary.size()) + 2;
  if (is_best(flags_)) return preset_layers(flags_, ids, mean_length_, number_of_classes());
  std::vector<LayerSpec> layers = {
      Embedding({.input_dim = ids, .output_dim = flags_.embedding, .mask_zero = true})};
  for (LayerSpec& layer : flags_.network.layers()) layers.push_back(std::move(layer));
  if (labels_.are_numbers()) {
    // From the mean on: a bias that moves by the learning rate would take long to get there.
    Initializer mean = "constant";
    mean.values["value"] = mean_;
    layers.push_back(Dense({.units = 1, .bias_initializer = mean}));
  } else {
    layers.push_back(class_layer(labels_));
  }
  return layers;
}

nlohmann::json TextsTask::baseline() {
  WordIds words;
  Sequences x, held_out_x;
  size_t at = 0;
  for_each_text(texts_, [&](const datasets::LabelledText& record) {
    (is_held_out(held_out_, at++, file_) ? held_out_x : x).push_back(words.of(record.text));
  });
  if (validation_) {
    for_each_text(*validation_, [&](const datasets::LabelledText& record) {
      held_out_x.push_back(words.of(record.text));
    });
  }
  return train_baseline(x, y_, held_out_x, held_out_y_, number_of_classes());
}

}  // namespace

std::unique_ptr<TrainTask> train_on_texts(const TrainFlags& flags, const Flags& declared) {
  return std::make_unique<TextsTask>(flags, declared);
}

}  // namespace eddy::cli
