// SPDX-License-Identifier: MIT
// What `eddy train` and `eddy tune` do alike: from flags and data to a network, and to its record.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eddy/callback.h"
#include "eddy/model.h"
#include "train_flags.h"
#include "train_task.h"

namespace eddy::cli {

int64_t new_seed();

// What --config names, as JSON; null without it. A run that goes on has it in its record. Before
// the data: a mistake should show at once.
nlohmann::json network_config(const TrainFlags& flags, const nlohmann::json& record = {});

// Compiled, built, with all that the task puts into it, its first weights among them; by the flags,
// or by `config` unless that is null. Throws UsageError for a config that does not fit the task,
// and Error.
Model make_model(const TrainFlags& flags, TrainTask& task, const nlohmann::json& config);

// Model::fit() on a task's data.
void fit_network(Model& model, const TrainFlags& flags, const TrainData& data,
                 std::vector<Callback*> callbacks);

// "lstm", or "model" of --config model.json: the default folder's last part.
std::string network_key(const TrainFlags& flags);

// run.json before there are results. Options that are not used are null.
nlohmann::json make_record(const TrainFlags& flags, const Flags& declared, const TrainTask& task,
                           const nlohmann::json& config, const std::string& out);

// A run ends as it would have only with the data that it was begun with. Throws Error{bad_data}.
void check_same_data(const nlohmann::json& record, const TrainTask& task, const std::string& run);
// Says on stderr that the numbers will differ from an undisturbed run's, if so.
void note_other_machine(const nlohmann::json& record, const std::string& run);

void print_setting(const TrainFlags& flags, const TrainTask& task);

}  // namespace eddy::cli
