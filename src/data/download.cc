// SPDX-License-Identifier: MIT
#include "data/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>

#include "core/atomic_file.h"
#include "core/sha256.h"
#include "eddy/error.h"

namespace eddy::data {
namespace {

constexpr long kConnectSeconds = 5, kStallSeconds = 20, kStallBytes = 1000;

void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return;
  throw Error(
      ErrorCode::io, folder.string(),
      fmt::format("folder: expected it or leave to create it, got \"{}\".", error.message()),
      "give a writable folder.");
}

// What libcurl's callbacks see. An exception must not cross C: it waits here.
struct Transfer {
  const DownloadRequest& request;
  AtomicFile file;
  Digest digest;
  uint64_t received = 0;
  std::exception_ptr failure = {};
};

size_t on_data(char* data, size_t, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.received += count;
    if (transfer.received > transfer.request.max_bytes) return 0;
    const std::string_view bytes(data, count);
    transfer.digest.add(bytes);
    transfer.file.write(bytes);
    return count;
  } catch (...) {
    transfer.failure = std::current_exception();
    return 0;
  }
}

int on_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.request.progress || now <= 0) return 0;
  try {
    transfer.request.progress(transfer.request.to.filename().string(), static_cast<uint64_t>(now),
                              static_cast<uint64_t>(total));
    return 0;
  } catch (...) {
    transfer.failure = std::current_exception();
    return 1;
  }
}

void set_options(CURL* curl, const DownloadRequest& request, Transfer* transfer, char* message) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStallBytes);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_data);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
}

}  // namespace

void download(const DownloadRequest& request) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) {
    throw Error(ErrorCode::internal, "download", "libcurl: expected a handle, got none.",
                "check the installation of libcurl.");
  }
  create_folder(request.to.parent_path());
  const bool md5 = request.sha256.empty();
  Transfer transfer{request, AtomicFile(request.to),
                    Digest(md5 ? Digest::Kind::md5 : Digest::Kind::sha256)};
  char message[CURL_ERROR_SIZE] = "";
  set_options(curl.get(), request, &transfer, message);
  const CURLcode result = curl_easy_perform(curl.get());
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (transfer.received > request.max_bytes) {
    throw Error(ErrorCode::bad_file, request.url,
                fmt::format("file: expected at most {} bytes, got more.", request.max_bytes),
                "get the file by other means and give its folder.");
  }
  if (result != CURLE_OK) {
    throw Error(ErrorCode::io, request.url,
                fmt::format("download: expected the file, got \"{}\".",
                            message[0] != '\0' ? message : curl_easy_strerror(result)),
                "check the network, or get the file by other means and give its folder.");
  }
  const std::string digest = transfer.digest.hex();
  if (const std::string& expected = md5 ? request.md5 : request.sha256; digest != expected) {
    throw Error(
        ErrorCode::bad_file, request.url,
        fmt::format("file: expected {} {}, got {}.", md5 ? "MD5" : "SHA-256", expected, digest),
        "try again later, or get the file by other means and give its folder.");
  }
  transfer.file.commit();
}

}  // namespace eddy::data
