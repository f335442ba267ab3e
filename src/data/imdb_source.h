// SPDX-License-Identifier: MIT
// Where the files of Keras' data sets, the Large Movie Reviews and Reuters, are looked for, and
// fetched from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eddy/datasets.h"

namespace eddy::data {

// The public address; a test gives another one.
struct ImdbOrigin {
  std::string url = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";
  std::string npz_sha256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f";
  std::string index_sha256 = "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6";
};

struct ReutersOrigin {
  std::string url = ImdbOrigin().url;
  std::string npz_sha256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916";
  std::string index_md5 = "4d44cc38712099c9e383dc6e5f11a921";
};

struct ImdbPlaces {
  std::vector<std::filesystem::path> folders;  // in the order of looking
  std::filesystem::path cache;                 // where a download goes; empty: there is no home
};

// data_dir, $EDDY_DATA_DIR, ~/.keras/datasets. Throws Error{io} for a data_dir that is no folder:
// that is a slip of the pen, not a place without data. `data_set` is the [where] of errors.
ImdbPlaces imdb_places(const std::string& data_dir, const std::string& data_set = "imdb");

// imdb.npz, or the folder aclImdb, of the first place that has one; else imdb.npz downloaded.
// Throws Error{io}, naming every place, when there is none.
std::filesystem::path find_imdb(const datasets::ImdbOptions& options,
                                const ImdbOrigin& origin = {});
// The same for imdb_word_index.json.
std::filesystem::path find_word_index(const datasets::ImdbOptions& options,
                                      const ImdbOrigin& origin = {});
// The same for reuters.npz and reuters_word_index.json.
std::filesystem::path find_reuters(const datasets::ImdbOptions& options,
                                   const ReutersOrigin& origin = {});
std::filesystem::path find_reuters_word_index(const datasets::ImdbOptions& options,
                                              const ReutersOrigin& origin = {});

}  // namespace eddy::data
