// SPDX-License-Identifier: MIT
#include "data_support.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zip.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace eddy::data {
namespace {

std::string little(uint64_t value, size_t bytes) {
  std::string raw;
  for (size_t i = 0; i < bytes; ++i) raw += static_cast<char>(value >> (8 * i));
  return raw;
}

// The opcodes of a pickle, with the memo opcodes of its protocol.
class PickleWriter {
 public:
  explicit PickleWriter(int protocol) : protocol_(protocol) {}

  void put() {
    if (protocol_ >= 4) {
      body_ += '\x94';
    } else if (memo_ < 256) {
      op('q', memo_, 1);
    } else {
      op('r', memo_, 4);
    }
    ++memo_;
  }
  void raw(std::string_view bytes) { body_ += bytes; }
  void text(const std::string& value) {
    protocol_ >= 4 ? op('\x8c', value.size(), 1) : op('X', value.size(), 4);
    body_ += value;
    put();
  }
  void global(const std::string& module, const std::string& name) {
    if (protocol_ >= 4) {
      text(module);
      text(name);
      body_ += '\x93';
    } else {
      body_ += fmt::format("c{}\n{}\n", module, name);
    }
    put();
  }
  void integer(int64_t value) {
    if (value >= 0 && value < 256) {
      op('K', static_cast<uint64_t>(value), 1);
    } else if (value >= 0 && value < 65536) {
      op('M', static_cast<uint64_t>(value), 2);
    } else {
      op('J', static_cast<uint64_t>(value), 4);
    }
  }
  // CPython's batches of 1000; a batch of one is an APPEND.
  void list(size_t size, const std::function<void(size_t)>& item) {
    body_ += ']';
    put();
    for (size_t i = 0; i < size; i += 1000) {
      const size_t last = std::min(size, i + 1000);
      if (last - i == 1) {
        item(i);
        body_ += 'a';
        continue;
      }
      body_ += '(';
      for (size_t k = i; k < last; ++k) item(k);
      body_ += 'e';
    }
  }
  std::string finish() const {
    std::string head = std::string("\x80") + static_cast<char>(protocol_);
    if (protocol_ >= 4) {
      head += '\x95';
      head += little(body_.size() + 1, 8);
    }
    return head + body_ + '.';
  }

 private:
  void op(char code, uint64_t argument, size_t bytes) {
    body_ += code;
    body_ += little(argument, bytes);
  }

  int protocol_;
  uint64_t memo_ = 0;
  std::string body_;
};

std::string pickle(const Lists& lists, int protocol) {
  PickleWriter out(protocol);
  out.global(protocol >= 4 ? "numpy._core.multiarray" : "numpy.core.multiarray", "_reconstruct");
  out.global("numpy", "ndarray");
  out.raw(std::string_view("K\0\x85", 3));
  out.put();
  out.raw(
      "C\x01"
      "b");
  out.put();
  out.raw("\x87");
  out.put();
  out.raw("R");
  out.put();
  out.raw("(K\x01");
  out.integer(static_cast<int64_t>(lists.size()));
  out.raw("\x85");
  out.put();
  out.global("numpy", "dtype");
  out.text("O8");
  out.raw("\x89\x88\x87");
  out.put();
  out.raw("R");
  out.put();
  out.raw("(K\x03");
  out.text("|");
  out.raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?t");
  out.put();
  out.raw("b\x89");
  out.list(lists.size(), [&](size_t i) {
    out.list(lists[i].size(), [&](size_t k) { out.integer(lists[i][k]); });
  });
  out.raw("t");
  out.put();
  out.raw("b");
  return out.finish();
}

}  // namespace

TempDir::TempDir(const std::filesystem::path& parent) {
  std::string name = (parent / "eddy-data-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ScopedVariable::ScopedVariable(const char* name, const char* value) : name_(name) {
  if (const char* old = std::getenv(name); old != nullptr) {
    old_ = old;
    was_set_ = true;
  }
  value == nullptr ? unsetenv(name) : setenv(name, value, 1);
}

ScopedVariable::~ScopedVariable() {
  was_set_ ? setenv(name_.c_str(), old_.c_str(), 1) : unsetenv(name_.c_str());
}

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<uint8_t> to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string npy(const std::string& descr, const std::string& shape, const std::string& raw) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, shape);
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return "\x93NUMPY" + std::string("\x01\x00", 2) + little(header.size(), 2) + header + raw;
}

std::string npy_lists(const Lists& lists, int protocol) {
  return npy("|O", fmt::format("({},)", lists.size()), pickle(lists, protocol));
}

std::string npy_labels(const std::vector<int>& labels) {
  std::string raw;
  for (const int label : labels) raw += little(static_cast<uint64_t>(int64_t{label}), 8);
  return npy("<i8", fmt::format("({},)", labels.size()), raw);
}

std::string zip(const Members& members) {
  const TempDir folder;
  const std::string path = folder / "archive.zip";
  zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  if (archive == nullptr) throw std::runtime_error("zip_open failed");
  for (const auto& [name, bytes] : members) {
    zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    if (zip_file_add(archive, name.c_str(), source, 0) < 0) {
      throw std::runtime_error("zip_file_add failed");
    }
  }
  if (zip_close(archive) != 0) throw std::runtime_error("zip_close failed");
  return read(path);
}

std::string imdb_npz(const Lists& x_train, const std::vector<int>& y_train, const Lists& x_test,
                     const std::vector<int>& y_test) {
  return zip({{"x_train.npy", npy_lists(x_train)},
              {"y_train.npy", npy_labels(y_train)},
              {"x_test.npy", npy_lists(x_test)},
              {"y_test.npy", npy_labels(y_test)}});
}

void expect_error(ErrorCode code, const std::string& part, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << message;
    EXPECT_THAT(message, testing::HasSubstr(part));
    EXPECT_THAT(message, testing::MatchesRegex("\\[.+\\] .+: expected .+, got .+\\. Fix: .+\\."));
    return;
  }
  ADD_FAILURE() << "no error; expected one with \"" << part << "\"";
}

std::string real_data() {
  const char* const folder = std::getenv("EDDY_DATA_DIR");
  return folder == nullptr ? "" : folder;
}

}  // namespace eddy::data
