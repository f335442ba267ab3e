// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <exception>

#include "core/threads.h"
#include "data/bad_file.h"
#include "data/imdb_raw.h"
#include "data/npy.h"
#include "data/npz.h"
#include "data/unpickle.h"

namespace eddy::data {
namespace {

RawSplit read_split(const Npz& npz, const std::string& file, const std::string& split) {
  const Where x{file, "x_" + split + ".npy"};
  const Where y{file, "y_" + split + ".npy"};
  RawSplit raw{read_npy_lists(*npz.open(x.member)), read_npy_labels(*npz.open(y.member))};
  if (raw.x.size() != raw.y.size()) {
    bad_file(y, fmt::format("{} labels, one a review", raw.x.size()),
             fmt::format("{}", raw.y.size()));
  }
  if (raw.x.size() == 0) bad_file(x, "reviews", "none");
  for (size_t i = 0; i < raw.x.size(); ++i) {
    if (raw.x[i].empty()) bad_data(x, "words in every review", fmt::format("none in review {}", i));
  }
  const auto [least, most] = std::minmax_element(raw.x.values.begin(), raw.x.values.end());
  if (*least < 0 || *most > kImdbWords) {
    bad_data(x, fmt::format("ids 0 to {}, the vocabulary's", kImdbWords),
             fmt::format("{}", *least < 0 ? *least : *most));
  }
  return raw;
}

}  // namespace

RawImdb read_imdb_npz(const std::string& file, std::span<const uint8_t> bytes) {
  RawImdb raw;
  std::array<std::exception_ptr, 2> failures;
  // An archive handle each: libzip's are not for two threads.
  parallel_for(2, [&](int64_t task, int64_t) {
    const auto split = static_cast<size_t>(task);
    try {
      const Npz npz(file, bytes);
      (split == 0 ? raw.train : raw.test) = read_split(npz, file, split == 0 ? "train" : "test");
    } catch (...) {
      failures[split] = std::current_exception();
    }
  });
  for (const auto& failure : failures) {  // the first in the file, whichever thread was faster
    if (failure) std::rethrow_exception(failure);
  }
  return raw;
}

}  // namespace eddy::data
