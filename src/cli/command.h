// SPDX-License-Identifier: MIT
// The subcommands. Each add_* declares one command's flags and, once they are parsed, sets the
// action that runs it and returns the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace eddy::cli {

// Exit statuses.
inline constexpr int kOk = 0, kFailure = 1, kUsage = 2, kBadFile = 3;

using Action = std::function<int()>;

void add_train(CLI::App& program, Action& action);
void add_tune(CLI::App& program, Action& action);
void add_forecast(CLI::App& program, Action& action);
void add_evaluate(CLI::App& program, Action& action);
void add_predict(CLI::App& program, Action& action);
void add_generate(CLI::App& program, Action& action);
void add_explain(CLI::App& program, Action& action);
void add_summary(CLI::App& program, Action& action);
void add_inspect(CLI::App& program, Action& action);
void add_diff(CLI::App& program, Action& action);
void add_plot(CLI::App& program, Action& action);
void add_lab(CLI::App& program, Action& action);
void add_completion(CLI::App& program, Action& action);
// After all others, which it has pages of.
void add_manual(CLI::App& program, Action& action);

}  // namespace eddy::cli
