// SPDX-License-Identifier: MIT
#include "data/imdb_source.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "core/nearest.h"
#include "data/download.h"

namespace eddy::data {
namespace {

namespace fs = std::filesystem;
using datasets::ImdbOptions;

constexpr uint64_t kMaxDownload = uint64_t{1} << 27;  // the larger file has 17 MB

fs::path home() {
  const char* const home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return home;
  const passwd* const user = ::getpwuid(::getuid());
  return user == nullptr || user->pw_dir == nullptr ? fs::path() : fs::path(user->pw_dir);
}

// What is wanted: the name in the cache, another name that will do, and its digest.
struct Wanted {
  std::string data_set;
  std::string name;
  std::string folder;  // empty: none
  std::string sha256, md5;
};

fs::path find(const ImdbPlaces& places, const Wanted& wanted) {
  std::error_code ignored;  // what cannot be looked at is not there
  for (const auto& place : places.folders) {
    if (fs::exists(place / wanted.name, ignored)) return place / wanted.name;
    if (!wanted.folder.empty() && fs::is_directory(place / wanted.folder, ignored)) {
      return place / wanted.folder;
    }
  }
  return {};
}

[[noreturn]] void nowhere(const ImdbPlaces& places, const Wanted& wanted, const std::string& url,
                          const std::string& reason) {
  std::vector<std::string> tried;
  for (const auto& place : places.folders) tried.push_back(place.string());
  if (!url.empty()) tried.push_back(url);
  const std::string names =
      wanted.folder.empty() ? wanted.name : wanted.name + " or a folder " + wanted.folder;
  throw Error(ErrorCode::io, wanted.data_set,
              fmt::format("data: expected {} in one of {}, got none{}.", names,
                          tried.empty() ? "no places" : join(tried),
                          reason.empty() ? "" : " (" + reason + ")"),
              fmt::format("put {} into one of these folders, or name its folder by data_dir "
                          "(--data-dir) or EDDY_DATA_DIR.",
                          wanted.name));
}

fs::path find_or_fetch(const ImdbOptions& options, const std::string& base, const Wanted& wanted) {
  const ImdbPlaces places = imdb_places(options.data_dir, wanted.data_set);
  if (fs::path found = find(places, wanted); !found.empty()) return found;
  if (!options.download) nowhere(places, wanted, "", "download is off");
  if (places.cache.empty()) nowhere(places, wanted, "", "no home folder to download to");
  const std::string url = base + wanted.name;
  fs::path target = places.cache / wanted.name;
  try {
    download({url, target, wanted.sha256, kMaxDownload, options.progress, wanted.md5});
  } catch (const Error& error) {
    std::string reason = error.subject();
    if (reason.ends_with('.')) reason.pop_back();
    nowhere(places, wanted, url, reason);
  }
  return target;
}

}  // namespace

ImdbPlaces imdb_places(const std::string& data_dir, const std::string& data_set) {
  ImdbPlaces places;
  std::error_code error;
  if (!data_dir.empty()) {
    if (!fs::is_directory(data_dir, error)) {
      throw Error(ErrorCode::io, data_set,
                  fmt::format("data_dir: expected a folder, got \"{}\".", data_dir),
                  fmt::format("name the folder that holds {}.npz{}.", data_set,
                              data_set == "imdb" ? " or aclImdb" : ""));
    }
    places.folders.emplace_back(data_dir);
  }
  const char* const variable = std::getenv("EDDY_DATA_DIR");
  if (variable != nullptr && *variable != '\0') places.folders.emplace_back(variable);
  if (const fs::path base = home(); !base.empty()) {
    places.cache = base / ".keras" / "datasets";
    places.folders.push_back(places.cache);
  }
  return places;
}

fs::path find_imdb(const ImdbOptions& options, const ImdbOrigin& origin) {
  return find_or_fetch(options, origin.url, {"imdb", "imdb.npz", "aclImdb", origin.npz_sha256, ""});
}

fs::path find_word_index(const ImdbOptions& options, const ImdbOrigin& origin) {
  return find_or_fetch(options, origin.url,
                       {"imdb", "imdb_word_index.json", "", origin.index_sha256, ""});
}

fs::path find_reuters(const ImdbOptions& options, const ReutersOrigin& origin) {
  return find_or_fetch(options, origin.url, {"reuters", "reuters.npz", "", origin.npz_sha256, ""});
}

fs::path find_reuters_word_index(const ImdbOptions& options, const ReutersOrigin& origin) {
  return find_or_fetch(options, origin.url,
                       {"reuters", "reuters_word_index.json", "", "", origin.index_md5});
}

}  // namespace eddy::data
