// SPDX-License-Identifier: MIT
#include "dataset.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "eddy/report.h"
#include "interrupt.h"

namespace eddy::cli {
namespace {

constexpr Flags::Range kSizes = {1, 1'000'000};

// A moving line on a terminal, one line elsewhere.
class DownloadLine {
 public:
  explicit DownloadLine(bool interactive) : interactive_(interactive) {}
  ~DownloadLine() {
    if (open_) std::cerr << '\n';
  }
  DownloadLine(const DownloadLine&) = delete;
  DownloadLine& operator=(const DownloadLine&) = delete;

  void show(const std::string& file, uint64_t done, uint64_t all) {
    InterruptGuard::check();
    const auto percent = static_cast<int>(all > 0 ? 100 * done / all : 0);
    if (file == file_ && (!interactive_ || percent == percent_)) return;
    if (open_ && file != file_) std::cerr << '\n';
    if (interactive_) {
      std::cerr << fmt::format("\rDownloading {}: {:.1f} MB", file,
                               static_cast<double>(done) / 1e6);
      if (all > 0)
        std::cerr << fmt::format(" of {:.1f} ({} %)", static_cast<double>(all) / 1e6, percent);
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

Dataset load_imdb(const DatasetFlags& flags, const IdRule& ids) {
  DownloadLine line(terminal(STDERR_FILENO).interactive);
  datasets::ImdbOptions options;
  if (ids.num_words > 0) options.num_words = ids.num_words;
  options.start_char = ids.start_char;
  options.oov_char = ids.oov_char;
  options.index_from = ids.index_from;
  options.data_dir = flags.data_dir;
  options.progress = [&line](const std::string& file, uint64_t done, uint64_t all) {
    line.show(file, done, all);
  };
  Dataset loaded;
  loaded.key = "imdb";
  loaded.words = datasets::imdb_words(options);
  loaded.data = datasets::imdb(options, &loaded.info);
  return loaded;
}

Dataset load_reviews(const DatasetFlags& flags, const IdRule& ids) {
  datasets::ReviewsOptions options;
  if (ids.num_words > 0) options.num_words = ids.num_words;
  options.train_size = flags.train_size.value_or(options.train_size);
  options.test_size = flags.test_size.value_or(options.test_size);
  Dataset loaded;
  loaded.key = "reviews";
  loaded.words = datasets::reviews_words();
  loaded.data = datasets::reviews(options, &loaded.info);
  return loaded;
}

}  // namespace

std::string Dataset::title() const {
  return key == "imdb" ? "IMDB movie reviews" : "Synthetic reviews";
}

void DatasetFlags::declare(CLI::App& command, Flags& flags, bool train) {
  command.positionals_at_end(false);
  flags.word("dataset", dataset, {"imdb", "reviews"},
             "imdb: the Large Movie Review data set; reviews: built-in synthetic reviews");
  flags.text("--data-dir", data_dir, "DIR",
             "where imdb.npz and imdb_word_index.json lie; otherwise $EDDY_DATA_DIR, "
             "~/.keras/datasets, then a download");
  if (train) flags.whole("--train-size", train_size, kSizes, "training reviews (reviews only)");
  flags.whole("--test-size", test_size, kSizes, "test reviews (reviews only)");
}

void DatasetFlags::check(const std::string& command) const {
  require(dataset, command, "dataset (imdb or reviews)");
  if (dataset != "reviews" && (train_size || test_size)) {
    throw UsageError(train_size ? "--train-size" : "--test-size",
                     "dataset: expected reviews, got " + dataset + ".",
                     "leave the flag out: that data set has one size.");
  }
  std::error_code ignored;
  if (!data_dir.empty() && !std::filesystem::is_directory(data_dir, ignored)) {
    throw UsageError("--data-dir", fmt::format("value: expected a folder, got '{}'.", data_dir),
                     "name the folder that holds imdb.npz.");
  }
}

Dataset load_dataset(const DatasetFlags& flags, const IdRule& ids, bool fall_back) {
  if (flags.dataset == "reviews") return load_reviews(flags, ids);
  try {
    return load_imdb(flags, ids);
  } catch (const Error& error) {
    if (!fall_back || error.code() != ErrorCode::io) throw;
    std::cerr << fmt::format(
        "note: IMDB is neither on this machine nor to be downloaded; using the built-in synthetic "
        "reviews instead. [{}] {}\n",
        error.where(), error.subject());
  }
  return load_reviews(flags, ids);
}

}  // namespace eddy::cli
