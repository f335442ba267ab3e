// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <functional>
#include <random>
#include <vector>

#include "files/hdf5_tree.h"
#include "files_support.h"

namespace eddy::files::hdf5_test {
namespace {

using testing::HasSubstr;

const Where kPlace{"model.keras", "model.weights.h5"};

std::string_view bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::vector<float> values_of(const Hdf5Array& array) {
  std::vector<float> values(array.bytes.size() / sizeof(float));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

// What another program might write: `write` fills the file.
std::string image_by_library(const std::function<void(hid_t file)>& write, bool latest = false) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, false);
  if (latest) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate("test.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  write(file);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::string image(static_cast<size_t>(H5Fget_file_image(file, nullptr, 0)), '\0');
  H5Fget_file_image(file, image.data(), image.size());
  H5Fclose(file);
  H5Pclose(access);
  return image;
}

void write_dataset(hid_t file, const char* name, hid_t type, std::vector<hsize_t> dims,
                   const void* values, hid_t properties = H5P_DEFAULT) {
  const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
  const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (values != nullptr) {
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  }
  H5Dclose(set);
  H5Sclose(space);
}

ErrorCode code_of(const std::string& image) {
  return error_of([&] { read_hdf5(kPlace, image); }).code();
}

TEST(Hdf5, ReadsWhatItWrites) {
  const std::vector<float> kernel = {1, -2, 3.5F, 4, 5, 6}, rate = {0.25F};
  const int64_t steps = (int64_t{1} << 40) + 7;
  Hdf5Tree tree;
  tree.groups["vars"]["name"] = "sequential";
  tree.groups["layers/dropout/vars"]["name"] = "dropout";
  tree.arrays["layers/dense/vars/0"] = {"float32", {2, 3}, bytes_of(kernel)};
  tree.arrays["optimizer/vars/1"] = {"float32", {}, bytes_of(rate)};
  tree.arrays["optimizer/vars/0"] = {
      "int64", {}, {reinterpret_cast<const char*>(&steps), sizeof(steps)}};
  const std::string image = write_hdf5(tree);

  const Hdf5Tree read = read_hdf5(kPlace, image);
  ASSERT_EQ(read.arrays.size(), 3u);
  EXPECT_EQ(read.arrays.at("layers/dense/vars/0").shape, (Shape{2, 3}));
  EXPECT_EQ(values_of(read.arrays.at("layers/dense/vars/0")), kernel);
  EXPECT_EQ(read.arrays.at("optimizer/vars/1").shape, Shape{});
  EXPECT_EQ(read.arrays.at("optimizer/vars/0").type, "int64");
  EXPECT_EQ(read.arrays.at("optimizer/vars/0").bytes, tree.arrays.at("optimizer/vars/0").bytes);
  EXPECT_TRUE(read.groups.contains("layers/dropout/vars"));
  EXPECT_TRUE(read.groups.contains("layers"));
}

TEST(Hdf5, SameTreeSameBytesInTheOldLayout) {
  const std::vector<float> values(1000, 0.5F);
  Hdf5Tree tree;
  tree.groups["vars"]["name"] = "sequential";
  tree.arrays["layers/dense/vars/0"] = {"float32", {1000}, bytes_of(values)};
  const std::string image = write_hdf5(tree);
  EXPECT_EQ(image, write_hdf5(tree));
  EXPECT_EQ(image.substr(0, 9), std::string("\x89HDF\r\n\x1a\n\0", 9));
}

// Groups of more than 2 * 16 * 2 * 4 entries have a tree of several levels.
TEST(Hdf5, ManyArraysInOneGroup) {
  std::vector<float> values(3000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  Hdf5Tree tree;
  for (size_t i = 0; i < values.size(); ++i) {
    tree.arrays["optimizer/vars/" + std::to_string(i)] = {
        "float32", {}, bytes_of(values).substr(4 * i, 4)};
  }
  const std::string image = write_hdf5(tree);
  const Hdf5Tree read = read_hdf5(kPlace, image);
  ASSERT_EQ(read.arrays.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values_of(read.arrays.at("optimizer/vars/" + std::to_string(i)))[0], values[i]);
  }
}

TEST(Hdf5, TypesHaveNumpysNames) {
  const std::string image = image_by_library([](hid_t file) {
    write_dataset(file, "a", H5T_IEEE_F64LE, {2}, nullptr);
    const std::vector<float> zeros(4);
    write_dataset(file, "b", H5T_IEEE_F64LE, {2}, zeros.data());
    write_dataset(file, "c", H5T_STD_I32LE, {2}, zeros.data());
    write_dataset(file, "d", H5T_STD_U8LE, {2}, zeros.data());
    write_dataset(file, "e", H5T_IEEE_F32BE, {2}, zeros.data());
    H5Ldelete(file, "a", H5P_DEFAULT);
  });
  const Hdf5Tree tree = read_hdf5(kPlace, image);
  EXPECT_EQ(tree.arrays.at("b").type, "float64");
  EXPECT_EQ(tree.arrays.at("c").type, "int32");
  EXPECT_EQ(tree.arrays.at("d").type, "uint8");
  EXPECT_THAT(tree.arrays.at("e").type, HasSubstr("another type"));
}

TEST(Hdf5, AnArrayWithoutDataIsDamage) {
  EXPECT_EQ(code_of(image_by_library(
                [](hid_t file) { write_dataset(file, "a", H5T_IEEE_F32LE, {2}, nullptr); })),
            ErrorCode::bad_file);
}

hid_t chunks(std::vector<hsize_t> shape, bool shuffle, bool gzip) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, static_cast<int>(shape.size()), shape.data());
  if (shuffle) H5Pset_shuffle(properties);
  if (gzip) H5Pset_deflate(properties, 6);
  return properties;
}

std::vector<float> counting(size_t n) {
  std::vector<float> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = 0.5F * static_cast<float>(i % 777);
  return values;
}

// Trees of chunks in the old form; single chunks, implicit and listed ones in the new.
TEST(Hdf5, ReadsChunksInBothForms) {
  const auto values = counting(37 * 53), many = counting(5000);
  for (const bool latest : {false, true}) {
    const std::string image = image_by_library(
        [&](hid_t file) {
          write_dataset(file, "edges", H5T_IEEE_F32LE, {37, 53}, values.data(),
                        chunks({10, 8}, true, true));
          write_dataset(file, "plain", H5T_IEEE_F32LE, {37, 53}, values.data(),
                        chunks({37, 4}, false, false));
          write_dataset(file, "one", H5T_IEEE_F32LE, {37, 53}, values.data(),
                        chunks({37, 53}, false, true));
          write_dataset(file, "pages", H5T_IEEE_F32LE, {5000}, many.data(),
                        chunks({2}, false, true));
          write_dataset(file, "cube", H5T_IEEE_F32LE, {4, 25, 50}, many.data(),
                        chunks({3, 7, 11}, true, false));
          const hid_t early = chunks({7, 50}, false, false);
          H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
          write_dataset(file, "early", H5T_IEEE_F32LE, {100, 50}, many.data(), early);
        },
        latest);
    const Hdf5Tree tree = read_hdf5(kPlace, image);
    for (const char* name : {"edges", "plain", "one"}) {
      EXPECT_EQ(values_of(tree.arrays.at(name)), values) << name << latest;
    }
    for (const char* name : {"pages", "cube", "early"}) {
      EXPECT_EQ(values_of(tree.arrays.at(name)), many) << name << latest;
    }
  }
}

TEST(Hdf5, OtherFormsAreRefusedByName) {
  const auto values = counting(100);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              const hid_t properties = chunks({10}, false, false);
              H5Pset_fletcher32(properties);
              write_dataset(file, "a", H5T_IEEE_F32LE, {100}, values.data(), properties);
            })),
            ErrorCode::not_supported);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
              H5Pset_external(properties, "/etc/passwd", 0, 400);
              write_dataset(file, "a", H5T_IEEE_F32LE, {100}, nullptr, properties);
            })),
            ErrorCode::not_supported);
  for (const bool latest : {false, true}) {
    EXPECT_EQ(code_of(image_by_library(
                  [&](hid_t file) { H5Lcreate_soft("/b", file, "a", H5P_DEFAULT, H5P_DEFAULT); },
                  latest)),
              ErrorCode::not_supported);
    EXPECT_EQ(code_of(image_by_library(
                  [&](hid_t file) {
                    H5Lcreate_external("/etc/passwd", "/", file, "a", H5P_DEFAULT, H5P_DEFAULT);
                  },
                  latest)),
              ErrorCode::not_supported);
  }
  EXPECT_EQ(code_of(image_by_library(
                [&](hid_t file) {
                  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
                  const hsize_t length = 100;
                  const hid_t space = H5Screate_simple(1, &length, nullptr);
                  H5Pset_virtual(properties, space, "/etc/passwd", "a", space);
                  write_dataset(file, "a", H5T_IEEE_F32LE, {100}, nullptr, properties);
                },
                true)),
            ErrorCode::not_supported);
}

TEST(Hdf5, UnpackingIsBounded) {
  const std::vector<float> zeros(1'000'000);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              write_dataset(file, "a", H5T_IEEE_F32LE, {1'000'000}, zeros.data(),
                            chunks({1'000'000}, false, true));
            })),
            ErrorCode::bad_file);
  // Nothing stands there at all: every element would be zero.
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              write_dataset(file, "a", H5T_IEEE_F32LE, {60'000, 60'000}, nullptr,
                            chunks({100, 100}, false, true));
            })),
            ErrorCode::bad_file);
}

void write_texts(hid_t group, const char* name, const std::vector<std::string>& values,
                 size_t fixed) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, fixed == 0 ? H5T_VARIABLE : fixed);
  const hsize_t length = values.size();
  const hid_t space = H5Screate_simple(1, &length, nullptr);
  const hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  std::vector<const char*> pointers;
  std::string bytes;
  for (const auto& value : values) {
    pointers.push_back(value.c_str());
    bytes += value + std::string(fixed > value.size() ? fixed - value.size() : 0, '\0');
  }
  H5Awrite(attribute, type, fixed == 0 ? static_cast<const void*>(pointers.data()) : bytes.data());
  H5Aclose(attribute);
}

// Inside the header, or apart from it: few and many, short and long ones.
TEST(Hdf5, ReadsTextsInBothForms) {
  const std::vector<std::string> names = {"embedding", "lstm", "", "dense_1"};
  const std::string letter(3000, 'x'), book(200'000, 'y');
  for (const bool latest : {false, true}) {
    const std::string image = image_by_library(
        [&](hid_t file) {
          const hid_t group =
              H5Gcreate2(file, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
          write_texts(group, "fixed", names, 12);
          write_texts(group, "any", names, 0);
          for (int i = 0; i < 20; ++i) {
            write_texts(group, ("letter" + std::to_string(i)).c_str(), {letter}, i % 2 * 3000);
          }
          write_texts(file, "book", {book}, latest ? book.size() : 0);
          H5Gclose(group);
        },
        latest);
    const Hdf5Tree tree = read_hdf5(kPlace, image);
    const Hdf5Texts& texts = tree.groups.at("model_weights");
    ASSERT_EQ(texts.size(), 22u);
    EXPECT_EQ(texts.at("fixed").values, names);
    EXPECT_EQ(texts.at("any").values, names);
    EXPECT_EQ(texts.at("letter7").values, std::vector<std::string>{letter});
    EXPECT_EQ(texts.at("letter8").values, std::vector<std::string>{letter});
    EXPECT_EQ(tree.groups.at("").at("book").values, std::vector<std::string>{book});
  }
}

TEST(Hdf5, WritesTextsAsItReadsThem) {
  Hdf5Tree tree;
  tree.groups[""]["model_config"] = "{}";
  tree.groups["model_weights"]["layer_names"] = std::vector<std::string>{"lstm", "caf\xc3\xa9"};
  tree.groups["model_weights/dropout"]["weight_names"] = std::vector<std::string>{};
  const std::string image = write_hdf5(tree);
  const Hdf5Tree read = read_hdf5(kPlace, image);
  EXPECT_FALSE(read.groups.at("").at("model_config").list);
  EXPECT_EQ(read.groups.at("").at("model_config").values, std::vector<std::string>{"{}"});
  const Hdf5Text& names = read.groups.at("model_weights").at("layer_names");
  EXPECT_TRUE(names.list);
  EXPECT_EQ(names.values, (std::vector<std::string>{"lstm", "caf\xc3\xa9"}));
  EXPECT_TRUE(read.groups.at("model_weights/dropout").at("weight_names").values.empty());
}

// Links inside the header, in one block of a heap, and in rows of blocks below a deep tree.
TEST(Hdf5, NewGroupsOfAnySize) {
  for (const int count : {3, 40, 5000}) {
    const std::string image = image_by_library(
        [&](hid_t file) {
          for (int i = 0; i < count; ++i) {
            const float value = static_cast<float>(i);
            const std::string name = std::string(60, 'n') + std::to_string(i);
            write_dataset(file, name.c_str(), H5T_IEEE_F32LE, {1}, &value);
          }
        },
        true);
    const Hdf5Tree tree = read_hdf5(kPlace, image);
    ASSERT_EQ(tree.arrays.size(), static_cast<size_t>(count));
    const auto& last = tree.arrays.at(std::string(60, 'n') + std::to_string(count - 1));
    EXPECT_EQ(values_of(last)[0], static_cast<float>(count - 1));
  }
}

TEST(Hdf5, CyclesAndSharedObjectsAreRefused) {
  const std::vector<float> values(100);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              H5Gclose(H5Gcreate2(file, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
              H5Lcreate_hard(file, "/", file, "/a/root", H5P_DEFAULT, H5P_DEFAULT);
            })),
            ErrorCode::bad_file);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              write_dataset(file, "a", H5T_IEEE_F32LE, {100}, values.data());
              H5Lcreate_hard(file, "a", file, "b", H5P_DEFAULT, H5P_DEFAULT);
            })),
            ErrorCode::bad_file);
}

// Groups, chunks and texts in every form that is read.
std::string every_form(bool latest) {
  return image_by_library(
      [](hid_t file) {
        const auto values = counting(100);
        for (int i = 0; i < 12; ++i) {
          const std::string number = std::to_string(i);
          write_texts(file, ("text" + number).c_str(), {"a", "bc", number}, i % 2 * 4);
          write_dataset(file, ("plain" + number).c_str(), H5T_IEEE_F32LE, {3}, values.data());
        }
        write_texts(file, "book", {std::string(10'000, 'y')}, 10'000);
        write_dataset(file, "gzip", H5T_IEEE_F32LE, {10, 10}, values.data(),
                      chunks({3, 4}, true, true));
        write_dataset(file, "one", H5T_IEEE_F32LE, {100}, values.data(),
                      chunks({100}, false, true));
      },
      latest);
}

// Every truncation and 20,000 damaged copies: an error of ours, or the same tree as before.
void expect_only_errors_of_ours(const std::string& good) {
  for (size_t size = 0; size < good.size(); size += 7) {
    EXPECT_EQ(code_of(good.substr(0, size)), ErrorCode::bad_file) << size;
  }
  std::vector<uint64_t> words(good.size() / 8);
  std::memcpy(words.data(), good.data(), words.size() * 8);
  std::vector<size_t> used;  // places that hold something, most of them addresses
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != 0) used.push_back(i);
  }
  std::mt19937 random(7);
  int errors = 0;
  for (int n = 0; n < 20'000; ++n) {
    auto damaged = words;
    for (unsigned k = 0; k < 1 + random() % 3; ++k) {
      uint64_t& word = damaged[used[random() % used.size()]];
      switch (random() % 5) {
        case 0:
          word = words[used[random() % used.size()]];
          break;
        case 1:
          word = random() % 64;
          break;
        case 2:
          word = uint64_t{1} << random() % 64;
          break;
        case 3:
          word = UINT64_MAX - random() % 32;
          break;
        default:
          word ^= uint64_t{random() & 255} << 8 * (random() % 8);
      }
    }
    const std::string image(reinterpret_cast<const char*>(damaged.data()), damaged.size() * 8);
    try {
      read_hdf5(kPlace, image);
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 1000);
}

TEST(Hdf5, DamageIsAnErrorOfOurs) {
  expect_only_errors_of_ours(members_of(golden("lstm_rmsprop.keras")).weights);
}
TEST(Hdf5, DamageIsAnErrorOfOursInTheOldForm) { expect_only_errors_of_ours(every_form(false)); }
TEST(Hdf5, DamageIsAnErrorOfOursInTheNewForm) { expect_only_errors_of_ours(every_form(true)); }

}  // namespace
}  // namespace eddy::files::hdf5_test
