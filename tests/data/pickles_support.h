// SPDX-License-Identifier: MIT
// What Python wrote for an object array of [1, 300, 70000], [5] and [].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data_support.h"

namespace eddy::data {

// By pickle protocol; 5 differs from 4 in its number alone.
extern const std::string_view kProtocol2, kProtocol4;
// Every protocol from 2 to 5, and what Python 2 wrote.
std::vector<std::string> all_protocols();
std::string with_protocol(std::string_view pickle, char protocol);
// kProtocol4 with one list replaced by other opcodes.
std::string with_first_list(std::string_view opcodes);

Lists unpickle(std::string_view pickle);
// unpickle() must throw Error{bad_file} with `part` in its message.
void refused(std::string_view pickle, const std::string& part);

}  // namespace eddy::data
