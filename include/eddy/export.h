// SPDX-License-Identifier: MIT
// Visibility of the public API: everything else in the library is hidden.
#pragma once

#define EDDY_API __attribute__((visibility("default")))
