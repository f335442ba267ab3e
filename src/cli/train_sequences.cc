// SPDX-License-Identifier: MIT
// eddy train PATH: a person's own sequences of numbers, a class or a number for each of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <utility>
#include <variant>

#include "eddy/eddy.h"
#include "forecast_setup.h"
#include "interrupt.h"
#include "label_task.h"
#include "sequence_setup.h"
#include "standardize.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr std::array kTextFlags = {"--text",       "--char-level", "--embedding", "--num-words",
                                   "--train-size", "--test-size",  "--data-dir",  "--memory"};

// All steps of all sequences: [steps, columns].
Tensor all_steps(const std::vector<datasets::Sequence>& sequences) {
  int64_t steps = 0;
  for (const auto& sequence : sequences) steps += sequence.values.dim(0);
  std::vector<float> values;
  const int64_t columns = sequences.at(0).values.dim(1);
  values.reserve(static_cast<size_t>(steps * columns));
  for (const auto& sequence : sequences) {
    const float* const first = sequence.values.data();
    values.insert(values.end(), first, first + sequence.values.size());
  }
  return Tensor({steps, columns}, std::move(values));
}

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
    auto read = datasets::read_sequences(
        file_, {.columns = setup_.columns, .id = setup_.id, .label = setup_.label});
    sha256_ = read.sha256;
    setup_.columns = read.data.columns;
    setup_.id = read.data.id;
    label_guessed_ = setup_.label.empty() && !read.data.id.empty();
    if (!read.data.id.empty()) setup_.label = read.data.label;
    data_line_ = describe_sequences(read.data, file_);
    if (read.data.time_guessed) time_ = read.data.time;
    if (read.test) unused_ = static_cast<int64_t>(read.test->sequences.size());
    learn_labels(read.data.sequences);
    split(std::move(read.data.sequences));
    standardize();
    std::tie(x_, y_) = rows_of(train_, file_);
    std::tie(held_out_x_, held_out_y_) = rows_of(held_out_, validation_name());
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
    TrainData data{std::move(x_), std::move(y_)};
    if (!held_out_y_.empty()) {
      data.validation.emplace(Input(std::move(held_out_x_)), std::move(held_out_y_));
    }
    return data;
  }

 private:
  using Sequences = std::vector<datasets::Sequence>;

  std::string validation_name() const {
    return flags_.texts.validation.empty() ? file_ : flags_.texts.validation;
  }
  float target_variance() const {
    return std::get<NormalizationOptions>(target_scale_).adapted_variance.at(0);
  }

  void learn_labels(const Sequences& sequences) {
    Labels::Counts counts;
    for (const auto& sequence : sequences) ++counts[sequence.label];
    labels_ = Labels(counts, flags_.texts.task, file_, "sequences");
  }

  void split(Sequences sequences) {
    cut_ = cut_sequences(sequences, setup_.maxlen, file_);
    const bool given = !flags_.texts.validation.empty();
    const auto held_out = draw_held_out(static_cast<int64_t>(sequences.size()),
                                        given ? 0 : flags_.validation_split, *flags_.seed);
    for (size_t i = 0; i < sequences.size(); ++i) {
      (held_out[i] ? held_out_ : train_).push_back(std::move(sequences[i]));
    }
    if (!given) return;
    auto validation = setup_.read(flags_.texts.validation, true);
    validation_sha256_ = validation.sha256;
    held_out_ = std::move(validation.data.sequences);
    cut_ += cut_sequences(held_out_, setup_.maxlen, flags_.texts.validation);
  }

  // From the training part alone, each step once.
  void standardize() {
    scale_ = learned_normalization(all_steps(train_), {}, setup_.columns, constant_);
    if (!labels_.are_numbers()) return;
    Tensor targets({static_cast<int64_t>(train_.size())});
    for (size_t i = 0; i < train_.size(); ++i) {
      targets[static_cast<int64_t>(i)] =
          labels_.target(train_[i].label, place_of(train_[i], file_));
    }
    target_scale_ =
        learned_normalization(targets, {.axis = {}, .invert = true}, {"the label"}, constant_);
  }

  static std::string place_of(const datasets::Sequence& sequence, const std::string& file) {
    return fmt::format("{}, sequence '{}'", file, sequence.id);
  }

  // Gives the sequences' memory away.
  std::pair<Tensor, Tensor> rows_of(Sequences& sequences, const std::string& file) const {
    InterruptGuard::check();
    const Sequences taken = std::exchange(sequences, {});
    std::vector<float> targets;
    for (const auto& sequence : taken) {
      targets.push_back(labels_.target(sequence.label, place_of(sequence, file)));
    }
    if (targets.empty()) return {};
    return {sequence_rows(taken), Tensor(std::move(targets))};
  }

  const TrainFlags& flags_;
  std::string file_, sha256_, validation_sha256_, data_line_, time_;
  SequenceSetup setup_;
  bool label_guessed_ = false;
  int64_t cut_ = 0, unused_ = 0;  // sequences
  Labels labels_;
  Sequences train_, held_out_;
  LayerSpec scale_ = Normalization(), target_scale_ = Normalization();
  std::vector<std::string> constant_;  // columns
  Tensor x_, held_out_x_, y_, held_out_y_;
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
      "Steps       {}, shorter sequences are filled up behind and masked{}\n", x_.dim(1),
      cut_ > 0 ? fmt::format("; {} longer ones lose their end (--maxlen)", fmt::group_digits(cut_))
               : std::string());
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
