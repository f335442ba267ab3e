// SPDX-License-Identifier: MIT
// Tables of numbers: .csv, .tsv, .npy and .npz.
#include <gmock/gmock.h>

#include <cstring>

#include "data_support.h"
#include "eddy/timeseries.h"

namespace eddy::data::number_table_test {
namespace {

using datasets::NumbersOptions;
using datasets::NumberTable;
using testing::ElementsAre;

template <class T>
std::string raw(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  return bytes;
}

class NumberTableTest : public testing::Test {
 protected:
  NumberTable table_of(const std::string& name, std::string_view bytes,
                       const NumbersOptions& options = {}) {
    write(folder_ / name, bytes);
    return datasets::read_numbers(folder_ / name, options);
  }
  void refused(const std::string& name, std::string_view bytes, ErrorCode code,
               const std::string& part, const NumbersOptions& options = {}) {
    expect_error(code, part, [&] { table_of(name, bytes, options); });
  }

  TempDir folder_;
};

TEST_F(NumberTableTest, ReadsARowForEveryStep) {
  const auto table = table_of("a.csv", "x,y\r\n1,-2.5\r\n +3 ,\"4e2\"\r\n");
  EXPECT_THAT(table.columns, ElementsAre("x", "y"));
  ASSERT_EQ(table.sequences.size(), 1U);
  EXPECT_EQ(table.sequences[0].values.shape(), (Shape{2, 2}));
  EXPECT_THAT(table.sequences[0].values.values(), ElementsAre(1, -2.5F, 3, 400));
  EXPECT_EQ(table.sequences[0].id, "");
  EXPECT_TRUE(table.sequences[0].time.empty());
  EXPECT_FALSE(table.time_guessed);
}

TEST_F(NumberTableTest, TakesColumnsInTheOrderAskedFor) {
  const auto table = table_of("a.tsv", "x\ty\tz\n1\t2\t3\n4\t5\t6\n", {.columns = {"z", "x"}});
  EXPECT_THAT(table.columns, ElementsAre("z", "x"));
  EXPECT_THAT(table.sequences[0].values.values(), ElementsAre(3, 1, 6, 4));
  EXPECT_EQ(table.column("x"), 1);
  expect_error(ErrorCode::invalid_argument, "did you mean 'x'", [&] { table.column("xx"); });
}

TEST_F(NumberTableTest, GuessesTheTimeColumnByItsNameOrItsContent) {
  const auto named = table_of("a.csv", "x,Date\n1,20200101\n2,20200102\n");
  EXPECT_EQ(named.time, "Date");
  EXPECT_TRUE(named.time_guessed);
  EXPECT_THAT(named.columns, ElementsAre("x"));
  EXPECT_THAT(named.sequences[0].time, ElementsAre("20200101", "20200102"));
  const auto text = table_of("b.csv", "x,when\n1,monday\n2,tuesday\n");
  EXPECT_EQ(text.time, "when");
  const auto given = table_of("c.csv", "x,t\n1,5\n", {.time = "t"});
  EXPECT_FALSE(given.time_guessed);
  EXPECT_THAT(given.columns, ElementsAre("x"));
}

TEST_F(NumberTableTest, RowsOfOneIdAreOneSequenceWhereverTheyStand) {
  const auto table = table_of("a.csv", "id,x\nb,1\na,2\nb,3\n b ,4\n", {.id = "id"});
  ASSERT_EQ(table.sequences.size(), 2U);
  EXPECT_EQ(table.sequences[0].id, "b");
  EXPECT_THAT(table.sequences[0].values.values(), ElementsAre(1, 3, 4));
  EXPECT_EQ(table.sequences[1].id, "a");
  EXPECT_EQ(table.sequences[1].values.shape(), (Shape{1, 1}));
  EXPECT_THAT(table.columns, ElementsAre("x"));
}

TEST_F(NumberTableTest, NamesRowAndColumnOfWhatIsNoNumber) {
  const ErrorCode bad = ErrorCode::bad_data;
  refused("a.csv", "x,y\n1,2\n3,\n", bad,
          "line 3, column 'y': expected a number, got an empty cell");
  refused("a.csv", "x,y\n1,2\n3,NaN\n", bad, "line 3, column 'y': expected a number, got 'NaN'");
  refused("a.csv", "x,y\n1,2\n3,4\n5,inf\n", bad, "line 4, column 'y'");
  refused("a.csv", "x,y\n1,1e99\n", bad, "got '1e99'");
  refused("a.csv", "x,y\n1,2\n1,0x10\n", bad, "got '0x10'");
  refused("a.csv", "x,y\n1,2\n1,+-3\n", bad, "got '+-3'");
  refused("a.csv", "x,y\n1,2\n1,\"3,5\"\n", bad, "write decimals with a point");
  refused("a.csv", "x,y\n1,2\n1,abc\n", bad, "got 'abc'");
  refused("a.csv", "x,id\n1,a\n1,\n", bad, "line 3, column 'id': expected the id", {.id = "id"});
}

TEST_F(NumberTableTest, RefusesOtherTables) {
  const ErrorCode bad = ErrorCode::bad_data, invalid = ErrorCode::invalid_argument;
  refused("a.csv", "", bad, "got an empty file");
  refused("a.csv", "x,y\n", bad, "at least one row");
  refused("a.csv", "1,2\n3,4\n", bad, "the names of the columns, got numbers");
  refused("a.csv", "x,y\n1,2\n3\n", bad, "line 3: expected 2 fields, as the first line has, got 1");
  refused("a.csv", "x,y\n1,2,3\n", bad, "line 2: expected 2 fields");
  refused("a.csv", "date\nmonday\n", bad, "a column of numbers, got none");
  refused("a.csv", "x,y\n1,2\n", invalid, "one column 'z', got none", {.columns = {"z"}});
  refused("a.csv", "x,x\n1,2\n", invalid, "several of that name");
  refused("a.csv", "x,y\n1,2\n", invalid, "id: expected one column 'k'", {.id = "k"});
  refused("a.csv", std::string_view("x,y\n1,\0\n", 8), ErrorCode::bad_file, "");
  refused("a.txt", "1", ErrorCode::not_supported, "got '.txt'");
  expect_error(ErrorCode::io, "No such file",
               [&] { datasets::read_numbers(folder_ / "none.csv"); });
}

TEST_F(NumberTableTest, ReadsArraysOfAllNumbers) {
  const auto values = [&](const std::string& descr, const std::string& bytes) {
    return table_of("a.npy", npy(descr, "(2,)", bytes)).sequences[0].values.values();
  };
  EXPECT_THAT(values("<f4", raw<float>({1.5, -2})), ElementsAre(1.5F, -2));
  EXPECT_THAT(values("<f8", raw<double>({1.5, -2})), ElementsAre(1.5F, -2));
  EXPECT_THAT(values(">f4", std::string("\x3f\xc0\0\0\xc0\0\0\0", 8)), ElementsAre(1.5F, -2));
  EXPECT_THAT(values("<f2", std::string("\x00\x3e\x01\x80", 4)),
              ElementsAre(1.5F, -std::ldexp(1.0F, -24)));
  EXPECT_THAT(values("<i8", raw<int64_t>({3, -4})), ElementsAre(3, -4));
  EXPECT_THAT(values(">i2", std::string("\x01\x00\xff\xff", 4)), ElementsAre(256, -1));
  EXPECT_THAT(values("|u1", "\x07\xff"), ElementsAre(7, 255));
  EXPECT_THAT(values("|b1", std::string("\x00\x01", 2)), ElementsAre(0, 1));
}

TEST_F(NumberTableTest, AxesOfArraysAreSequencesStepsAndColumns) {
  const std::string six = raw<int8_t>({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(table_of("a.npy", npy("|i1", "(6,)", six)).sequences[0].values.shape(), (Shape{6, 1}));
  const auto two = table_of("a.npy", npy("|i1", "(2, 3)", six), {.columns = {"2", "0"}});
  EXPECT_THAT(two.sequences[0].values.values(), ElementsAre(3, 1, 6, 4));
  const auto three = table_of("a.npy", npy("|i1", "(3, 2, 1)", six));
  ASSERT_EQ(three.sequences.size(), 3U);
  EXPECT_EQ(three.sequences[2].id, "2");
  EXPECT_THAT(three.sequences[2].values.values(), ElementsAre(5, 6));
  std::string fortran = npy("|i1", "(2, 3)", six);
  fortran.replace(fortran.find("False"), 5, "True ");
  EXPECT_THAT(table_of("a.npy", fortran).sequences[0].values.values(),
              ElementsAre(1, 3, 5, 2, 4, 6));
  const auto archive =
      table_of("a.npz", zip({{"north.npy", npy("|i1", "(3, 2)", six)},
                             {"south.npy", npy("|i1", "(1, 2)", std::string("\x08\x09"))}}));
  ASSERT_EQ(archive.sequences.size(), 2U);
  EXPECT_EQ(archive.sequences[0].id, "north");
  EXPECT_THAT(archive.sequences[1].values.values(), ElementsAre(8, 9));
  EXPECT_THAT(archive.columns, ElementsAre("0", "1"));
}

TEST_F(NumberTableTest, RefusesDamagedAndOtherArrays) {
  const ErrorCode file = ErrorCode::bad_file, data = ErrorCode::bad_data;
  const std::string nan = npy("<f4", "(2, 2)", raw<float>({1, 2, 3, NAN}));
  refused("a.npy", nan, data, "nan at step 1, column 1");
  refused("a.npy", npy("<f4", "(3,)", "12345678"), file, "got the end of the file");
  refused("a.npy", npy("<f4", "(1,)", "12345678"), file, "more bytes");
  refused("a.npy", npy("<f4", "(1000000000000,)", "1234"), file, "at most");
  refused("a.npy", npy("<f4", "(1000000000, 8)", "1234"), file, "got the end of the file");
  refused("a.npy", npy("|O", "(1,)", "x"), file, "dtype '|O'");
  refused("a.npy", npy("<f4", "(1, 1, 1, 1)", "1234"), file, "1 to 3 axes");
  refused("a.npy", npy("<f4", "()", "1234"), file, "1 to 3 axes");
  refused("a.npy", npy("<f4", "(0, 2)", ""), data, "shape (0, 2)");
  refused("a.npy", "not an array", file, "");
  refused("a.npz", "not a zip", file, "");
  refused("a.npz", zip({}), file, "got an empty file");
  refused("a.npz", zip({{"a.txt", "x"}}), file, "end in .npy");
  refused("a.npz",
          zip({{"a.npy", npy("|i1", "(1, 2)", "ab")}, {"b.npy", npy("|i1", "(2,)", "ab")}}), data,
          "2 columns, as the array before it has, got 1");
  refused("a.npy", npy("|i1", "(2,)", "ab"), ErrorCode::invalid_argument, "id and time",
          {.id = "x"});
}

}  // namespace
}  // namespace eddy::data::number_table_test
