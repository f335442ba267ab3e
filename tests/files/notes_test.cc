// SPDX-License-Identifier: MIT
// Notes of the caller's that .keras files carry along.
#include <gtest/gtest.h>

#include "files/zip_archive.h"
#include "files_support.h"

namespace eddy::files::notes_test {
namespace {

Sequential small_model() {
  Sequential model({Dense(1)}, {.seed = 1});
  model.build({kNone, 2});
  return model;
}

TEST(Notes, ComeBackWithTheModel) {
  const TestFolder folder;
  Sequential model = small_model();
  model.set_note("columns", "Größe,\"x\"\n");
  model.set_note("other", "1");
  model.set_note("other", "");
  model.save(folder / "model.keras");
  const Model loaded = Model::load(folder / "model.keras");
  EXPECT_EQ(loaded.note("columns"), "Größe,\"x\"\n");
  EXPECT_EQ(loaded.note("other"), "");
  EXPECT_EQ(ZipReader(folder / "model.keras").read("assets/eddy/notes.json", 1000),
            "{\"columns\":\"Gr\\u00f6\\u00dfe,\\\"x\\\"\\n\"}");
}

TEST(Notes, AModelWithoutThemHasNoMember) {
  const TestFolder folder;
  small_model().save(folder / "model.keras");
  EXPECT_FALSE(ZipReader(folder / "model.keras").has("assets/eddy/notes.json"));
}

TEST(Notes, AreBounded) {
  Sequential model = small_model();
  const auto much = [&] { model.set_note("b", std::string(600'000, 'x')); };
  model.set_note("a", std::string(600'000, 'x'));
  EXPECT_EQ(error_of(much).code(), ErrorCode::invalid_argument);
  model.set_note("a", "");
  much();
  EXPECT_EQ(model.note("b").size(), 600'000U);
}

TEST(Notes, DamagedOnesAreRefusedByName) {
  const TestFolder folder;
  small_model().save(folder / "good.keras");
  const ZipReader good(folder / "good.keras");
  for (const char* notes : {"", "[]", "{\"a\": 1}", "{\"a\": \"b\""}) {
    std::vector<std::string> bytes;
    std::vector<ZipMember> members;
    for (const char* name : {"metadata.json", "config.json", "model.weights.h5"}) {
      bytes.push_back(good.read(name, 1 << 20));
    }
    members = {{"metadata.json", bytes[0]},
               {"config.json", bytes[1]},
               {"model.weights.h5", bytes[2]},
               {"assets/eddy/notes.json", notes}};
    std::string archive;
    write_zip(members, [&](std::string_view piece) { archive += piece; });
    write_bytes(folder / "bad.keras", archive);
    const Error error = error_of([&] { Model::load(folder / "bad.keras"); });
    EXPECT_EQ(error.code(), ErrorCode::bad_file) << notes;
    EXPECT_NE(std::string(error.what()).find("notes.json"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace eddy::files::notes_test
