// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <unistd.h>

#include "core/utf8.h"
#include "data_support.h"
#include "eddy/datasets.h"

namespace eddy::data::labelled_texts_test {
namespace {

using datasets::LabelledText;
using datasets::LabelledTexts;
using testing::ElementsAre;
using testing::HasSubstr;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs all(LabelledTexts& texts) {
  Pairs pairs;
  for (LabelledText record; texts.next(record);) pairs.emplace_back(record.text, record.label);
  return pairs;
}

class LabelledTextsTest : public testing::Test {
 protected:
  Pairs read_all(const std::string& name, std::string_view bytes,
                 const datasets::LabelledTextsOptions& options = {}) {
    write(folder_ / name, bytes);
    LabelledTexts texts(folder_ / name, options);
    return all(texts);
  }
  void refused(const std::string& name, std::string_view bytes, ErrorCode code,
               const std::string& part, const datasets::LabelledTextsOptions& options = {}) {
    expect_error(code, part, [&] { read_all(name, bytes, options); });
  }

  TempDir folder_;
};

TEST_F(LabelledTextsTest, ReadsQuotedFieldsAsTheRfcSays) {
  EXPECT_THAT(read_all("a.csv",
                       "text,label\r\n"
                       "\"two\r\nlines, and \"\"quotes\"\"\",good\r\n"
                       "\"\",bad\r\n"
                       "plain,\" good \"\r\n"),
              ElementsAre(std::pair("two\r\nlines, and \"quotes\"", "good"), std::pair("", "bad"),
                          std::pair("plain", "good")));
}

TEST_F(LabelledTextsTest, TakesEveryLineEndByteOrderMarkAndAMissingLastOne) {
  const Pairs expected = {{"a b", "1"}, {"c", "0"}};
  for (const char* bytes :
       {"text,label\na b,1\nc,0", "text,label\r\na b,1\r\nc,0\r\n", "text,label\ra b,1\rc,0\r",
        "\xef\xbb\xbftext,label\na b,1\n\n\nc,0\n\n",
        "\xef\xbb\xbf\"text\",label\na b,1\nc,\"0\""}) {
    EXPECT_EQ(read_all("a.csv", bytes), expected) << bytes;
  }
}

TEST_F(LabelledTextsTest, ATsvIsSplitAtTabsAndAQuoteInsideAFieldIsItself) {
  EXPECT_THAT(read_all("a.tsv", "label\ttext\nx\ta, 5\" disk\ny\tb\n"),
              ElementsAre(std::pair("a, 5\" disk", "x"), std::pair("b", "y")));
}

TEST_F(LabelledTextsTest, FindsTheColumnsByTheirUsualNames) {
  write(folder_ / "a.csv", "id,Sentiment,stars,Review\n1,pos,5,fine\n");
  LabelledTexts texts(folder_ / "a.csv");
  EXPECT_TRUE(texts.guessed());
  EXPECT_EQ(texts.text_column(), "Review");
  EXPECT_EQ(texts.label_column(), "Sentiment");
  EXPECT_THAT(all(texts), ElementsAre(std::pair("fine", "pos")));
}

TEST_F(LabelledTextsTest, OfTwoColumnsTheOtherOneIsLeft) {
  EXPECT_THAT(read_all("a.csv", "spam?,message\nyes,win\n"), ElementsAre(std::pair("win", "yes")));
  EXPECT_THAT(read_all("b.csv", "words,class\nwin,yes\n"), ElementsAre(std::pair("win", "yes")));
}

TEST_F(LabelledTextsTest, TakesTheColumnsThatAreAskedFor) {
  write(folder_ / "a.csv", "text,label,stars\nfine,pos,5\n");
  LabelledTexts texts(folder_ / "a.csv", {.text = "text", .label = "stars"});
  EXPECT_FALSE(texts.guessed());
  EXPECT_THAT(all(texts), ElementsAre(std::pair("fine", "5")));
}

TEST_F(LabelledTextsTest, NamesTheColumnsThatThereAreWhenOneIsMissing) {
  const auto code = ErrorCode::invalid_argument;
  refused("a.csv", "text,label\na,b\n", code,
          "label: expected one column 'lable', got none among 'text', 'label'. Fix: did you mean "
          "'label'?",
          {.text = {}, .label = "lable"});
  refused("a.csv", "a,b,c\n1,2,3\n", code,
          "columns: expected one for the text and one for the label, got 'a', 'b', 'c'.");
  refused("a.csv", "text,text,label\n1,2,3\n", code,
          "expected one column 'text', got several of that name");
  refused("a.jsonl", "{\"a\": 1}\n", code, "keys: expected one for the text");
}

TEST_F(LabelledTextsTest, NamesTheLineOfARaggedRow) {
  const auto code = ErrorCode::bad_data;
  refused("a.csv", "text,label\n\"a\nb\",x\nc,d,e\n", code,
          "line 4: expected 2 fields, as the first line has, got 3.");
  refused("a.csv", "text,label\nlonely\n", code, "line 2: expected 2 fields");
  refused("a.csv", "text;label\na;b\n", code, "line 1: expected columns separated by commas");
  refused("a.csv", "text,label\n\"a\"b,c\n", code, "line 2: expected the next field");
  refused("a.csv", "text,label\ra,1\r\"a\"b,c\r", code, "line 3: expected the next field");
  refused("a.csv", "text,label\nx,y\n\"open\n\n", code,
          "line 3: expected a closing quote, got the end of the file.");
  refused("a.csv", "", code, "expected a line with the names of the columns, got an empty file");
  refused("a.csv", "text,label\n" + std::string(20'000, ','), code, "at most 10000 columns");
}

TEST_F(LabelledTextsTest, RefusesATextWithoutLabel) {
  const std::string part = "line 3: expected a label, got none.";
  refused("a.csv", "text,label\na,x\nb, \n", ErrorCode::bad_data, part);
  refused("a.jsonl", "{\"text\":\"a\",\"label\":1}\n\n{\"text\":\"b\",\"label\":null}\n",
          ErrorCode::bad_data, part);
  refused("a.jsonl", "{\"text\":\"a\",\"label\":1}\n\n{\"text\":\"b\"}\n", ErrorCode::bad_data,
          "line 3: expected a key 'label', got none.");
}

TEST_F(LabelledTextsTest, ReadsJsonLines) {
  EXPECT_THAT(read_all("a.jsonl",
                       "{\"label\": 1.50, \"id\": [{\"text\": \"no\"}], \"text\": \"caf\\u00e9\"}\n"
                       "\r\n"
                       "{\"text\": \"\\ud83d\\ude00\", \"label\": true, \"more\": null}\r\n"
                       "{\"text\": \"old\", \"text\": \"new\", \"label\": \" b \"}"),
              ElementsAre(std::pair("caf\xc3\xa9", "1.50"), std::pair("\xf0\x9f\x98\x80", "true"),
                          std::pair("new", "b")));
}

TEST_F(LabelledTextsTest, RefusesOtherJson) {
  const std::string first = "{\"text\":\"a\",\"label\":1}\n";
  const auto bad = [&](const std::string& line, const std::string& part) {
    refused("a.jsonl", first + line, ErrorCode::bad_data, part);
  };
  bad("[1]\n", "line 2: expected a JSON object, got something else.");
  bad("{\"text\":\"a\",\n", "line 2: expected a JSON object, got something else at its byte");
  bad("{\"text\":1,\"label\":1}\n", "line 2: expected a string for the key 'text'");
  bad("{\"text\":\"a\",\"label\":[1]}\n", "line 2: expected a string or a number for the key");
  bad("{\"text\":\"\\ud800\",\"label\":1}\n", "line 2: expected a JSON object");
  bad(std::string(1'000'000, '['), "line 2: expected a JSON object");
  refused("a.jsonl", "\n\n", ErrorCode::bad_data, "got an empty file");
}

TEST_F(LabelledTextsTest, ReadsAFolderClassByClass) {
  for (const char* name : {"b", "a", ".hidden"}) {
    std::filesystem::create_directory(folder_ / name);
    write(folder_ / name / "2.txt", std::string(name) + " two\n");
    write(folder_ / name / "1.txt", "\xef\xbb\xbf" + std::string(name) + " one");
    write(folder_ / name / "notes.md", "no");
  }
  write(folder_ / "README.txt", "no");
  LabelledTexts texts(folder_.path());
  const Pairs expected = {{"a one", "a"}, {"a two\n", "a"}, {"b one", "b"}, {"b two\n", "b"}};
  EXPECT_EQ(all(texts), expected);
  EXPECT_EQ(texts.place(), (folder_ / "b/2.txt").string());
  EXPECT_EQ(texts.format(), "folder");
  texts.rewind();
  EXPECT_EQ(all(texts), expected);
}

TEST_F(LabelledTextsTest, RefusesFoldersWithoutClassesOrTexts) {
  const auto refused_folder = [&](ErrorCode code, const std::string& part) {
    expect_error(code, part, [&] { LabelledTexts texts(folder_.path()); });
  };
  refused_folder(ErrorCode::bad_data, "expected a sub-folder for every class, got none.");
  std::filesystem::create_directory(folder_ / "a");
  write(folder_ / "a" / "1.text", "no");
  refused_folder(ErrorCode::bad_data, "class: expected at least one .txt file, got none.");
  write(folder_ / "a" / "1.txt", std::string("bin\0ary", 7));
  expect_error(ErrorCode::bad_file, "1.txt] text: expected text, got a zero byte", [&] {
    LabelledTexts texts(folder_.path());
    all(texts);
  });
  expect_error(ErrorCode::invalid_argument, "expected none for a folder",
               [&] { LabelledTexts texts(folder_.path(), {.text = "a", .label = {}}); });
}

TEST_F(LabelledTextsTest, ReplacesAndCountsInvalidBytes) {
  write(folder_ / "a.csv", "text,label\nfine,x\ncaf\xe9 \xff,x\xed\xa0\x80\n\xc3\xa9,y\n");
  LabelledTexts texts(folder_ / "a.csv");
  const std::string r = "\xef\xbf\xbd";
  const Pairs expected = {{"fine", "x"}, {"caf" + r + " " + r, "x" + r + r + r}, {"\xc3\xa9", "y"}};
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(all(texts), expected);
    EXPECT_EQ(texts.invalid_bytes(), 5u);
    EXPECT_THAT(texts.first_invalid(), HasSubstr("a.csv, line 3"));
    texts.rewind();
  }
  write(folder_ / "a.jsonl", "{\"text\": \"caf\xe9\", \"label\": 1}\n");
  LabelledTexts json(folder_ / "a.jsonl");
  const Pairs expected_json = {{"caf" + r, "1"}};
  EXPECT_EQ(all(json), expected_json);
  EXPECT_EQ(json.invalid_bytes(), 1u);
}

TEST_F(LabelledTextsTest, RefusesBinaryFilesAndUtf16) {
  refused("a.csv", std::string_view("text,label\na\0b,c\n", 17), ErrorCode::bad_file,
          "line 2: expected text, got a zero byte");
  refused("a.csv", std::string_view("\xff\xfet\0e\0", 6), ErrorCode::bad_file,
          "expected UTF-8, got UTF-16");
  refused("a.xlsx", "PK", ErrorCode::not_supported, "got '.xlsx'");
  expect_error(ErrorCode::io, "No such file", [&] { LabelledTexts texts(folder_ / "none.csv"); });
}

TEST_F(LabelledTextsTest, ALineOfAGigabyteIsRefusedAtItsLimit) {
  const std::string line(size_t{1} << 25, 'x');
  refused("a.csv", "text,label\na,b\n" + line, ErrorCode::bad_data,
          "line 3: expected a row of at most 16777216 bytes, got more.");
  refused("a.csv", "text,label\na,b\n\"" + line, ErrorCode::bad_data, "line 3: expected a row");
  refused("a.jsonl", "{\"text\":\"a\",\"label\":1}\n" + line, ErrorCode::bad_data,
          "line 2: expected a line of at most 16777216 bytes, got more.");
  std::filesystem::create_directory(folder_ / "a");
  write(folder_ / "a" / "1.txt", "x");
  ASSERT_EQ(truncate((folder_ / "a" / "1.txt").c_str(), off_t{1} << 30), 0);
  expect_error(ErrorCode::bad_file, "at most 16777216 bytes, got 1073741824", [&] {
    LabelledTexts texts(folder_.path());
    all(texts);
  });
}

TEST_F(LabelledTextsTest, RewindBeginsAgain) {
  for (const char* name : {"a.csv", "a.jsonl"}) {
    write(folder_ / name, name == std::string("a.csv") ? "text,label\na,1\nb,2\n"
                                                       : "{\"text\":\"a\",\"label\":1}\n"
                                                         "{\"text\":\"b\",\"label\":2}\n");
    LabelledTexts texts(folder_ / name);
    LabelledText record;
    ASSERT_TRUE(texts.next(record));
    texts.rewind();
    EXPECT_THAT(all(texts), ElementsAre(std::pair("a", "1"), std::pair("b", "2")));
    EXPECT_FALSE(texts.next(record));
  }
}

TEST_F(LabelledTextsTest, TheDigestIsOfTextsAndLabels) {
  const auto digest = [&](const std::string& name, std::string_view bytes) {
    write(folder_ / name, bytes);
    LabelledTexts texts(folder_ / name);
    EXPECT_EQ(texts.sha256(), "");
    all(texts);
    const std::string first = texts.sha256();
    texts.rewind();
    EXPECT_EQ(texts.sha256(), "");
    all(texts);
    EXPECT_EQ(texts.sha256(), first);
    return first;
  };
  const std::string of_a = digest("a.csv", "text,label\nab,c\n");
  EXPECT_EQ(of_a.size(), 64U);
  EXPECT_EQ(digest("b.tsv", "label\ttext\nc\tab\n"), of_a);
  EXPECT_NE(digest("c.csv", "text,label\na,bc\n"), of_a);
  EXPECT_NE(digest("d.csv", "text,label\nab,c\nab,c\n"), of_a);
}

TEST(RepairUtf8, LeavesCharactersAlone) {
  std::string good = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf";
  const std::string same = good;
  EXPECT_EQ(repair_utf8(good), 0u);
  EXPECT_EQ(good, same);
  std::string overlong = "\xc0\xaf!\xf5";
  EXPECT_EQ(repair_utf8(overlong), 3u);
  EXPECT_EQ(overlong, "\xef\xbf\xbd\xef\xbf\xbd!\xef\xbf\xbd");
}

}  // namespace
}  // namespace eddy::data::labelled_texts_test
