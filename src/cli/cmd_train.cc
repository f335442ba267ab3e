// SPDX-License-Identifier: MIT
// eddy train: a network for one of the tasks (train_task.h), everything about the run in one
// folder.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "interrupt.h"
#include "machine.h"
#include "provenance.h"
#include "run_backup.h"
#include "run_folder.h"
#include "text_baseline.h"
#include "text_preset.h"
#include "train_run.h"
#include "train_task.h"

namespace eddy::cli {
namespace {

void print_results(const RunFolder& folder, const TrainTask& task, const nlohmann::json& record) {
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
  const auto found = history.history.find("val_" + score.key);
  if (record.contains("baseline") && found != history.history.end()) {
    std::cout << compare_with_baseline(record["baseline"], found->second.back()) << '\n';
  }
  std::cout << fmt::format("In {}:\n", folder.path().string());
  std::cout << "  model.keras                 the network of the last epoch, with its "
            << task.carries()
            << "\n"
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
  for (const char* flag : {"--flags", "--print-config"}) {
    if (!declared.given(flag)) continue;
    throw UsageError(flag, "value: expected none beside --resume, got one.",
                     "leave the flag out: a run goes on as it was begun.");
  }
  nlohmann::json record = RunBackup::record_of(run);
  const nlohmann::json& options = record["options"];
  flags.use_absolute_paths();
  declared.restore(options, {"--resume", "--out", "--threads", "--save-freq", "--memory"}, run);
  flags.out = run;
  note_other_machine(record, run);
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
void fit(Model& model, TrainTask& task, const TrainFlags& flags, RunFolder& folder,
         RunBackup& backup, LiveLogger& live) {
  const TrainData data = task.take_data();
  const auto own = task.callbacks(model);
  ProgressBar bar(std::cout, progress_bar_for(terminal(STDOUT_FILENO)));
  StopOnSignal stop;
  TensorBoard board({.log_dir = folder.path()});
  std::vector<Callback*> callbacks;
  callbacks.reserve(own.size() + 6);
  for (const auto& callback : own) callbacks.push_back(callback.get());
  callbacks.insert(callbacks.end(), {&bar, &folder, &stop, &backup});
  if (flags.tensorboard) callbacks.push_back(&board);
  callbacks.push_back(&live);
  try {
    fit_network(model, flags, data, callbacks);
  } catch (const Error& error) {
    bar.end_line();
    live.note(error.subject());
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
  nlohmann::json record, config;
};

// What --baseline and --preset ask for must be there.
void check_comparison(const TrainFlags& flags, const TrainTask& task) {
  const char* flag = is_best(flags) ? "--preset" : "--baseline";
  if (!is_best(flags) && !flags.baseline) return;
  if (!task.classifies_texts()) {
    throw UsageError(flag, "data: expected texts with classes, got others.", "leave the flag out.");
  }
  if (flags.baseline && flags.validation_split == 0 && flags.texts.validation.empty()) {
    throw UsageError("--baseline", "validation: expected texts to compare on, got none.",
                     "give a --validation-split above 0, or --validation.");
  }
}

// Says it at once: the network takes longer.
void add_baseline(nlohmann::json& record, TrainTask& task) {
  record["baseline"] = task.baseline();
  std::cout << fmt::format(
      "Linear bag of bigrams: validation accuracy {:.4f}, {} features, {:.1f} s\n\n",
      record["baseline"].value("val_acc", 0.0),
      fmt::group_digits(record["baseline"].value("features", int64_t{0})),
      record["baseline"].value("seconds", 0.0));
}

Run prepare(TrainFlags& flags, const Flags& declared, nlohmann::json record) {
  const bool resumes = !flags.resume.empty();
  Run run;
  run.config = network_config(flags, record);
  run.task = make_train_task(flags, declared);
  check_comparison(flags, *run.task);
  // Before the data: a mistake should show at once.
  if (!flags.out.empty()) run.folder = std::make_unique<RunFolder>(flags.out, resumes);
  if (!can_plot()) {
    std::cerr << "note: there will be no pictures, gnuplot cannot be started. Fix: apt-get install "
                 "gnuplot-nox, then `eddy plot`.\n";
  }
  run.task->load();
  if (!run.folder) {
    run.folder = std::make_unique<RunFolder>(
        fmt::format("runs/{}-{}", run.task->key(), network_key(flags)), false);
  }
  run.backup = std::make_unique<RunBackup>(run.folder->path(), flags.save_freq.value_or(0));
  if (resumes) {
    check_same_data(record, *run.task, flags.resume);
    run.backup->resume();
    run.record = std::move(record);
  } else {
    run.record = make_record(flags, declared, *run.task, run.config, run.folder->path().string());
  }
  print_setting(flags, *run.task);
  return run;
}

// --print-config
int print_config(const TrainFlags& flags, const Flags& declared) {
  const nlohmann::json config = network_config(flags);
  const auto task = make_train_task(flags, declared);
  task->load();
  const Model model = make_model(flags, *task, config);
  std::cout << nlohmann::ordered_json::parse(model.to_json()).dump(2) << '\n';
  return kOk;
}

int train(TrainFlags& flags, Flags& declared) {
  declared.read_file("train");
  const bool resumes = !flags.resume.empty();
  if (resumes && is_finished(flags.resume)) {
    std::cout << fmt::format("The run in {} has finished; there is nothing to go on with.\n",
                             flags.resume);
    return kOk;
  }
  nlohmann::json record;
  if (resumes) record = take_record(flags, declared);
  if (!resumes) {
    flags.choose_defaults(declared);
    declared.read_file("train");  // what a record says stands, also where it is no task's default
  }
  if (!resumes && is_best(flags)) use_preset(flags, declared);
  flags.check(declared, "train");
  flags.use_absolute_paths();
  if (!flags.seed) flags.seed = new_seed();
  set_num_threads(flags.threads);
  const InterruptGuard guard;
  if (flags.print_config) return print_config(flags, declared);
  Run run = prepare(flags, declared, std::move(record));
  auto& [task, folder, backup, description, config] = run;
  if (flags.baseline && !resumes) add_baseline(description, *task);
  Model model = make_model(flags, *task, config);
  note_provenance(model, description);
  folder->describe(task->saver(model), description);
  model.summary();
  std::cout << std::endl;
  InterruptGuard::check();

  if (!resumes) backup->begin(description);
  LiveLogger live({.filename = folder->path() / "live.json"});
  fit(model, *task, flags, *folder, *backup, live);
  const bool is_whole = static_cast<int64_t>(folder->history().epoch.size()) == flags.epochs;
  const int signal = is_whole ? 0 : InterruptGuard::signal();  // one that came too late
  if (signal != 0) live.note(fmt::format("stopped by {}", strsignal(signal)));
  folder->finish(signal);
  if (!folder->history().epoch.empty()) print_results(*folder, *task, description);
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
      "Train a network on reviews, your own texts or your own sequences of numbers; write model, "
      "histories and pictures.");
  auto flags = std::make_shared<TrainFlags>();
  auto declared = std::make_shared<Flags>(*command);
  flags->declare(*declared);
  flags->declare_training(*declared);
  command->callback([&action, flags, declared] {
    action = [flags, declared] { return train(*flags, *declared); };
  });
}

}  // namespace eddy::cli
