// SPDX-License-Identifier: MIT
// eddy train: a network for one of the tasks (train_task.h), everything about the run in one
// folder.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "interrupt.h"
#include "machine.h"
#include "run_backup.h"
#include "run_folder.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

int64_t new_seed() {
  std::random_device device;
  return static_cast<int64_t>(device());
}

Sequential make_model(const TrainFlags& flags, const TrainTask& task) {
  Sequential model(task.layers(), {.seed = static_cast<uint64_t>(*flags.seed)});
  model.compile(
      {.optimizer = flags.chosen_optimizer(), .loss = task.loss(), .metrics = task.metrics()});
  return model;
}

nlohmann::json make_record(const TrainFlags& flags, const Flags& declared, const TrainTask& task,
                           const RunFolder& folder) {
  nlohmann::json options = declared.record();
  options.erase("resume");
  options["dataset"] = flags.data.is_path() ? flags.data.dataset : task.key();
  options["out"] = folder.path().string();
  return {{"program", "eddy"},  {"version", EDDY_VERSION},      {"command", "train"},
          {"options", options}, {"seed", *flags.seed},          {"threads", num_threads()},
          {"cpu", cpu_name()},  {"simd_target", simd_target()}, {"dataset", task.record()}};
}

// A run ends as it would have only with the data that it was begun with.
void check_same_data(const nlohmann::json& record, const TrainTask& task, const std::string& run) {
  const auto digest = [](const nlohmann::json& dataset) {
    std::string digests;
    for (const char* key : {"sha256", "validation_sha256"}) {
      if (dataset.is_object() && dataset.contains(key)) digests += dataset[key].dump();
    }
    return digests;
  };
  const std::string then = digest(record.value("dataset", nlohmann::json()));
  const std::string now = digest(task.record());
  if (then.empty() || then == now) return;
  throw Error(ErrorCode::bad_data, "--resume",
              fmt::format("data: expected those that {} was begun with (SHA-256 {}), got others "
                          "({}).",
                          run, then, now),
              "bring the old data back, or start a new run in another folder.");
}

void print_setting(const TrainFlags& flags, const TrainTask& task) {
  std::cout << fmt::format(
      "{}"
      "Machine     {}, {}, {} thread{}\n"
      "Seed        {}\n\n",
      task.description(), cpu_name(), simd_target(), num_threads(), num_threads() == 1 ? "" : "s",
      *flags.seed);
}

void print_results(const RunFolder& folder, const TrainTask& task) {
  const Score score = task.score();
  const History& history = folder.history();
  std::string table;
  const size_t width = std::max<size_t>(27, ("Final validation " + score.name + "  ").size());
  const auto row = [&table, width](const std::string& name, const std::string& value) {
    table += fmt::format("{:<{}}{}\n", name, width, value);
  };
  if (const auto found = history.history.find("val_" + score.key); found != history.history.end()) {
    const auto& values = found->second;
    const auto best = score.most ? std::max_element(values.begin(), values.end())
                                 : std::min_element(values.begin(), values.end());
    row("Best validation " + score.name,
        fmt::format("{:.4f} (epoch {})", *best,
                    history.epoch[static_cast<size_t>(best - values.begin())] + 1));
    row("Final validation " + score.name, fmt::format("{:.4f}", values.back()));
  }
  row("Final training " + score.name, fmt::format("{:.4f}", history.history.at(score.key).back()));
  for (const auto& [name, value] : task.comparisons()) row(name, value);
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
    std::cout << fmt::format("  {0}.svg, {0}.png\n  loss.svg, loss.png          the curves\n",
                             score.picture);
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
  flags.use_absolute_paths();
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
void fit(Sequential& model, TrainTask& task, const TrainFlags& flags, RunFolder& folder,
         RunBackup& backup) {
  TrainData data = task.take_data();
  const auto own = task.callbacks(model);
  ProgressBar bar(std::cout, progress_bar_for(terminal(STDOUT_FILENO)));
  StopOnSignal stop;
  TensorBoard board({.log_dir = folder.path()});
  std::vector<Callback*> callbacks;
  callbacks.reserve(own.size() + 5);
  for (const auto& callback : own) callbacks.push_back(callback.get());
  callbacks.insert(callbacks.end(), {&bar, &folder, &stop, &backup});
  if (flags.tensorboard) callbacks.push_back(&board);
  try {
    model.fit(data.x, data.y,
              {.epochs = flags.epochs,
               .batch_size = flags.batch_size,
               .validation_split = data.validation_split,
               .validation_data = std::move(data.validation),
               .shuffle = data.shuffle,
               .callbacks = callbacks,
               .validation_batch_size = data.validation_batch_size});
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

// The data, the folder for the results, what stands in it, and what there is to say of it all.
struct Run {
  std::unique_ptr<TrainTask> task;
  std::unique_ptr<RunFolder> folder;
  std::unique_ptr<RunBackup> backup;
  nlohmann::json record;
};

Run prepare(TrainFlags& flags, const Flags& declared, nlohmann::json record) {
  const bool resumes = !flags.resume.empty();
  Run run;
  run.task = make_train_task(flags, declared);
  // Before the data: a mistake should show at once.
  if (!flags.out.empty()) run.folder = std::make_unique<RunFolder>(flags.out, resumes);
  if (!can_plot()) {
    std::cerr << "note: there will be no pictures, gnuplot cannot be started. Fix: apt-get install "
                 "gnuplot-nox, then `eddy plot`.\n";
  }
  run.task->load();
  if (!run.folder) {
    run.folder = std::make_unique<RunFolder>(
        fmt::format("runs/{}-{}", run.task->key(), flags.network.cell), false);
  }
  run.backup = std::make_unique<RunBackup>(run.folder->path(), flags.save_freq.value_or(0));
  if (resumes) {
    check_same_data(record, *run.task, flags.resume);
    run.backup->resume();
    run.record = std::move(record);
  } else {
    run.record = make_record(flags, declared, *run.task, *run.folder);
  }
  print_setting(flags, *run.task);
  return run;
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
  if (!resumes) flags.choose_defaults(declared);
  flags.check();
  flags.use_absolute_paths();
  if (!flags.seed) flags.seed = new_seed();
  set_num_threads(flags.threads);
  const InterruptGuard guard;
  const Run run = prepare(flags, declared, std::move(record));
  const auto& [task, folder, backup, description] = run;
  Sequential model = make_model(flags, *task);
  task->equip(model);
  folder->describe(task->saver(model), description);
  model.build(task->input_shape());
  model.summary();
  std::cout << std::endl;
  InterruptGuard::check();

  if (!resumes) backup->begin(description);
  fit(model, *task, flags, *folder, *backup);
  const bool is_whole = static_cast<int64_t>(folder->history().epoch.size()) == flags.epochs;
  const int signal = is_whole ? 0 : InterruptGuard::signal();  // one that came too late
  folder->finish(signal);
  if (!folder->history().epoch.empty()) print_results(*folder, *task);
  if (signal == 0) {
    backup->remove();
  } else {
    std::cout.flush();
    print_how_to_go_on(*folder);
  }
  return signal == 0 ? kOk : Interrupted{signal}.exit_status();
}

}  // namespace

void add_train(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "train",
      "Train a network on reviews or your own texts; write model, histories and pictures.");
  auto flags = std::make_shared<TrainFlags>();
  auto declared = std::make_shared<Flags>(*command);
  flags->declare(*declared);
  command->callback([&action, flags, declared] {
    action = [flags, declared] { return train(*flags, *declared); };
  });
}

}  // namespace eddy::cli
