// SPDX-License-Identifier: MIT
// Plain texts: from a file to ids, and ids as the windows of parallel streams.
#include <algorithm>
#include <utility>

#include "core/sha256.h"
#include "core/utf8.h"
#include "data/bad_file.h"
#include "data/read_file.h"
#include "data/vectorization.h"
#include "eddy/language_model.h"

namespace eddy {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 28;
constexpr size_t kPiece = size_t{1} << 20;  // bytes at a time: a view of each character is kept

// Calls visit(piece) for pieces that end between characters.
template <class Visit>
void for_pieces(std::string_view text, const Visit& visit) {
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(at + kPiece, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    visit(text.substr(at, end - at));
    at = end;
  }
}

void expect_at_least_one(const char* name, int64_t value) {
  if (value >= 1) return;
  throw Error(ErrorCode::invalid_argument, "text_windows",
              fmt::format("{}: expected at least 1, got {}.", name, value),
              "give the number of streams and the length of a window.");
}

}  // namespace

namespace datasets {

PlainText read_text(const std::filesystem::path& path) {
  const data::Where where{path.string(), ""};
  std::vector<uint8_t> bytes;
  data::read_file(path, kMaxBytes, bytes);
  if (bytes.empty()) data::bad_data(where, "a text", "an empty file", "name a file with text.");
  PlainText result;
  result.sha256 = sha256_hex(std::as_bytes(std::span(bytes)));
  result.text.assign(bytes.begin(), bytes.end());
  bytes = {};
  const std::string_view text = result.text;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    data::bad_file(where, "UTF-8", "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW.");
  }
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    data::bad_file(where, "text", fmt::format("a zero byte at {}, as binary files have", zero),
                   "name a text file; UTF-16 becomes UTF-8 with iconv.");
  }
  if (text.starts_with("\xef\xbb\xbf")) result.text.erase(0, 3);
  if (result.text.empty()) {
    data::bad_data(where, "a text", "a byte-order mark alone", "name a file with text.");
  }
  result.invalid_bytes = repair_utf8(result.text);
  return result;
}

}  // namespace datasets

TextEncoder character_encoder(std::string_view text, std::optional<int64_t> max_tokens) {
  TextVectorization layer;
  layer.max_tokens = max_tokens;
  layer.standardize = "none";
  layer.split = "character";
  VocabularyCounter counter(layer);
  for_pieces(text, [&](std::string_view piece) { counter.add(piece); });
  layer.vocabulary = counter.vocabulary();
  TextEncoder encoder;
  encoder.classes.clear();
  encoder.vectorization = std::move(layer);
  return encoder;
}

std::vector<int32_t> character_ids(const TextEncoder& encoder, std::string_view text) {
  if (!encoder.vectorization) {
    throw Error(ErrorCode::invalid_argument, "character_ids",
                "encoder: expected one with a vectorization, got none.",
                "make it by character_encoder(), or take that of a language model.");
  }
  data::TextIds of_text(*encoder.vectorization);
  std::vector<int32_t> ids;
  ids.reserve(text.size());
  for_pieces(text, [&](std::string_view piece) {
    const auto more = encoder.lower ? of_text.of(lower_case(piece)) : of_text.of(piece);
    ids.insert(ids.end(), more.begin(), more.end());
  });
  return ids;
}

TextWindows text_windows(std::span<const int32_t> ids, int64_t streams, int64_t maxlen) {
  expect_at_least_one("streams", streams);
  expect_at_least_one("maxlen", maxlen);
  const auto size = static_cast<int64_t>(ids.size());
  TextWindows result;
  result.streams = streams;
  result.maxlen = maxlen;
  result.stream_length = size > 0 ? (size - 1) / streams : 0;
  result.windows = result.stream_length / maxlen;
  if (result.windows == 0) {
    throw Error(ErrorCode::bad_data, "text_windows",
                fmt::format("text: expected more than {} characters, one window of {} for each of "
                            "{} streams, got {}.",
                            element_count({streams, maxlen}), maxlen, streams, size),
                "use more text, fewer streams or a smaller maxlen.");
  }
  result.x = IntTensor({result.windows * streams, maxlen});
  result.y = Tensor({result.windows * streams, maxlen});
  for (int64_t w = 0; w < result.windows; ++w) {
    for (int64_t s = 0; s < streams; ++s) {
      const int32_t* from = ids.data() + s * result.stream_length + w * maxlen;
      const int64_t row = (w * streams + s) * maxlen;
      std::copy_n(from, maxlen, result.x.data() + row);
      for (int64_t t = 0; t < maxlen; ++t) result.y[row + t] = static_cast<float>(from[t + 1]);
    }
  }
  return result;
}

}  // namespace eddy
