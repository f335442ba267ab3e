// SPDX-License-Identifier: MIT
// The stack machine of CPython's Lib/pickle.py, cut down to the values that such a file can hold.
#include "data/unpickle.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "data/npy.h"
#include "data/pickle_opcodes.h"

namespace eddy::data {
namespace {

constexpr size_t kMaxString = 256;
constexpr size_t kMaxSmall = 1000;  // strings and tuples: a real file has about ten
constexpr size_t kMaxStack = kMaxLists + kMaxSmall;

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

enum Global : int64_t { reconstruct, ndarray, dtype_class, encode };

struct Value {
  Kind kind = Kind::none;
  int64_t n = 0;  // the integer, or the index into the pool of that kind
};

struct KnownGlobal {
  std::string_view name;
  Global global;
};
// _codecs.encode is how Python 3 writes the byte string b'b' in protocol 2; only that use is taken.
constexpr KnownGlobal kGlobals[] = {
    {"numpy.core.multiarray._reconstruct", reconstruct},
    {"numpy._core.multiarray._reconstruct", reconstruct},
    {"numpy.ndarray", ndarray},
    {"numpy.dtype", dtype_class},
    {"_codecs.encode", encode},
};

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    shown += std::isprint(byte) != 0 ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return shown;
}

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
  bool step_value(uint8_t opcode);

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

// The common road: everything between MARK and APPENDS of a review, without the stack.
void Unpickler::integers() {
  auto& part = lists_[static_cast<size_t>(stack_[stack_.size() - 2].n)];
  if (part.count == 0) part.first = ids_.size();
  const size_t before = ids_.size();
  if (part.first + part.count != before) return;  // append() refuses what follows
  for (;;) {
    const auto bytes = in_.peek(5);
    const uint8_t* p = bytes.data();
    const uint8_t* const last = p + bytes.size() - std::min<size_t>(bytes.size(), 5);
    bool more = bytes.size() >= 5;
    while (more && p <= last) {
      if (*p == 'K') {
        ids_.push_back(p[1]);
        p += 2;
      } else if (*p == 'M') {
        ids_.push_back(p[1] | p[2] << 8);
        p += 3;
      } else if (*p == 'J') {
        const uint32_t bits =
            p[1] | uint32_t{p[2]} << 8 | uint32_t{p[3]} << 16 | uint32_t{p[4]} << 24;
        ids_.push_back(static_cast<int32_t>(bits));
        p += 5;
      } else {
        more = false;
      }
    }
    in_.skip(static_cast<size_t>(p - bytes.data()));
    if (ids_.size() > kMaxIds) refuse(fmt::format("more than {} integers", kMaxIds));
    if (!more) break;
  }
  part.count += ids_.size() - before;
  const auto next = in_.peek(1);
  const bool whole =
      next.empty() ||
      std::string_view("eKMJ\x8a").find(static_cast<char>(next[0])) != std::string_view::npos;
  if (ids_.size() > before && !whole) refuse("a list of something else");
}

bool Unpickler::step(uint8_t opcode) {
  switch (opcode) {
    case '.':
      return false;
    case '(':
      push(Kind::mark);
      if (stack_.size() > 1) {
        const Value below = stack_[stack_.size() - 2];
        if (below.kind == Kind::list && below.n != outer_) integers();
      }
      return true;
    case ']':
      new_list();
      return true;
    case 'e':
      appends();
      return true;
    case 'a': {
      const Value item = pop();
      const Value list = pop(Kind::list, "a list");
      append(list, item);
      stack_.push_back(list);
      return true;
    }
    case 0x94:
      memoize(memo_.size());
      return true;
    case 'q':
      memoize(byte());
      return true;
    case 'r':
      memoize(little_endian(4));
      return true;
    case 'h':
      recall(byte());
      return true;
    case 'j':
      recall(little_endian(4));
      return true;
    case 0x95:
      if (little_endian(8) > uint64_t{1} << 40) refuse("a frame of absurd size");
      return true;
    default:
      return step_value(opcode);
  }
}

bool Unpickler::step_value(uint8_t opcode) {
  switch (opcode) {
    case 'K':
      push(Kind::integer, byte());
      return true;
    case 'M':
      push(Kind::integer, static_cast<int64_t>(little_endian(2)));
      return true;
    case 'J':
      push(Kind::integer, static_cast<int32_t>(little_endian(4)));
      return true;
    case 0x8a:
      push(Kind::integer, long_integer());
      return true;
    case 'N':
      push(Kind::none);
      return true;
    case 0x88:
    case 0x89:
      push(Kind::boolean, opcode == 0x88 ? 1 : 0);
      return true;
    case 'X':
      push_text(little_endian(4));
      return true;
    case 'U':
    case 'C':
    case 0x8c:
      push_text(byte());
      return true;
    case ')':
      push_tuple(stack_.size());
      return true;
    case 0x85:
    case 0x86:
    case 0x87: {
      const size_t count = opcode - size_t{0x84};
      if (stack_.size() < count) refuse("an empty stack");
      push_tuple(stack_.size() - count);
      return true;
    }
    case 't': {
      const size_t first = mark();
      stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(first));
      push_tuple(first);
      return true;
    }
    case 'c': {
      const std::string module = line();
      push_global(module + "." + line());
      return true;
    }
    case 0x93: {
      const std::string name = string(pop(Kind::string, "a name"));
      push_global(string(pop(Kind::string, "a module")) + "." + name);
      return true;
    }
    case 'R':
      reduce();
      return true;
    case 'b':
      build();
      return true;
    default:
      refuse("the opcode " + opcode_name(opcode));
  }
}

int64_t Unpickler::long_integer() {
  const size_t count = byte();
  if (count > 8) {
    bad_data(in_.where(), "32-bit integers", fmt::format("one of {} bytes", count));
  }
  if (count == 0) return 0;
  const uint64_t bits = little_endian(count) << (64 - 8 * count);
  return static_cast<int64_t>(bits) >> (64 - 8 * count);  // the top bit is the sign
}

std::string Unpickler::line() {
  std::string text;
  for (uint8_t c; (c = byte()) != '\n';) {
    if (text.size() >= kMaxString) refuse("a global of absurd length");
    text += static_cast<char>(c);
  }
  return text;
}

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
    if (known.name == name) return push(Kind::global, known.global);
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
  const Value callee = pop(Kind::global, "a global");
  const size_t count = arguments.size();
  if (callee.n == reconstruct && count == 3 && arguments[0].kind == Kind::global &&
      arguments[0].n == ndarray && is_string(arguments[2], "b")) {
    push(Kind::array);
  } else if (callee.n == dtype_class && count == 3 &&
             (is_string(arguments[0], "O8") || is_string(arguments[0], "O4") ||
              is_string(arguments[0], "O"))) {
    push(Kind::dtype);
  } else if (callee.n == encode && count == 2 && is_string(arguments[0], "b") &&
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

}  // namespace

Ragged unpickle_lists(ByteReader& in) { return Unpickler(in).run(); }

Ragged read_npy_lists(ByteReader& in) {
  const NpyHeader header = read_npy_header(in);
  if (header.descr != "|O" && header.descr != "O") {
    bad_file(in.where(), "an array of lists (dtype '|O')", fmt::format("dtype '{}'", header.descr));
  }
  Ragged lists = unpickle_lists(in);
  if (header.shape != std::vector<int64_t>{static_cast<int64_t>(lists.size())}) {
    bad_file(in.where(), fmt::format("{} lists, as the header says", shape_text(header.shape)),
             fmt::format("{}", lists.size()));
  }
  return lists;
}

}  // namespace eddy::data
