// SPDX-License-Identifier: MIT
// Keras' learning-rate schedules.
#pragma once

#include <cstdint>
#include <vector>

#include "eddy/optimizers.h"
#include "layers/spec_table.h"

namespace eddy {

// The table of schedules: names, class names and arguments in Keras' order.
const std::vector<SpecRow>& schedule_rows();

// With the row's name and all defaults. Throws Error{invalid_argument}.
LearningRateSchedule resolve_schedule(const LearningRateSchedule& schedule);

// Of a resolved schedule, for the batch after `step` others.
double schedule_value(const LearningRateSchedule& schedule, int64_t step);

}  // namespace eddy
