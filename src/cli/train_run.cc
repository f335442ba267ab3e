// SPDX-License-Identifier: MIT
#include "train_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <random>
#include <utility>

#include "eddy/eddy.h"
#include "machine.h"
#include "network_config.h"
#include "text_preset.h"

namespace eddy::cli {
namespace {

CompileOptions compile_options(const TrainFlags& flags, const TrainTask& task) {
  return {.optimizer = task.optimizer().value_or(flags.chosen_optimizer()),
          .loss = task.loss(),
          .loss_weights = task.loss_weights(),
          .metrics = task.metrics()};
}

Model model_of_flags(const TrainFlags& flags, const TrainTask& task) {
  Sequential model(task.layers(), {.seed = static_cast<uint64_t>(*flags.seed)});
  model.compile(compile_options(flags, task));
  model.build(task.input_shape());
  return model;
}

Model model_of_config(const TrainFlags& flags, TrainTask& task, const nlohmann::json& config) {
  const auto seed = static_cast<uint64_t>(*flags.seed);
  Model model = make_configured(config, flags.config, seed, model_of_flags(flags, task));
  task.equip(model);
  const TextEncoder* encoder = model.text_encoder();
  if (encoder != nullptr && encoder->vectorization && config["class_name"] != "Sequential") {
    // Keras' TextVectorization stands in front of other layers, so the network becomes one.
    Sequential whole({model.as_layer()}, {.seed = seed});
    whole.build(task.input_shape());
    model = std::move(whole);
  }
  model.compile(compile_options(flags, task));
  note_optimizer(config, flags.config, model);
  return model;
}

}  // namespace

int64_t new_seed() {
  std::random_device device;
  return static_cast<int64_t>(device());
}

nlohmann::json network_config(const TrainFlags& flags, const nlohmann::json& record) {
  const auto kept = record.find("config");
  if (kept != record.end() && kept->is_object()) return *kept;
  return flags.config.empty() ? nlohmann::json() : read_network_config(flags.config);
}

Model make_model(const TrainFlags& flags, TrainTask& task, const nlohmann::json& config) {
  Model model =
      config.is_null() ? model_of_flags(flags, task) : model_of_config(flags, task, config);
  task.equip(model);
  task.begin(model);
  return model;
}

void fit_network(Model& model, const TrainFlags& flags, const TrainData& data,
                 std::vector<Callback*> callbacks) {
  const FitOptions options{.epochs = flags.epochs,
                           .batch_size = flags.batch_size,
                           .validation_split = data.validation_split,
                           .validation_data = data.validation,
                           .shuffle = data.shuffle,
                           .callbacks = std::move(callbacks),
                           .validation_batch_size = data.validation_batch_size};
  data.source ? model.fit(*data.source, data.y, options) : model.fit(data.x, data.y, options);
}

std::string network_key(const TrainFlags& flags) {
  if (is_best(flags)) return kBest;
  if (flags.config.empty()) return flags.network.cell;
  return std::filesystem::path(flags.config).stem().string();
}

nlohmann::json make_record(const TrainFlags& flags, const Flags& declared, const TrainTask& task,
                           const nlohmann::json& config, const std::string& out) {
  nlohmann::json options = declared.record();
  options["dataset"] = flags.data.is_path() ? flags.data.dataset : task.key();
  options["out"] = out;
  nlohmann::json record = {{"program", "eddy"},
                           {"version", EDDY_VERSION},
                           {"command", "train"},
                           {"seed", *flags.seed},
                           {"threads", num_threads()},
                           {"cpu", cpu_name()},
                           {"simd_target", simd_target()},
                           {"dataset", task.record()}};
  if (!config.is_null()) {
    record["config"] = config;
    for (const std::string& flag : NetworkFlags::names()) options[Flags::key_of(flag)] = nullptr;
  }
  if (is_best(flags)) {
    record["preset"] = preset_record(flags);
    for (const std::string& flag : flags_without_preset()) options[Flags::key_of(flag)] = nullptr;
  }
  record["options"] = std::move(options);
  return record;
}

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

void note_other_machine(const nlohmann::json& record, const std::string& run) {
  const std::string then = record.value("simd_target", "");
  if (then == simd_target()) return;
  std::cerr << fmt::format(
      "note: {} was begun with {} instructions and goes on with {}: its numbers will differ from "
      "an undisturbed run's in the last digits.\n",
      run, then, simd_target());
}

void print_setting(const TrainFlags& flags, const TrainTask& task) {
  std::cout << fmt::format(
      "{}{}"
      "Machine     {}, {}, {} thread{}\n"
      "Seed        {}\n\n",
      is_best(flags) ? preset_line(flags) : "", task.description(), cpu_name(), simd_target(),
      num_threads(), num_threads() == 1 ? "" : "s", *flags.seed);
}

}  // namespace eddy::cli
