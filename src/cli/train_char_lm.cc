// SPDX-License-Identifier: MIT
// eddy train TEXT --task char-lm: a language model of the characters of a plain text.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "eddy/eddy.h"
#include "evaluate_characters.h"
#include "interrupt.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

constexpr int64_t kHeldOutStream = 4000;            // characters; each stream begins without a past
constexpr int64_t kMostOutputs = int64_t{1} << 28;  // of a batch: 1 GiB

std::string grouped(int64_t value) { return fmt::format("{}", fmt::group_digits(value)); }

// As text_windows(), with so many streams and such windows that hardly a character is left out.
TextWindows held_out_windows(std::span<const int32_t> ids, int64_t batch_size, int64_t maxlen) {
  const auto targets = static_cast<int64_t>(ids.size()) - 1;
  const int64_t streams = std::clamp<int64_t>(targets / kHeldOutStream, 1, batch_size);
  const int64_t length = std::max<int64_t>(targets / streams, 1);
  const int64_t longest = std::min(maxlen, length);
  int64_t best = longest;
  for (int64_t window = longest; window > longest / 2; --window) {
    if (length % window < length % best) best = window;
  }
  return text_windows(ids, streams, best);
}

// Of all targets of the windows, read stream by stream.
double bits_per_character(const NgramModel& model, std::span<const int32_t> ids,
                          const TextWindows& windows) {
  double bits = 0;
  for (int64_t s = 0; s < windows.streams; ++s) {
    bits += model.bits(ids.subspan(static_cast<size_t>(s * windows.stream_length),
                                   static_cast<size_t>(windows.windows * windows.maxlen + 1)));
  }
  return bits / static_cast<double>(windows.targets());
}

class CharactersTask : public TrainTask {
 public:
  CharactersTask(const TrainFlags& flags, const Flags& declared)
      : flags_(flags), file_(flags.data.dataset) {
    const auto refuse = [](const char* flag, const std::string& what, const char* fix) {
      throw UsageError(flag, what, fix);
    };
    for (const char* flag : {"--data-dir", "--train-size", "--test-size", "--text", "--label",
                             "--char-level", "--lower", "--id", "--columns", "--memory"}) {
      if (!declared.given(flag)) continue;
      refuse(flag, "task: expected one with labelled texts, got char-lm.",
             "leave the flag out: a plain text has no columns, and characters it is anyway.");
    }
    if (flags.network.bidirectional) {
      refuse("--bidirectional", "value: expected none with --task char-lm, got one.",
             "leave it out: a layer that reads from the end would see the characters that are to "
             "be foretold.");
    }
    if (flags.network.pooling != "last") {
      refuse("--pooling",
             "value: expected none with --task char-lm, got " + flags.network.pooling + ".",
             "leave it out: every character has an answer of its own, and nothing is pooled.");
    }
    if (!flags.texts.validation.empty() && declared.given("--validation-split")) {
      refuse("--validation-split", "value: expected none beside --validation, got one.",
             "give a file or a share.");
    }
  }

  void load() override {
    datasets::PlainText text = datasets::read_text(file_);
    note_invalid(text, file_);
    sha256_ = text.sha256;
    split(std::move(text.text));
    if (!flags_.texts.validation.empty()) {
      const datasets::PlainText other = datasets::read_text(flags_.texts.validation);
      note_invalid(other, flags_.texts.validation);
      validation_sha256_ = other.sha256;
      held_out_ = character_ids(encoder_, other.text);
    }
    check_sizes();
    windows_ = text_windows(ids_, flags_.batch_size, *flags_.maxlen);
    if (!held_out_.empty()) compare();
    InterruptGuard::check();
  }

  std::string key() const override { return std::filesystem::path(file_).stem().string(); }

  nlohmann::json record() const override {
    nlohmann::json record = {{"name", key()},
                             {"source", file_},
                             {"sha256", sha256_},
                             {"train_characters", ids_.size()},
                             {"validation_characters", held_out_.size()}};
    if (!validation_sha256_.empty()) record["validation_sha256"] = validation_sha256_;
    if (!held_out_.empty()) {
      record["unigram_bits_per_character"] = unigram_;
      record["ngram_bits_per_character"] = ngram_;
    }
    return record;
  }

  std::string description() const override;

  std::vector<LayerSpec> layers() const override { return layers(true); }
  Shape input_shape() const override { return {kNone, kNone}; }
  std::string loss() const override { return "sparse_categorical_crossentropy"; }
  Score score() const override {
    return {"bits_per_character", "bits per character", "bits_per_character", false};
  }
  MetricLists metrics() const override { return {}; }
  void equip(Model& model) override { model.set_text_encoder(encoder_); }

  TrainData take_data() override {
    TrainData data{std::move(windows_.x), std::move(windows_.y)};
    data.shuffle = false;
    if (!held_out_.empty()) {
      data.validation_batch_size = held_out_windows_.streams;
      data.validation.emplace(Input(std::move(held_out_windows_.x)),
                              std::move(held_out_windows_.y));
    }
    return data;
  }

  std::vector<std::unique_ptr<Callback>> callbacks(Model& model) override {
    std::vector<std::unique_ptr<Callback>> own;
    own.push_back(std::make_unique<ResetStates>(model));
    own.push_back(std::make_unique<BitsPerCharacter>());
    return own;
  }

  // Without states, so that it takes any number of texts of any length, in Keras, too.
  std::function<void(const std::filesystem::path&)> saver(const Model& model) const override {
    auto saved = std::make_shared<Sequential>(
        layers(false),
        ModelOptions{.name = "language_model", .seed = static_cast<uint64_t>(*flags_.seed)});
    saved->compile({.optimizer = flags_.chosen_optimizer(), .loss = loss()});
    saved->set_text_encoder(encoder_);
    saved->set_note(kProvenanceNote, model.note(kProvenanceNote));
    saved->build(input_shape());
    return [saved, &model](const std::filesystem::path& path) {
      saved->set_weights(model.get_weights());
      saved->save(path);
    };
  }

  std::vector<std::pair<std::string, std::string>> comparisons() const override {
    if (held_out_.empty()) return {};
    return {{"Unigrams, held-out text", fmt::format("{:.4f}", unigram_)},
            {fmt::format("{}-grams, held-out text", kNgram), fmt::format("{:.4f}", ngram_)}};
  }

 private:
  int64_t characters() const {  // ids, the two special ones among them
    return static_cast<int64_t>(encoder_.vectorization->vocabulary.size()) + 2;
  }

  // The vocabulary is that of the training part alone.
  void split(std::string text) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    const auto in_all =
        static_cast<int64_t>(text.size()) - std::count_if(text.begin(), text.end(), continues);
    const double share = flags_.texts.validation.empty() ? flags_.validation_split : 0;
    const auto kept = in_all - static_cast<int64_t>(share * static_cast<double>(in_all));
    size_t end = 0;
    for (int64_t i = 0; i < kept; ++i) {
      ++end;
      while (end < text.size() && continues(text[end])) ++end;
    }
    const std::string_view whole = text;
    encoder_ = character_encoder(whole.substr(0, end), flags_.num_words);
    ids_ = character_ids(encoder_, whole.substr(0, end));
    held_out_ = character_ids(encoder_, whole.substr(end));
  }

  void check_sizes() const {
    const int64_t batch_size = flags_.batch_size, maxlen = *flags_.maxlen;
    const auto have = static_cast<int64_t>(ids_.size());
    if ((have - 1) / batch_size < maxlen) {
      throw Error(ErrorCode::bad_data, file_,
                  fmt::format("text: expected more than {} characters to train on, {} streams of "
                              "{}, got {}.",
                              grouped(batch_size * maxlen), batch_size, maxlen, grouped(have)),
                  "use more text, or a smaller --batch-size or --maxlen.");
    }
    if (batch_size * maxlen > kMostOutputs / characters()) {
      throw UsageError("--maxlen",
                       fmt::format("batch: expected at most {} outputs, got {} streams x {} "
                                   "characters x {} ids.",
                                   grouped(kMostOutputs), batch_size, maxlen, characters()),
                       "use a smaller --maxlen, --batch-size or --num-words.");
    }
    const bool wanted = !flags_.texts.validation.empty() || flags_.validation_split > 0;
    if (wanted && held_out_.size() < 2) {
      throw Error(
          ErrorCode::bad_data, flags_.texts.validation.empty() ? file_ : flags_.texts.validation,
          fmt::format("validation: expected at least 2 characters, got {}.", held_out_.size()),
          "use more text, or --validation-split 0 for none.");
    }
  }

  void compare() {
    held_out_windows_ = held_out_windows(held_out_, flags_.batch_size, *flags_.maxlen);
    NgramModel unigrams(1, characters()), ngrams(kNgram, characters());
    unigrams.add(ids_);
    ngrams.add(ids_);
    unigram_ = bits_per_character(unigrams, held_out_, held_out_windows_);
    ngram_ = bits_per_character(ngrams, held_out_, held_out_windows_);
    held_out_streams_ = held_out_windows_.streams;
    held_out_targets_ = held_out_windows_.targets();
  }

  std::vector<LayerSpec> layers(bool stateful) const {
    std::vector<LayerSpec> layers = {Embedding(characters(), flags_.embedding)};
    for (LayerSpec& layer : flags_.network.layers()) {
      if (auto* recurrent = std::get_if<RecurrentOptions>(&layer)) {
        recurrent->return_sequences = true;
        recurrent->stateful = stateful;
      }
      layers.push_back(std::move(layer));
    }
    layers.push_back(Dense(characters(), "softmax"));
    return layers;
  }

  const TrainFlags& flags_;
  std::string file_, sha256_, validation_sha256_;
  TextEncoder encoder_;
  std::vector<int32_t> ids_, held_out_;
  TextWindows windows_, held_out_windows_;
  int64_t held_out_streams_ = 0, held_out_targets_ = 0;
  double unigram_ = 0, ngram_ = 0;  // bits per character of the held-out text
};

std::string CharactersTask::description() const {
  const auto size = [](const auto& ids) { return static_cast<int64_t>(ids.size()); };
  std::string text =
      fmt::format("Data        {}: a plain text, {} characters\n", file_,
                  grouped(size(ids_) + (validation_sha256_.empty() ? size(held_out_) : 0)));
  text += fmt::format("Training    {} characters: {} streams of {} windows of {}\n",
                      grouped(size(ids_)), windows_.streams, grouped(windows_.windows),
                      windows_.maxlen);
  if (held_out_.empty()) {
    text += "Held out    nothing\n";
  } else {
    const auto unknown = std::count(held_out_.begin(), held_out_.end(), 1);
    text += fmt::format(
        "Held out    {} characters, {}{}; {} foretold, in {} stream{}\n", grouped(size(held_out_)),
        validation_sha256_.empty() ? fmt::format("the last {:.4g} %", 100 * flags_.validation_split)
                                   : "of " + flags_.texts.validation,
        unknown > 0 ? fmt::format(" ({} not in the vocabulary)", grouped(unknown)) : "",
        grouped(held_out_targets_), held_out_streams_, held_out_streams_ == 1 ? "" : "s");
    text += fmt::format(
        "Baseline    {:.4f} bits per held-out character by unigrams, {:.4f} by {}-grams\n",
        unigram_, ngram_, kNgram);
  }
  text += fmt::format("Vocabulary  {} ids of {} characters and two more\n", grouped(characters()),
                      grouped(characters() - 2));
  return text + fmt::format("SHA-256     {}\n", sha256_);
}

}  // namespace

std::unique_ptr<TrainTask> train_on_characters(const TrainFlags& flags, const Flags& declared) {
  return std::make_unique<CharactersTask>(flags, declared);
}

}  // namespace eddy::cli
