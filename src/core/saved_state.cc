// SPDX-License-Identifier: MIT
#include "eddy/saved_state.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

#include "core/saved_state.h"
#include "core/sha256.h"
#include "eddy/error.h"

namespace eddy {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they stand");

constexpr std::string_view kMagic = "EDDY STATE 1\n";
constexpr size_t kDigest = 64;
constexpr const char* kDamaged = "go on from another backup, or start anew.";
constexpr const char* kOther =
    "go on with the model, the data and the callbacks that the backup was made with.";

[[noreturn]] void damaged(const std::string& where, const char* got) {
  throw Error(ErrorCode::bad_file, where,
              fmt::format("backup: expected a whole one of this version, got {}.", got), kDamaged);
}

void append_number(std::string& bytes, uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

// Takes bytes from the front.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : left_(bytes), where_(where) {}
  bool at_end() const { return left_.empty(); }
  std::string_view take(uint64_t count) {
    if (count > left_.size()) damaged(where_, "one that is cut off");
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  uint64_t number() {
    uint64_t number = 0;
    std::memcpy(&number, take(sizeof(number)).data(), sizeof(number));
    return number;
  }

 private:
  std::string_view left_;
  const std::string& where_;
};

}  // namespace

std::string encode_values(const SavedValues& values) {
  size_t size = kMagic.size() + kDigest;
  for (const auto& [name, value] : values) size += name.size() + value.bytes.size() + 17;
  std::string bytes;
  bytes.reserve(size);
  bytes = kMagic;
  for (const auto& [name, value] : values) {
    append_number(bytes, name.size());
    bytes += name;
    bytes += value.type;
    append_number(bytes, value.bytes.size());
    bytes += value.bytes;
  }
  return bytes;
}

SavedValues decode_values(std::string_view body, const std::string& where) {
  if (!body.starts_with(kMagic)) damaged(where, "something else");
  Reader reader(body.substr(kMagic.size()), where);
  SavedValues values;
  while (!reader.at_end()) {
    std::string name(reader.take(reader.number()));
    const char type = reader.take(1)[0];
    const std::string_view bytes = reader.take(reader.number());
    if (!values.emplace(std::move(name), SavedValue{type, std::string(bytes)}).second) {
      damaged(where, "one with two values of one name");
    }
  }
  return values;
}

struct SavedState::Values {
  SavedValues values = {};
  bool restores = false;
  std::string where = "backup";

  const SavedValue& at(const std::string& name, char type) const {
    const auto found = values.find(name);
    if (found == values.end() || found->second.type != type) {
      throw Error(ErrorCode::bad_file, where,
                  fmt::format("value '{}': expected one, got {}.", name,
                              found == values.end() ? "none" : "one of another type"),
                  kOther);
    }
    return found->second;
  }
};

SavedState::SavedState() : values_(std::make_shared<Values>()) {}

SavedState::SavedState(std::shared_ptr<Values> values, std::string prefix)
    : values_(std::move(values)), prefix_(std::move(prefix)) {}

SavedState::SavedState(std::string_view bytes, std::string where)
    : values_(std::make_shared<Values>()) {
  values_->restores = true;
  values_->where = std::move(where);
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kDigest) {
    damaged(values_->where, bytes.empty() ? "an empty one" : "something else");
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kDigest);
  if (sha256_hex(std::as_bytes(std::span(body))) != bytes.substr(body.size())) {
    damaged(values_->where, "one that is damaged");
  }
  values_->values = decode_values(body, values_->where);
}

bool SavedState::restores() const { return values_->restores; }
const std::string& SavedState::where() const { return values_->where; }

SavedState SavedState::part(const std::string& name) const {
  return {values_, prefix_ + name + "/"};
}

std::string SavedState::bytes() const {
  std::string bytes = encode_values(values_->values);
  bytes += sha256_hex(std::as_bytes(std::span(bytes)));
  return bytes;
}

template <class T>
void SavedState::plain(const std::string& name, char type, std::vector<T>& values) {
  const std::string full = prefix_ + name;
  if (!restores()) {
    const auto* bytes = reinterpret_cast<const char*>(values.data());
    values_->values[full] = {type, std::string(bytes, values.size() * sizeof(T))};
    return;
  }
  const std::string& bytes = values_->at(full, type).bytes;
  if (bytes.size() % sizeof(T) != 0) damaged(where(), "half a number");
  values.resize(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
}

template <class T>
void SavedState::in_place(const std::string& name, char type, std::span<T> values) {
  const std::string full = prefix_ + name;
  if (!restores()) {
    const auto* bytes = reinterpret_cast<const char*>(values.data());
    values_->values[full] = {type, std::string(bytes, values.size_bytes())};
    return;
  }
  const std::string& bytes = values_->at(full, type).bytes;
  if (bytes.size() != values.size_bytes()) {
    throw Error(ErrorCode::bad_file, where(),
                fmt::format("value '{}': expected {} bytes, got {}.", full, values.size_bytes(),
                            bytes.size()),
                kOther);
  }
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
}

void SavedState::value(const std::string& name, int64_t& value) {
  in_place(name, 'l', std::span(&value, 1));
}
void SavedState::value(const std::string& name, uint64_t& value) {
  in_place(name, 'u', std::span(&value, 1));
}
void SavedState::value(const std::string& name, double& value) {
  in_place(name, 'd', std::span(&value, 1));
}
void SavedState::value(const std::string& name, bool& value) {
  uint8_t byte = value ? 1 : 0;
  in_place(name, 'b', std::span(&byte, 1));
  value = byte != 0;
}
void SavedState::value(const std::string& name, std::span<uint8_t> values) {
  in_place(name, 'b', values);
}
void SavedState::value(const std::string& name, std::span<int64_t> values) {
  in_place(name, 'l', values);
}
void SavedState::value(const std::string& name, std::span<float> values) {
  in_place(name, 'f', values);
}
void SavedState::value(const std::string& name, std::span<double> values) {
  in_place(name, 'd', values);
}
void SavedState::value(const std::string& name, std::vector<int32_t>& values) {
  plain(name, 'i', values);
}
void SavedState::value(const std::string& name, std::vector<int64_t>& values) {
  plain(name, 'l', values);
}
void SavedState::value(const std::string& name, std::vector<float>& values) {
  plain(name, 'f', values);
}
void SavedState::value(const std::string& name, std::vector<double>& values) {
  plain(name, 'd', values);
}

void SavedState::value(const std::string& name, std::optional<double>& value) {
  std::vector<double> values;
  if (value) values.push_back(*value);
  plain(name, 'd', values);
  value = values.empty() ? std::nullopt : std::optional<double>(values[0]);
}

void SavedState::value(const std::string& name, std::string& value) {
  const std::string full = prefix_ + name;
  if (!restores()) {
    values_->values[full] = {'s', value};
  } else {
    value = values_->at(full, 's').bytes;
  }
}

void SavedState::value(const std::string& name, std::vector<std::string>& values) {
  SavedState inside = part(name);
  auto count = static_cast<uint64_t>(values.size());
  inside.value("count", count);
  if (restores()) values.clear();
  for (uint64_t i = 0; i < count; ++i) {
    if (restores()) values.emplace_back();
    inside.value(std::to_string(i), values[i]);
  }
}

void SavedState::value(const std::string& name, std::vector<Tensor>& tensors) {
  SavedState inside = part(name);
  auto count = static_cast<uint64_t>(tensors.size());
  inside.value("count", count);
  if (restores()) tensors.clear();
  for (uint64_t i = 0; i < count; ++i) {
    Shape shape;
    std::vector<float> values;
    if (!restores()) {
      shape = tensors[i].shape();
      values = tensors[i].values();
    }
    inside.value(fmt::format("{} shape", i), shape);
    inside.value(std::to_string(i), values);
    if (restores()) tensors.emplace_back(std::move(shape), std::move(values));
  }
}

}  // namespace eddy
