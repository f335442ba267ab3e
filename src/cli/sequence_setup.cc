// SPDX-License-Identifier: MIT
#include "sequence_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace eddy::cli {
namespace {

constexpr const char* kSequencesNote = "sequences";

bool is_array(const std::string& path) { return path.ends_with(".npz") || path.ends_with(".npy"); }

// Arrays have no names of columns: as many columns are the same ones.
bool has_names(const std::vector<std::string>& columns, const datasets::NumberTable& table) {
  return std::all_of(columns.begin(), columns.end(), [&](const std::string& name) {
    return std::find(table.columns.begin(), table.columns.end(), name) != table.columns.end();
  });
}

}  // namespace

void SequenceSetup::store(Model& model) const {
  const nlohmann::ordered_json note = {
      {"columns", columns}, {"id", id}, {"label", label}, {"classes", classes}, {"maxlen", maxlen}};
  model.set_note(kSequencesNote, note.dump());
}

bool SequenceSetup::is_in(const Model& model) { return !model.note(kSequencesNote).empty(); }

SequenceSetup SequenceSetup::of(const Model& model, const std::string& file) {
  SequenceSetup setup;
  try {
    const auto note = nlohmann::json::parse(model.note(kSequencesNote));
    setup.columns = note.at("columns").get<std::vector<std::string>>();
    setup.id = note.at("id").get<std::string>();
    setup.label = note.at("label").get<std::string>();
    setup.classes = note.at("classes").get<std::vector<std::string>>();
    setup.maxlen = note.at("maxlen").get<int64_t>();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::bad_file, file,
                "note 'sequences': expected columns, classes and maxlen, got something else.",
                "make the model again with `eddy train`.");
  }
  return setup;
}

datasets::LabelledSequences SequenceSetup::read(const std::string& path, bool labelled) const {
  datasets::SequencesOptions options{.labelled = labelled};
  if (!is_array(path)) {
    options.columns = columns;
    options.id = id;
    options.label = label;
    return datasets::read_sequences(path, options);
  }
  auto read = datasets::read_sequences(path, options);
  const auto width = columns.size();
  const bool same = read.data.columns.size() == width;
  if (!same && has_names(columns, read.data)) {
    options.columns = columns;
    return datasets::read_sequences(path, options);
  }
  if (!same) {
    throw Error(ErrorCode::bad_data, path,
                fmt::format("columns: expected {}, as the model takes, got {}.", width,
                            read.data.columns.size()),
                fmt::format("save these: {}.", fmt::join(columns, ", ")));
  }
  return read;
}

bool cut_sequence(datasets::Sequence& sequence, int64_t maxlen, const std::string& file) {
  constexpr auto kFilled = static_cast<float>(SequenceSetup::kMaskValue);
  Tensor& values = sequence.values;
  const int64_t steps = values.dim(0), columns = values.dim(1);
  for (int64_t t = 0; t < steps; ++t) {
    const float* const step = values.data() + t * columns;
    if (!std::all_of(step, step + columns, [](float x) { return x == kFilled; })) continue;
    throw Error(ErrorCode::bad_data, file,
                fmt::format("sequence '{}': expected steps that were measured, got {} in all "
                            "columns of step {}, which is how steps are filled up.",
                            sequence.id, SequenceSetup::kMaskValue, t),
                "leave the step out.");
  }
  if (maxlen == 0 || steps <= maxlen) return false;
  values = Tensor({maxlen, columns},
                  std::vector<float>(values.data(), values.data() + maxlen * columns));
  return true;
}

PadStepsOptions sequence_padding() {
  return {.value = static_cast<float>(SequenceSetup::kMaskValue)};
}

void SequenceCount::add(const datasets::Sequence& sequence) {
  const int64_t steps = sequence.values.dim(0);
  least = sequences == 0 ? steps : std::min(least, steps);
  most = std::max(most, steps);
  ++sequences;
}

std::string describe_sequences(const datasets::NumberTable& facts, const SequenceCount& count,
                               const std::string& file) {
  const auto& [sequences, least, most] = count;
  std::string text =
      fmt::format("{}: {} sequences of {}{} steps", file, fmt::group_digits(sequences),
                  least == most ? "" : fmt::format("{} to ", least), most);
  if (!facts.id.empty()) text += fmt::format(", by '{}'", facts.id);
  if (!facts.label.empty()) text += fmt::format(", labels in '{}'", facts.label);
  if (facts.scattered > 0) {
    text += fmt::format("; {} of them with rows of others between, joined in the order of the file",
                        fmt::group_digits(facts.scattered));
  }
  return text;
}

}  // namespace eddy::cli
