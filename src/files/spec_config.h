// SPDX-License-Identifier: MIT
// Objects of the specification tables (losses, metrics, optimizers, schedules, regularizers,
// constraints) as Keras' config objects.
#pragma once

#include <vector>

#include "files/config_object.h"
#include "layers/spec_table.h"

namespace eddy::files {

// Adds the row's arguments, defaults included; None where there is neither.
void write_arguments(const SpecRow& row, const Spec& spec, OrderedJson& config);

// The arguments that differ from the row's defaults. Keys of Keras that the row does not have stay
// unread.
void read_arguments(const SpecRow& row, ConfigObject& config, Spec& spec);

// {"module": module, "class_name": ..., "config": {arguments}}.
//   spec  a known name
OrderedJson spec_json(const char* module, const std::vector<SpecRow>& rows, const Spec& spec);

// The row of a Keras class or of a name; throws Error{not_supported} with the nearest one.
const SpecRow& row_of(const std::vector<SpecRow>& rows, const std::string& name, const Where& where,
                      const char* fix = kChangeInKeras);

// By name or as an object; other keys than "name" and the arguments are refused.
Spec read_spec(const std::vector<SpecRow>& rows, const Json& value, const Where& where,
               const char* fix = kChangeInKeras);

}  // namespace eddy::files
