// SPDX-License-Identifier: MIT
// One JSON object a line. Only its own keys are kept while it is parsed, so that a line takes no
// more memory than its bytes, however deep it is.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/utf8.h"
#include "data/record_reader.h"
#include "data/text_file.h"

namespace eddy::data {
namespace {

constexpr const char* kOneObject = "write one JSON object a line: {\"text\": ..., \"label\": ...}.";

struct Member {
  std::string key, value;
  enum Kind { string, other, null, nested } kind = null;  // other: a number or true or false
};

// The members of the outermost object.
class MembersReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Member> members;
  bool is_object = false;
  std::string problem;

  bool null() override { return put("", Member::null); }
  bool boolean(bool value) override { return put(value ? "true" : "false", Member::other); }
  bool number_integer(number_integer_t value) override {
    return put(std::to_string(value), Member::other);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return put(std::to_string(value), Member::other);
  }
  // As it is written there: 1.50 stays 1.50.
  bool number_float(number_float_t, const string_t& text) override {
    return put(text, Member::other);
  }
  bool string(string_t& value) override { return put(std::move(value), Member::string); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object = true;
    return open();
  }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    members.push_back({std::move(name), "", Member::null});
    if (members.size() <= kMaxColumns) return true;
    problem = fmt::format("more than {} keys", kMaxColumns);
    return false;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem = fmt::format("something else at its byte {}", position);
    return false;
  }

 private:
  bool put(std::string value, Member::Kind kind) {
    if (depth_ == 1 && !members.empty()) {
      members.back().value = std::move(value);
      members.back().kind = kind;
    }
    return true;
  }
  bool open() {
    if (depth_ == 1 && !members.empty()) members.back().kind = Member::nested;
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  size_t depth_ = 0;
};

class JsonTexts : public RecordReader {
 public:
  JsonTexts(const std::filesystem::path& path, const datasets::LabelledTextsOptions& options)
      : file_(path), max_bytes_(max_bytes_of(options)) {
    if (!next_object()) {
      bad_data({file_.name(), ""}, "one JSON object a line", "an empty file", kOneObject);
    }
    std::vector<std::string> keys;
    for (const Member& member : members_) {
      if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) keys.push_back(member.key);
    }
    choose_columns(*this, file_.name(), "key", keys, options);
    rewind();
  }

  bool next(datasets::LabelledText& record) override {
    if (!next_object()) return false;
    Member& text = at(text_column);
    if (text.kind != Member::string) {
      bad_data(where(), fmt::format("a string for the key '{}'", text_column),
               text.kind == Member::null ? "null" : "something else", kOneObject);
    }
    record.text = std::move(text.value);
    Member& label = at(label_column);
    if (label.kind == Member::nested) {
      bad_data(where(), fmt::format("a string or a number for the key '{}'", label_column),
               "a list or an object", "give each text one label.");
    }
    record.label = std::move(label.value);
    return true;
  }
  void rewind() override { file_.rewind(); }
  Where where() const override { return {file_.name(), fmt::format("line {}", line_)}; }

 private:
  bool next_line(std::string& line) {
    line.clear();
    line_ = file_.line();
    for (;;) {
      const int byte = file_.take();
      if (byte == TextFile::kEnd) return !line.empty();
      if (byte == '\n') return true;
      if (line.size() == max_bytes_) too_long(where(), "a line", max_bytes_);
      line += static_cast<char>(byte);
    }
  }

  // Empty lines are passed over.
  bool next_object() {
    do {
      if (!next_line(text_)) return false;
    } while (text_.find_first_not_of(" \t\r") == std::string::npos);
    invalid_bytes += repair_utf8(text_);  // the parser takes nothing but UTF-8
    MembersReader reader;
    const bool parsed = nlohmann::json::sax_parse(text_, &reader);
    if (!parsed || !reader.is_object) {
      bad_data(where(), "a JSON object", reader.problem.empty() ? "something else" : reader.problem,
               kOneObject);
    }
    members_ = std::move(reader.members);
    return true;
  }

  // Of two equal keys the last one counts, as everywhere.
  Member& at(const std::string& key) {
    const auto found = std::find_if(members_.rbegin(), members_.rend(),
                                    [&](const Member& member) { return member.key == key; });
    if (found != members_.rend()) return *found;
    bad_data(where(), fmt::format("a key '{}'", key), "none", kOneObject);
  }

  TextFile file_;
  size_t max_bytes_;
  std::string text_;
  std::vector<Member> members_;
  int64_t line_ = 1;
};

}  // namespace

std::unique_ptr<RecordReader> read_jsonl(const std::filesystem::path& path,
                                         const datasets::LabelledTextsOptions& options) {
  return std::make_unique<JsonTexts>(path, options);
}

}  // namespace eddy::data
