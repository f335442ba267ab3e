// SPDX-License-Identifier: MIT
// The stack machine of CPython's Lib/pickle.py, cut down to the values that a file of lists can
// hold. Its opcodes are in unpickle.cc, its values in unpickle_values.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/byte_reader.h"
#include "data/ragged.h"

namespace eddy::data {

inline constexpr size_t kMaxString = 256;
inline constexpr size_t kMaxSmall = 1000;  // strings and tuples: a real file has about ten
inline constexpr size_t kMaxStack = kMaxLists + kMaxSmall;

// What stands on the stack.
enum class Kind : uint8_t {
  mark,
  none,
  boolean,
  integer,
  string,
  global,
  tuple,
  list,
  dtype,
  array,
};

// What the four permitted names (and the one harmless function) mean.
enum class Global : int64_t { reconstruct, ndarray, dtype, encode };

struct Value {
  Kind kind = Kind::none;
  int64_t n = 0;  // the integer, or the index into the pool of that kind
};

class Unpickler {
 public:
  explicit Unpickler(ByteReader& in) : in_(in) {}

  Ragged run() {
    const uint8_t start = byte();
    const int protocol = start == 0x80 ? byte() : 0;
    if (protocol < 2 || protocol > 5) {
      fail("a pickle of protocol 2 to 5",
           start == 0x80 ? fmt::format("protocol {}", protocol) : "another start");
    }
    while (step(byte())) {
    }
    return finish();
  }

 private:
  [[noreturn]] void fail(const std::string& expected, const std::string& got) const {
    bad_file(in_.where(), expected, got,
             "get the file from a source that you trust; eddy never runs what a pickle asks for.");
  }
  [[noreturn]] void refuse(const std::string& got) const {
    fail("a pickle of lists of integers", got);
  }

  // False at STOP.
  bool step(uint8_t opcode);
  bool step_scalar(uint8_t opcode);
  bool step_compound(uint8_t opcode);

  // Reading.
  uint8_t byte() {
    const auto bytes = in_.peek(1);
    if (bytes.empty()) refuse("the end of the data in its middle");
    const uint8_t value = bytes[0];
    in_.skip(1);
    return value;
  }
  uint64_t little_endian(size_t count) {
    std::array<uint8_t, 8> raw{};
    if (!in_.read(raw.data(), count)) refuse("the end of the data in its middle");
    uint64_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8 | raw[i];
    return value;
  }
  int64_t long_integer();
  void integers();

  // The stack.
  void push(Kind kind, int64_t n = 0) { push(Value{kind, n}); }
  void push(Value value) {
    if (stack_.size() >= kMaxStack) refuse("too many values");
    stack_.push_back(value);
  }
  Value pop() {
    if (stack_.empty() || stack_.back().kind == Kind::mark) refuse("an empty stack");
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  }
  Value pop(Kind kind, const char* expected) {
    const Value value = pop();
    if (value.kind != kind) refuse(fmt::format("another value where {} should stand", expected));
    return value;
  }
  // Position of the topmost mark.
  size_t mark() const {
    for (size_t i = stack_.size(); i-- > 0;) {
      if (stack_[i].kind == Kind::mark) return i;
    }
    refuse("a missing mark");
  }

  // Values.
  void push_string(std::string text);
  void push_text(size_t length);
  void push_tuple(size_t first);
  void push_global(const std::string& name);
  void new_list();
  void append(Value list, Value item);
  void appends();
  void memoize(uint64_t index);
  void recall(uint64_t index);
  void reduce();
  void build();
  std::string line();
  const std::vector<Value>& tuple(Value value) const {
    return tuples_[static_cast<size_t>(value.n)];
  }
  const std::string& string(Value value) const { return strings_[static_cast<size_t>(value.n)]; }
  bool is_global(Value value, Global global) const {
    return value.kind == Kind::global && value.n == static_cast<int64_t>(global);
  }
  bool is_string(Value value, std::string_view text) const {
    return value.kind == Kind::string && string(value) == text;
  }
  Ragged finish();

  ByteReader& in_;
  std::vector<Value> stack_;
  std::vector<std::string> strings_;
  std::vector<std::vector<Value>> tuples_;
  std::unordered_map<uint64_t, Value> memo_;
  std::vector<int32_t> ids_;
  std::vector<Ragged::Part> lists_;
  int64_t outer_ = -1;  // the one list of lists
  std::vector<size_t> children_;
  bool built_ = false;
};

}  // namespace eddy::data
