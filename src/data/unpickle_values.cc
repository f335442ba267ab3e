// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "data/unpickler.h"

namespace eddy::data {
namespace {

struct KnownGlobal {
  std::string_view name;
  Global global;
};
// _codecs.encode is how Python 3 writes the byte string b'b' in protocol 2; only that use is taken.
constexpr KnownGlobal kGlobals[] = {
    {"numpy.core.multiarray._reconstruct", Global::reconstruct},
    {"numpy._core.multiarray._reconstruct", Global::reconstruct},
    {"numpy.ndarray", Global::ndarray},
    {"numpy.dtype", Global::dtype},
    {"_codecs.encode", Global::encode},
};

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    shown += std::isprint(byte) != 0 ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return shown;
}

}  // namespace

void Unpickler::push_string(std::string text) {
  if (strings_.size() >= kMaxSmall) refuse("too many strings");
  strings_.push_back(std::move(text));
  push(Kind::string, static_cast<int64_t>(strings_.size()) - 1);
}

void Unpickler::push_text(size_t length) {
  if (length > kMaxString) refuse(fmt::format("a string of {} bytes", length));
  std::string text(length, '\0');
  if (!in_.read(text.data(), length)) refuse("the end of the data in its middle");
  push_string(std::move(text));
}

void Unpickler::push_tuple(size_t first) {
  const size_t count = stack_.size() - first;
  if (tuples_.size() >= kMaxSmall || count > 16) refuse("too many tuples, or too long ones");
  const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(first);
  if (std::any_of(from, stack_.end(), [](Value v) { return v.kind == Kind::mark; })) {
    refuse("an empty stack");
  }
  tuples_.emplace_back(from, stack_.end());
  stack_.resize(first);
  push(Kind::tuple, static_cast<int64_t>(tuples_.size()) - 1);
}

void Unpickler::push_global(const std::string& name) {
  for (const KnownGlobal& known : kGlobals) {
    if (known.name == name) return push(Kind::global, static_cast<int64_t>(known.global));
  }
  refuse("the global " + printable(name));
}

void Unpickler::new_list() {
  if (lists_.size() > kMaxLists) refuse(fmt::format("more than {} lists", kMaxLists));
  lists_.emplace_back();
  push(Kind::list, static_cast<int64_t>(lists_.size()) - 1);
}

void Unpickler::append(Value list, Value item) {
  auto& part = lists_[static_cast<size_t>(list.n)];
  if (item.kind == Kind::integer && list.n != outer_) {
    if (item.n != static_cast<int32_t>(item.n)) {
      bad_data(in_.where(), "32-bit integers", fmt::format("{}", item.n));
    }
    if (part.count == 0) part.first = ids_.size();
    if (part.first + part.count != ids_.size()) refuse("a list that grows after another one");
    if (ids_.size() > kMaxIds) refuse(fmt::format("more than {} integers", kMaxIds));
    ids_.push_back(static_cast<int32_t>(item.n));
    ++part.count;
  } else if (item.kind == Kind::list && part.count == 0 && item.n != list.n &&
             (outer_ < 0 || outer_ == list.n)) {
    outer_ = list.n;
    if (children_.size() >= kMaxLists) refuse(fmt::format("more than {} lists", kMaxLists));
    children_.push_back(static_cast<size_t>(item.n));
  } else {
    refuse("a list of something else");
  }
}

void Unpickler::appends() {
  const size_t first = mark();
  if (first == 0 || stack_[first - 1].kind != Kind::list) refuse("items without a list");
  for (size_t i = first + 1; i < stack_.size(); ++i) append(stack_[first - 1], stack_[i]);
  stack_.resize(first);
}

void Unpickler::memoize(uint64_t index) {
  if (stack_.empty() || stack_.back().kind == Kind::mark) refuse("an empty stack");
  if (memo_.size() >= kMaxStack) refuse("too many memo entries");
  memo_[index] = stack_.back();
}

void Unpickler::recall(uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) refuse(fmt::format("memo entry {} before it was written", index));
  push(found->second);
}

void Unpickler::reduce() {
  const auto& arguments = tuple(pop(Kind::tuple, "a tuple of arguments"));
  const Value callee = pop();
  const size_t count = arguments.size();
  if (is_global(callee, Global::reconstruct) && count == 3 &&
      is_global(arguments[0], Global::ndarray) && is_string(arguments[2], "b")) {
    push(Kind::array);
  } else if (is_global(callee, Global::dtype) && count == 3 &&
             (is_string(arguments[0], "O8") || is_string(arguments[0], "O4") ||
              is_string(arguments[0], "O"))) {
    push(Kind::dtype);
  } else if (is_global(callee, Global::encode) && count == 2 && is_string(arguments[0], "b") &&
             is_string(arguments[1], "latin1")) {
    push(arguments[0]);
  } else {
    refuse("a call other than that of a 1-D object array");
  }
}

void Unpickler::build() {
  const auto& state = tuple(pop(Kind::tuple, "a state"));
  if (stack_.empty()) refuse("an empty stack");
  const Kind target = stack_.back().kind;
  if (target == Kind::dtype) return;  // byte order and alignment say nothing about an object
  // numpy's ndarray.__setstate__: (version, shape, dtype, is_fortran, list of items)
  if (target != Kind::array || built_ || state.size() != 5 || state[1].kind != Kind::tuple ||
      state[2].kind != Kind::dtype || state[4].kind != Kind::list) {
    refuse("a state other than that of a 1-D object array");
  }
  const auto& shape = tuple(state[1]);
  if (shape.size() != 1 || shape[0].kind != Kind::integer) {
    refuse(fmt::format("an array of {} axes", shape.size()));
  }
  const size_t items = state[4].n == outer_ ? children_.size() : 0;
  const size_t integers = lists_[static_cast<size_t>(state[4].n)].count;
  if (integers != 0) refuse("an array of integers");
  if (shape[0].n != static_cast<int64_t>(items)) {
    refuse(fmt::format("shape ({},) with {} lists", shape[0].n, items));
  }
  built_ = true;
}

Ragged Unpickler::finish() {
  if (!built_ || stack_.size() != 1 || stack_[0].kind != Kind::array) {
    refuse("something other than one array");
  }
  if (!in_.at_end()) refuse("more bytes after its end");
  Ragged lists;
  size_t total = 0;
  for (const size_t child : children_) {
    lists.parts.push_back(lists_[child]);
    total += lists_[child].count;
    // A list may be named twice; named a million times it would be a bomb.
    if (total > kMaxIds) refuse(fmt::format("more than {} integers", kMaxIds));
  }
  lists.values = std::move(ids_);
  return lists;
}

}  // namespace eddy::data
