// SPDX-License-Identifier: MIT
// LabelledTexts: the form by the name, then the rules that hold for every form.
#include <algorithm>
#include <system_error>
#include <utility>

#include "core/sha256.h"
#include "core/utf8.h"
#include "data/ascii_lower.h"
#include "data/record_reader.h"

namespace eddy::datasets {
namespace {

constexpr size_t kMaxLabel = 1000;  // bytes: the names of all classes are held

// "csv" of "Reviews.CSV"
std::string ending(const std::filesystem::path& path) {
  std::string name = path.extension().string();
  if (!name.empty()) name.erase(0, 1);
  return data::ascii_lower(std::move(name));
}

std::string form_of(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw Error(ErrorCode::io, path.string(),
                fmt::format("data: expected a folder or file, got \"{}\".",
                            error ? error.message() : "No such file or directory"),
                "check the path.");
  }
  if (std::filesystem::is_directory(status)) return "folder";
  std::string name = ending(path);
  if (name == "csv" || name == "tsv" || name == "jsonl") return name;
  if (name == "tab") return "tsv";
  if (name == "ndjson") return "jsonl";
  throw Error(ErrorCode::not_supported, path.string(),
              fmt::format("data: expected a folder, .csv, .tsv or .jsonl, got '.{}'.", name),
              "name the file after what it holds, or convert it.");
}

}  // namespace

struct LabelledTexts::State {
  std::string form;
  std::unique_ptr<data::RecordReader> reader;
  uint64_t invalid = 0;
  std::string first_invalid;
  Sha256 digest;
  std::string sha256;

  // Lengths too, so that no two lists of records give the same bytes.
  void add_to_digest(const LabelledText& record) {
    digest.add(fmt::format("{} {} ", record.text.size(), record.label.size()));
    digest.add(record.text);
    digest.add(record.label);
  }
};

LabelledTexts::LabelledTexts(const std::filesystem::path& path, const LabelledTextsOptions& options)
    : state_(std::make_unique<State>()) {
  state_->form = form_of(path);
  if (state_->form == "folder") {
    if (!options.text.empty() || !options.label.empty()) {
      throw Error(ErrorCode::invalid_argument, path.string(),
                  "columns: expected none for a folder, got one.",
                  "leave --text and --label out: a folder's classes are its sub-folders.");
    }
    state_->reader = data::read_class_folders(path, data::max_bytes_of(options));
  } else if (state_->form == "jsonl") {
    state_->reader = data::read_jsonl(path, options);
  } else {
    state_->reader = data::read_csv(path, state_->form == "tsv" ? '\t' : ',', options);
  }
  rewind();
}

LabelledTexts::~LabelledTexts() = default;
LabelledTexts::LabelledTexts(LabelledTexts&&) noexcept = default;
LabelledTexts& LabelledTexts::operator=(LabelledTexts&&) noexcept = default;

bool LabelledTexts::next(LabelledText& record) {
  data::RecordReader& reader = *state_->reader;
  const uint64_t before = state_->invalid;
  if (!reader.next(record)) {
    if (state_->sha256.empty()) state_->sha256 = state_->digest.hex();
    return false;
  }
  state_->invalid +=
      std::exchange(reader.invalid_bytes, 0) + repair_utf8(record.text) + repair_utf8(record.label);
  if (before == 0 && state_->invalid > 0) state_->first_invalid = place();
  record.label = trimmed(record.label);
  if (record.label.empty()) {
    data::bad_data(reader.where(), "a label", "none", "label every text, or leave it out.");
  }
  if (record.label.size() > kMaxLabel) {
    data::bad_data(reader.where(), fmt::format("a label of at most {} bytes", kMaxLabel),
                   fmt::format("{} bytes", record.label.size()),
                   "name the column of the labels by --label.");
  }
  state_->add_to_digest(record);
  return true;
}

void LabelledTexts::rewind() {
  state_->reader->rewind();
  state_->reader->invalid_bytes = 0;
  state_->invalid = 0;
  state_->first_invalid.clear();
  state_->digest = Sha256();
  state_->sha256.clear();
}

std::string LabelledTexts::place() const {
  const data::Where where = state_->reader->where();
  return state_->form == "folder" ? where.file : where.file + ", " + where.member;
}

std::string LabelledTexts::format() const { return state_->form; }
const std::string& LabelledTexts::text_column() const { return state_->reader->text_column; }
const std::string& LabelledTexts::label_column() const { return state_->reader->label_column; }
bool LabelledTexts::guessed() const { return state_->reader->guessed; }
uint64_t LabelledTexts::invalid_bytes() const { return state_->invalid; }
const std::string& LabelledTexts::sha256() const { return state_->sha256; }
const std::string& LabelledTexts::first_invalid() const { return state_->first_invalid; }

}  // namespace eddy::datasets
