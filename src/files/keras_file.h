// SPDX-License-Identifier: MIT
// The .keras archive: what stands in it and how a model becomes one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "model/network.h"

namespace eddy::files {

// "2026-11-23@07:01:58": now, in local time, as Keras dates its files.
std::string keras_date();

// Hands the archive of a built model to `sink`, piece by piece. Same model and date, same bytes.
void write_keras(const Network& network, const std::string& date_saved,
                 const std::function<void(std::string_view)>& sink);

}  // namespace eddy::files
