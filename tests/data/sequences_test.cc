// SPDX-License-Identifier: MIT
// Labelled sequences of numbers from tables and arrays.
#include "eddy/sequences.h"

#include <gmock/gmock.h>

#include "data_support.h"

namespace eddy::data::sequences_test {
namespace {

using datasets::LabelledSequences;
using datasets::Sequence;
using datasets::SequencesOptions;
using testing::ElementsAre;

constexpr ErrorCode kData = ErrorCode::bad_data, kFile = ErrorCode::bad_file,
                    kInvalid = ErrorCode::invalid_argument;

template <class T>
std::string raw(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  return bytes;
}

std::vector<std::string> labels_of(const datasets::NumberTable& table) {
  std::vector<std::string> labels;
  for (const Sequence& sequence : table.sequences) labels.push_back(sequence.label);
  return labels;
}

class SequencesTest : public testing::Test {
 protected:
  LabelledSequences of(const std::string& name, std::string_view bytes,
                       const SequencesOptions& options = {}) {
    write(folder_ / name, bytes);
    return datasets::read_sequences(folder_ / name, options);
  }
  LabelledSequences of_arrays(const Members& members, const SequencesOptions& options = {}) {
    return of("a.npz", zip(members), options);
  }
  void refused(const std::string& name, std::string_view bytes, ErrorCode code,
               const std::string& part, const SequencesOptions& options = {.id = "id"}) {
    expect_error(code, part, [&] { of(name, bytes, options); });
  }
  void arrays_refused(const Members& members, ErrorCode code, const std::string& part,
                      const SequencesOptions& options = {}) {
    refused("a.npz", zip(members), code, part, options);
  }

  TempDir folder_;
};

TEST_F(SequencesTest, ReadsTheLabelFromAllRowsOrFromSome) {
  const auto read = of("a.csv",
                       "id,x,y,class\n"
                       "b,1,-1,run\nb,2,-2,run\n"
                       "a,3,-3,\na,4,-4, walk \n"
                       "c,5,-5,run\nc,6,-6,\nc,7,-7,\n",
                       {.id = "id"});
  EXPECT_THAT(read.data.columns, ElementsAre("x", "y"));  // y is an axis, no label
  EXPECT_THAT(labels_of(read.data), ElementsAre("run", "walk", "run"));
  EXPECT_THAT(read.data.sequences[2].values.values(), ElementsAre(5, -5, 6, -6, 7, -7));
  EXPECT_EQ(read.data.label, "class");
  EXPECT_EQ(read.data.scattered, 0);
  EXPECT_FALSE(read.test.has_value());
  EXPECT_EQ(read.sha256.size(), 64U);
}

TEST_F(SequencesTest, ALabelOfTextIsNotTakenForTheTime) {
  const auto read =
      of("a.tsv", "id\tkind\tx\na\tup\t1\nb\tdown\t2\n", {.id = "id", .label = "kind"});
  EXPECT_FALSE(read.data.time_guessed);
  EXPECT_THAT(labels_of(read.data), ElementsAre("up", "down"));
  const auto none =
      of("a.tsv", "id\tlabel\tx\na\t\t1\n", {.columns = {"x"}, .id = "id", .labelled = false});
  EXPECT_THAT(labels_of(none.data), ElementsAre(""));
}

TEST_F(SequencesTest, CountsSequencesWhoseRowsDoNotStandTogether) {
  const auto read = of("a.csv", "id,x,label\na,1,u\nb,2,v\na,3,u\nb,4,v\nc,5,u\n", {.id = "id"});
  EXPECT_EQ(read.data.scattered, 2);
  EXPECT_THAT(read.data.sequences[0].values.values(), ElementsAre(1, 3));
}

TEST_F(SequencesTest, EveryNumberAndLabelIsInTheDigest) {
  const auto digest = [&](const char* bytes) { return of("a.csv", bytes, {.id = "id"}).sha256; };
  const std::string first = digest("id,x,label\na,1,u\na,2,u\n");
  EXPECT_EQ(digest("id,x,label\na,1.0,\na,2,u\n"), first);
  EXPECT_NE(digest("id,x,label\na,1,u\na,3,u\n"), first);
  EXPECT_NE(digest("id,x,label\na,1,v\na,2,v\n"), first);
  EXPECT_NE(digest("id,x,label\na,1,u\nb,2,u\n"), first);
}

TEST_F(SequencesTest, RefusesLabelsThatAreNone) {
  refused("a.csv", "id,x,label\na,1,u\na,2,v\n", kData,
          "line 3, column 'label': expected 'u', as sequence 'a' has on line 2, got 'v'");
  refused("a.csv", "id,x,label\na,1,u\nb,2,\nb,3, \n", kData,
          "line 3, column 'label': expected a label for sequence 'b', which begins here, got none");
  refused("a.csv", "id,x,y\na,1,2\n", kInvalid, "--label COLUMN");
  refused("a.csv", "id,x,label\na,1,u\n", kInvalid, "label: expected one column 'kind', got none",
          {.id = "id", .label = "kind"});
  refused("a.csv", "id,x,label\na,1,u\n", kInvalid, "which is one of the features",
          {.columns = {"x", "label"}, .id = "id", .label = "label"});
  refused("a.csv", "id,x,label\na,1,u\n", kInvalid, "which is the id", {.id = "id", .label = "id"});
  refused("a.csv", "id,x,label\na,1,u\n", kInvalid, "--id COLUMN", {});
  refused("a.csv", "id,label\na,u\n", kData, "none beside those of id, time and label");
}

TEST_F(SequencesTest, ReadsArraysWithLabelsOfAnyKind) {
  const std::string x = npy("<f4", "(2, 2, 1)", raw<float>({1, 2, 3, 4}));
  const auto labels = [&](const std::string& descr, const std::string& shape,
                          const std::string& bytes) {
    return labels_of(of_arrays({{"x.npy", x}, {"y.npy", npy(descr, shape, bytes)}}).data);
  };
  EXPECT_THAT(labels("<i8", "(2,)", raw<int64_t>({-3, int64_t{1} << 60})),
              ElementsAre("-3", "1152921504606846976"));
  EXPECT_THAT(labels("|u1", "(2, 1)", "\x07\xff"), ElementsAre("7", "255"));
  EXPECT_THAT(labels(">i2", "(2,)", std::string("\x01\x00\xff\xfe", 4)), ElementsAre("256", "-2"));
  EXPECT_THAT(labels("<f4", "(2,)", raw<float>({1, 0.1F})), ElementsAre("1", "0.1"));
  EXPECT_THAT(labels("<f8", "(2,)", raw<double>({0.1, -2.5})), ElementsAre("0.1", "-2.5"));
  EXPECT_THAT(labels("|b1", "(2,)", std::string("\x00\x01", 2)), ElementsAre("0", "1"));
  EXPECT_THAT(labels("|S3", "(2,)", std::string("ab\0abc", 6)), ElementsAre("ab", "abc"));
  EXPECT_THAT(labels("<U2", "(2,)", raw<char32_t>({'a', 0, 0xE9, 0x1F600})),
              ElementsAre("a", "\xc3\xa9\xf0\x9f\x98\x80"));
  EXPECT_THAT(labels("<U1", "(2,)", raw<char32_t>({0xD800, 0x110000})),
              ElementsAre("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd"));
}

TEST_F(SequencesTest, LengthsSayWhichStepsCount) {
  const std::string y = npy("|i1", "(2,)", std::string("\x05\x06"));
  const auto padded =
      of_arrays({{"x.npy", npy("<f4", "(2, 3, 1)", raw<float>({1, 2, NAN, 4, NAN, NAN}))},
                 {"y.npy", y},
                 {"lengths.npy", npy("<i8", "(2,)", raw<int64_t>({2, 1}))}});
  EXPECT_THAT(padded.data.sequences[0].values.values(), ElementsAre(1, 2));
  EXPECT_THAT(padded.data.sequences[1].values.values(), ElementsAre(4));
  const auto joined = of_arrays({{"x.npy", npy("|i1", "(3, 2)", std::string("\1\2\3\4\5\6"))},
                                 {"y.npy", y},
                                 {"lengths.npy", npy("|u1", "(2,)", std::string("\2\1"))}},
                                {.columns = {"1"}});
  EXPECT_THAT(joined.data.sequences[0].values.values(), ElementsAre(2, 4));
  EXPECT_THAT(joined.data.sequences[1].values.values(), ElementsAre(6));
  EXPECT_EQ(joined.data.sequences[1].id, "1");
  EXPECT_EQ(joined.data.sequences[1].label, "6");
}

TEST_F(SequencesTest, TakesTrainingAndTestPart) {
  const std::string one = npy("|i1", "(1, 2, 1)", std::string("\1\2"));
  const std::string two = npy("|i1", "(2, 1, 1)", std::string("\3\4"));
  const Members members = {{"x_train.npy", one},
                           {"y_train.npy", npy("|i1", "(1,)", "\7")},
                           {"x_test.npy", two},
                           {"y_test.npy", npy("|i1", "(2,)", "\7\5")}};
  const auto read = of_arrays(members);
  EXPECT_THAT(labels_of(read.data), ElementsAre("7"));
  EXPECT_THAT(labels_of(*read.test), ElementsAre("7", "5"));
  const auto unlabelled = of_arrays({members[2]}, {.labelled = false});
  EXPECT_EQ(unlabelled.data.sequences.size(), 2U);
  EXPECT_EQ(of("a.npy", two, {.labelled = false}).data.sequences.size(), 2U);
}

TEST_F(SequencesTest, RefusesArraysThatDoNotFit) {
  const std::string x = npy("|i1", "(2, 2, 1)", std::string("\1\2\3\4"));
  const std::string y = npy("|i1", "(2,)", std::string("\5\6"));
  const auto lengths = [](std::initializer_list<int8_t> values) {
    return npy("|i1", std::string("(").append(std::to_string(values.size())).append(",)"),
               raw<int8_t>(values));
  };
  arrays_refused({{"x.npy", x}, {"y.npy", npy("|i1", "(3,)", "\1\2\3")}}, kData,
                 "y.npy: expected 2 labels, one for every sequence of x, got 3");
  arrays_refused({{"x.npy", npy("|i1", "(4,)", "\1\2\3\4")}, {"y.npy", y}}, kData,
                 "x.npy: expected [sequences, steps, columns], or [steps, columns] beside lengths, "
                 "got shape (4,)");
  arrays_refused({{"x.npy", npy("|i1", "(2, 2)", "\1\2\3\4")}, {"y.npy", y}}, kData,
                 "got shape (2, 2)");
  arrays_refused({{"x.npy", npy("|i1", "(8589934592, 1, 0)", "")}, {"y.npy", y}}, kData,
                 "at least one number");
  arrays_refused({{"x.npy", npy("|i1", "(8589934592, 0, 1)", "")}, {"y.npy", y}}, kData, "shape");
  arrays_refused({{"x.npy", x}}, kFile, "y.npy");
  arrays_refused({{"a.npy", x}, {"y.npy", y}}, kData, "arrays x and y, or x_train");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("|O", "(2,)", "ab")}}, kFile, "dtype '|O'");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("<c8", "(1,)", "12345678")}}, kFile, "dtype '<c8'");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("<U0", "(2,)", "")}}, kFile, "dtype '<U0'");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("|S99999999", "(2,)", "")}}, kFile, "|S99999999");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("|S1", "(2,)", std::string("a\0", 2))}}, kData,
                 "expected a label, got none at index 1");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("<f4", "(2,)", raw<float>({1, NAN}))}}, kData,
                 "got nan at index 1");
  arrays_refused({{"x.npy", x}, {"y.npy", npy("|i1", "(3,)", "ab")}}, kFile, "the end of the file");
  for (const auto& bad : {lengths({2}), lengths({0, 2}), lengths({3, 1}), lengths({-1, 1}),
                          npy("<f4", "(2,)", raw<float>({1.5, 1}))}) {
    arrays_refused({{"x.npy", x}, {"y.npy", y}, {"lengths.npy", bad}}, kData, "lengths.npy");
  }
  const std::string steps = npy("|i1", "(4, 1)", std::string("\1\2\3\4"));
  for (const auto& bad : {lengths({2, 1}), lengths({3, 2})}) {
    arrays_refused({{"x.npy", steps}, {"y.npy", y}, {"lengths.npy", bad}}, kData, "lengths.npy");
  }
  refused("a.npy", x, ErrorCode::not_supported, "put both into one file", {});
  refused("a.npz", zip({{"x.npy", x}, {"y.npy", y}}), kInvalid, "leave --id and --label out");
  refused("a.txt", "x", ErrorCode::not_supported, "got '.txt'");
}

TEST_F(SequencesTest, OneByOneTheyAreTheSame) {
  const std::string table =
      "id,t,x,y,label\nb,d1,1,-1,\nb,d2,2,-2,run\na,d1,3,-3,walk\nc,d1,5,-5,run\nc,d2,6,-6,\n";
  const SequencesOptions options{.id = "id"};
  const LabelledSequences whole = of("a.csv", table, options);
  datasets::SequenceReader reader(folder_ / "a.csv", options);
  EXPECT_EQ(reader.facts().columns, whole.data.columns);
  EXPECT_EQ(reader.facts().time, "t");
  EXPECT_TRUE(reader.facts().time_guessed);
  EXPECT_EQ(reader.facts().label, "label");
  for (int round = 0; round < 3; ++round) {
    for (const Sequence& expected : whole.data.sequences) {
      Sequence got;
      ASSERT_TRUE(reader.next(got));
      EXPECT_EQ(got.id, expected.id);
      EXPECT_EQ(got.label, expected.label);
      EXPECT_EQ(got.time, expected.time);
      EXPECT_EQ(got.values.shape(), expected.values.shape());
      EXPECT_EQ(got.values.values(), expected.values.values());
      if (round == 0) break;  // rewound in the middle
    }
    Sequence none;
    EXPECT_EQ(reader.sha256(), "");
    if (round > 0) {
      EXPECT_FALSE(reader.next(none));
      EXPECT_FALSE(reader.next(none));
      EXPECT_EQ(reader.sha256(), whole.sha256);
    }
    reader.rewind();
  }
}

TEST_F(SequencesTest, OneByOneTheirRowsStandTogetherAndFit) {
  const auto read = [&](const std::string& name, std::string_view bytes, int64_t max_bytes) {
    write(folder_ / name, bytes);
    datasets::SequenceReader reader(folder_ / name, {.id = "id", .max_bytes = max_bytes});
    for (Sequence sequence; reader.next(sequence);) {
    }
  };
  expect_error(kData, "line 4, column 'id': expected all rows of sequence 'a' together",
               [&] { read("a.csv", "id,x,label\na,1,u\nb,2,v\na,3,u\n", 0); });
  std::string many = "id,x,label\n";
  for (int row = 0; row < 100; ++row) many += "a,1,u\n";
  read("a.csv", many, 4096);
  expect_error(kData, "expected a sequence of at most 256 bytes",
               [&] { read("a.csv", many, 256); });
  expect_error(kData, "expected a label for sequence 'b'",
               [&] { read("a.csv", "id,x,label\na,1,u\nb,2,\n", 0); });
  expect_error(ErrorCode::not_supported, "got arrays", [&] { read("a.npz", "PK", 0); });
}

}  // namespace
}  // namespace eddy::data::sequences_test
