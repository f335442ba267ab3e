// SPDX-License-Identifier: MIT
// Files of columns: what is a token, what is a label, what is neither.
#include "eddy/tagged.h"

#include <gmock/gmock.h>

#include "data_support.h"

namespace eddy::datasets::tagged_test {
namespace {

using data::expect_error;
using data::TempDir;
using testing::ElementsAre;

using Words = std::vector<std::string>;

struct Read {
  std::vector<Words> tokens, labels;
};

Read read_all(TaggedSequences& sequences) {
  Read all;
  for (TaggedSequence sequence; sequences.next(sequence);) {
    all.tokens.push_back(sequence.tokens);
    all.labels.push_back(sequence.labels);
  }
  return all;
}

class Tagged : public testing::Test {
 protected:
  TaggedSequences open(const std::string& text, const TaggedOptions& options = {},
                       const std::string& name = "tags.tsv") {
    path = folder / name;
    data::write(path, text);
    return TaggedSequences(path, options);
  }
  Read read(const std::string& text, const TaggedOptions& options = {},
            const std::string& name = "tags.tsv") {
    TaggedSequences sequences = open(text, options, name);
    return read_all(sequences);
  }
  void refuse(const std::string& text, const std::string& part, const TaggedOptions& options = {}) {
    expect_error(ErrorCode::bad_data, part, [&] { read(text, options); });
  }

  TempDir folder;
  std::filesystem::path path;
};

TEST_F(Tagged, EmptyLinesEndSequencesWhateverTheLineEnds) {
  for (const std::string& end : {std::string("\n"), std::string("\r\n"), std::string("\r")}) {
    std::string text =
        "\xef\xbb\xbf"
        "a\tX|b c\tY|| \t ||d\tX|";
    for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at)) {
      text.replace(at, 1, end);
    }
    TaggedSequences sequences = open(text);
    const Read all = read_all(sequences);
    EXPECT_THAT(all.tokens, ElementsAre(Words{"a", "b c"}, Words{"d"}));
    EXPECT_THAT(all.labels, ElementsAre(Words{"X", "Y"}, Words{"X"}));
    sequences.rewind();
    TaggedSequence last;
    ASSERT_TRUE(sequences.next(last) && sequences.next(last));
    EXPECT_EQ(sequences.place(0), path.string() + ", line 6");
  }
}

TEST_F(Tagged, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(read("a X\nb Y").labels, ElementsAre(Words{"X", "Y"}));
}

TEST_F(Tagged, BlanksSeparateColumnsWhereTheFirstLineHasNoTab) {
  const Read all = read("  U.N.   NNP I-NP  I-ORG \nofficial NN I-NP O\n");
  EXPECT_THAT(all.tokens, ElementsAre(Words{"U.N.", "official"}));
  EXPECT_THAT(all.labels, ElementsAre(Words{"I-ORG", "O"}));
  const Read second = read("a b\tX Y\nc\tZ\n");
  EXPECT_THAT(second.tokens, ElementsAre(Words{"a b", "c"}));
  EXPECT_THAT(second.labels, ElementsAre(Words{"X Y", "Z"}));
}

TEST_F(Tagged, ColumnsGoByNumber) {
  const std::string text = "a\tb\tc\nd\te\tf\n";
  const Read all = read(text, {.text = 3, .label = 2});
  EXPECT_THAT(all.tokens, ElementsAre(Words{"c", "f"}));
  EXPECT_THAT(all.labels, ElementsAre(Words{"b", "e"}));
  TaggedSequences usual = open(text);
  EXPECT_EQ(usual.text_column(), 1);
  EXPECT_EQ(usual.label_column(), 3);
  EXPECT_EQ(usual.columns(), 3);
  for (const TaggedOptions& options : {TaggedOptions{.text = 4}, TaggedOptions{.label = -1}}) {
    expect_error(ErrorCode::invalid_argument, "expected a column from 1 to 3, got",
                 [&] { open(text, options); });
  }
  expect_error(ErrorCode::invalid_argument, "expected two, got 3 for tokens and labels",
               [&] { open(text, {.text = 3}); });
}

TEST_F(Tagged, CommentsHaveOtherColumns) {
  TaggedSequences sequences =
      open("# one two three\n#\n-DOCSTART- -X- O\n\n#hash NN O\n# # O\n#\nb NN X\n");
  const Read all = read_all(sequences);
  EXPECT_EQ(sequences.comments(), 3U);
  EXPECT_THAT(all.tokens, ElementsAre(Words{"#hash", "#", "b"}));
  EXPECT_THAT(all.labels, ElementsAre(Words{"O", "O", "X"}));
}

TEST_F(Tagged, DocstartEndsASequence) {
  EXPECT_THAT(read("a X\n-DOCSTART- O\nb Y\n").tokens, ElementsAre(Words{"a"}, Words{"b"}));
}

TEST_F(Tagged, ConlluHasFormsAndParts) {
  const Read all = read(
      "# sent_id = 1\n# text = It's 2 000\n1-2\tIt's\t_\t_\n1\tIt\tit\tPRON\n2\t's\tbe\tAUX\n"
      "2.1\tnot\tnot\tPART\n3\t2 000\t2000\tNUM\n",
      {}, "tags.conllu");
  EXPECT_THAT(all.tokens, ElementsAre(Words{"It", "'s", "2 000"}));
  EXPECT_THAT(all.labels, ElementsAre(Words{"PRON", "AUX", "NUM"}));
}

TEST_F(Tagged, SaysWhatIsWrongAndWhere) {
  refuse("", "file: expected tokens and labels, got none");
  refuse("\n \n", "file: expected tokens and labels, got none");
  refuse("\nalone\nb X\n", "line 2: expected a token and its label, got one column");
  refuse("a X\nb\nc Y\n", "line 2: expected 2 columns, as the first line has, got 1");
  refuse("a\tX\nb\tY\tZ\n", "line 2: expected 2 columns, as the first line has, got 3");
  refuse("a\tX\n\nb\t \n", "line 3: expected a label, got none");
  refuse("a\tX\n\tY\n", "line 2: expected a token, got none");
  refuse("a X\n" + std::string((size_t{1} << 24) + 1, 'b'), "line 2: expected a line of at most");
  std::string many;
  for (int i = 0; i < 1'000'001; ++i) many += "a X\n";
  refuse(many, "line 1000001: expected a sequence of at most 1000000 tokens");
  expect_error(ErrorCode::bad_file, "zero byte", [&] { read(std::string("a X\n\0 Y\n", 8)); });
  expect_error(ErrorCode::io, "expected readable bytes", [&] { TaggedSequences("/nowhere"); });
  expect_error(ErrorCode::bad_file, "a folder or a device",
               [&] { TaggedSequences(folder.path()); });
}

TEST_F(Tagged, BytesThatAreNoUtf8AreCounted) {
  TaggedSequences sequences = open("a\tX\nb\xff\xfe\tX\xc3\n");
  const Read all = read_all(sequences);
  EXPECT_EQ(all.tokens[0][1], "b\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(all.labels[0][1], "X\xef\xbf\xbd");
  EXPECT_EQ(sequences.invalid_bytes(), 3U);
  EXPECT_EQ(sequences.first_invalid(), path.string() + ", line 2");
}

TEST_F(Tagged, TheDigestIsOfWhatIsRead) {
  const auto digest = [&](const std::string& text) {
    TaggedSequences sequences = open(text);
    EXPECT_EQ(sequences.sha256(), "");
    const Read first = read_all(sequences);
    const std::string hex = sequences.sha256();
    sequences.rewind();
    EXPECT_EQ(sequences.sha256(), "");
    EXPECT_EQ(read_all(sequences).tokens, first.tokens);
    EXPECT_EQ(sequences.sha256(), hex);
    return hex;
  };
  const std::string one = digest("a X\nb Y\n");
  EXPECT_EQ(one.size(), 64U);
  EXPECT_EQ(one, digest("# a comment\n\na\tX\nb\tY"));
  EXPECT_NE(one, digest("a X\n\nb Y\n"));
  EXPECT_NE(one, digest("a X\nb Z\n"));
}

}  // namespace
}  // namespace eddy::datasets::tagged_test
