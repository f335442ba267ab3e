// SPDX-License-Identifier: MIT
// CuDNNLSTM and CuDNNGRU of Keras 2: the same networks as LSTM and GRU(reset_after=True), their
// weights in another order.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "files/saved_arrays.h"

namespace eddy::files {

// Replaces the arrays of recurrent layers that have cuDNN's shapes by those of `weights`. New bytes
// go to `memory`. Arrays of other shapes stay.
void convert_cudnn(const Where& where, const std::vector<Weight<float>*>& weights,
                   std::vector<Hdf5Array>& arrays, std::list<std::string>& memory);

}  // namespace eddy::files
