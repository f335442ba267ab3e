// SPDX-License-Identifier: MIT
// eddy train: the article's classifier on reviews, and everything about the run in one folder.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "command.h"
#include "dataset.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "interrupt.h"
#include "machine.h"
#include "run_backup.h"
#include "run_folder.h"

namespace eddy::cli {
namespace {

constexpr int64_t kMaxTable = int64_t{1} << 28;  // numbers in the embedding: 1 GiB
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct TrainFlags {
  DatasetFlags data;
  std::string cell = "lstm", optimizer = "rmsprop", out, resume;
  int64_t units = 32, embedding = 32, num_words = 10000, maxlen = 500;
  int64_t epochs = 10, batch_size = 128, threads = 0;
  double learning_rate = 0.001, validation_split = 0.2;
  std::optional<int64_t> seed, save_freq;
  bool tensorboard = false;

  void declare(Flags& flags) {
    data.declare(flags, true);
    flags.word("--cell", cell, cell_names(), "recurrent cell");
    flags.whole("--units", units, {1, 8192}, "outputs of the recurrent layer");
    flags.whole("--embedding", embedding, {1, 8192}, "numbers that stand for a word");
    flags.whole("--num-words", num_words, {5, 10'000'000},
                "ids of the vocabulary: 4 reserved ones, then the most frequent words");
    flags.whole("--maxlen", maxlen, {1, 100'000},
                "words of a review: the last ones, or blanks in front");
    flags.whole("--epochs", epochs, {1, 1'000'000}, "passes over the training reviews");
    flags.whole("--batch-size", batch_size, {1, 1'000'000}, "reviews of one update");
    flags.text("--optimizer", optimizer, "NAME", "rmsprop, adam or sgd");
    flags.real("--learning-rate", learning_rate, {0, kInfinity}, "step size of an update");
    flags.real("--validation-split", validation_split, {0, 1, true},
               "share of the training reviews kept for validation, from the end");
    flags.whole("--seed", seed, {0, std::numeric_limits<int64_t>::max()},
                "of weights and shuffling: the same run again; default: a new one");
    flags.whole("--threads", threads, {0, 1024},
                "threads, 0 for all cores; results do not depend on it");
    flags.text("--out", out, "DIR", "folder for the results; default: runs/DATASET-CELL");
    flags.whole("--save-freq", save_freq, {1, 1'000'000'000},
                "batches between two backups; default: about a minute, and every epoch");
    flags.flag("--tensorboard", tensorboard,
               "event files for TensorBoard in the folder, below train/ and validation/");
    flags.text("--resume", resume, "DIR",
               "go on with the unfinished run in DIR; it needs no other flags");
  }
};

void check(const TrainFlags& flags) {
  flags.data.check("train");
  if (flags.num_words > kMaxTable / flags.embedding) {
    throw UsageError("--embedding",
                     fmt::format("table: expected at most {} numbers, got {} x {}.", kMaxTable,
                                 flags.num_words, flags.embedding),
                     "use fewer words or a smaller embedding.");
  }
}

int64_t new_seed() {
  std::random_device device;
  return static_cast<int64_t>(device());
}

Sequential make_model(const TrainFlags& flags) {
  Sequential model({Embedding(flags.num_words, flags.embedding),
                    Recurrent({.units = flags.units, .cell = flags.cell}), Dense(1, "sigmoid")},
                   {.seed = static_cast<uint64_t>(*flags.seed)});
  model.compile({.optimizer = {flags.optimizer, {{"learning_rate", flags.learning_rate}}},
                 .loss = "binary_crossentropy",
                 .metrics = {"acc"}});
  return model;
}

nlohmann::json make_record(const TrainFlags& flags, const Flags& declared, const Dataset& dataset,
                           const RunFolder& folder) {
  nlohmann::json options = declared.record();
  options.erase("resume");
  options["dataset"] = dataset.key;
  options["out"] = folder.path().string();
  return {{"program", "eddy"},
          {"version", EDDY_VERSION},
          {"command", "train"},
          {"options", options},
          {"seed", *flags.seed},
          {"threads", num_threads()},
          {"cpu", cpu_name()},
          {"simd_target", simd_target()},
          {"dataset",
           {{"name", dataset.info.name},
            {"source", dataset.info.source},
            {"sha256", dataset.info.sha256},
            {"train_size", dataset.data.train.y.size()},
            {"test_size", dataset.data.test.y.size()}}}};
}

void print_setting(const TrainFlags& flags, const Dataset& dataset) {
  std::cout << fmt::format(
      "Data        {}: {} training and {} test reviews\n"
      "Source      {}, SHA-256 {}\n"
      "Vocabulary  {} ids, reviews of {} words\n"
      "Machine     {}, {}, {} thread{}\n"
      "Seed        {}\n\n",
      dataset.title(), fmt::group_digits(dataset.data.train.y.size()),
      fmt::group_digits(dataset.data.test.y.size()), dataset.info.source, dataset.info.sha256,
      fmt::group_digits(flags.num_words), flags.maxlen, cpu_name(), simd_target(), num_threads(),
      num_threads() == 1 ? "" : "s", *flags.seed);
}

void print_results(const RunFolder& folder) {
  const History& history = folder.history();
  const auto& acc = history.history.at("acc");
  std::string table;
  const auto row = [&table](const char* name, const std::string& value) {
    table += fmt::format("{:<27}{}\n", name, value);
  };
  if (const auto found = history.history.find("val_acc"); found != history.history.end()) {
    const auto& val_acc = found->second;
    const auto best = std::max_element(val_acc.begin(), val_acc.end());
    row("Best validation accuracy",
        fmt::format("{:.4f} (epoch {})", *best,
                    history.epoch[static_cast<size_t>(best - val_acc.begin())] + 1));
    row("Final validation accuracy", fmt::format("{:.4f}", val_acc.back()));
  }
  row("Final training accuracy", fmt::format("{:.4f}", acc.back()));
  double seconds = 0;
  for (const double epoch : history.seconds) seconds += epoch;
  row("Seconds per epoch",
      fmt::format("{:.2f}", seconds / static_cast<double>(history.seconds.size())));
  row("Seconds in all", fmt::format("{:.1f}", folder.seconds()));
  row("Peak memory", megabytes(peak_memory_bytes()));
  std::cout << '\n' << table << '\n';
  std::cout << fmt::format("In {}:\n", folder.path().string());
  std::cout << "  model.keras                 the network of the last epoch, with its vocabulary\n"
               "  history.csv, history.json   every epoch's numbers\n"
               "  run.json                    options, machine, data and times\n";
  if (folder.has_pictures()) {
    std::cout << "  accuracy.svg, accuracy.png\n  loss.svg, loss.png          the curves\n";
  }
}

// Takes the flags of the run that is to go on.
nlohmann::json take_record(TrainFlags& flags, Flags& declared) {
  const std::string& run = flags.resume;
  if (!flags.out.empty() && flags.out != run) {
    throw UsageError("--out",
                     fmt::format("folder: expected {} as in --resume, got {}.", run, flags.out),
                     "leave the flag out: a run goes on where it is.");
  }
  nlohmann::json record = RunBackup::record_of(run);
  const nlohmann::json& options = record["options"];
  const std::string dataset = options.value("dataset", "");
  if (!flags.data.dataset.empty() && flags.data.dataset != dataset) {
    throw UsageError("dataset",
                     fmt::format("value: expected {} as {} was begun with, got {}.", dataset, run,
                                 flags.data.dataset),
                     "leave it out: a run goes on as it was begun.");
  }
  flags.data.dataset = dataset;
  declared.restore(options, {"--resume", "--out", "--threads", "--save-freq"}, run);
  flags.out = run;
  if (const std::string then = record.value("simd_target", ""); then != simd_target()) {
    std::cerr << fmt::format(
        "note: {} was begun with {} instructions and goes on with {}: its numbers will differ from "
        "an undisturbed run's in the last digits.\n",
        run, then, simd_target());
  }
  return record;
}

bool is_finished(const std::string& run) {
  std::error_code ignored;
  return !RunBackup::is_unfinished(run) &&
         std::filesystem::exists(std::filesystem::path(run) / "run.json", ignored);
}

// What there is to tell of a run that a signal has stopped.
void print_how_to_go_on(const RunFolder& folder) {
  const size_t epochs = folder.history().epoch.size();
  std::cerr << fmt::format(
      "note: stopped after {} whole epoch{}; nothing is lost: go on with `eddy train --resume "
      "{}`.\n",
      epochs, epochs == 1 ? "" : "s", folder.path().string());
}

// Trains. An error that has to do with the files leaves the backup for another attempt.
void fit(Sequential& model, const IntTensor& x, const Tensor& y, const TrainFlags& flags,
         RunFolder& folder, RunBackup& backup) {
  ProgressBar bar(std::cout, progress_bar_for(terminal(STDOUT_FILENO)));
  StopOnSignal stop;
  TensorBoard board({.log_dir = folder.path()});
  std::vector<Callback*> callbacks = {&bar, &folder, &stop, &backup};
  if (flags.tensorboard) callbacks.push_back(&board);
  try {
    model.fit(x, y,
              {.epochs = flags.epochs,
               .batch_size = flags.batch_size,
               .validation_split = flags.validation_split,
               .callbacks = callbacks});
  } catch (const Error& error) {
    bar.end_line();
    if (error.code() == ErrorCode::numeric) {
      backup.remove();
    } else {
      std::cerr << fmt::format(
          "note: what was saved is whole: once this is mended, go on with `eddy train --resume "
          "{}`.\n",
          folder.path().string());
    }
    throw;
  } catch (...) {
    bar.end_line();
    throw;
  }
}

int train(TrainFlags& flags, Flags& declared) {
  const bool resumes = !flags.resume.empty();
  if (resumes && is_finished(flags.resume)) {
    std::cout << fmt::format("The run in {} has finished; there is nothing to go on with.\n",
                             flags.resume);
    return kOk;
  }
  nlohmann::json record;
  if (resumes) record = take_record(flags, declared);
  check(flags);
  if (!flags.seed) flags.seed = new_seed();
  set_num_threads(flags.threads);
  Sequential model = make_model(flags);
  std::unique_ptr<RunFolder> folder;  // before the data: a mistake should show at once
  if (!flags.out.empty()) folder = std::make_unique<RunFolder>(flags.out, resumes);

  const InterruptGuard guard;
  if (!can_plot()) {
    std::cerr << "note: there will be no pictures, gnuplot cannot be started. Fix: apt-get install "
                 "gnuplot-nox, then `eddy plot`.\n";
  }
  Dataset dataset = load_dataset(flags.data, {.num_words = flags.num_words}, true);
  if (!folder) {
    folder = std::make_unique<RunFolder>(fmt::format("runs/{}-{}", dataset.key, flags.cell), false);
  }
  RunBackup backup(folder->path(), flags.save_freq.value_or(0));
  if (resumes) {
    backup.resume();
  } else {
    record = make_record(flags, declared, dataset, *folder);
  }
  folder->describe(model, record);
  print_setting(flags, dataset);

  const IntTensor x = pad_sequences(dataset.data.train.x, {.maxlen = flags.maxlen});
  const Tensor y = dataset.data.train.y;
  dataset.data = {};  // only the padded copy is needed from here on
  model.set_text_encoder(
      {.words = std::move(dataset.words), .num_words = flags.num_words, .maxlen = flags.maxlen});
  model.build({kNone, flags.maxlen});
  model.summary();
  std::cout << std::endl;
  InterruptGuard::check();

  if (!resumes) backup.begin(record);
  fit(model, x, y, flags, *folder, backup);
  const bool is_whole = static_cast<int64_t>(folder->history().epoch.size()) == flags.epochs;
  const int signal = is_whole ? 0 : InterruptGuard::signal();  // one that came too late
  folder->finish(signal);
  if (!folder->history().epoch.empty()) print_results(*folder);
  if (signal == 0) {
    backup.remove();
  } else {
    std::cout.flush();
    print_how_to_go_on(*folder);
  }
  return signal == 0 ? kOk : Interrupted{signal}.exit_status();
}

}  // namespace

void add_train(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "train", "Train a network on movie reviews and write model, histories and pictures.");
  auto flags = std::make_shared<TrainFlags>();
  auto declared = std::make_shared<Flags>(*command);
  flags->declare(*declared);
  command->callback([&action, flags, declared] {
    action = [flags, declared] { return train(*flags, *declared); };
  });
}

}  // namespace eddy::cli
