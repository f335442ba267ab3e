// SPDX-License-Identifier: MIT
// Initializers as Keras' config objects.
#pragma once

#include "eddy/layers.h"
#include "files/config_object.h"

namespace eddy::files {

OrderedJson initializer_json(const Initializer& initializer);

// `otherwise` when the file says the same in another form ("uniform", which Keras writes as
// RandomUniform); else long names, and only the numbers that differ from Keras' defaults. Throws
// Error{not_supported} for an unknown class or key.
Initializer read_initializer(const Json& value, const Where& where, const Initializer& otherwise);

}  // namespace eddy::files
