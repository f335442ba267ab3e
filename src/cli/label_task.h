// SPDX-License-Identifier: MIT
// What training on a person's own labelled samples has in common, whatever the samples are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "labels.h"
#include "train_task.h"

namespace eddy::cli {

std::string loss_of(const Labels& labels);
Score score_of(const Labels& labels);
// The last layer for classes: a sigmoid for two, softmax for more.
LayerSpec class_layer(const Labels& labels);

// Which of so many samples are held out for validation, by the seed.
std::vector<bool> draw_held_out(int64_t samples, double share, int64_t seed);

// Whole lines: how many classes, last layer, loss, and the balance of the targets y [N].
std::string describe_classes(const Labels& labels, const Tensor& y);
// "240 to train on, 60 to validate: ..."
//   file  of the validation data; empty: a share of all
std::string describe_split(int64_t train, int64_t validation, const std::string& file,
                           double share);

}  // namespace eddy::cli
