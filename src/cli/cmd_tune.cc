// SPDX-License-Identifier: MIT
// eddy tune: trainings as `eddy train` does them, with flags drawn at random; bad ones are stopped.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "interrupt.h"
#include "run_folder.h"
#include "train_run.h"
#include "train_task.h"
#include "tune_flags.h"
#include "tune_folder.h"
#include "tune_table.h"

namespace eddy::cli {
namespace {

using tune::RandomSearch;
using Outcome = RandomSearch::Outcome;

// Tells the search of every epoch, and ends the trial when the search wants it to end.
class Judge : public Callback {
 public:
  Judge(std::string key, const RandomSearch& search, const tune::Trial& trial,
        const RandomSearch::Report& report)
      : key_(std::move(key)), search_(search), trial_(trial), report_(report) {}

  void on_train_batch_end(TrainingState& state) override {
    if (search_.out_of_time()) state.stop_now = true;
  }
  void on_epoch_end(TrainingState& state) override {
    double score = std::nan("");
    for (const auto& [key, value] : state.logs) {
      if (key == key_) score = value;
    }
    if (!report_(score)) state.stop_now = true;
    const auto epochs = static_cast<int64_t>(trial_.scores.size());
    improved_ = search_.best_score(trial_) && search_.best_epoch(trial_) == epochs - 1;
  }
  // Whether the epoch at hand is the trial's best.
  bool improved() const { return improved_; }

 private:
  std::string key_;
  const RandomSearch& search_;
  const tune::Trial& trial_;
  const RandomSearch::Report& report_;
  bool improved_ = false;
};

class Tuning {
 public:
  Tuning(TuneFlags& flags, Flags& declared) : flags_(flags), declared_(declared) {}
  int run();

 private:
  void take_record();
  void prepare();
  void begin_search();
  nlohmann::json record_of_trial(const tune::Trial& trial) const;
  Outcome train(const tune::Trial& trial, const RandomSearch::Report& report);
  Outcome fit(Model& model, const tune::Trial& trial, const RandomSearch::Report& report,
              RunFolder& folder);
  void write(const std::string& status);
  void print_results() const;

  TuneFlags& flags_;
  Flags& declared_;
  std::vector<tune::Parameter> space_;
  std::unique_ptr<TrainTask> task_;
  std::unique_ptr<TuneFolder> folder_;
  std::unique_ptr<RandomSearch> search_;
  nlohmann::json config_, record_;
  tune::Values first_;
  TrainData data_;
};

// Takes the flags of the search that is to go on.
void Tuning::take_record() {
  TrainFlags& train = flags_.train;
  const std::string run = train.resume;
  for (const char* flag : {"--flags", "--out"}) {
    if (!declared_.given(flag)) continue;
    throw UsageError(flag, "value: expected none beside --resume, got one.",
                     "leave the flag out: a search goes on as it was begun, where it is.");
  }
  record_ = TuneFolder::record_of(run);
  const nlohmann::json& options = record_["options"];
  train.use_absolute_paths();
  std::vector<std::string> free = {"--out", "--threads"};
  // One of them in place of both: a search whose time is up goes on by a number of trials.
  if (declared_.given("--budget") || declared_.given("--trials")) {
    free.insert(free.end(), {"--budget", "--trials"});
  }
  declared_.restore(options, free, run);
  train.out = run;
  note_other_machine(record_, run);
}

void Tuning::prepare() {
  TrainFlags& train = flags_.train;
  const bool resumes = !train.resume.empty();
  if (resumes) {
    take_record();
  } else {
    train.choose_defaults(declared_);
    declared_.read_file("tune");  // as in `eddy train`
  }
  train.check(declared_, "tune");
  train.use_absolute_paths();
  space_ = flags_.space(declared_);
  // Refuses ranges that say nothing, before there are data.
  const RandomSearch unused(space_, {.trials = 1});
  first_ = TuneFlags::values(space_, declared_);
  flags_.seconds();
  if (!train.seed) train.seed = new_seed();
  set_num_threads(train.threads);
  config_ = network_config(train, record_);
  task_ = make_train_task(train, declared_);
  if (!train.out.empty()) folder_ = std::make_unique<TuneFolder>(train.out, resumes);
}

void Tuning::begin_search() {
  TrainFlags& train = flags_.train;
  const Score score = task_->score();
  search_ = std::make_unique<RandomSearch>(
      space_, tune::SearchOptions{.seed = static_cast<uint64_t>(*train.seed),
                                  .epochs = train.epochs,
                                  .trials = flags_.trials.value_or(0),
                                  .seconds = flags_.seconds(),
                                  .most = score.most,
                                  .first = first_});
  if (!train.resume.empty()) {
    check_same_data(record_, *task_, train.resume);
    search_->restore(TuneFolder::trials_of(record_, train.resume));
  }
  const std::string out = folder_->path().string();
  record_ = make_record(train, declared_, *task_, config_, out);
  record_["command"] = "tune";
  record_["score"] = "val_" + score.key;
}

// As `eddy train` would have written it, so that it repeats the trial.
nlohmann::json Tuning::record_of_trial(const tune::Trial& trial) const {
  nlohmann::json record = make_record(flags_.train, declared_, *task_, config_, "");
  for (const char* key : {"search", "budget", "trials"}) record["options"].erase(key);
  record["options"]["out"] = nullptr;
  record["trial"] = trial.number;
  return record;
}

Outcome Tuning::fit(Model& model, const tune::Trial& trial, const RandomSearch::Report& report,
                    RunFolder& folder) {
  const Terminal screen = terminal(STDOUT_FILENO);
  ProgressBarOptions options = progress_bar_for(screen);
  if (!screen.interactive) options.verbose = 0;
  ProgressBar bar(std::cout, options);
  Judge judge("val_" + task_->score().key, *search_, trial, report);
  StopOnSignal stop;
  const auto save = task_->saver(model);
  folder.describe(
      [&](const std::filesystem::path& path) {
        if (judge.improved()) save(path);
      },
      record_of_trial(trial));
  const auto own = task_->callbacks(model);
  std::vector<Callback*> callbacks;
  callbacks.reserve(own.size() + 4);
  for (const auto& callback : own) callbacks.push_back(callback.get());
  callbacks.insert(callbacks.end(), {&bar, &judge, &folder, &stop});
  try {
    fit_network(model, flags_.train, data_, callbacks);
  } catch (const Error& error) {
    bar.end_line();
    if (error.code() != ErrorCode::numeric) throw;
    std::cout << "  failed: " << error.subject() << '\n';
    return Outcome::failed;
  } catch (...) {
    bar.end_line();
    throw;
  }
  bar.end_line();
  const bool is_whole = static_cast<int64_t>(trial.scores.size()) == flags_.train.epochs;
  return InterruptGuard::signal() != 0 && !is_whole ? Outcome::interrupted : Outcome::done;
}

Outcome Tuning::train(const tune::Trial& trial, const RandomSearch::Report& report) {
  if (InterruptGuard::signal() != 0) return Outcome::interrupted;
  TuneFlags::apply(trial.values, declared_);
  std::cout << fmt::format("Trial {}  {}", trial.number, shown(trial.values)) << std::endl;
  RunFolder folder(folder_->folder_of(trial), true);
  Outcome outcome = Outcome::failed;
  try {
    Model model = make_model(flags_.train, *task_, config_);
    outcome = fit(model, trial, report, folder);
  } catch (const std::bad_alloc&) {
    std::cout << "  failed: it does not fit into this machine's memory\n";
  }
  folder.finish(InterruptGuard::signal(), false);
  return outcome;
}

void Tuning::write(const std::string& status) {
  const int signal = InterruptGuard::signal();
  record_["status"] = signal != 0 ? "interrupted" : status;
  const auto ranked = search_->ranked();
  const bool has_best = !ranked.empty() && search_->best_score(ranked[0]);
  record_["best"] = has_best ? nlohmann::json(ranked[0].number) : nlohmann::json();
  folder_->write(record_, *search_, task_->score());
}

void Tuning::print_results() const {
  const std::string out = folder_->path().string();
  std::cout << '\n' << tune_table(*search_, task_->score());
  std::cout << fmt::format(
      "\nIn {}:\n"
      "  best/model.keras            the best trial's network, as after its best epoch\n"
      "  best/run.json               its flags: eddy train --flags {}/best/run.json\n"
      "  trials.csv, tune.json       all trials; trial-001/ and so on: their histories\n"
      "Validation data alone were used, the same for all trials. The best of many is judged too "
      "well by\nthem: what it is worth, test data tell (eddy evaluate).\n",
      out, out);
}

int Tuning::run() {
  declared_.read_file("tune");
  prepare();
  const InterruptGuard guard;
  task_->load();
  if (!folder_) {
    folder_ = std::make_unique<TuneFolder>(fmt::format("runs/{}-tune", task_->key()), false);
  }
  begin_search();
  print_setting(flags_.train, *task_);
  data_ = task_->take_data();
  if (data_.validation_split == 0 && !data_.validation) {
    throw UsageError("--validation-split",
                     "share: expected one above 0, by which trials are judged, got 0.",
                     "keep a part of the training data for validation.");
  }
  const auto done = static_cast<int64_t>(search_->trials().size());
  if (done > 0) std::cout << fmt::format("Going on after {} trials.\n", done);
  InterruptGuard::check();
  write("searching");
  const Score score = task_->score();
  search_->run([this](const tune::Trial& trial,
                      const RandomSearch::Report& report) { return train(trial, report); },
               [&](const tune::Trial& trial) {
                 write("searching");
                 const auto best = search_->best_score(trial);
                 std::cout << fmt::format("  val_{} {}, {} of {} epochs, {:.1f} s, {}\n", score.key,
                                          best ? fmt::format("{:.4f}", *best) : "none",
                                          trial.scores.size(), flags_.train.epochs, trial.seconds,
                                          name_of(trial.end))
                           << std::flush;
               });
  write("finished");
  print_results();
  const int signal = InterruptGuard::signal();
  if (signal == 0) return kOk;
  std::cout.flush();
  std::cerr << fmt::format("note: stopped after {} trials; go on with `eddy tune --resume {}`.\n",
                           search_->trials().size(), folder_->path().string());
  return Interrupted{signal}.exit_status();
}

}  // namespace

void add_tune(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "tune", "Search for better flags of a training; keep the best model and its flags.");
  auto flags = std::make_shared<TuneFlags>();
  auto declared = std::make_shared<Flags>(*command);
  flags->declare(*declared);
  command->callback([&action, flags, declared] {
    action = [flags, declared] { return Tuning(*flags, *declared).run(); };
  });
}

}  // namespace eddy::cli
