// SPDX-License-Identifier: MIT
// Whole models: saved and loaded.
#include "files/keras_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "files/hdf5_tree.h"
#include "files/model_config.h"
#include "files/text_asset.h"
#include "files_support.h"

namespace eddy::files::keras_file_test {
namespace {

using testing::HasSubstr;

void expect_same_arrays(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].shape(), b[i].shape()) << i;
    EXPECT_EQ(a[i].values(), b[i].values()) << i;
  }
}

std::vector<Tensor> slots_of(Model& model) {
  std::vector<Tensor> slots;
  for (const auto& slot : model.network().optimizer->slots()) {
    slots.emplace_back(slot.shape, std::vector<float>(slot.values->begin(), slot.values->end()));
  }
  return slots;
}

struct Case {
  const char* cell;
  Optimizer optimizer;
};

class SavedModel : public testing::TestWithParam<Case> {
 protected:
  SavedModel()
      : model_(
            trained_model(Recurrent({.units = 4, .cell = GetParam().cell}), GetParam().optimizer)) {
    model_.save(path_);
  }

  TestFolder folder_;
  std::filesystem::path path_ = folder_ / "model.keras";
  Sequential model_;
};

TEST_P(SavedModel, ComesBackBitForBit) {
  Model loaded = Model::load(path_);
  expect_same_arrays(loaded.get_weights(), model_.get_weights());
  const Network &a = model_.network(), &b = loaded.network();
  EXPECT_EQ(b.name, "small");
  EXPECT_EQ(b.input_shape, a.input_shape);
  EXPECT_EQ(config_text(loaded), config_text(model_));
  EXPECT_EQ(b.compiled->optimizer, a.compiled->optimizer);
  EXPECT_EQ(b.compiled->loss, "binary_crossentropy");
  EXPECT_EQ(b.compiled->metrics, a.compiled->metrics);
  EXPECT_EQ(b.optimizer->iterations, 4);
  expect_same_arrays(slots_of(loaded), slots_of(model_));
  EXPECT_EQ(loaded.predict(some_ids()).values(), model_.predict(some_ids()).values());
  EXPECT_EQ(folder_.files(), 1u);
}

TEST_P(SavedModel, SameModelSameBytes) {
  const auto bytes_of = [](const Model& model) {
    std::string bytes;
    write_keras(model.network(), "2026-01-02@03:04:05",
                [&](std::string_view piece) { bytes += piece; });
    return bytes;
  };
  EXPECT_EQ(bytes_of(Model::load(path_)), bytes_of(model_));
}

INSTANTIATE_TEST_SUITE_P(
    , SavedModel,
    testing::Values(Case{"simple_rnn", "rmsprop"}, Case{"gru", "adam"}, Case{"lstm", "sgd"},
                    Case{"lstm", {"rmsprop", {{"momentum", 0.5}, {"centered", 1}}}},
                    Case{"gru", {"adam", {{"amsgrad", 1}, {"learning_rate", 0.1}}}},
                    Case{"simple_rnn", {"sgd", {{"momentum", 0.9}, {"nesterov", 1}}}}),
    [](const auto& test) { return fmt::format("{}_{}", test.param.cell, test.index); });

TEST(KerasFile, MembersInKerasOrder) {
  const TestFolder folder;
  Sequential model({Dense(2)});
  model.build({kNone, 3});
  model.save(folder / "m.keras");
  const std::string bytes = read_bytes(folder / "m.keras");
  const size_t metadata = bytes.find("metadata.json"), config = bytes.find("config.json"),
               weights = bytes.find("model.weights.h5");
  EXPECT_LT(metadata, config);
  EXPECT_LT(config, weights);
  EXPECT_THAT(members_of(folder / "m.keras").metadata,
              testing::MatchesRegex("\\{\"keras_version\":\"3\\.15\\.1\",\"date_saved\":"
                                    "\"....-..-..@..:..:..\"\\}"));
}

TEST(KerasFile, NotCompiledStaysNotCompiled) {
  const TestFolder folder;
  Sequential model({LSTM(3), Dense(2)});
  model.build({kNone, kNone, 4});
  model.save(folder / "m.keras");
  Model loaded = Model::load(folder / "m.keras");
  EXPECT_FALSE(loaded.network().compiled);
  EXPECT_EQ(loaded.network().input_shape, (Shape{kNone, kNone, 4}));
  expect_same_arrays(loaded.get_weights(), model.get_weights());
}

TEST(KerasFile, CompiledButNotTrained) {
  const TestFolder folder;
  Sequential model({Dense(2)});
  model.build({kNone, 3});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.3}}}, .loss = "mse"});
  model.save(folder / "m.keras");
  Model loaded = Model::load(folder / "m.keras");
  EXPECT_EQ(loaded.network().compiled->optimizer.values.at("learning_rate"), 0.3);
  EXPECT_EQ(loaded.network().optimizer, nullptr);
}

TEST(KerasFile, NotBuiltCannotBeSaved) {
  const TestFolder folder;
  Sequential model({Dense(2)});
  EXPECT_EQ(error_of([&] { model.save(folder / "m.keras"); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(folder.files(), 0u);
}

TextEncoder some_encoder() {
  TextEncoder encoder;
  encoder.words = {"the", "film", "na\xc3\xafve", "\"quoted\\\""};
  encoder.num_words = 11;
  encoder.maxlen = 6;
  encoder.padding = "post";
  encoder.threshold = 0.4;
  encoder.classes = {"bad", "good"};
  return encoder;
}

// A line end inside of a word: the words cannot stand in lines.
TextEncoder encoder_in_json() {
  TextEncoder encoder = some_encoder();
  encoder.words.push_back("two\nlines");
  return encoder;
}

Members saved_with(const TextEncoder& encoder, const TestFolder& folder) {
  Sequential model = trained_model(GRU(3), "adam");
  model.set_text_encoder(encoder);
  model.save(folder / "m.keras");
  Model loaded = Model::load(folder / "m.keras");
  if (loaded.text_encoder() == nullptr) {
    ADD_FAILURE() << "no encoder";
  } else {
    EXPECT_EQ(*loaded.text_encoder(), encoder);
    EXPECT_EQ(loaded.predict_texts({"the film"}), model.predict_texts({"the film"}));
  }
  return members_of(folder / "m.keras");
}

TEST(KerasFile, TheTextEncoderTravelsAlong) {
  const TestFolder folder;
  const Members members = saved_with(some_encoder(), folder);
  EXPECT_EQ(members.words, "the\nfilm\nna\xc3\xafve\n\"quoted\\\"");
  EXPECT_EQ(members.text.find("film"), std::string::npos);
}

TEST(KerasFile, WordsThatCannotStandInLinesStandInTheJson) {
  const TestFolder folder;
  EXPECT_EQ(saved_with(encoder_in_json(), folder).words, "");
  TextEncoder none = some_encoder();
  none.words.clear();
  EXPECT_EQ(saved_with(none, folder).words, "");
}

TEST(KerasFile, OddWordsInLines) {
  const TestFolder folder;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"", "a"}, {"a", ""}, {"", "a\r"}, {"a", " a", "a "}, {std::string("\0", 1), "a"}}) {
    TextEncoder encoder = some_encoder();
    encoder.words = words;
    saved_with(encoder, folder);
  }
}

TEST(KerasFile, AnEncoderThatCouldNotBeReadIsNotWritten) {
  const TestFolder folder;
  Sequential model = trained_model(GRU(3), "adam");
  const auto save_with = [&](const std::function<void(TextEncoder&)>& change) {
    TextEncoder encoder = some_encoder();
    change(encoder);
    model.set_text_encoder(encoder);
    return error_of([&] { model.save(folder / "m.keras"); }).code();
  };
  const auto invalid = ErrorCode::invalid_argument;
  EXPECT_EQ(save_with([](TextEncoder& e) { e.maxlen = 0; }), invalid);
  EXPECT_EQ(save_with([](TextEncoder& e) { e.words.push_back("the"); }), invalid);
  EXPECT_EQ(save_with([](TextEncoder& e) { e.words.push_back("\xff"); }), invalid);
  EXPECT_EQ(save_with([](TextEncoder& e) { e.padding = "left"; }), invalid);
  EXPECT_EQ(save_with([](TextEncoder& e) { e.start_char = -1; }), invalid);
  EXPECT_EQ(save_with([](TextEncoder& e) { e.classes.pop_back(); }), invalid);
  EXPECT_EQ(save_with([](TextEncoder& e) { e.threshold = 2; }), invalid);
  EXPECT_EQ(folder.files(), 0u);
}

class DamagedEncoder : public testing::Test {
 protected:
  Error with(const Members& bad) {
    write_members(folder_ / "bad.keras", bad);
    return error_of([&] { Model::load(folder_ / "bad.keras"); });
  }
  ErrorCode code_with(std::string_view from, std::string_view to) {
    Members bad = good_;
    bad.text = replaced(good_.text, from, to);
    return with(bad).code();
  }
  void words_are(const std::string& words, const char* message) {
    Members bad = good_;
    bad.words = words;
    const Error error = with(bad);
    EXPECT_EQ(error.code(), ErrorCode::bad_file) << message;
    EXPECT_THAT(error.what(), testing::HasSubstr(message));
  }

  const TestFolder folder_;
  Members good_;
};

TEST_F(DamagedEncoder, InJson) {
  good_ = saved_with(encoder_in_json(), folder_);
  EXPECT_EQ(code_with("eddy.text", "other"), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"version\":1", "\"version\":4"), ErrorCode::not_supported);
  EXPECT_EQ(code_with("\"version\":1", "\"version\":0"), ErrorCode::not_supported);
  EXPECT_EQ(code_with("\"maxlen\":6", "\"maxlen\":1000000000000"), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"start_char\":1", "\"start_char\":99999999999"), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"the\"", "\"film\""), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"the\"", "7"), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"pre\"", "\"left\""), ErrorCode::bad_file);
  EXPECT_EQ(code_with("\"threshold\":0.4", "\"threshold\":null"), ErrorCode::bad_file);
}

TEST_F(DamagedEncoder, InLines) {
  good_ = saved_with(some_encoder(), folder_);
  EXPECT_EQ(code_with("\"version\":3", "\"version\":1"), ErrorCode::bad_file);  // no words there
  words_are("", "assets/eddy/words.txt");                                       // no such member
  words_are("the\nfilm\nthe", "assets/eddy/words.txt: expected each word once, got \"the\"");
  words_are("the\xff\nfilm", "UTF-8");
  words_are(std::string(5'000'000, '\n'), "words.txt, number of words: expected 0 to 4000000");
}

// The attribute of an .h5 file holds the words; one that says they stand elsewhere is damaged.
TEST(LegacyFile, WordsStandInTheAttribute) {
  const Where where{"m.h5", "eddy_text"};
  const auto nowhere = []() -> std::string {
    bad_file({"m.h5", "eddy_text"}, "the words in it", "none");
  };
  const std::string whole = text_asset(some_encoder(), false);
  EXPECT_EQ(read_text_asset(where, whole, nowhere), some_encoder());
  const std::string apart = text_asset(some_encoder(), true);
  EXPECT_EQ(error_of([&] { read_text_asset(where, apart, nowhere); }).code(), ErrorCode::bad_file);
}

TEST(KerasFile, LayerNamesThatKerasRefuses) {
  const TestFolder folder;
  Sequential model({Dense({.units = 2, .name = "a/b"})});
  model.build({kNone, 3});
  EXPECT_EQ(error_of([&] { model.save(folder / "m.keras"); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(folder.files(), 0u);
}

// Keras 2.13: another root of all layers.
TEST(KerasFile, OldNameOfTheRoot) {
  const TestFolder folder;
  const auto now = golden("lstm_rmsprop.keras");
  Members members = members_of(now);
  const std::string image = members.weights;
  Hdf5Tree tree = read_hdf5({"golden", ""}, image), old;
  for (const auto& [path, array] : tree.arrays) {
    const bool layer = path.starts_with("layers/");
    old.arrays[layer ? "_layer_checkpoint_dependencies" + path.substr(6) : path] = array;
  }
  members.weights = write_hdf5(old);
  write_members(folder / "old.keras", members);
  expect_same_arrays(Model::load(folder / "old.keras").get_weights(),
                     Model::load(now).get_weights());
}

// The same weights in another precision, by the library and not by our writer.
std::string in_double(const Hdf5Tree& tree) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_fapl_core(access, 1 << 16, false);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t file = H5Fcreate("double.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  for (const auto& [path, array] : tree.arrays) {
    if (array.type != "float32") continue;
    const std::vector<hsize_t> dims(array.shape.begin(), array.shape.end());
    const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const hid_t set =
        H5Dcreate2(file, path.c_str(), H5T_IEEE_F64LE, space, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data());
    H5Dclose(set);
    H5Sclose(space);
  }
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::string image(static_cast<size_t>(H5Fget_file_image(file, nullptr, 0)), '\0');
  H5Fget_file_image(file, image.data(), image.size());
  H5Fclose(file);
  H5Pclose(links);
  H5Pclose(access);
  return image;
}

TEST(KerasFile, WeightsInDoublePrecision) {
  const TestFolder folder;
  const auto single = golden("lstm_rmsprop.keras");
  Members members = members_of(single);
  const std::string image = members.weights;
  members.weights = in_double(read_hdf5({"golden", ""}, image));
  write_members(folder / "double.keras", members);
  expect_same_arrays(Model::load(folder / "double.keras").get_weights(),
                     Model::load(single).get_weights());
}

TEST(KerasFile, FullDiskLeavesTheOldModel) {
  const TestFolder folder;
  const auto path = folder / "m.keras";
  Sequential model = trained_model(LSTM(8), "adam");
  write_bytes(path, "old");
  rlimit old = {};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small = {4096, old.rlim_max};
  void (*handler)(int) = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Error error = error_of([&] { model.save(path); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(read_bytes(path), "old");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(KerasFile, UnwritablePlaces) {
  Sequential model = trained_model(LSTM(2), "adam");
  EXPECT_EQ(error_of([&] { model.save("/proc/m.keras"); }).code(), ErrorCode::io);
  const TestFolder folder;
  EXPECT_EQ(error_of([&] { model.save(folder / "no/m.keras"); }).code(), ErrorCode::io);
}

// Two threads save: the HDF5 library has no locks of its own.
TEST(KerasFile, ThreadsMaySaveAtTheSameTime) {
  const TestFolder folder;
  Sequential model = trained_model(GRU(3), "adam");
  const auto save = [&](int n) {
    for (int i = 0; i < 5; ++i) model.save(folder / fmt::format("{}.keras", n));
  };
  std::thread other(save, 1);
  save(2);
  other.join();
  expect_same_arrays(Model::load(folder / "1.keras").get_weights(),
                     Model::load(folder / "2.keras").get_weights());
}

}  // namespace
}  // namespace eddy::files::keras_file_test
