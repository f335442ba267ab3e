// SPDX-License-Identifier: MIT
#include "sequence_input.h"

#include "interrupt.h"

namespace eddy::cli {
namespace {

constexpr int64_t kIdBytes = 40;  // of each sequence, while a table is read one by one

datasets::SequencesOptions options_of(const SequenceSetup& setup) {
  return {.columns = setup.columns, .id = setup.id, .label = setup.label};
}

}  // namespace

SequenceInput::SequenceInput(const std::string& file, datasets::SequencesOptions options,
                             const std::optional<int64_t>& memory) {
  if (memory) {
    memory_.emplace(memory);
    options.max_bytes = memory_->record();
    reader_.emplace(file, options);
  } else {
    whole_ = datasets::read_sequences(file, options);
  }
}

SequenceInput::SequenceInput(const SequenceSetup& setup, const std::string& file,
                             const std::optional<int64_t>& memory) {
  if (memory) {
    *this = SequenceInput(file, options_of(setup), memory);
  } else {
    whole_ = setup.read(file, true);
  }
}

const datasets::NumberTable& SequenceInput::facts() const {
  return reader_ ? reader_->facts() : whole_.data;
}

int64_t SequenceInput::test_count() const {
  return whole_.test ? std::ssize(whole_.test->sequences) : 0;
}

bool SequenceInput::take_test() {
  if (!whole_.test) return false;
  whole_.data = std::move(*whole_.test);
  whole_.test.reset();
  return true;
}

void SequenceInput::for_each(const std::function<void(datasets::Sequence&)>& visit) {
  int64_t seen = 0;
  const auto show = [&](datasets::Sequence& sequence) {
    if (seen++ % 256 == 0) InterruptGuard::check();
    visit(sequence);
  };
  if (reader_) {
    reader_->rewind();
    for (datasets::Sequence sequence; reader_->next(sequence);) show(sequence);
  } else {
    for (datasets::Sequence& sequence : whole_.data.sequences) show(sequence);
  }
}

const std::string& SequenceInput::sha256() const {
  return reader_ ? reader_->sha256() : whole_.sha256;
}

void SequenceInput::check_count(int64_t sequences) const {
  if (memory_) memory_->check(sequences, "sequences", kIdBytes);
}

ScratchOptions SequenceInput::rows() const { return memory_ ? memory_->rows() : ScratchOptions(); }

ScratchOptions SequenceInput::held_out_rows() const {
  return memory_ ? memory_->held_out_rows() : ScratchOptions();
}

}  // namespace eddy::cli
