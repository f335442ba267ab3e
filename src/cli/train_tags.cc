// SPDX-License-Identifier: MIT
// eddy train PATH --task tagging: a label for every word of a sequence.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <utility>

#include "eddy/eddy.h"
#include "label_task.h"
#include "tag_rows.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr int64_t kMostSteps = 500;  // of a row, unless --maxlen says so
constexpr size_t kMostLabels = 10'000;
constexpr size_t kMostTagLines = 20;  // of the table of labels

// The labels of all steps [steps], without those of the padding.
Tensor labels_of_steps(const IntTensor& x, const Tensor& y) {
  std::vector<float> labels;
  for (int64_t i = 0; i < x.size(); ++i) {
    if (x[i] != 0) labels.push_back(y[i]);
  }
  return labels;
}

class TaggingTask : public TrainTask {
 public:
  TaggingTask(const TrainFlags& flags, const Flags& declared)
      : flags_(flags), file_(flags.data.dataset), sequences_(open(file_, declared)) {
    if (flags.texts.validation.empty()) return;
    if (declared.given("--validation-split")) {
      throw UsageError("--validation-split", "value: expected none beside --validation, got one.",
                       "give a file or a share.");
    }
    validation_.emplace(open(flags.texts.validation, declared));
  }

  void load() override {
    survey();
    choose_validation();
    learn_vocabulary();
    read_rows();
    baseline_ = tag_baseline(x_, y_, labels_.classes().size());
    scores_ = held_out_.sequences > 0 ? scores_of(baseline_, held_out_x_, held_out_y_)
                                      : scores_of(baseline_, x_, y_);
    balance_ = balance_of(labels_, labels_of_steps(x_, y_), kMostTagLines);
  }

  std::string key() const override { return std::filesystem::path(file_).stem().string(); }

  nlohmann::json record() const override {
    nlohmann::json record = {{"name", key()},
                             {"source", file_},
                             {"sha256", sha256_},
                             {"train_size", train_.sequences},
                             {"train_steps", train_.steps},
                             {"validation_size", held_out_.sequences},
                             {"validation_steps", held_out_.steps},
                             {"labels", labels_.classes()}};
    if (validation_) record["validation_sha256"] = validation_sha256_;
    return record;
  }

  std::string description() const override;

  std::vector<LayerSpec> layers() const override {
    std::vector<LayerSpec> layers = {
        Embedding({.input_dim = ids(), .output_dim = flags_.embedding, .mask_zero = true})};
    for (LayerSpec& layer : flags_.network.layers(true)) layers.push_back(std::move(layer));
    layers.push_back(Dense(static_cast<int64_t>(labels_.classes().size()), "softmax"));
    return layers;
  }
  Shape input_shape() const override { return {kNone, kNone}; }
  std::string loss() const override { return "sparse_categorical_crossentropy"; }
  Score score() const override { return {"acc", "accuracy", "accuracy"}; }

  void equip(Model& model) override {
    model.set_text_encoder(encoder_);
    model.set_note("tagging", to_note({.maxlen = maxlen_, .baseline = baseline_}));
  }
  TrainData take_data() override {
    TrainData data{std::move(x_), std::move(y_)};
    if (held_out_.sequences > 0) {
      data.validation.emplace(Input(std::move(held_out_x_)), std::move(held_out_y_));
    }
    return data;
  }

 private:
  struct Size {
    int64_t sequences = 0, steps = 0;
  };

  // Throws UsageError for flags that say nothing here.
  datasets::TaggedSequences open(const std::string& file, const Flags& declared) const {
    for (const char* flag : {"--data-dir", "--train-size", "--test-size"}) {
      if (!declared.given(flag)) continue;
      throw UsageError(flag, fmt::format("dataset: expected imdb or reviews, got '{}'.", file),
                       "leave the flag out: it is not about your own texts.");
    }
    if (declared.given("--memory")) {
      throw UsageError("--memory", "task: expected one with a label for each text, got tagging.",
                       "leave the flag out: such files are read as a whole.");
    }
    if (declared.given("--pooling")) {
      throw UsageError("--pooling", "task: expected one answer for a sequence, got tagging.",
                       "leave the flag out: every step has a label of its own.");
    }
    return datasets::TaggedSequences(file, tagged_columns(flags_.texts.text, flags_.texts.label));
  }

  int64_t ids() const {
    return static_cast<int64_t>(encoder_.vectorization->vocabulary.size()) + 2;
  }

  // Which labels there are, and how many sequences.
  void survey() {
    Labels::Counts counts;
    for_each_sequence(sequences_, [&](const datasets::TaggedSequence& sequence) {
      held_out_rows_.push_back(false);
      for (const std::string& label : sequence.labels) ++counts[label];
      if (counts.size() > kMostLabels) {
        bad_labels(fmt::format("at most {} different ones", kMostLabels), "more",
                   "name the column of the labels by --label N.");
      }
    });
    sha256_ = sequences_.sha256();
    note_oddities(sequences_, file_);
    if (counts.size() < 2) {
      bad_labels("two or more", counts.empty() ? "none" : "'" + counts.begin()->first + "' alone",
                 "name the column of the labels by --label N.");
    }
    std::vector<std::string> names;
    for (const auto& entry : counts) names.push_back(entry.first);
    labels_ = Labels(std::move(names));
  }

  [[noreturn]] void bad_labels(const std::string& expected, const std::string& got,
                               const std::string& fix) const {
    throw Error(ErrorCode::bad_data, file_,
                fmt::format("labels: expected {}, got {}.", expected, got), fix);
  }

  // Which sequences are held out, by the seed.
  void choose_validation() {
    if (validation_) return;
    std::vector<size_t> order(held_out_rows_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::mt19937_64 random(static_cast<uint64_t>(*flags_.seed));
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    const auto count =
        static_cast<size_t>(flags_.validation_split * static_cast<double>(order.size()));
    for (size_t i = 0; i < count; ++i) held_out_rows_[order[i]] = true;
  }

  // From the training sequences alone.
  void learn_vocabulary() {
    TextVectorization layer;
    layer.max_tokens = flags_.num_words;
    layer.standardize = "none";
    layer.split = flags_.texts.char_level ? "character" : "whitespace";
    VocabularyCounter counter(layer);
    size_t at = 0;
    for_each_sequence(sequences_, [&](const datasets::TaggedSequence& sequence) {
      const auto& tokens = sequence.tokens;
      if (is_held_out(held_out_rows_, at++, file_)) return;
      longest_ = std::max(longest_, static_cast<int64_t>(tokens.size()));
      const std::string text = joined(layer, tokens.data(), tokens.data() + tokens.size());
      counter.add(flags_.texts.lower ? lower_case(text) : text);
    });
    different_ = counter.distinct();
    layer.vocabulary = counter.vocabulary();
    maxlen_ = flags_.maxlen.value_or(std::min(longest_, kMostSteps));
    encoder_.vectorization = std::move(layer);
    encoder_.lower = flags_.texts.lower;
    encoder_.classes = labels_.classes();
  }

  void read_rows() {
    TagRows rows(encoder_, labels_, maxlen_), held_out(encoder_, labels_, maxlen_);
    size_t at = 0;
    for_each_sequence(sequences_, [&](const datasets::TaggedSequence& sequence) {
      (is_held_out(held_out_rows_, at++, file_) ? held_out : rows).add(sequence, sequences_);
    });
    check_unchanged(sha256_, sequences_.sha256(), file_);
    if (validation_) {
      for_each_sequence(*validation_, [&](const datasets::TaggedSequence& sequence) {
        held_out.add(sequence, *validation_);
      });
      validation_sha256_ = validation_->sha256();
      note_oddities(*validation_, flags_.texts.validation);
    }
    train_ = {rows.sequences(), rows.steps()};
    held_out_ = {held_out.sequences(), held_out.steps()};
    std::tie(x_, y_) = rows.take();
    std::tie(held_out_x_, held_out_y_) = held_out.take();
  }

  const TrainFlags& flags_;
  std::string file_;
  datasets::TaggedSequences sequences_;
  std::optional<datasets::TaggedSequences> validation_;
  std::string sha256_, validation_sha256_;
  Labels labels_;
  std::vector<bool> held_out_rows_;  // of the sequences of sequences_
  TextEncoder encoder_;
  int64_t different_ = 0, longest_ = 0, maxlen_ = 0;
  Size train_, held_out_;
  IntTensor x_, held_out_x_;
  Tensor y_, held_out_y_;
  TagBaseline baseline_;
  TagScores scores_;
  std::string balance_;  // a line for each label
};

std::string TaggingTask::description() const {
  const auto number = [](int64_t value) { return fmt::format("{}", fmt::group_digits(value)); };
  const bool judged = held_out_.sequences > 0;
  const std::string steps =
      fmt::format("{} steps to {} on", number(judged ? held_out_.steps : train_.steps),
                  judged ? "validate" : "train");
  std::string text = fmt::format("Data        {}\n", columns_of(sequences_, file_));
  text += fmt::format("Labels      {} of them, one a step: softmax, {}\n{}",
                      labels_.classes().size(), loss(), balance_);
  text += fmt::format("Baseline    always '{}': {:.4f} of {}\n",
                      labels_.classes()[static_cast<size_t>(baseline_.most_frequent)],
                      scores_.of_most_frequent, steps);
  text += fmt::format("            each word's most frequent label: {:.4f}\n", scores_.of_words);
  text += fmt::format("Sequences   {} to train on, {} steps; ", number(train_.sequences),
                      number(train_.steps));
  text += !judged       ? "none to validate\n"
          : validation_ ? fmt::format("{} of {} to validate\n", number(held_out_.sequences),
                                      flags_.texts.validation)
                        : fmt::format("{} to validate: a share of {}, drawn by the seed\n",
                                      number(held_out_.sequences), flags_.validation_split);
  text += fmt::format(
      "            the longest has {} steps, {}\n", number(longest_),
      longest_ > maxlen_ ? fmt::format("cut into pieces of at most {}", maxlen_) : "none is cut");
  text += fmt::format(
      "Vocabulary  {} ids of {} different {}, {}; {:.1f} % of {} unknown\n", number(ids()),
      number(different_), flags_.texts.char_level ? "characters" : "words",
      encoder_.lower ? "in lower case" : "as they are written", 100 * scores_.unknown, steps);
  text += fmt::format("SHA-256     {}\n", sha256_);
  return text;
}

}  // namespace

std::unique_ptr<TrainTask> train_on_tags(const TrainFlags& flags, const Flags& declared) {
  return std::make_unique<TaggingTask>(flags, declared);
}

}  // namespace eddy::cli
