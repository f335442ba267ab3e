// SPDX-License-Identifier: MIT
// Numbers from .npy and .npz.
#include <algorithm>
#include <cmath>
#include <utility>

#include "data/npy.h"
#include "data/npz.h"
#include "data/number_table.h"
#include "data/read_file.h"

namespace eddy::data {
namespace {

constexpr uint64_t kMaxArrayFile = uint64_t{1} << 32;
constexpr int64_t kMaxArrayColumns = 1'000'000;
constexpr int64_t kMaxSequences = 10'000'000;
constexpr const char* kSaveAgain = "save the array again with numpy.save.";

// Sequences of one array.
//   most_axes  2, or 3 for many sequences
void add_array(ByteReader& in, const std::string& id, size_t most_axes,
               datasets::NumberTable& table) {
  const NpyNumbers numbers = read_npy_numbers(in, most_axes);
  const auto& shape = numbers.shape;
  if (shape.size() < 3) return add_sequences(in.where(), numbers, {{0, shape[0], id}}, table);
  std::vector<ArrayPiece> pieces;
  const int64_t sequences = numbers.values.empty() ? 0 : std::min(shape[0], kMaxSequences + 1);
  for (int64_t k = 0; k < sequences; ++k) {
    pieces.push_back({k * shape[1], shape[1], fmt::format("{}", k)});
  }
  add_sequences(in.where(), numbers, pieces, table);
}

}  // namespace

void add_sequences(const Where& where, const NpyNumbers& numbers,
                   const std::vector<ArrayPiece>& pieces, datasets::NumberTable& table) {
  const auto& shape = numbers.shape;
  const int64_t columns = shape.size() == 1 ? 1 : shape.back();
  if (numbers.values.empty() || pieces.empty() || columns > kMaxArrayColumns ||
      static_cast<int64_t>(pieces.size()) > kMaxSequences) {
    bad_data(where, fmt::format("at least one number, and at most {} columns", kMaxArrayColumns),
             "shape " + shape_text(shape), "save an array [steps, columns].");
  }
  if (table.columns.empty()) {
    for (int64_t k = 0; k < columns; ++k) table.columns.push_back(fmt::format("{}", k));
  }
  if (static_cast<int64_t>(table.columns.size()) != columns) {
    bad_data(where, fmt::format("{} columns, as the array before it has", table.columns.size()),
             fmt::format("{}", columns), "give all sequences the same columns.");
  }
  const bool many = pieces.size() > 1;
  for (const ArrayPiece& piece : pieces) {
    const float* first = numbers.values.data() + piece.first * columns;
    const int64_t count = piece.steps * columns;
    for (int64_t i = 0; i < count; ++i) {
      if (std::isfinite(first[i])) continue;
      bad_data(where, "finite numbers",
               fmt::format("{} at {}step {}, column {}", first[i],
                           many ? fmt::format("sequence {}, ", piece.id) : std::string(),
                           i / columns, i % columns),
               "fill the gap before, for instance with the value before it.");
    }
    table.sequences.push_back(
        {.id = piece.id,
         .values = Tensor({piece.steps, columns}, std::vector<float>(first, first + count)),
         .time = {}});
  }
}

datasets::NumberTable read_number_npy(const std::filesystem::path& path) {
  std::vector<uint8_t> bytes;
  read_file(path, kMaxArrayFile, bytes);
  SpanReader in({path.string(), ""}, bytes);
  datasets::NumberTable table;
  add_array(in, "", 3, table);
  return table;
}

datasets::NumberTable read_number_npz(const std::filesystem::path& path) {
  std::vector<uint8_t> bytes;
  read_file(path, kMaxArrayFile, bytes);
  const Npz archive(path.string(), bytes);
  datasets::NumberTable table;
  for (const std::string& member : archive.names()) {
    const std::string ending = ".npy";
    if (!member.ends_with(ending)) {
      bad_file({path.string(), member}, "members that end in .npy", "another one",
               "save the arrays with numpy.savez.");
    }
    const auto in = archive.open(member);
    add_array(*in, member.substr(0, member.size() - ending.size()), 2, table);
  }
  if (table.sequences.empty()) {
    bad_data({path.string(), ""}, "at least one array", "an empty archive", kSaveAgain);
  }
  return table;
}

}  // namespace eddy::data
