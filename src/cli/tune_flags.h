// SPDX-License-Identifier: MIT
// The flags of `eddy tune`: those of a training, and what is searched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eddy/tune.h"
#include "train_flags.h"

namespace eddy::cli {

struct TuneFlags {
  TrainFlags train;
  std::vector<std::string> search;  // "units=16,32"
  std::string budget;               // "10m"
  std::optional<int64_t> trials;

  void declare(Flags& flags);
  // Every place where a number or word of --search stands is checked as the flag itself is. Throws
  // UsageError.
  std::vector<tune::Parameter> space(Flags& declared) const;
  // The searched flags as they are.
  static tune::Values values(const std::vector<tune::Parameter>& space, const Flags& declared);
  static void apply(const tune::Values& values, Flags& declared);
  // Seconds; 0: none. Throws UsageError.
  double seconds() const;
};

}  // namespace eddy::cli
