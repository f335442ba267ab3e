// SPDX-License-Identifier: MIT
#include "train_task.h"

namespace eddy::cli {

std::unique_ptr<TrainTask> make_train_task(const TrainFlags& flags, const Flags& declared) {
  if (flags.data.is_path() && flags.texts.task == "char-lm") {
    return train_on_characters(flags, declared);
  }
  if (flags.data.is_path() && flags.texts.task == "tagging") return train_on_tags(flags, declared);
  if (flags.are_sequences()) return train_on_sequences(flags, declared);
  if (flags.data.is_path()) return train_on_texts(flags, declared);
  return train_on_reviews(flags, declared);
}

}  // namespace eddy::cli
