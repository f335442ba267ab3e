// SPDX-License-Identifier: MIT
#include "data/token_counts.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace eddy::data {
namespace {

constexpr size_t kFanIn = 8;  // runs that are merged at a time: each holds a token and a buffer
constexpr size_t kReadBytes = size_t{1} << 16;
// A node of the table, its share of the buckets while they grow, its place in the list to sort.
constexpr int64_t kEntry = 64 + 24 + 24;

int64_t bytes_of(std::string_view token) {
  constexpr size_t kInside = 15;  // characters that std::string keeps in itself
  const auto size = static_cast<int64_t>(token.size());
  return kEntry + (token.size() > kInside ? size + 24 : 0);
}

struct Head {
  int64_t count = 0;
  uint64_t size = 0;  // of the bytes behind
};

class Writer {
 public:
  explicit Writer(ScratchFile& file) : file_(file) {}

  void add(std::string_view token, int64_t count) {
    const Head head{count, token.size()};
    put(&head, sizeof(head));
    put(token.data(), token.size());
  }
  void flush() {
    file_.append(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

 private:
  void put(const void* bytes, size_t size) {
    if (buffer_.size() + size > kReadBytes) flush();
    if (size > kReadBytes) return file_.append(bytes, size);
    buffer_.append(static_cast<const char*>(bytes), size);
  }

  ScratchFile& file_;
  std::string buffer_;
};

class Reader {
 public:
  explicit Reader(const ScratchFile& file) : file_(file) {}

  std::string token;
  int64_t count = 0;

  bool next() {
    if (left() == 0 && offset_ == file_.size()) return false;
    Head head;
    get(&head, sizeof(head));
    count = head.count;
    token.resize(head.size);
    get(token.data(), head.size);
    return true;
  }

 private:
  size_t left() const { return buffer_.size() - at_; }

  void get(void* to, size_t size) {
    auto* bytes = static_cast<char*>(to);
    while (size > 0) {
      if (left() == 0) fill();
      const size_t some = std::min(size, left());
      std::memcpy(bytes, buffer_.data() + at_, some);
      at_ += some;
      bytes += some;
      size -= some;
    }
  }
  void fill() {
    const int64_t some = std::min<int64_t>(kReadBytes, file_.size() - offset_);
    buffer_.resize(static_cast<size_t>(some));
    file_.read(offset_, buffer_.data(), buffer_.size());
    offset_ += some;
    at_ = 0;
  }

  const ScratchFile& file_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  int64_t offset_ = 0;  // of what follows the buffer
};

// The tokens of all files by bytes, each once.
void merge(const std::vector<const ScratchFile*>& files, const TokenCounts::Visit& visit) {
  std::vector<std::unique_ptr<Reader>> readers;
  const auto later = [](const auto& a, const auto& b) { return a->token > b->token; };
  const auto put_back = [&] {
    if (readers.back()->next()) {
      std::push_heap(readers.begin(), readers.end(), later);
    } else {
      readers.pop_back();
    }
  };
  for (const ScratchFile* file : files) {
    readers.push_back(std::make_unique<Reader>(*file));
    put_back();
  }
  std::string token;
  while (!readers.empty()) {
    token = readers.front()->token;
    int64_t count = 0;
    while (!readers.empty() && readers.front()->token == token) {
      count += readers.front()->count;
      std::pop_heap(readers.begin(), readers.end(), later);
      put_back();
    }
    visit(token, count);
  }
}

}  // namespace

void TokenCounts::add(std::string_view token) {
  const auto known = counts_.find(token);
  if (known != counts_.end()) {
    ++known->second;
    return;
  }
  counts_.emplace(token, 1);
  bytes_ += bytes_of(token);
  if (options_.memory > 0 && bytes_ > options_.memory) spill();
}

void TokenCounts::spill() {
  std::vector<std::pair<std::string_view, int64_t>> sorted(counts_.begin(), counts_.end());
  std::sort(sorted.begin(), sorted.end());
  ScratchFile file(options_.folder);
  Writer writer(file);
  for (const auto& [token, count] : sorted) writer.add(token, count);
  writer.flush();
  runs_.push_back({std::move(file), 0});
  sorted = {};
  counts_ = {};
  bytes_ = 0;
  // As the digits of a counter: so every token is written once for each level.
  while (runs_.size() >= kFanIn && runs_[runs_.size() - kFanIn].level == runs_.back().level) {
    merge_last();
  }
}

void TokenCounts::merge_last() {
  const auto first = runs_.end() - static_cast<std::ptrdiff_t>(std::min(kFanIn, runs_.size()));
  const int level = first->level + 1;
  std::vector<const ScratchFile*> files;
  for (auto run = first; run != runs_.end(); ++run) files.push_back(&run->file);
  ScratchFile file(options_.folder);
  Writer writer(file);
  merge(files, [&](std::string_view token, int64_t count) { writer.add(token, count); });
  writer.flush();
  runs_.erase(first, runs_.end());
  runs_.push_back({std::move(file), level});
}

void TokenCounts::for_each(const Visit& visit) {
  if (runs_.empty()) {
    for (const auto& [token, count] : counts_) visit(token, count);
    return;
  }
  if (!counts_.empty()) spill();
  while (runs_.size() > kFanIn) merge_last();
  std::vector<const ScratchFile*> files;
  for (const Run& run : runs_) files.push_back(&run.file);
  merge(files, visit);
}

}  // namespace eddy::data
