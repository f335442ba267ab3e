// SPDX-License-Identifier: MIT
#include "data/npy.h"

#include <gmock/gmock.h>

#include "data/npz.h"
#include "data_support.h"

namespace eddy::data::npy_test {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

NpyHeader header_of(std::string_view bytes) {
  const auto raw = to_bytes(bytes);
  SpanReader in({"test.npz", "y.npy"}, raw);
  return read_npy_header(in);
}

std::vector<uint8_t> labels_of(std::string_view bytes) {
  const auto raw = to_bytes(bytes);
  SpanReader in({"test.npz", "y.npy"}, raw);
  return read_npy_labels(in);
}

// A version 1.0 header with any text.
std::string header(const std::string& text) {
  std::string bytes = "\x93NUMPY" + std::string("\x01\x00", 2);
  bytes += static_cast<char>(text.size() & 255);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

TEST(NpyHeader, ReadsWhatNumpyWrites) {
  const auto parsed =
      header_of(header("{'descr': '<i8', 'fortran_order': False, 'shape': (25000,), }         \n"));
  EXPECT_EQ(parsed.descr, "<i8");
  EXPECT_FALSE(parsed.fortran_order);
  EXPECT_THAT(parsed.shape, ElementsAre(25000));
}

TEST(NpyHeader, ReadsOtherOrdersQuotesAndShapes) {
  const auto parsed =
      header_of(header("{\"shape\": (2, 30L), \"fortran_order\": True, \"descr\": \"|u1\"}"));
  EXPECT_EQ(parsed.descr, "|u1");
  EXPECT_TRUE(parsed.fortran_order);
  EXPECT_THAT(parsed.shape, ElementsAre(2, 30));
  EXPECT_THAT(header_of(header("{'descr':'<f4','fortran_order':False,'shape':()}")).shape,
              testing::IsEmpty());
}

TEST(NpyHeader, ReadsVersionsTwoAndThree) {
  const std::string text = "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}";
  for (const char version : {'\x02', '\x03'}) {
    const std::string bytes = "\x93NUMPY" + std::string(1, version) + '\0' +
                              static_cast<char>(text.size()) + std::string(3, '\0') + text;
    EXPECT_EQ(header_of(bytes).descr, "|O");
  }
}

TEST(NpyHeader, RefusesOtherFiles) {
  const auto refused = [](std::string_view bytes, const std::string& part) {
    expect_error(ErrorCode::bad_file, part, [&] { header_of(bytes); });
  };
  refused("", "a .npy array, got other bytes");
  refused("PK\x03\x04 something else", "other bytes at its start");
  refused("\x93NUMPY\x04\x00\x10\x00"sv, "version 1.0, 2.0 or 3.0, got 4.0");
  refused("\x93NUMPY\x01\x07\x10\x00"sv, "got 1.7");
  refused("\x93NUMPY\x01\x00\xff\xff"sv, "at most 10000 bytes, got 65535");
  refused("\x93NUMPY\x02\x00\xff\xff\xff\xff"sv, "got 4294967295");
  refused("\x93NUMPY\x01\x00\x40"sv, "the end of the file");
}

TEST(NpyHeader, RefusesOtherDictionaries) {
  const auto refused = [](const std::string& text, const std::string& part) {
    expect_error(ErrorCode::bad_file, part, [&] { header_of(header(text)); });
  };
  refused("", "its end where '{' should stand");
  refused("{}", "a missing key");
  refused("{'descr': '<i8', 'shape': (1,)}", "a missing key");
  refused("{'descr': '<i8', 'descr': '<i8'}", "the key 'descr'");
  refused("{'dtype': '<i8'}", "the key 'dtype'");
  refused("{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (1,)}", "byte 0x5b");
  refused("{'descr': '<i8', 'fortran_order': 0, 'shape': (1,)}", "neither True nor False");
  refused("{'descr': '<i8', 'fortran_order': False, 'shape': (-1,)}", "an unusable shape");
  refused("{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
          "an unusable shape");
  refused("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)} x", "text after");
  refused("{'descr': '<i8", "a string without an end");
}

TEST(NpyHeader, RefusesEveryTruncation) {
  const std::string whole = header("{'descr': '<i8', 'fortran_order': False, 'shape': (25000,), }");
  for (size_t length = 0; length < whole.size(); ++length) {
    expect_error(ErrorCode::bad_file, "y.npy",
                 [&] { header_of(std::string_view(whole).substr(0, length)); });
  }
}

TEST(NpyLabels, ReadsEveryIntegerType) {
  const std::vector<std::pair<std::string, std::string_view>> cases = {
      {"|b1", "\1\0\1"sv},
      {"|u1", "\1\0\1"sv},
      {"|i1", "\1\0\1"sv},
      {"<u2", "\1\0\0\0\1\0"sv},
      {">i2", "\0\1\0\0\0\1"sv},
      {"<i4", "\1\0\0\0\0\0\0\0\1\0\0\0"sv},
      {">u4", "\0\0\0\1\0\0\0\0\0\0\0\1"sv},
      {"<i8", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"sv},
      {">i8", "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"sv},
  };
  for (const auto& [descr, raw] : cases) {
    EXPECT_THAT(labels_of(npy(descr, "(3,)", std::string(raw))), ElementsAre(1, 0, 1)) << descr;
  }
}

TEST(NpyLabels, RefusesOtherValues) {
  const auto refused = [](const std::string& descr, std::string_view raw) {
    expect_error(ErrorCode::bad_data, "labels 0 and 1, got another one at index 1",
                 [&] { labels_of(npy(descr, "(2,)", std::string(raw))); });
  };
  refused("|u1", "\0\2"sv);
  refused("|i1", "\0\xff"sv);
  refused("<i4", "\1\0\0\0\1\0\0\1"sv);
  refused(">i2", "\0\1\1\0"sv);
  refused("<i8", "\1\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"sv);
}

TEST(NpyLabels, RefusesOtherTypesAndShapes) {
  const auto refused = [](const std::string& bytes, const std::string& part) {
    expect_error(ErrorCode::bad_file, part, [&] { labels_of(bytes); });
  };
  for (const char* descr : {"<f8", "|O", "<i3", "|S1", "<U1", "i8", "<i16", "", "<c8"}) {
    refused(npy(descr, "(1,)", std::string(16, '\0')), "integers, got dtype '");
  }
  refused(npy("|u1", "(2, 2)", "\1\1\1\1"), "shape (2, 2)");
  refused(npy("|u1", "()", "\1"), "shape ()");
  refused(npy("|u1", "(1152921504606846976,)", "\1"), "shape (1152921504606846976,)");
  refused(npy("<i8", "(2305843009213693952,)", "\1"), "at most 1000000 labels");
  refused(npy("|u1", "(3,)", "\1\1"), "3 labels, got the end of the file");
  refused(npy("|u1", "(1,)", "\1\1"), "1 labels, got more bytes");
}

// Archives.

std::string member_of(const std::string& archive, const std::string& name) {
  const auto bytes = to_bytes(archive);
  const Npz npz("test.npz", bytes);
  const auto in = npz.open(name);
  std::string text;
  for (char c; in->read(&c, 1);) text += c;
  return text;
}

TEST(Npz, ReadsMembersStoredAndDeflated) {
  const std::string long_text(200000, 'x');
  const std::string archive = zip({{"a.npy", "short"}, {"b.npy", long_text}});
  EXPECT_LT(archive.size(), 2000U);
  EXPECT_EQ(member_of(archive, "a.npy"), "short");
  EXPECT_EQ(member_of(archive, "b.npy"), long_text);
}

TEST(Npz, RefusesWhatIsNoArchive) {
  for (const std::string& bytes : {std::string(), std::string("no zip"), std::string(5000, '\0')}) {
    expect_error(ErrorCode::bad_file, "file: expected a zip archive of .npy arrays",
                 [&] { member_of(bytes, "a.npy"); });
  }
}

TEST(Npz, NamesTheMembersWhenOneIsMissing) {
  const std::string archive = zip({{"model.json", "{}"}, {"weights.h5", "-"}});
  expect_error(ErrorCode::bad_file,
               "x_train.npy: expected a member of that name, got only model.json, weights.h5",
               [&] { member_of(archive, "x_train.npy"); });
}

TEST(Npz, RefusesAMemberThatStandsTwice) {
  std::string archive = zip({{"a.npy", "one"}, {"b.npy", "two"}});
  for (size_t at; (at = archive.find("b.npy")) != std::string::npos;) archive[at] = 'a';
  expect_error(ErrorCode::bad_file, "each member once, got \"a.npy\" more than once",
               [&] { member_of(archive, "a.npy"); });
}

TEST(Npz, RefusesDamagedContents) {
  std::string stored = zip({{"a.npy", "incompressible"}});
  stored[stored.find("incompressible")] = 'x';
  expect_error(ErrorCode::bad_file, "a.npy: expected intact compressed data",
               [&] { member_of(stored, "a.npy"); });
}

TEST(Npz, RefusesAMemberThatPromisesTooMuch) {
  // The directory's uncompressed size, the last 4-byte field of that value.
  std::string archive = zip({{"a.npy", std::string(100000, 'x')}});
  const std::string size("\xa0\x86\x01\x00", 4);
  const auto with_size = [&](const std::string& other) {
    std::string changed = archive;
    for (size_t at = 0; (at = changed.find(size, at)) != std::string::npos;) {
      changed.replace(at, 4, other);
    }
    return changed;
  };
  expect_error(ErrorCode::bad_file, "at most 536870912 bytes",
               [&] { member_of(with_size("\xf0\xff\xff\xff"), "a.npy"); });
  expect_error(ErrorCode::bad_file, "a.npy",
               [&] { member_of(with_size(std::string("\x10\x00\x00\x00", 4)), "a.npy"); });
  expect_error(ErrorCode::bad_file, "a.npy",
               [&] { member_of(with_size(std::string("\xa1\x86\x01\x00", 4)), "a.npy"); });
}

}  // namespace
}  // namespace eddy::data::npy_test
