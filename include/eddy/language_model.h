// SPDX-License-Identifier: MIT
// Language models of characters: a plain text as streams for stateful training, n-gram models to
// compare with, bits per character, and text that a model writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/callback.h"
#include "eddy/tensor.h"
#include "eddy/text.h"

namespace eddy {

class Model;

namespace datasets {

struct PlainText {
  std::string text;            // UTF-8
  uint64_t invalid_bytes = 0;  // those that belonged to no character; each is U+FFFD now
  std::string sha256;          // of the file
};

// A text file as a whole; a byte-order mark is passed over. Throws Error{io} when it cannot be
// read, Error{bad_file} for a folder or device, more than 256 MiB, UTF-16 or zero bytes, and
// Error{bad_data} for an empty one.
EDDY_API PlainText read_text(const std::filesystem::path& path);

}  // namespace datasets

// The characters of a text as a vocabulary, the most frequent first: Keras' TextVectorization with
// split "character" and standardize none.
//   max_tokens  ids in all, 0 (padding) and 1 (unknown) among them; none: no limit
EDDY_API TextEncoder character_encoder(std::string_view text,
                                       std::optional<int64_t> max_tokens = {});
// One id for every character. Throws Error{invalid_argument} for an encoder without a
// vectorization.
EDDY_API std::vector<int32_t> character_ids(const TextEncoder& encoder, std::string_view text);

// A text cut into `streams` parts of equal length that are read side by side, `maxlen` ids at a
// time: row w * streams + s of x is window w of stream s, so that a stateful model that is fitted
// with batch_size = streams and shuffle = false goes on where the window before has ended.
struct TextWindows {
  IntTensor x;  // [windows * streams, maxlen]
  Tensor y;     // [windows * streams, maxlen]  the id that follows
  int64_t streams = 0, windows = 0, maxlen = 0;
  int64_t stream_length = 0;  // stream s begins at ids[s * stream_length]

  // Ids that are targets; the others, fewer than a window a stream, are left out.
  int64_t targets() const { return streams * windows * maxlen; }
};
// Throws Error{invalid_argument} for sizes below 1, Error{bad_data} for fewer than
// streams * maxlen + 1 ids.
EDDY_API TextWindows text_windows(std::span<const int32_t> ids, int64_t streams, int64_t maxlen);

// Forgets the states of stateful layers whenever an epoch or a test begins, so that nothing of a
// training's states gets into its validation. (In Keras a callback that calls reset_state().)
class EDDY_API ResetStates : public Callback {
 public:
  explicit ResetStates(Model& model) : model_(model) {}  // which must outlive it
  void on_epoch_begin(TrainingState& state) override;
  void on_test_begin(TrainingState& state) override;

 private:
  Model& model_;
};

// Adds loss / ln 2 to the logs of an epoch, as bits_per_character and val_bits_per_character, for
// callbacks behind it and for the history.
class EDDY_API BitsPerCharacter : public Callback {
 public:
  void on_epoch_end(TrainingState& state) override;
};

// Counts of n-grams, interpolated by Witten and Bell's rule ("The zero-frequency problem", IEEE
// Transactions on Information Theory 37, 1991, method C):
//   p(x | c) = (n(c x) + t(c) p(x | c')) / (n(c) + t(c))
// n counts, t(c) is the number of different ids seen behind the context c, c' is c without its
// first id, and below the empty context all ids are as likely as each other.
class EDDY_API NgramModel {
 public:
  // order  ids of an n-gram, 1 to 4   ids  how many there are, at most 2^21
  // Throws Error{invalid_argument}.
  NgramModel(int64_t order, int64_t ids);
  ~NgramModel();
  NgramModel(NgramModel&&) noexcept;
  NgramModel& operator=(NgramModel&&) noexcept;

  // Counts every id with up to order - 1 ids before it. Beyond 4 million different n-grams no new
  // ones are learned. Throws Error{bad_data} for an id out of range, as the functions below.
  void add(std::span<const int32_t> ids);
  // Sum of -log2 p over all ids but the first, to which nothing gives a context.
  double bits(std::span<const int32_t> ids) const;
  // The same, and each id is learned once it is foretold.
  double adaptive_bits(std::span<const int32_t> ids);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether it answers every step with a softmax over the characters of its own vocabulary.
EDDY_API bool is_language_model(const Model& model);

// Sum of -log2 p over all ids but the first, read as one stream from an empty state. Throws
// Error{not_supported} as Generator, Error{bad_data} for an id that the model has not.
EDDY_API double text_bits(Model& model, std::span<const int32_t> ids);

struct GenerateOptions {
  double temperature = 1;  // logits are divided by it; 0: always the most likely character
  int64_t top_k = 0;       // only so many of the most likely ones; 0: all
  double top_p = 1;        // only the most likely ones that together have this probability
  uint64_t seed = 0;       // the same seed writes the same text

  bool operator==(const GenerateOptions&) const = default;
};

// Writes a text, character by character, each read by the model before the next one is drawn. The
// model's weights are those of the moment of construction. Padding and the unknown are never drawn.
class EDDY_API Generator {
 public:
  // Throws Error{not_supported} unless is_language_model(), or for layers that cannot go step by
  // step (eddy/stream.h); Error{invalid_argument} for options out of range or a vocabulary without
  // a character.
  explicit Generator(Model& model, const GenerateOptions& options = {});
  ~Generator();
  Generator(Generator&&) noexcept;
  Generator& operator=(Generator&&) noexcept;

  // Reads on in a text of others. Returns the characters that the vocabulary lacks, each once; the
  // model has read "unknown" there.
  std::vector<std::string> read(std::string_view text);
  // The next character, UTF-8. Before anything was read, what follows a line end, or the most
  // frequent character where the vocabulary has no line end.
  const std::string& next();
  // Of the next character, by id, before temperature and cuts: [ids].
  std::span<const float> probabilities();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// `length` characters that follow the prompt, which is not repeated.
EDDY_API std::string generate(Model& model, std::string_view prompt, int64_t length,
                              const GenerateOptions& options = {});

}  // namespace eddy
