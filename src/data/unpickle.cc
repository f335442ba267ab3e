// SPDX-License-Identifier: MIT
#include "data/unpickle.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "data/npy.h"
#include "data/pickle_opcodes.h"
#include "data/unpickler.h"

namespace eddy::data {

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
      return step_scalar(opcode);
  }
}

bool Unpickler::step_scalar(uint8_t opcode) {
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
    default:
      return step_compound(opcode);
  }
}

bool Unpickler::step_compound(uint8_t opcode) {
  switch (opcode) {
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
