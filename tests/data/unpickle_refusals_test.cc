// SPDX-License-Identifier: MIT
// What the unpickler refuses, by name.
#include <gmock/gmock.h>

#include "data/unpickle.h"
#include "pickles_support.h"

namespace eddy::data::unpickle_refusals_test {
namespace {

using namespace std::string_view_literals;

TEST(Unpickle, RefusesProtocolsOutsideTwoToFive) {
  refused(with_protocol(kProtocol2, 1), "protocol 2 to 5, got protocol 1");
  refused(with_protocol(kProtocol4, 6), "got protocol 6");
  refused("(lp0\nI1\na.", "protocol 2 to 5, got another start");
}

TEST(Unpickle, RefusesOtherGlobalsByName) {
  refused(
      "\x80\x02"
      "cos\nsystem\nq\x00X\x04\x00\x00\x00true\x85R."sv,
      "got the global os.system");
  refused("\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94."sv,
          "got the global posix.system");
  refused(
      "\x80\x03"
      "cbuiltins\neval\n."sv,
      "the global builtins.eval");
  refused(
      "\x80\x03"
      "cnumpy.core.multiarray\nscalar\n."sv,
      "numpy.core.multiarray.scalar");
  refused(
      "\x80\x03"
      "c\x01\x1b[2J\n\n."sv,
      "\\x01\\x1b[2J");
  refused(
      "\x80\x03"
      "c" +
          std::string(100000, 'a'),
      "a global of absurd length");
}

TEST(Unpickle, RefusesToCallWhatItKnowsInOtherWays) {
  refused(
      "\x80\x03"
      "cnumpy\nndarray\nK\x05\x85R."sv,
      "a call other than");
  refused(
      "\x80\x03"
      "c_codecs\nencode\nX\x01\x00\x00\x00xX\x05\x00\x00\x00utf-8\x86R."sv,
      "a call other than");
  refused(
      "\x80\x03"
      "cnumpy\ndtype\nX\x02\x00\x00\x00i8\x89\x88\x87R."sv,
      "a call other than");
}

TEST(Unpickle, RefusesOtherOpcodesByName) {
  const std::vector<std::pair<std::string_view, std::string>> cases = {
      {"}\x94"sv, "EMPTY_DICT"},
      {"\x8f"sv, "EMPTY_SET"},
      {"G\x3f\xf0\x00\x00\x00\x00\x00\x00"sv, "BINFLOAT"},
      {"I01\n"sv, "INT"},
      {"P1\n"sv, "PERSID"},
      {"Q"sv, "BINPERSID"},
      {"ios\nsystem\n"sv, "INST"},
      {"\x81"sv, "NEWOBJ"},
      {"\x92"sv, "NEWOBJ_EX"},
      {"\x82\x01"sv, "EXT1"},
      {"\x97"sv, "NEXT_BUFFER"},
      {"0"sv, "POP"},
      {"\xfe"sv, "0xfe"},
  };
  for (const auto& [opcodes, name] : cases) {
    refused(with_first_list(opcodes), "got the opcode " + name + ".");
  }
}

TEST(Unpickle, RefusesListsOfAnythingButIntegers) {
  refused(with_first_list("](\x8c\x01xe"sv), "a list of something else");
  refused(with_first_list("](K\x01\x8c\x01xe"sv), "a list of something else");
  refused(with_first_list("](K\x01\x88"
                          "e"sv),
          "a list of something else");
  refused(with_first_list("](](K\x01"
                          "eee"sv),
          "");  // lists in lists in lists
  refused(with_first_list("](K\x01](K\x02"
                          "eee"sv),
          "a list of something else");
  refused(with_first_list("K\x07"sv), "a list of something else");
  refused(with_first_list("N"sv), "a list of something else");
  refused(with_first_list("]q\x63h\x63"
                          "a"sv),
          "a list of something else");  // holds itself
  refused(with_first_list("](K\x01t"sv), "a list of something else");
}

TEST(Unpickle, RefusesAListNamedOftenEnoughToFillTheMemory) {
  // 100,000 integers, named a thousand times.
  std::string big = "]\x94(";
  for (int i = 0; i < 100000; ++i) big += "K\x01";
  big += "e";
  for (int i = 0; i < 1000; ++i) big += "h\x13";
  std::string pickle = with_first_list(big);
  pickle.replace(pickle.find("K\x01K\x03\x85"), 5, "K\x01M\xeb\x03\x85");  // shape (1003,)
  refused(pickle, "more than 67108864 integers");
}

TEST(Unpickle, RefusesAnArrayOfAnotherShape) {
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string pickle(kProtocol4);
    return pickle.replace(pickle.find(from), from.size(), to);
  };
  refused(changed("K\x01K\x03\x85"sv, "K\x01K\x04\x85"sv), "shape (4,) with 3 lists");
  refused(changed("K\x01K\x03\x85"sv, "K\x01K\x03K\x01\x86"sv), "an array of 2 axes");
  refused(changed("K\x01K\x03\x85"sv, "K\x01\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x10\x85"sv),
          "shape (1152921504606846976,)");
  refused(changed("\x8c\x02O8"sv, "\x8c\x02i8"sv), "a call other than");
}

TEST(Unpickle, RefusesMemoEntriesThatWereNotWritten) {
  refused(with_first_list("h\xf0"sv), "memo entry 240");
  refused(with_first_list("j\xff\xff\xff\xff"sv), "memo entry 4294967295");
}

TEST(ReadNpyLists, RefusesOtherHeaders) {
  const std::string pickle(kProtocol4);
  const auto with = [](const std::string& bytes, const std::string& part) {
    expect_error(ErrorCode::bad_file, part, [&] {
      const auto raw = to_bytes(bytes);
      SpanReader in({"test.npz", "x.npy"}, raw);
      read_npy_lists(in);
    });
  };
  with(npy("<i8", "(3,)", pickle), "dtype '<i8'");
  with(npy("|O", "(4,)", pickle), "(4,) lists, as the header says, got 3");
  with(npy("|O", "(3, 1)", pickle), "(3, 1)");
  with(npy("|O", "(1152921504606846976,)", pickle), "(1152921504606846976,)");
}

}  // namespace
}  // namespace eddy::data::unpickle_refusals_test
