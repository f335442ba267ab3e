// SPDX-License-Identifier: MIT
#include "dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "eddy/report.h"
#include "eddy/reuters.h"
#include "interrupt.h"

namespace eddy::cli {
namespace {

constexpr Flags::Range kSizes = {1, 1'000'000};
const std::vector<std::string> kNamed = {"imdb", "reuters", "reviews"};  // what is no path

// A moving line on a terminal, one line elsewhere.
class DownloadLine {
 public:
  explicit DownloadLine(bool interactive) : interactive_(interactive) {}
  ~DownloadLine() { end(); }
  DownloadLine(const DownloadLine&) = delete;
  DownloadLine& operator=(const DownloadLine&) = delete;

  void end() {
    if (open_) std::cerr << '\n';
    open_ = false;
  }

  void show(const std::string& file, uint64_t done, uint64_t all) {
    InterruptGuard::check();
    const auto percent = static_cast<int>(all > 0 ? 100 * done / all : 0);
    if (file == file_ && (!interactive_ || percent == percent_)) return;
    if (file != file_) end();
    if (interactive_) {
      std::cerr << fmt::format("\rDownloading {}: {:.1f} MB", file,
                               static_cast<double>(done) / 1e6);
      if (all > 0) {
        std::cerr << fmt::format(" of {:.1f} ({} %)", static_cast<double>(all) / 1e6, percent);
      }
    } else {
      std::cerr << fmt::format("Downloading {}\n", file);
    }
    std::cerr.flush();
    open_ = interactive_;
    file_ = file;
    percent_ = percent;
  }

 private:
  bool interactive_, open_ = false;
  std::string file_;
  int percent_ = -1;
};

// datasets::ImdbOptions or datasets::ReutersOptions.
template <class Options>
Options load_options(const DatasetFlags& flags, const IdRule& ids, DownloadLine& line) {
  Options options;
  if (ids.num_words > 0) options.num_words = ids.num_words;
  options.start_char = ids.start_char;
  options.oov_char = ids.oov_char;
  options.index_from = ids.index_from;
  options.data_dir = flags.data_dir;
  options.progress = [&line](const std::string& file, uint64_t done, uint64_t all) {
    line.show(file, done, all);
  };
  return options;
}

Dataset load_imdb(const datasets::ImdbOptions& options) {
  Dataset loaded;
  loaded.key = "imdb";
  loaded.classes = TextEncoder().classes;
  loaded.data = datasets::imdb(options, &loaded.info);
  return loaded;
}

// Reviews and words that belong together: no id beyond the last word.
void check_words(const Dataset& loaded, const IdRule& ids) {
  int32_t highest = 0;
  for (const datasets::Split* split : {&loaded.data.train, &loaded.data.test}) {
    for (const auto& review : split->x) {
      for (const int32_t id : review) highest = std::max(highest, id);
    }
  }
  const auto words = static_cast<int64_t>(loaded.words.size());
  if (highest - ids.index_from <= words) return;
  throw Error(ErrorCode::bad_data, loaded.key + "_word_index.json",
              fmt::format("words: expected {} or more, for the ids of {}, got {}.",
                          highest - ids.index_from, loaded.info.source, words),
              "take both files from the same place.");
}

Dataset load_reviews(const DatasetFlags& flags, const IdRule& ids) {
  datasets::ReviewsOptions options;
  if (ids.num_words > 0) options.num_words = ids.num_words;
  options.train_size = flags.train_size.value_or(options.train_size);
  options.test_size = flags.test_size.value_or(options.test_size);
  Dataset loaded;
  loaded.key = "reviews";
  loaded.classes = TextEncoder().classes;
  loaded.words = datasets::reviews_words();
  loaded.data = datasets::reviews(options, &loaded.info);
  return loaded;
}

Dataset load_reuters(const DatasetFlags& flags, const IdRule& ids, DownloadLine& line) {
  const auto options = load_options<datasets::ReutersOptions>(flags, ids, line);
  Dataset loaded;
  loaded.key = "reuters";
  loaded.classes = datasets::reuters_label_names();
  loaded.data = datasets::reuters(options, &loaded.info);
  loaded.words = datasets::reuters_words(options);
  check_words(loaded, ids);
  return loaded;
}

}  // namespace

std::string Dataset::title() const {
  if (key == "reuters") return "Reuters newswires";
  return key == "imdb" ? "IMDB movie reviews" : "Synthetic reviews";
}

std::string Dataset::texts() const { return key == "reuters" ? "newswires" : "reviews"; }
std::vector<std::string> review_texts(const Dataset& dataset, const Sequences& reviews) {
  const IdRule rule;
  std::vector<std::string> texts;
  texts.reserve(reviews.size());
  for (const auto& review : reviews) {
    std::string& text = texts.emplace_back();
    for (const int32_t id : review) {
      const int64_t rank = id - rule.index_from;
      if (rank < 1 || rank > static_cast<int64_t>(dataset.words.size())) continue;
      if (!text.empty()) text += ' ';
      text += dataset.words[static_cast<size_t>(rank - 1)];
    }
  }
  return texts;
}

void DatasetFlags::declare(Flags& flags, bool train) {
  flags.argument("dataset", dataset, fmt::format("{}|PATH", fmt::join(kNamed, "|")),
                 "imdb: the Large Movie Review data set; reuters: newswires of 46 topics; reviews: "
                 "built-in synthetic reviews; or "
                 "your own texts: a folder with a sub-folder of .txt files for every class, or a "
                 ".csv, .tsv or .jsonl file; or your own sequences of numbers: .npz, or .csv and "
                 ".tsv with --id");
  flags.text("--data-dir", data_dir, "DIR",
             "where imdb.npz and imdb_word_index.json, or reuters.npz and "
             "reuters_word_index.json, lie; otherwise $EDDY_DATA_DIR, "
             "~/.keras/datasets, then a download");
  if (train) flags.whole("--train-size", train_size, kSizes, "training reviews (reviews only)");
  flags.whole("--test-size", test_size, kSizes, "test reviews (reviews only)");
}

bool DatasetFlags::is_path() const {
  return !dataset.empty() && std::find(kNamed.begin(), kNamed.end(), dataset) == kNamed.end();
}

void DatasetFlags::use_absolute_paths() {
  if (is_path()) dataset = std::filesystem::absolute(dataset).lexically_normal().string();
}

void DatasetFlags::check(const std::string& command) const {
  require(dataset, command, "dataset (imdb, reuters, reviews, or a folder or file of texts)");
  std::error_code ignored;
  if (is_path() && !std::filesystem::exists(dataset, ignored)) {
    throw UsageError("dataset",
                     fmt::format("value: expected imdb, reuters, reviews, or a folder or file of "
                                 "texts, got '{}', which is nothing of these.",
                                 dataset),
                     did_you_mean(dataset, kNamed));
  }
  if (dataset != "reviews" && (train_size || test_size)) {
    throw UsageError(train_size ? "--train-size" : "--test-size",
                     "dataset: expected reviews, got " + dataset + ".",
                     "leave the flag out: that data set has one size.");
  }
  if (!data_dir.empty() && !std::filesystem::is_directory(data_dir, ignored)) {
    throw UsageError("--data-dir", fmt::format("value: expected a folder, got '{}'.", data_dir),
                     fmt::format("name the folder that holds {}.npz.",
                                 dataset == "reuters" ? "reuters" : "imdb"));
  }
}

Dataset load_dataset(const DatasetFlags& flags, const IdRule& ids, bool fall_back) {
  if (flags.dataset == "reviews") return load_reviews(flags, ids);
  DownloadLine line(terminal(STDERR_FILENO).interactive);
  if (flags.dataset == "reuters") return load_reuters(flags, ids, line);
  const auto options = load_options<datasets::ImdbOptions>(flags, ids, line);
  Dataset loaded;
  try {
    loaded = load_imdb(options);
  } catch (const Error& error) {
    if (!fall_back || error.code() != ErrorCode::io) throw;
    line.end();
    std::cerr << fmt::format(
        "note: IMDB is neither on this machine nor to be downloaded; using the built-in synthetic "
        "reviews instead. [{}] {}\n",
        error.where(), error.subject());
    return load_reviews(flags, ids);
  }
  // Whoever has the reviews wants them: without the words this fails instead of falling back.
  loaded.words = datasets::imdb_words(options);
  check_words(loaded, ids);
  return loaded;
}

}  // namespace eddy::cli
