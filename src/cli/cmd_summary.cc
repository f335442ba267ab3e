// SPDX-License-Identifier: MIT
// eddy summary: Keras' table of a saved model.
#include <memory>

#include "command.h"
#include "eddy/model.h"
#include "flags.h"

namespace eddy::cli {

void add_summary(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("summary", "Print the layers of a model.");
  auto model = std::make_shared<std::string>();
  Flags(*command).argument("model", *model, "FILE", "a .keras file");
  command->callback([&action, model] {
    action = [model] {
      require(*model, "summary", "model");
      Model::load(*model).summary();
      return kOk;
    };
  });
}

}  // namespace eddy::cli
