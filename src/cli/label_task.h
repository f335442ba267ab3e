// SPDX-License-Identifier: MIT
// What training on a person's own labelled samples has in common, whatever the samples are.
#pragma once

#include <cstddef>
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

// Whether sample `at` of `file` is one of them. Throws Error{bad_data} for one more than were
// drawn.
bool is_held_out(const std::vector<bool>& held_out, size_t at, const std::string& file);
// Throws Error{bad_data} unless a pass over `file` saw what the first one saw.
void check_unchanged(const std::string& first_sha256, const std::string& sha256,
                     const std::string& file);

// Whole lines: how many classes, last layer, loss, and the balance of the targets y [N].
std::string describe_classes(const Labels& labels, const Tensor& y);
// "240 to train on, 60 to validate: ..."
//   file  of the validation data; empty: a share of all
std::string describe_split(int64_t train, int64_t validation, const std::string& file,
                           double share);

}  // namespace eddy::cli
