// SPDX-License-Identifier: MIT
// eddy generate: a language model writes.
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <random>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"

namespace eddy::cli {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct GenerateFlags {
  std::string model, prompt;
  double temperature = 1, top_p = 1;
  int64_t length = 500;
  std::optional<int64_t> top_k, seed;
  bool json = false;

  void declare(Flags& flags) {
    flags.argument("model", model, "FILE", "a .keras file that `eddy train --task char-lm` wrote");
    flags.text("--prompt", prompt, "TEXT", "what the text begins with; default: a new line");
    flags.whole("--length", length, {1, 1'000'000'000}, "characters to write behind the prompt");
    flags.real("--temperature", temperature, {0, kInfinity, true},
               "logits are divided by it: less is safer; 0: always the most likely character");
    flags.whole("--top-k", top_k, {1, 10'000'000}, "draw among the N most likely characters only");
    flags.real("--top-p", top_p, {0, kInfinity},
               "draw among the most likely ones that together have this probability");
    flags.whole("--seed", seed, {0, std::numeric_limits<int64_t>::max()},
                "the same text again; default: a new one");
    flags.flag("--json", json, "one JSON object instead of text");
  }
};

// On its way as it comes: a hundred times a second, which the eye does not tell from at once.
class Output {
 public:
  void write(const std::string& text) {
    std::cout << text;
    const auto now = Clock::now();
    if (now - flushed_ < std::chrono::milliseconds(10)) return;
    std::cout.flush();
    flushed_ = now;
  }
  bool good() const { return std::cout.good(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point flushed_{};
};

void note_unknown(const std::vector<std::string>& unknown) {
  if (unknown.empty()) return;
  std::cerr << fmt::format(
      "note: the model does not know {} '{}' of the prompt and reads on as over any unknown one.\n",
      unknown.size() == 1 ? "the character" : "the characters", fmt::join(unknown, "', '"));
}

int generate(const GenerateFlags& flags) {
  require(flags.model, "generate", "model");
  if (flags.top_p > 1) {
    throw UsageError("--top-p",
                     fmt::format("value: expected a number above 0, up to 1, got {}.", flags.top_p),
                     "1 stands for all characters.");
  }
  Model model = Model::load(flags.model, false);
  if (!is_language_model(model)) {
    throw Error(ErrorCode::not_supported, flags.model,
                "model: expected a language model of characters, got another one.",
                "train one with `eddy train TEXT --task char-lm`.");
  }
  const int64_t seed = flags.seed ? *flags.seed : static_cast<int64_t>(std::random_device()());
  Generator generator(model, {.temperature = flags.temperature,
                              .top_k = flags.top_k.value_or(0),
                              .top_p = flags.top_p,
                              .seed = static_cast<uint64_t>(seed)});
  note_unknown(generator.read(flags.prompt));
  if (flags.json) {
    std::string text;
    for (int64_t i = 0; i < flags.length; ++i) text += generator.next();
    const nlohmann::ordered_json result = {
        {"prompt", flags.prompt}, {"text", text}, {"seed", seed}};
    std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return kOk;
  }
  Output output;
  output.write(flags.prompt);
  for (int64_t i = 0; i < flags.length && output.good(); ++i) output.write(generator.next());
  output.write("\n");
  return kOk;
}

}  // namespace

void add_generate(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("generate", "Have a language model write, character by character.");
  auto flags = std::make_shared<GenerateFlags>();
  Flags declared(*command);
  flags->declare(declared);
  command->callback([&action, flags] { action = [flags] { return generate(*flags); }; });
}

}  // namespace eddy::cli
