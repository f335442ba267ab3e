// SPDX-License-Identifier: MIT
// The literal pickles are what Python wrote for an object array of [1, 300, 70000], [5] and [].
#include "data/unpickle.h"

#include <gmock/gmock.h>

#include "data_support.h"

namespace eddy::data {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Python 2.7, numpy 1.16, protocol 2: byte strings are SHORT_BINSTRING.
constexpr auto kPython2 =
    "\x80\x02"
    "cnumpy.core.multiarray\n_reconstruct\nq\x01"
    "cnumpy\nndarray\nq\x02K\x00\x85q\x03U"
    "\x01"
    "bq\x04\x87q\x05Rq\x06(K\x01K\x03\x85q\x07"
    "cnumpy\ndtype\nq\x08U\x02O8q\tK\x00K\x01"
    "\x87q\nRq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]q\x0c(]q\r(K\x01M,\x01J"
    "p\x11\x01\x00"
    "e]q\x0eK\x05"
    "a]q\x0f"
    "etb."sv;
// Python 3.11, numpy 2: protocols 2 to 5.
constexpr auto kProtocol2 =
    "\x80\x02"
    "cnumpy._core.multiarray\n_reconstruct\nq\x00"
    "cnumpy\nndarray\nq\x01K\x00\x85q\x02"
    "c_codecs\nencode\nq\x03X\x01\x00\x00\x00"
    "bq\x04X\x06\x00\x00\x00latin1q\x05\x86q\x06Rq\x07"
    "\x87q\x08Rq\t(K\x01K\x03\x85q\n"
    "cnumpy\ndtype\nq\x0bX\x02\x00\x00\x00O8q\x0c\x89\x88\x87q\rR"
    "q\x0e(K\x03X\x01\x00\x00\x00|q\x0fNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x10"
    "b\x89]q\x11("
    "]q\x12(K\x01M,\x01Jp\x11\x01\x00"
    "e]q\x13K\x05"
    "a]q\x14"
    "etq\x15"
    "b."sv;
constexpr auto kProtocol3 =
    "\x80\x03"
    "cnumpy._core.multiarray\n_reconstruct\nq\x00"
    "cnumpy\nndarray\nq\x01K\x00\x85q\x02"
    "C\x01"
    "bq\x03\x87q\x04Rq\x05(K\x01K\x03\x85q\x06"
    "cnumpy\ndtype\nq\x07X\x02\x00\x00\x00O8q"
    "\x08\x89\x88\x87q\tRq\n(K\x03X\x01\x00\x00\x00|q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq"
    "\x0c"
    "b\x89]q\r(]q\x0e(K\x01M,\x01Jp\x11\x01\x00"
    "e]q\x0fK\x05"
    "a]q\x10"
    "etq\x11"
    "b."sv;
constexpr auto kProtocol4 =
    "\x80\x04\x95\x9f\x00\x00\x00\x00\x00\x00\x00\x8c\x16numpy._core.multiarray\x94\x8c\x0c_"
    "reconstr"
    "uct\x94\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\x94\x93\x94K\x00\x85\x94"
    "C\x01"
    "b\x94\x87\x94"
    "R\x94(K\x01K\x03\x85\x94h\x03\x8c\x05"
    "dtype\x94\x93\x94\x8c\x02O8\x94\x89\x88\x87\x94R\x94(K"
    "\x03\x8c\x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?t\x94"
    "b\x89]\x94(]\x94(K\x01M,\x01Jp"
    "\x11\x01\x00"
    "e]\x94K\x05"
    "a]\x94"
    "et\x94"
    "b."sv;

std::string with_protocol(std::string_view pickle, char protocol) {
  std::string changed(pickle);
  changed[1] = protocol;
  return changed;
}

std::vector<std::string> all_protocols() {
  return {std::string(kPython2), std::string(kProtocol2), std::string(kProtocol3),
          std::string(kProtocol4), with_protocol(kProtocol4, 5)};
}

Lists unpickle(std::string_view pickle) {
  const auto bytes = to_bytes(pickle);
  SpanReader in({"test.npz", "x.npy"}, bytes);
  const Ragged ragged = unpickle_lists(in);
  Lists lists;
  for (size_t i = 0; i < ragged.size(); ++i) lists.emplace_back(ragged[i].begin(), ragged[i].end());
  return lists;
}

void refused(std::string_view pickle, const std::string& part) {
  expect_error(ErrorCode::bad_file, part, [&] { unpickle(pickle); });
}

// kProtocol4 with one list replaced by other opcodes.
std::string with_first_list(std::string_view opcodes) {
  constexpr auto kList =
      "]\x94(K\x01M,\x01Jp\x11\x01\x00"
      "e"sv;
  std::string changed(kProtocol4);
  return changed.replace(changed.find(kList), kList.size(), opcodes);
}

TEST(Unpickle, ReadsEveryProtocolFromTwoToFive) {
  for (const auto& pickle : all_protocols()) {
    EXPECT_THAT(unpickle(pickle),
                ElementsAre(ElementsAre(1, 300, 70000), ElementsAre(5), IsEmpty()));
  }
}

TEST(Unpickle, RefusesProtocolsOutsideTwoToFive) {
  refused(with_protocol(kProtocol2, 1), "protocol 2 to 5, got protocol 1");
  refused(with_protocol(kProtocol4, 6), "got protocol 6");
  refused("(lp0\nI1\na.", "protocol 2 to 5, got another start");
}

TEST(Unpickle, RefusesEveryTruncation) {
  for (const auto& pickle : all_protocols()) {
    for (size_t length = 0; length < pickle.size(); ++length) {
      SCOPED_TRACE(length);
      refused(pickle.substr(0, length), "");
    }
    refused(pickle + "x", "more bytes after its end");
  }
}

TEST(Unpickle, SurvivesChangedBytes) {
  for (const auto& pickle : all_protocols()) {
    for (size_t i = 0; i < pickle.size(); ++i) {
      for (size_t value = i % 3; value < 256; value += 3) {
        std::string changed = pickle;
        changed[i] = static_cast<char>(value);
        try {
          EXPECT_LE(unpickle(changed).size(), 3U);
        } catch (const Error& error) {
          EXPECT_THAT(error.what(), HasSubstr("x.npy"));
        }
      }
    }
  }
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

TEST(Unpickle, ReadsLongIntegersThatFit) {
  EXPECT_EQ(unpickle(with_first_list("](K\x01\x8a\x02\xe8\x03K\x02"
                                     "e"sv))[0],
            (std::vector<int32_t>{1, 1000, 2}));
  EXPECT_EQ(unpickle(with_first_list("]\x8a\x00"
                                     "a"sv))[0],
            (std::vector<int32_t>{0}));
  EXPECT_EQ(unpickle(with_first_list("]\x8a\x01\xff"
                                     "a"sv))[0],
            (std::vector<int32_t>{-1}));
  EXPECT_EQ(unpickle(with_first_list("](J\xff\xff\xff\xff"
                                     "e"sv))[0],
            (std::vector<int32_t>{-1}));
  expect_error(ErrorCode::bad_data, "32-bit integers, got 2147483648", [] {
    unpickle(
        with_first_list("](K\x01\x8a\x05\x00\x00\x00\x80\x00"
                        "e"sv));
  });
  expect_error(ErrorCode::bad_data, "one of 9 bytes", [] {
    unpickle(
        with_first_list("](\x8a\x09\x00\x00\x00\x80\x00\x00\x00\x00\x01"
                        "e"sv));
  });
}

TEST(Unpickle, ReadsListsLongerThanABatch) {
  Lists lists(2100);
  for (size_t i = 0; i < lists.size(); ++i) lists[i] = {static_cast<int32_t>(i), 7};
  lists[0].clear();
  for (int32_t k = 0; k < 3001; ++k) lists[0].push_back(k * 40);
  for (const int protocol : {3, 4}) {
    const auto bytes = to_bytes(npy_lists(lists, protocol));
    SpanReader in({"test.npz", "x.npy"}, bytes);
    const Ragged ragged = read_npy_lists(in);
    ASSERT_EQ(ragged.size(), lists.size());
    for (size_t i = 0; i < lists.size(); ++i) {
      EXPECT_THAT(ragged[i], testing::ElementsAreArray(lists[i]));
    }
  }
}

TEST(Unpickle, ReadsAListThatStandsTwice) {
  // MEMOIZE numbers the first list 19: BINGET 19 instead of the second.
  std::string twice(kProtocol4);
  const size_t at = twice.find(
      "]\x94K\x05"
      "a");
  ASSERT_NE(at, std::string::npos);
  twice.replace(at, 5, "h\x13");
  EXPECT_THAT(unpickle(twice),
              ElementsAre(ElementsAre(1, 300, 70000), ElementsAre(1, 300, 70000), IsEmpty()));
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
}  // namespace eddy::data
