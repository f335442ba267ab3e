// SPDX-License-Identifier: MIT
#include "pickles_support.h"

#include "data/byte_reader.h"
#include "data/unpickle.h"

namespace eddy::data {
using namespace std::string_view_literals;

namespace {

// Python 2.7, numpy 1.16, protocol 2: byte strings are SHORT_BINSTRING.
constexpr std::string_view kPython2 =
    "\x80\x02"
    "cnumpy.core.multiarray\n_reconstruct\nq\x01"
    "cnumpy\nndarray\nq\x02K\x00\x85q\x03U"
    "\x01"
    "bq\x04\x87q\x05Rq\x06(K\x01K\x03\x85q\x07"
    "cnumpy\ndtype\nq\x08U\x02O8q\tK\x00K\x01"
    "\x87q\nRq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]q\x0c(]q\r(K\x01M,\x01J"
    "p\x11\x01\x00"
    "e]q\x0eK\x05"
    "a]q\x0f"
    "etb."sv;
// Python 3.11, numpy 2.
constexpr std::string_view kProtocol3 =
    "\x80\x03"
    "cnumpy._core.multiarray\n_reconstruct\nq\x00"
    "cnumpy\nndarray\nq\x01K\x00\x85q\x02"
    "C\x01"
    "bq\x03\x87q\x04Rq\x05(K\x01K\x03\x85q\x06"
    "cnumpy\ndtype\nq\x07X\x02\x00\x00\x00O8q"
    "\x08\x89\x88\x87q\tRq\n(K\x03X\x01\x00\x00\x00|q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq"
    "\x0c"
    "b\x89]q\r(]q\x0e(K\x01M,\x01Jp\x11\x01\x00"
    "e]q\x0fK\x05"
    "a]q\x10"
    "etq\x11"
    "b."sv;

}  // namespace

// Python 3.11, numpy 2.
const std::string_view kProtocol2 =
    "\x80\x02"
    "cnumpy._core.multiarray\n_reconstruct\nq\x00"
    "cnumpy\nndarray\nq\x01K\x00\x85q\x02"
    "c_codecs\nencode\nq\x03X\x01\x00\x00\x00"
    "bq\x04X\x06\x00\x00\x00latin1q\x05\x86q\x06Rq\x07"
    "\x87q\x08Rq\t(K\x01K\x03\x85q\n"
    "cnumpy\ndtype\nq\x0bX\x02\x00\x00\x00O8q\x0c\x89\x88\x87q\rR"
    "q\x0e(K\x03X\x01\x00\x00\x00|q\x0fNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x10"
    "b\x89]q\x11("
    "]q\x12(K\x01M,\x01Jp\x11\x01\x00"
    "e]q\x13K\x05"
    "a]q\x14"
    "etq\x15"
    "b."sv;
const std::string_view kProtocol4 =
    "\x80\x04\x95\x9f\x00\x00\x00\x00\x00\x00\x00\x8c\x16numpy._core.multiarray\x94\x8c\x0c_"
    "reconstr"
    "uct\x94\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\x94\x93\x94K\x00\x85\x94"
    "C\x01"
    "b\x94\x87\x94"
    "R\x94(K\x01K\x03\x85\x94h\x03\x8c\x05"
    "dtype\x94\x93\x94\x8c\x02O8\x94\x89\x88\x87\x94R\x94(K"
    "\x03\x8c\x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?t\x94"
    "b\x89]\x94(]\x94(K\x01M,\x01Jp"
    "\x11\x01\x00"
    "e]\x94K\x05"
    "a]\x94"
    "et\x94"
    "b."sv;

std::string with_protocol(std::string_view pickle, char protocol) {
  std::string changed(pickle);
  changed[1] = protocol;
  return changed;
}

std::vector<std::string> all_protocols() {
  return {std::string(kPython2), std::string(kProtocol2), std::string(kProtocol3),
          std::string(kProtocol4), with_protocol(kProtocol4, 5)};
}

Lists unpickle(std::string_view pickle) {
  const auto bytes = to_bytes(pickle);
  SpanReader in({"test.npz", "x.npy"}, bytes);
  const Ragged ragged = unpickle_lists(in);
  Lists lists;
  for (size_t i = 0; i < ragged.size(); ++i) lists.emplace_back(ragged[i].begin(), ragged[i].end());
  return lists;
}

void refused(std::string_view pickle, const std::string& part) {
  expect_error(ErrorCode::bad_file, part, [&] { unpickle(pickle); });
}

std::string with_first_list(std::string_view opcodes) {
  constexpr auto kList =
      "]\x94(K\x01M,\x01Jp\x11\x01\x00"
      "e"sv;
  std::string changed(kProtocol4);
  return changed.replace(changed.find(kList), kList.size(), opcodes);
}

}  // namespace eddy::data
