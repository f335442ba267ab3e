// SPDX-License-Identifier: MIT
// What run.json says about the machine and the process.
#pragma once

#include <cstdint>
#include <string>

namespace eddy::cli {

std::string cpu_name();       // "AMD EPYC ..."; "unknown" where the system does not say
int64_t peak_memory_bytes();  // resident set of this process at its largest; 0: not known
// Of the machine, or of the control group that this process is in if it has less; 0: not known.
int64_t memory_bytes();
double seconds_now();                  // of a clock that only goes forward
std::string megabytes(int64_t bytes);  // "312 MB" (10^6 bytes)

}  // namespace eddy::cli
