// SPDX-License-Identifier: MIT
#include "report/gnuplot.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>

#include "core/atomic_file.h"
#include "eddy/error.h"

extern char** environ;

namespace eddy {
namespace {

// A file in memory. Standard streams of this kind cannot block or break, as pipes can.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("eddy-gnuplot", MFD_CLOEXEC)) {
    if (descriptor_ < 0) {
      throw Error(
          ErrorCode::io, "gnuplot",
          fmt::format("memory file: expected one to be made, got '{}'.", std::strerror(errno)),
          "free some memory or close some files.");
    }
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return descriptor_; }

  void write(const std::string& text) {
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t n = ::write(descriptor_, text.data() + done, text.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        throw Error(ErrorCode::io, "gnuplot", "script: expected room in memory, got none.",
                    "free some memory.");
      }
      done += static_cast<size_t>(n);
    }
    lseek(descriptor_, 0, SEEK_SET);
  }

  std::string content() const {
    std::string text;
    char block[1 << 14];
    for (;;) {
      const ssize_t n = pread(descriptor_, block, sizeof block, static_cast<off_t>(text.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return text;
      text.append(block, static_cast<size_t>(n));
    }
  }

 private:
  int descriptor_;
};

// Starts gnuplot with the three streams; the pid, or -errno.
pid_t start(const MemoryFile& in, const MemoryFile& out, const MemoryFile& err) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in.descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.descriptor(), STDERR_FILENO);
  // A group of its own: Ctrl-C in the terminal is for the program, not for its pictures.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  char name[] = "gnuplot", defaults[] = "-d";  // -d: no settings of the user's
  char* arguments[] = {name, defaults, nullptr};
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, name, &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -error;
}

std::string first_line_of(const std::string& text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const size_t word = line.find_first_not_of(" \t\r^");
    if (word != std::string::npos) return line.substr(word);
    begin = end + 1;
  }
  return "no message";
}

}  // namespace

std::string run_gnuplot(const std::string& script) {
  MemoryFile in, out, err;
  in.write(script);
  const pid_t pid = start(in, out, err);
  if (pid < 0) {
    throw Error(ErrorCode::io, "gnuplot",
                fmt::format("program: expected gnuplot on the PATH, got '{}'.",
                            std::strerror(static_cast<int>(-pid))),
                "install it, on Debian: apt-get install gnuplot-nox.");
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::string picture = out.content();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || picture.empty()) {
    throw Error(ErrorCode::io, "gnuplot",
                fmt::format("picture: expected one, got '{}'.", first_line_of(err.content())),
                "install a complete gnuplot 5.4 or later, on Debian: apt-get install gnuplot-nox.");
  }
  return picture;
}

std::string gnuplot_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    quoted += control ? ' ' : c;
    if (c == '\'') quoted += '\'';
  }
  return quoted + "'";
}

std::array<Surface, 2> surfaces(int width, int height, int svg_font, int png_font) {
  const auto surface = [&](bool is_png, int font) {
    return Surface{is_png ? "png" : "svg",
                   fmt::format("{} noenhanced size {},{} font '{},{}' background 'white'",
                               is_png ? "pngcairo" : "svg", width, height,
                               is_png ? "DejaVu Sans" : "sans-serif", font),
                   static_cast<int>(std::lround(1.25 * font)), is_png};
  };
  return {surface(false, svg_font), surface(true, png_font)};
}

std::string picture_stem(const std::string& prefix, const std::string& name) {
  return (prefix.empty() || prefix.ends_with('/') ? prefix : prefix + "-") + name;
}

std::vector<std::filesystem::path> write_pictures(
    const std::string& stem, const std::array<Surface, 2>& files,
    const std::function<std::string(const Surface&)>& script) {
  std::vector<std::filesystem::path> written;
  for (const Surface& surface : files) {
    written.emplace_back(fmt::format("{}.{}", stem, surface.ending));
    write_file_atomically(written.back(), run_gnuplot(script(surface)));
  }
  return written;
}

}  // namespace eddy
