// SPDX-License-Identifier: MIT
// eddy train PATH: a person's own sequences of numbers, a class or a number for each of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <tuple>
#include <utility>
#include <variant>

#include "eddy/eddy.h"
#include "forecast_setup.h"
#include "label_task.h"
#include "machine.h"
#include "sequence_input.h"
#include "standardize.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr std::array kTextFlags = {"--text",       "--char-level", "--embedding", "--num-words",
                                   "--train-size", "--test-size",  "--data-dir"};

class SequencesTask : public TrainTask {
 public:
  SequencesTask(const TrainFlags& flags, const Flags& declared)
      : flags_(flags), file_(flags.data.dataset) {
    for (const char* flag : kTextFlags) {
      if (!declared.given(flag)) continue;
      throw UsageError(flag,
                       fmt::format("data: expected texts or reviews, got sequences of numbers "
                                   "({}).",
                                   file_),
                       "leave the flag out, or --id and --columns if these are texts.");
    }
    if (!flags.texts.validation.empty() && declared.given("--validation-split")) {
      throw UsageError("--validation-split", "value: expected none beside --validation, got one.",
                       "give a file or a share.");
    }
    if (flags.network.bidirectional && flags.network.pooling == "max") {
      throw UsageError("--pooling", "value: expected last or mean beside --bidirectional, got max.",
                       "a maximum over steps, as Keras takes it, counts those that fill a sequence "
                       "up: use --pooling mean.");
    }
    setup_.maxlen = flags.maxlen.value_or(0);
    setup_.columns = split_names("--columns", flags.sequences.columns);
    setup_.id = flags.sequences.id;
    setup_.label = flags.texts.label;
  }

  void load() override {
    SequenceInput input(file_, {.columns = setup_.columns, .id = setup_.id, .label = setup_.label},
                        flags_.texts.memory);
    survey(input);
    split(input);
    if (!flags_.texts.validation.empty()) read_validation();
    standardize();
  }

  std::string key() const override { return std::filesystem::path(file_).stem().string(); }

  nlohmann::json record() const override {
    nlohmann::json record = {{"name", key()},
                             {"source", file_},
                             {"sha256", sha256_},
                             {"train_size", y_.size()},
                             {"validation_size", held_out_y_.size()},
                             {"columns", setup_.columns},
                             {"classes", labels_.classes()}};
    if (!validation_sha256_.empty()) record["validation_sha256"] = validation_sha256_;
    return record;
  }

  std::string description() const override;

  std::vector<LayerSpec> layers() const override {
    std::vector<LayerSpec> layers = {Masking(SequenceSetup::kMaskValue), scale_};
    for (LayerSpec& layer : flags_.network.layers()) layers.push_back(std::move(layer));
    if (!labels_.are_numbers()) {
      layers.push_back(class_layer(labels_));
    } else {
      layers.push_back(Dense(1));
      layers.push_back(target_scale_);
    }
    return layers;
  }
  Shape input_shape() const override {
    return {kNone, kNone, static_cast<int64_t>(setup_.columns.size())};
  }
  std::string loss() const override { return loss_of(labels_); }
  // The squared error of standardized numbers, whatever the units.
  std::vector<double> loss_weights() const override {
    if (!labels_.are_numbers()) return {};
    return {1.0 / static_cast<double>(target_variance())};
  }
  Score score() const override { return score_of(labels_); }
  std::string carries() const override { return "columns and classes"; }
  void equip(Model& model) override {
    SequenceSetup setup = setup_;
    setup.classes = labels_.classes();
    setup.store(model);
  }
  TrainData take_data() override {
    TrainData data{.y = std::move(y_), .source = std::move(x_)};
    if (!held_out_y_.empty()) {
      data.validation.emplace(SampleSource(std::move(held_out_x_)), std::move(held_out_y_));
    }
    return data;
  }

 private:
  float target_variance() const {
    return std::get<NormalizationOptions>(target_scale_).adapted_variance.at(0);
  }

  // Labels, lengths and names: all that has to be known before the first sequence is kept.
  void survey(SequenceInput& input) {
    const datasets::NumberTable& facts = input.facts();
    setup_.columns = facts.columns;
    setup_.id = facts.id;
    label_guessed_ = setup_.label.empty() && !facts.id.empty();
    if (!facts.id.empty()) setup_.label = facts.label;
    if (facts.time_guessed) time_ = facts.time;
    unused_ = input.test_count();
    LabelCounter counter(flags_.texts.task, file_, "sequences");
    input.for_each([&](const datasets::Sequence& sequence) {
      count_.add(sequence);
      input.check_count(count_.sequences);
      counter.add(sequence.label);
    });
    sha256_ = input.sha256();
    labels_ = counter.labels();
    data_line_ = describe_sequences(facts, count_, file_);
  }

  void add(SequenceSide& side, datasets::Sequence& sequence, const std::string& file) {
    cut_ += cut_sequence(sequence, setup_.maxlen, file) ? 1 : 0;
    side.add(sequence,
             labels_.target(sequence.label, fmt::format("{}, sequence '{}'", file, sequence.id)));
  }

  // The scale comes from the training part alone, each step once.
  void split(SequenceInput& input) {
    const bool given = !flags_.texts.validation.empty();
    const auto held_out =
        draw_held_out(count_.sequences, given ? 0 : flags_.validation_split, *flags_.seed);
    SequenceSide train(input.rows()), rest(input.held_out_rows());
    FeatureMoments moments(static_cast<int64_t>(setup_.columns.size()));
    size_t at = 0;
    input.for_each([&](datasets::Sequence& sequence) {
      const bool held = is_held_out(held_out, at++, file_);
      add(held ? rest : train, sequence, file_);
      if (!held) moments.add(sequence.values);
      sequence.values = Tensor();
    });
    check_unchanged(sha256_, input.sha256(), file_);
    std::tie(x_, y_) = std::pair(train.x, train.take_targets());
    std::tie(held_out_x_, held_out_y_) = std::pair(rest.x, rest.take_targets());
    scale_ = learned_normalization(moments, setup_.columns, constant_);
  }

  void read_validation() {
    const std::string& file = flags_.texts.validation;
    SequenceInput input(setup_, file, flags_.texts.memory);
    SequenceSide side(input.held_out_rows());
    int64_t count = 0;
    input.for_each([&](datasets::Sequence& sequence) {
      input.check_count(++count);
      add(side, sequence, file);
      sequence.values = Tensor();
    });
    validation_sha256_ = input.sha256();
    std::tie(held_out_x_, held_out_y_) = std::pair(side.x, side.take_targets());
  }

  void standardize() {
    if (!labels_.are_numbers()) return;
    target_scale_ =
        learned_normalization(y_, {.axis = {}, .invert = true}, {"the label"}, constant_);
  }

  const TrainFlags& flags_;
  std::string file_, sha256_, validation_sha256_, data_line_, time_;
  SequenceSetup setup_;
  bool label_guessed_ = false;
  int64_t cut_ = 0, unused_ = 0;  // sequences
  Labels labels_;
  SequenceCount count_;
  LayerSpec scale_ = Normalization(), target_scale_ = Normalization();
  std::vector<std::string> constant_;  // columns
  std::shared_ptr<PaddedSteps> x_, held_out_x_;
  Tensor y_, held_out_y_;
};

std::string SequencesTask::description() const {
  const Tensor& judge = held_out_y_.empty() ? y_ : held_out_y_;
  const Baseline baseline = baseline_of(labels_, y_, judge);
  std::string text = fmt::format("Data        {}{}\n", data_line_,
                                 label_guessed_ ? " (found by its name; --label chooses)" : "");
  text += fmt::format("Columns     {}\n", fmt::join(setup_.columns, ", "));
  if (!time_.empty()) {
    text +=
        fmt::format("Time        column '{}' is no input (guessed; --columns chooses)\n", time_);
  }
  if (labels_.are_numbers()) {
    text += fmt::format(
        "Labels      numbers: mean {:.6g}, deviation {:.6g}; Dense(1) for standardized ones, "
        "mean_squared_error in squared deviations; --task classes otherwise\n",
        std::get<NormalizationOptions>(target_scale_).adapted_mean.at(0),
        std::sqrt(target_variance()));
  } else {
    text += describe_classes(labels_, y_);
  }
  text += fmt::format("Baseline    {}\n", describe(labels_, baseline, judge.size(), "sequences"));
  text += fmt::format("Sequences   {}\n",
                      describe_split(y_.size(), held_out_y_.size(), flags_.texts.validation,
                                     flags_.validation_split));
  if (unused_ > 0) {
    text += fmt::format("Test        {} in x_test are left alone; `eddy evaluate` takes them\n",
                        fmt::group_digits(unused_));
  }
  text += fmt::format(
      "Steps       {}, shorter sequences are filled up behind and masked{}\n", x_->shape()[1],
      cut_ > 0 ? fmt::format("; {} longer ones lose their end (--maxlen)", fmt::group_digits(cut_))
               : std::string());
  if (const int64_t bytes = x_->scratch_bytes() + held_out_x_->scratch_bytes(); bytes > 0) {
    text += fmt::format("Scratch     {} of numbers on disk, for --memory\n", megabytes(bytes));
  }
  text += "Scale       standardized by the steps of the training part\n";
  for (const std::string& name : constant_) {
    text += fmt::format(
        "Note        column '{}' is constant in the training part: it tells the network nothing "
        "and is only shifted to 0\n",
        name);
  }
  return text + fmt::format("SHA-256     {}\n", sha256_);
}

}  // namespace

std::unique_ptr<TrainTask> train_on_sequences(const TrainFlags& flags, const Flags& declared) {
  return std::make_unique<SequencesTask>(flags, declared);
}

}  // namespace eddy::cli
