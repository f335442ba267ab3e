// SPDX-License-Identifier: MIT
// read_sequences(): labelled sequences of numbers from tables and arrays.
#include "eddy/sequences.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/nearest.h"
#include "data/npz.h"
#include "data/number_table.h"
#include "data/read_file.h"
#include "data/sequence_digest.h"

namespace eddy {
namespace data {
namespace {

constexpr uint64_t kMaxSequenceFile = uint64_t{1} << 32;
constexpr const char* kHowToSave = "save them with numpy.savez(path, x=x, y=y).";

// Sequences of one x with its y, and with lengths where there are any.
class ArraySet {
 public:
  // `part`: "", "_train" or "_test"
  ArraySet(const Npz& npz, std::string file, std::string part)
      : npz_(npz), file_(std::move(file)), part_(std::move(part)) {}

  datasets::NumberTable read(bool labelled) const {
    const Where x = where("x");
    const NpyNumbers numbers = read_npy_numbers(*npz_.open(x.member), 3);
    datasets::NumberTable table;
    add_sequences(x, numbers, pieces_of(numbers.shape), table);
    if (!labelled) return table;
    const Where y = where("y");
    std::vector<std::string> labels = read_npy_texts(*npz_.open(y.member));
    if (labels.size() != table.sequences.size()) {
      bad_data(y, fmt::format("{} labels, one for every sequence of x", table.sequences.size()),
               fmt::format("{}", labels.size()), "save x and y of the same samples.");
    }
    for (size_t k = 0; k < labels.size(); ++k) table.sequences[k].label = std::move(labels[k]);
    table.label = "y" + part_;
    return table;
  }

 private:
  Where where(const char* name) const { return {file_, name + part_ + ".npy"}; }

  std::vector<ArrayPiece> pieces_of(const std::vector<int64_t>& shape) const {
    const Where lengths = where("lengths");
    const auto& names = npz_.names();
    const bool given = std::find(names.begin(), names.end(), lengths.member) != names.end();
    if (shape.size() == 3 ? shape[1] == 0 : !given || shape.size() != 2) {
      bad_data(where("x"), "[sequences, steps, columns], or [steps, columns] beside lengths",
               "shape " + shape_text(shape),
               "one column, too, is an axis: x[:, :, None]; sequences of different lengths stand "
               "one after another, with their lengths in `lengths`.");
    }
    std::vector<ArrayPiece> pieces;
    if (shape.back() == 0) return pieces;  // refused by who takes them
    if (given) return pieces_by_length(lengths, shape);
    for (int64_t k = 0; k < shape[0]; ++k) {
      pieces.push_back({k * shape[1], shape[1], fmt::format("{}", k)});
    }
    return pieces;
  }

  std::vector<ArrayPiece> pieces_by_length(const Where& where,
                                           const std::vector<int64_t>& shape) const {
    const NpyNumbers lengths = read_npy_numbers(*npz_.open(where.member), 1);
    const bool padded = shape.size() == 3;
    const auto count = static_cast<int64_t>(lengths.values.size());
    if (padded && count != shape[0]) {
      bad_data(where, fmt::format("{} lengths, one for every sequence of x", shape[0]),
               fmt::format("{}", count), "save a length for every sequence.");
    }
    std::vector<ArrayPiece> pieces;
    int64_t first = 0;
    for (int64_t k = 0; k < count; ++k) {
      const float length = lengths.values[static_cast<size_t>(k)];
      const int64_t most = padded ? shape[1] : shape[0] - first;
      if (!(length >= 1 && length <= static_cast<float>(most)) || length != std::floor(length)) {
        bad_data(where, fmt::format("whole numbers from 1 to {}, the steps that x has", most),
                 fmt::format("{} at index {}", length, k), "mend the lengths.");
      }
      const auto steps = static_cast<int64_t>(length);
      pieces.push_back({padded ? k * shape[1] : first, steps, fmt::format("{}", k)});
      first += steps;
    }
    if (!padded && first != shape[0]) {
      bad_data(where, fmt::format("a sum of {}, the steps that x has", shape[0]),
               fmt::format("{}", first), "mend the lengths.");
    }
    return pieces;
  }

  const Npz& npz_;
  std::string file_, part_;
};

datasets::LabelledSequences read_npz(const std::filesystem::path& path, bool labelled) {
  std::vector<uint8_t> bytes;
  read_file(path, kMaxSequenceFile, bytes);
  const Npz npz(path.string(), bytes);
  const auto has = [&](const char* name) {
    return std::find(npz.names().begin(), npz.names().end(), name) != npz.names().end();
  };
  const auto read = [&](const char* part) {
    return ArraySet(npz, path.string(), part).read(labelled);
  };
  if (has("x.npy")) return {read(""), {}, ""};
  if (has("x_train.npy")) {
    datasets::LabelledSequences sets{read("_train"), {}, ""};
    if (has("x_test.npy")) sets.test = read("_test");
    return sets;
  }
  if (!labelled && has("x_test.npy")) return {read("_test"), {}, ""};
  bad_data({path.string(), ""},
           labelled ? "arrays x and y, or x_train, y_train, x_test and y_test" : "an array x",
           join(npz.names()).substr(0, 200), kHowToSave);
}

datasets::LabelledSequences read_npy(const std::filesystem::path& path, bool labelled) {
  if (labelled) {
    throw Error(ErrorCode::not_supported, path.string(),
                "data: expected sequences with labels, got one array.",
                "put both into one file: numpy.savez('data.npz', x=x, y=y).");
  }
  return {read_number_npy(path), {}, ""};
}

bool is_table(const std::string& ending) {
  return ending == ".csv" || ending == ".tsv" || ending == ".tab";
}

[[noreturn]] void refuse_ending(const std::filesystem::path& path, const std::string& ending) {
  throw Error(
      ErrorCode::not_supported, path.string(),
      fmt::format("data: expected .csv, .tsv or .npz with sequences of numbers, got '{}'.", ending),
      "name the file after what it holds, or convert it.");
}

}  // namespace

NumberCsv open_sequence_table(const std::filesystem::path& path,
                              const datasets::SequencesOptions& options) {
  const std::string ending = ending_of(path);
  if (ending == ".npz" || ending == ".npy") {
    throw Error(ErrorCode::not_supported, path.string(),
                "data: expected a table that is read row by row, got arrays.",
                "leave memory out: arrays are read as a whole, or save them as .csv.");
  }
  if (!is_table(ending)) refuse_ending(path, ending);
  if (options.id.empty()) {
    throw Error(ErrorCode::invalid_argument, path.string(),
                "columns: expected one that says which rows are one sequence, got none.",
                "name it: --id COLUMN.");
  }
  const auto most = static_cast<int64_t>(kMaxRecord);
  const int64_t row = options.max_bytes > 0 ? std::min(options.max_bytes, most) : most;
  return NumberCsv(path, ending == ".csv" ? ',' : '\t',
                   {.columns = options.columns,
                    .id = options.id,
                    .label = options.labelled ? options.label : ""},
                   options.labelled, static_cast<size_t>(row));
}

}  // namespace data

namespace datasets {

LabelledSequences read_sequences(const std::filesystem::path& path,
                                 const SequencesOptions& options) {
  const std::string ending = data::ending_of(path);
  LabelledSequences sets;
  if (data::is_table(ending)) {
    auto csv = data::open_sequence_table(path, options);
    sets.data = data::read_number_csv(csv);
  } else if (ending == ".npz" || ending == ".npy") {
    if (!options.id.empty() || !options.label.empty()) {
      throw Error(ErrorCode::invalid_argument, path.string(),
                  "columns: expected none for id and label beside arrays, got one.",
                  "leave --id and --label out: an .npz has x and y.");
    }
    sets = ending == ".npz" ? data::read_npz(path, options.labelled)
                            : data::read_npy(path, options.labelled);
    data::keep_columns(path.string(), options.columns, sets.data);
    if (sets.test) data::keep_columns(path.string(), options.columns, *sets.test);
  } else {
    data::refuse_ending(path, ending);
  }
  data::SequenceDigest digest(sets.data.columns);
  for (const Sequence& sequence : sets.data.sequences) digest.add(sequence);
  sets.sha256 = digest.hex();
  return sets;
}

}  // namespace datasets
}  // namespace eddy
