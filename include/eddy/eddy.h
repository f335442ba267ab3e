// SPDX-License-Identifier: MIT
// Everything a user needs:
//
// clang-format off
//   auto [train, test] = eddy::datasets::imdb({.num_words = 10000});
//   eddy::Sequential model({eddy::Embedding(10000, 32), eddy::LSTM(32), eddy::Dense(1, "sigmoid")});
//   model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"acc"}});
//   auto history = model.fit(eddy::pad_sequences(train.x, {.maxlen = 500}), train.y,
//                            {.epochs = 10, .batch_size = 128, .validation_split = 0.2});
// clang-format on
#pragma once

#include "eddy/callback.h"
#include "eddy/callbacks.h"
#include "eddy/cpu.h"
#include "eddy/datasets.h"
#include "eddy/error.h"
#include "eddy/evaluation.h"
#include "eddy/explain.h"
#include "eddy/initializers.h"
#include "eddy/inspect.h"
#include "eddy/language_model.h"
#include "eddy/layer_options.h"
#include "eddy/layers.h"
#include "eddy/live.h"
#include "eddy/losses.h"
#include "eddy/metrics.h"
#include "eddy/model.h"
#include "eddy/optimizers.h"
#include "eddy/plot.h"
#include "eddy/report.h"
#include "eddy/reuters.h"
#include "eddy/saved_state.h"
#include "eddy/scores.h"
#include "eddy/scratch.h"
#include "eddy/sequences.h"
#include "eddy/source.h"
#include "eddy/spec.h"
#include "eddy/stream.h"
#include "eddy/tagged.h"
#include "eddy/tensor.h"
#include "eddy/tensorboard.h"
#include "eddy/text.h"
#include "eddy/text_classifier.h"
#include "eddy/threads.h"
#include "eddy/timeseries.h"
#include "eddy/tokenizer.h"
#include "eddy/tune.h"
#include "eddy/version.h"
