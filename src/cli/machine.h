// SPDX-License-Identifier: MIT
// What run.json says about the machine and the process.
#pragma once

#include <cstdint>
#include <string>

namespace eddy::cli {

std::string cpu_name();                // "AMD EPYC ..."; "unknown" where the system does not say
int64_t peak_memory_bytes();           // resident set of this process at its largest; 0: not known
std::string megabytes(int64_t bytes);  // "312 MB" (10^6 bytes)

}  // namespace eddy::cli
