// SPDX-License-Identifier: MIT
// Keras' config objects as flat tables for people and for comparing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "files/json_text.h"
#include "model/network.h"

namespace eddy::files {

using FlatConfig = std::map<std::string, std::string>;

// {"units": 3, "kernel_initializer": {"class_name": "Zeros", "config": {"a": 1}}} becomes "units":
// "3", "kernel_initializer": "Zeros", "kernel_initializer.a": "1". Lists of plain values are one
// value. What only says where Keras keeps the class is left out.
FlatConfig flat_config(const OrderedJson& value);

// The options of every layer of a built network, in its order; without the name.
std::vector<FlatConfig> layer_configs(const Network& network);

// The layers in front of each: "lstm", "lstm:1" for its second output; "" for none. A layer that is
// called several times names them all.
std::vector<std::vector<std::string>> layer_inputs(const Network& network);

}  // namespace eddy::files
