// SPDX-License-Identifier: MIT
// SequenceReader: labelled sequences of a table, one by one.
#include <fmt/format.h>

#include <functional>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/utf8.h"
#include "data/bad_file.h"
#include "data/number_csv.h"
#include "data/number_table.h"
#include "data/sequence_digest.h"
#include "data/sequence_rows.h"
#include "eddy/sequences.h"

namespace eddy::datasets {

struct SequenceReader::State {
  State(const std::filesystem::path& path, const SequencesOptions& options)
      : max_bytes(options.max_bytes), csv(data::open_sequence_table(path, options)) {
    waiting = csv.next(row);
  }

  void begin() {
    ids.clear();
    digest.emplace(csv.facts().columns);
    sha256.clear();
    ended = false;
  }

  // A hash stands for the id: in 2^64 of them two are alike by chance in one of 10 million files of
  // a million sequences, which is refused then.
  void check_new(const std::string& id) {
    if (ids.insert(std::hash<std::string>()(id)).second) return;
    data::bad_data(csv.where(csv.facts().id),
                   fmt::format("all rows of sequence '{}' together", shown(id)),
                   "one behind rows of others",
                   "sort the rows by sequence, or leave memory out: then they are joined.");
  }

  void check_size(const data::SequenceRows& rows) const {
    if (max_bytes == 0 || rows.bytes() <= max_bytes) return;
    data::bad_data(csv.where(csv.facts().id),
                   fmt::format("a sequence of at most {} bytes", max_bytes), "more",
                   "cut it into several, or raise memory.");
  }

  int64_t max_bytes;
  data::NumberCsv csv;
  data::NumberRow row;
  bool waiting = false;  // `row` begins the next sequence
  bool ended = false;
  std::unordered_set<size_t> ids;
  std::optional<data::SequenceDigest> digest;
  std::string sha256;
};

SequenceReader::SequenceReader(const std::filesystem::path& path, const SequencesOptions& options)
    : state_(std::make_unique<State>(path, options)) {
  state_->begin();
}
SequenceReader::~SequenceReader() = default;
SequenceReader::SequenceReader(SequenceReader&&) noexcept = default;
SequenceReader& SequenceReader::operator=(SequenceReader&&) noexcept = default;

bool SequenceReader::next(Sequence& sequence) {
  State& state = *state_;
  if (!state.waiting) {
    if (!std::exchange(state.ended, true)) state.sha256 = state.digest->hex();
    return false;
  }
  state.check_new(state.row.id);
  data::SequenceRows rows(state.csv, state.row);
  while ((state.waiting = state.csv.next(state.row)) && state.row.id == rows.id()) {
    rows.add(state.csv, state.row);
    state.check_size(rows);
  }
  sequence = rows.take(state.csv);
  state.digest->add(sequence);
  return true;
}

void SequenceReader::rewind() {
  state_->begin();
  state_->csv.rewind();
  state_->waiting = state_->csv.next(state_->row);
}

const NumberTable& SequenceReader::facts() const { return state_->csv.facts(); }
const std::string& SequenceReader::sha256() const { return state_->sha256; }

}  // namespace eddy::datasets
