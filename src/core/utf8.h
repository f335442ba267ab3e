// SPDX-License-Identifier: MIT
// What people's files hold where UTF-8 was expected.
#pragma once

#include <cstdint>
#include <string>

namespace eddy {

// Puts U+FFFD in the place of every byte that belongs to no character (RFC 3629: no surrogates, no
// overlong forms) and returns how many there were.
uint64_t repair_utf8(std::string& text);

bool is_utf8(const std::string& text);

// Without blanks (tab, line ends, space) at both ends.
std::string trimmed(const std::string& text);

// As a message shows what stands in a file: whole characters, 40 bytes of them at most.
std::string shown(const std::string& text);

}  // namespace eddy
