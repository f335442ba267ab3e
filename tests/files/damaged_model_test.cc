// SPDX-License-Identifier: MIT
// Whole files that are damaged, or whose parts belong to different models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "files_support.h"

namespace eddy::files::damaged_model_test {
namespace {

using testing::HasSubstr;

class DamagedModel : public testing::Test {
 protected:
  DamagedModel() : good_(members_of(golden("lstm_rmsprop.keras"))) {}

  Error load_error(const Members& members) {
    write_members(folder_ / "bad.keras", members);
    return error_of([&] { Model::load(folder_ / "bad.keras"); });
  }

  TestFolder folder_;
  Members good_;
};

TEST_F(DamagedModel, SizesThatDoNotFitNameLayerWeightAndShapes) {
  Members bad = good_;
  bad.config = replaced(good_.config, "\"units\": 5", "\"units\": 6");
  const Error error = load_error(bad);
  EXPECT_EQ(error.code(), ErrorCode::bad_file);
  EXPECT_THAT(error.subject(),
              HasSubstr("layer 'lstm', weight 'kernel': expected shape (6, 24), got (6, 20)"));
  bad.config = replaced(good_.config, "\"units\": 5", "\"units\": 100000");
  EXPECT_EQ(load_error(bad).code(), ErrorCode::bad_file);
  bad.config = replaced(good_.config, "\"units\": 5", "\"units\": 0");
  EXPECT_EQ(load_error(bad).code(), ErrorCode::bad_file);
  bad.config = replaced(good_.config, "\"input_dim\": 40", "\"input_dim\": 2147483647");
  EXPECT_EQ(load_error(bad).code(), ErrorCode::bad_file);
}

TEST_F(DamagedModel, WeightsOfAnotherModel) {
  Members bad = good_;
  bad.weights = members_of(golden("gru_adam.keras")).weights;
  EXPECT_THAT(load_error(bad).subject(), HasSubstr("layer 'lstm', weight 'kernel': expected an "
                                                   "array 'layers/lstm/cell/vars/0'"));
}

TEST_F(DamagedModel, OptimizerOfAnotherModel) {
  Members bad = good_;
  bad.config = replaced(good_.config, "\"centered\": false", "\"centered\": true");
  EXPECT_THAT(load_error(bad).subject(), HasSubstr("optimizer: expected 14 arrays, got 8"));
}

TEST_F(DamagedModel, UnknownMetric) {
  Members bad = good_;
  bad.config = replaced(good_.config, "\"metrics\": [\"acc\"]", "\"metrics\": [\"auk\"]");
  const Error error = load_error(bad);
  EXPECT_EQ(error.code(), ErrorCode::not_supported);
  EXPECT_THAT(error.subject(), HasSubstr("'auk'"));
}

TEST_F(DamagedModel, LayersThatDoNotFollowEachOther) {
  Members bad = good_;
  bad.config = replaced(good_.config, "\"build_input_shape\": [4, 7]",
                        "\"build_input_shape\": [null, 7, 2]");
  EXPECT_EQ(load_error(bad).code(), ErrorCode::bad_file);
}

TEST_F(DamagedModel, MissingMembers) {
  for (auto member : {&Members::metadata, &Members::config, &Members::weights}) {
    Members bad = good_;
    (bad.*member).clear();
    EXPECT_EQ(load_error(bad).code(), ErrorCode::bad_file);
  }
}

// Every truncation and 1,600 damaged copies of a whole file: an error of ours, or a model.
TEST_F(DamagedModel, OnlyErrorsOfOurs) {
  const std::string good = read_bytes(golden("lstm_rmsprop.keras"));
  const auto path = folder_ / "bad.keras";
  for (size_t size = 0; size < good.size(); size += 97) {
    write_bytes(path, std::string_view(good).substr(0, size));
    EXPECT_EQ(error_of([&] { Model::load(path); }).code(), ErrorCode::bad_file) << size;
  }
  std::mt19937 random(11);
  int errors = 0;
  for (int n = 0; n < 800; ++n) {
    std::string bad = good;
    for (unsigned k = 0; k < 1 + random() % 8; ++k) {
      bad[random() % bad.size()] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
    }
    write_bytes(path, bad);
    try {
      Model::load(path);
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 700);  // the checksums see nearly all
  errors = 0;
  for (int n = 0; n < 800; ++n) {  // behind the checksums
    Members bad = good_;
    std::string& text = n % 2 == 0 ? bad.config : bad.weights;
    for (unsigned k = 0; k < 1 + random() % 3; ++k) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    write_members(path, bad);
    try {
      Model::load(path);
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 300);
}

}  // namespace
}  // namespace eddy::files::damaged_model_test
