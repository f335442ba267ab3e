// SPDX-License-Identifier: MIT
// Models that take texts: Keras' TextVectorization in .keras files, read and written.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "files/hdf5_tree.h"
#include "files/text_asset.h"
#include "files/vectorization_config.h"
#include "files/zip_archive.h"
#include "files_support.h"

namespace eddy::files::text_model_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Texts = std::vector<std::string>;

class TextsOfKeras : public testing::TestWithParam<const char*> {
 protected:
  json facts_ = json::parse(read_bytes(golden(std::string(GetParam()) + ".json")));
  std::filesystem::path path_ = golden(std::string(GetParam()) + ".keras");
};

TEST_P(TextsOfKeras, AreAnsweredAsByKeras) {
  Model model = Model::load(path_);
  ASSERT_NE(model.text_encoder(), nullptr);
  const TextEncoder& encoder = *model.text_encoder();
  Texts vocabulary = facts_["vocabulary"];
  vocabulary.erase(vocabulary.begin(), vocabulary.begin() + 2);
  EXPECT_EQ(encoder.vectorization->vocabulary, vocabulary);
  EXPECT_TRUE(encoder.classes.empty());
  EXPECT_FALSE(encoder.lower);
  const Tensor answers = model.predict_text_outputs(facts_["texts"]);
  const auto expected = facts_["predictions"].get<std::vector<float>>();
  ASSERT_EQ(answers.size(), static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(answers.values()[i], expected[i], 1e-6);
}

TEST_P(TextsOfKeras, SavedAgainStayTheSame) {
  const TestFolder folder;
  Model model = Model::load(path_);
  model.save(folder / "again.keras");
  Model again = Model::load(folder / "again.keras");
  EXPECT_EQ(*again.text_encoder(), *model.text_encoder());
  const Texts texts = facts_["texts"];
  EXPECT_EQ(again.predict_text_outputs(texts).values(), model.predict_text_outputs(texts).values());
}

INSTANTIATE_TEST_SUITE_P(, TextsOfKeras, testing::Values("text_words", "text_letters"),
                         [](const auto& test) { return test.param; });

TextEncoder many_classes() {
  TextEncoder encoder;
  encoder.vectorization = TextVectorization{.max_tokens = 11,
                                            .ngrams = {1, 2},
                                            .output_sequence_length = 6,
                                            .vocabulary = {"the", "\xc3\xa9t\xc3\xa9", "the film"}};
  encoder.lower = true;
  encoder.threshold = 0.25;
  encoder.classes = {"bad", "good", "neither"};
  return encoder;
}

Sequential model_with(const TextEncoder& encoder) {
  Sequential model = trained_model(GRU(3), "adam");
  model.set_text_encoder(encoder);
  return model;
}

// A layer without its vocabulary would answer, and wrongly.
TEST(TextModel, KeepsNothingOfTextsInH5) {
  const TestFolder folder;
  model_with(many_classes()).save(folder / "m.h5");
  Model loaded = Model::load(folder / "m.h5");
  EXPECT_EQ(loaded.text_encoder(), nullptr);
  EXPECT_EQ(error_of([&] { loaded.predict_text_outputs({"the film"}); }).code(),
            ErrorCode::not_supported);
  // As written once: classes and threshold, but no vocabulary.
  const std::string image = read_bytes(folder / "m.h5");
  Hdf5Tree tree = read_hdf5({"m.h5", ""}, image);
  tree.groups[""]["eddy_text"] = text_asset(many_classes(), false);
  write_bytes(folder / "old.h5", write_hdf5(tree));
  EXPECT_EQ(Model::load(folder / "old.h5").text_encoder(), nullptr);
}

json config_in(const std::filesystem::path& path) { return json::parse(members_of(path).config); }

TEST(TextModel, StandsInTheFileAsKerasHasIt) {
  const TestFolder folder;
  const auto path = folder / "m.keras";
  Sequential model = model_with(many_classes());
  model.save(path);
  const json layers = config_in(path)["config"]["layers"];
  EXPECT_EQ(layers[0]["class_name"], "InputLayer");
  EXPECT_EQ(layers[0]["config"]["dtype"], "string");
  EXPECT_EQ(layers[0]["config"]["batch_shape"], json::parse("[null]"));
  EXPECT_EQ(layers[1]["class_name"], "TextVectorization");
  EXPECT_EQ(layers[1]["config"]["ngrams"], json::parse("[1, 2]"));
  EXPECT_EQ(layers[1]["config"]["vocabulary"], json());
  EXPECT_EQ(layers[2]["class_name"], "Embedding");
  const ZipReader zip(path);
  for (const char* member : {kVocabularyMember, kLookupMember}) {
    EXPECT_EQ(zip.read(member, 1000), "\n[UNK]\nthe\n\xc3\xa9t\xc3\xa9\nthe film");
  }
  Model loaded = Model::load(path);
  EXPECT_EQ(*loaded.text_encoder(), many_classes());
  const Texts texts = {"The FILM", "\xc3\x89T\xc3\x89!"};
  EXPECT_EQ(loaded.predict_texts(texts), model.predict_texts(texts));
  EXPECT_EQ(loaded.get_weights().size(), model.get_weights().size());
}

TEST(TextModel, TokensThatWouldBreakALineStandInTheConfig) {
  for (const std::string end : {"\n", "\r", "\v", "\f", "\x1c", "\xc2\x85", "\xe2\x80\xa8"}) {
    const TestFolder folder;
    TextEncoder encoder = many_classes();
    encoder.vectorization->split = "character";
    encoder.vectorization->vocabulary = {"a", end, " "};
    model_with(encoder).save(folder / "m.keras");
    const json layer = config_in(folder / "m.keras")["config"]["layers"][1];
    EXPECT_EQ(layer["config"]["vocabulary"], json({"a", end, " "}));
    EXPECT_FALSE(ZipReader(folder / "m.keras").has(kVocabularyMember));
    EXPECT_EQ(*Model::load(folder / "m.keras").text_encoder(), encoder);
  }
}

TEST(TextModel, WhatCouldNotBeReadIsNotWritten) {
  const TestFolder folder;
  const auto save_with = [&](const std::function<void(TextEncoder&)>& change) {
    TextEncoder encoder = many_classes();
    change(encoder);
    return error_of([&] { model_with(encoder).save(folder / "m.keras"); });
  };
  EXPECT_THAT(save_with([](TextEncoder& e) { e.classes = {"one"}; }).what(),
              HasSubstr("number of classes: expected 0 or 2"));
  EXPECT_THAT(
      save_with([](TextEncoder& e) { e.vectorization->vocabulary.push_back("the"); }).what(),
      HasSubstr("expected each token once"));
  EXPECT_THAT(save_with([](TextEncoder& e) { e.vectorization->split = "words"; }).what(),
              HasSubstr("split"));
  const Symbol ids = InputLayer({6}, "int32");
  Model functional({ids}, {Dense(2)(GRU(3)(Embedding(11, 5)(ids)))});
  functional.set_text_encoder(many_classes());
  const Error error = error_of([&] { functional.save(folder / "m.keras"); });
  EXPECT_EQ(error.code(), ErrorCode::not_supported);
  EXPECT_THAT(error.what(), HasSubstr("expected a Sequential"));
  EXPECT_EQ(folder.files(), 0u);
}

TEST(TextModel, DamageAndOtherPeoplesSettings) {
  const TestFolder folder;
  const Members good = members_of(golden("text_letters.keras"));
  const auto code_with = [&](std::string_view from, std::string_view to) {
    Members bad = good;
    bad.config = replaced(good.config, from, to);
    write_members(folder / "bad.keras", bad);
    return error_of([&] { Model::load(folder / "bad.keras"); }).code();
  };
  EXPECT_EQ(code_with("\"output_mode\": \"int\"", "\"output_mode\": \"multi_hot\""),
            ErrorCode::not_supported);
  EXPECT_EQ(code_with("\"lower\"", "{\"class_name\": \"function\"}"), ErrorCode::not_supported);
  EXPECT_EQ(code_with("\"utf-8\"", "\"latin-1\""), ErrorCode::not_supported);
  EXPECT_EQ(code_with("\"ngrams\": 2", "\"ngrams\": 1000000000"), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"ngrams\": 2", "\"ngrams\": \"2\""), ErrorCode::bad_file);
  EXPECT_EQ(code_with("[\"a\", ", "[\"t\", "), ErrorCode::bad_file);
  EXPECT_EQ(code_with("[\"a\", ", "[7, "), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"ragged\": false, \"vocabulary\"", "\"other\": 1, \"vocabulary\""),
            ErrorCode::bad_file);
}

TEST(TextModel, TheMembersMustFitTogether) {
  const TestFolder folder;
  Sequential model = model_with(many_classes());
  model.save(folder / "m.keras");
  // Without the vocabulary's members.
  write_members(folder / "bad.keras", members_of(folder / "m.keras"));
  EXPECT_THAT(error_of([&] { Model::load(folder / "bad.keras"); }).what(),
              HasSubstr("vocabulary.txt"));
  // An answer for texts, no layer for them.
  Members mixed = members_of(folder / "m.keras");
  model.set_text_encoder({.words = {"the"}, .num_words = 11, .maxlen = 6});
  model.save(folder / "words.keras");
  mixed.config = members_of(folder / "words.keras").config;
  write_members(folder / "bad.keras", mixed);
  const Error error = error_of([&] { Model::load(folder / "bad.keras"); });
  EXPECT_EQ(error.code(), ErrorCode::bad_file);
  EXPECT_THAT(error.what(), HasSubstr("expected a TextVectorization"));
}

TEST(Vocabulary, LinesAsKerasWritesThem) {
  const Where where{"file", "vocabulary.txt"};
  EXPECT_EQ(read_vocabulary(where, "\n[UNK]\na\nb"), (Texts{"a", "b"}));
  EXPECT_EQ(read_vocabulary(where, "\r\n[UNK]\r\na\r\nb\r\n"), (Texts{"a", "b"}));
  EXPECT_EQ(read_vocabulary(where, "\n[UNK]"), Texts{});
  EXPECT_EQ(read_vocabulary(where, vocabulary_asset({"a", " "})), (Texts{"a", " "}));
  for (const char* bad : {"", "a\nb", "\n[UNK]\na\na", "\n[UNK]\na\n\nb", "\n[UNK]\n[UNK]"}) {
    EXPECT_EQ(error_of([&] { read_vocabulary(where, bad); }).code(), ErrorCode::bad_file) << bad;
  }
}

}  // namespace
}  // namespace eddy::files::text_model_test
