// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <functional>
#include <random>
#include <vector>

#include "files/hdf5_tree.h"
#include "files_support.h"

namespace eddy::files {
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
  tree.groups = {{"vars", "sequential"}, {"layers/dropout/vars", "dropout"}};
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
  tree.groups["vars"] = "sequential";
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

TEST(Hdf5, OtherFormsAreRefusedByName) {
  const std::vector<float> values(100);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
              const hsize_t chunk = 10;
              H5Pset_chunk(properties, 1, &chunk);
              H5Pset_deflate(properties, 6);
              write_dataset(file, "a", H5T_IEEE_F32LE, {100}, values.data(), properties);
              H5Pclose(properties);
            })),
            ErrorCode::not_supported);
  EXPECT_EQ(code_of(image_by_library([&](hid_t file) {
              const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
              H5Pset_external(properties, "/etc/passwd", 0, 400);
              write_dataset(file, "a", H5T_IEEE_F32LE, {100}, nullptr, properties);
              H5Pclose(properties);
            })),
            ErrorCode::not_supported);
  EXPECT_EQ(code_of(image_by_library(
                [&](hid_t file) { H5Lcreate_soft("/b", file, "a", H5P_DEFAULT, H5P_DEFAULT); })),
            ErrorCode::not_supported);
  EXPECT_EQ(code_of(image_by_library(
                [&](hid_t file) { write_dataset(file, "a", H5T_IEEE_F32LE, {100}, values.data()); },
                true)),
            ErrorCode::not_supported);
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

// Every truncation and 20,000 damaged copies: an error of ours, or the same tree as before.
TEST(Hdf5, DamageIsAnErrorOfOurs) {
  const std::string good = members_of(golden("lstm_rmsprop.keras")).weights;
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

}  // namespace
}  // namespace eddy::files
