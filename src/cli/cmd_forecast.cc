// SPDX-License-Identifier: MIT
// eddy forecast: trains a network on series of numbers and tests it on their held-out end; or, with
// --model, foretells what comes next.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>

#include "backtest.h"
#include "command.h"
#include "eddy/eddy.h"
#include "forecast_flags.h"
#include "forecast_future.h"
#include "forecast_setup.h"
#include "forecaster.h"
#include "interrupt.h"
#include "machine.h"
#include "provenance.h"
#include "run_folder.h"

namespace eddy::cli {
namespace {

// What says something with --model, too.
constexpr std::array kFutureFlags = {"data",    "--columns", "--target", "--id",      "--time",
                                     "--model", "--out",     "--window", "--threads", "--flags"};

nlohmann::json make_record(const ForecastFlags& flags, const Flags& declared,
                           const ForecastTable& data, const ForecastSetup& setup,
                           const RunFolder& folder) {
  nlohmann::json options = declared.record();
  options.erase("model");
  options["data"] = std::filesystem::absolute(flags.data).lexically_normal().string();
  options["out"] = folder.path().string();
  options["target"] = setup.target;
  int64_t steps = 0;
  for (const auto& sequence : data.table.sequences) steps += sequence.values.dim(0);
  return {{"program", "eddy"},
          {"version", EDDY_VERSION},
          {"command", "forecast"},
          {"options", options},
          {"seed", *flags.seed},
          {"threads", num_threads()},
          {"cpu", cpu_name()},
          {"simd_target", simd_target()},
          {"dataset",
           {{"source", flags.data},
            {"sequences", data.table.sequences.size()},
            {"steps", steps},
            {"columns", setup.inputs}}}};
}

void print_setting(const ForecastFlags& flags, const ForecastTable& data,
                   const ForecastSetup& setup, const ForecastData& samples,
                   const Forecaster& forecaster) {
  const auto& sequences = data.table.sequences;
  int64_t steps = 0;
  for (const auto& sequence : sequences) steps += sequence.values.dim(0);
  std::cout << fmt::format(
      "Data        {}: {}{} steps\n", flags.data,
      sequences.size() == 1 ? std::string()
                            : fmt::format("{} series with ", fmt::group_digits(sequences.size())),
      fmt::group_digits(steps));
  std::cout << fmt::format("Columns     {} -> {}, {} step{} ahead from {} steps\n",
                           fmt::join(setup.inputs, ", "), setup.target, setup.horizon,
                           setup.horizon == 1 ? "" : "s", setup.window);
  if (data.table.time_guessed) {
    std::cout << fmt::format("Time        column '{}' (guessed; --time names another one)\n",
                             data.table.time);
  }
  std::cout << fmt::format(
      "Windows     {} to train, then {} to validate, then {} to test, in the order of time\n"
      "Scale       standardized by the training part; '{}': mean {:.6g}, deviation {:.6g}\n"
      "Machine     {}, {}, {} thread{}\n"
      "Seed        {}\n",
      fmt::group_digits(samples.train.places.size()),
      fmt::group_digits(samples.validation.places.size()),
      fmt::group_digits(samples.test.places.size()), setup.target, forecaster.mean(),
      forecaster.deviation(), cpu_name(), simd_target(), num_threads(),
      num_threads() == 1 ? "" : "s", *flags.seed);
  for (const std::string& name : forecaster.constant()) {
    std::cout << fmt::format(
        "Note        column '{}' is constant in the training part: it tells the network nothing "
        "and is only shifted to 0\n",
        name);
  }
  std::cout << '\n';
}

void fit(Forecaster& forecaster, const ForecastData& samples, const ForecastFlags& flags,
         RunFolder& folder, LiveLogger& live) {
  ProgressBar bar(std::cout, progress_bar_for(terminal(STDOUT_FILENO)));
  StopOnSignal stop;
  const bool validated = flags.validation_split > 0;
  EarlyStopping early({.monitor = validated ? "val_loss" : "loss",
                       .patience = flags.patience,
                       .restore_best_weights = true});
  std::vector<Callback*> callbacks = {&bar, &folder, &stop};
  if (flags.patience > 0) callbacks.push_back(&early);
  callbacks.push_back(&live);
  FitOptions options{
      .epochs = flags.epochs, .batch_size = flags.batch_size, .callbacks = callbacks};
  if (validated) {
    options.validation_data =
        LabelledData(samples.validation.x, forecaster.standardized(samples.validation.y));
  }
  try {
    forecaster.model().fit(samples.train.x, forecaster.standardized(samples.train.y), options);
  } catch (...) {
    bar.end_line();
    throw;
  }
  const auto epochs = static_cast<int64_t>(folder.history().epoch.size());
  if (flags.patience == 0 || epochs == 0) return;
  std::cout << fmt::format(
      "\n{} epoch{}; the model keeps the weights of epoch {}, the best by {} (--patience {}).\n",
      epochs, epochs == 1 ? "" : "s", early.best_epoch() + 1,
      validated ? "validation loss" : "training loss", flags.patience);
}

void print_files(const RunFolder& folder) {
  std::cout << fmt::format("\nIn {}:\n", folder.path().string())
            << "  model.keras                 takes and gives the data's own numbers\n"
               "  history.csv, history.json   every epoch's numbers (standardized)\n"
               "  forecast.csv, backtest.csv  forecasts of the test part, errors by steps ahead\n"
               "  run.json                    options, machine, data, errors and times\n";
  if (folder.has_pictures()) {
    std::cout << "  forecast.svg, forecast.png  the forecasts beside the truth\n"
                 "  errors.svg, errors.png      the errors by steps ahead\n"
                 "  loss.svg, mae.svg, ...png   the curves of training\n";
  }
  std::cout << fmt::format("Next steps: eddy forecast DATA --model {}\n",
                           (folder.path() / "model.keras").string());
}

std::string default_folder(const ForecastFlags& flags) {
  return fmt::format("runs/{}-{}", std::filesystem::path(flags.data).stem().string(), flags.cell);
}

// Everything that was wrong with data and flags has shown when it is made.
struct Experiment {
  ForecastSetup setup;
  ForecastTable data;
  ForecastData samples;
  nlohmann::json record;  // of run.json
};

Experiment prepare(const ForecastFlags& flags) {
  Experiment made;
  made.setup = flags.setup();
  made.data = read_forecast_table(flags.data, made.setup);
  const auto& sequences = made.data.table.sequences;
  made.samples = forecast_samples(sequences, flags.samples(made.data));
  if (flags.season > 0) {
    seasonal_naive_forecast(sequences, made.samples.test.places, made.data.target, flags.horizon,
                            flags.season);
  }
  return made;
}

// The model as it stands after the last whole epoch, its test, and all files.
void finish(const Experiment& of, Forecaster& forecaster, RunFolder& folder, int signal) {
  Sequential model = forecaster.finished();
  note_provenance(model, of.record);
  model.save(folder.path() / "model.keras");
  const Backtest backtest(model, of.data, of.setup, of.samples.test);
  folder.add("backtest", backtest.record());
  folder.finish(signal);
  backtest.write(folder.path(), folder.has_pictures());
  std::cout << '\n' << backtest.text();
  print_files(folder);
}

int train_forecaster(ForecastFlags& flags, const Flags& declared) {
  flags.check();
  if (!flags.seed) flags.seed = static_cast<int64_t>(std::random_device()());
  set_num_threads(flags.threads);
  Experiment experiment = prepare(flags);
  const auto& [setup, data, samples, record] = experiment;
  Forecaster forecaster(samples, setup, flags.network());
  RunFolder folder(flags.out.empty() ? default_folder(flags) : flags.out, false);
  const InterruptGuard guard;
  if (!can_plot()) {
    std::cerr << "note: there will be no pictures, gnuplot cannot be started. Fix: apt-get install "
                 "gnuplot-nox.\n";
  }
  experiment.record = make_record(flags, declared, data, setup, folder);
  folder.describe(
      [&forecaster, &experiment](const std::filesystem::path& path) {
        Sequential model = forecaster.finished();
        note_provenance(model, experiment.record);
        model.save(path);
      },
      record);
  print_setting(flags, data, setup, samples, forecaster);
  forecaster.model().summary();
  std::cout << std::endl;
  InterruptGuard::check();

  LiveLogger live({.filename = folder.path() / "live.json"});
  fit(forecaster, samples, flags, folder, live);
  const int signal = InterruptGuard::signal();
  if (signal != 0) live.note(fmt::format("stopped by {}", strsignal(signal)));
  const size_t epochs = folder.history().epoch.size();
  if (epochs == 0) return Interrupted{signal}.exit_status();
  finish(experiment, forecaster, folder, signal);
  if (signal == 0) return kOk;
  std::cout.flush();
  std::cerr << fmt::format(
      "note: stopped after {} whole epochs; the model is that of the best one so far.\n", epochs);
  return Interrupted{signal}.exit_status();
}

int forecast(ForecastFlags& flags, Flags& declared) {
  declared.read_file("forecast");
  if (flags.model.empty()) return train_forecaster(flags, declared);
  require(flags.data, "forecast", "data");
  for (const std::string& name : declared.all_given()) {
    if (std::find(kFutureFlags.begin(), kFutureFlags.end(), name) != kFutureFlags.end()) continue;
    throw UsageError(name, "flag: expected none for training together with --model, got one.",
                     "leave it out: the model is made.");
  }
  set_num_threads(flags.threads);
  const bool has_window = declared.given("--window");
  return forecast_future({.data = flags.data,
                          .model = flags.model,
                          .out = flags.out,
                          .inputs = split_names("--columns", flags.columns),
                          .target = flags.target,
                          .id = flags.id,
                          .time = flags.time,
                          .window = has_window ? flags.window : 0});
}

}  // namespace

void add_forecast(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "forecast", "Train a network on series of numbers and test its forecasts, or make some.");
  auto flags = std::make_shared<ForecastFlags>();
  auto declared = std::make_shared<Flags>(*command);
  flags->declare(*declared);
  command->callback([&action, flags, declared] {
    action = [flags, declared] { return forecast(*flags, *declared); };
  });
}

}  // namespace eddy::cli
