// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <hdf5.h>

#include <mutex>
#include <string>
#include <vector>

#include "files/hdf5_tree.h"

namespace eddy::files {
namespace {

// Memory of the growing image is taken in such steps.
constexpr size_t kIncrement = size_t{1} << 20;

[[noreturn]] void library_failed(const std::string& what) {
  throw Error(ErrorCode::internal, "HDF5",
              fmt::format("{}: expected success, got a failure.", what),
              "close other programs: there may be too little memory.");
}

void check(herr_t status, const std::string& what) {
  if (status < 0) library_failed(what);
}

// Closes what it holds.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id_ < 0) library_failed(what);
  }
  ~Id() { close_(id_); }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// The library prints its errors unless told otherwise.
class Silence {
 public:
  Silence() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Silence() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

class Writer {
 public:
  Writer()
      : access_(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "access properties"),
        links_(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "link properties"),
        creation_(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "array properties") {
    check(H5Pset_fapl_core(access_, kIncrement, false), "file in memory");
    check(H5Pset_libver_bounds(access_, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST), "old layout");
    check(H5Pset_create_intermediate_group(links_, 1), "parents");
    // Equal models give equal bytes.
    check(H5Pset_obj_track_times(creation_, false), "no times");
  }

  std::string write(const Hdf5Tree& tree) {
    const Id file(H5Fcreate("model.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access_), H5Fclose,
                  "file in memory");
    for (const auto& [path, texts] : tree.groups) write_group(file, path, texts);
    for (const auto& [path, array] : tree.arrays) write_array(file, path, array);
    check(H5Fflush(file, H5F_SCOPE_GLOBAL), "flush");
    const ssize_t size = H5Fget_file_image(file, nullptr, 0);
    if (size < 0) library_failed("size of the image");
    std::string image(static_cast<size_t>(size), '\0');
    if (H5Fget_file_image(file, image.data(), image.size()) != size) library_failed("image");
    return image;
  }

 private:
  void write_group(hid_t file, const std::string& path, const Hdf5Texts& texts) {
    const Id group(path.empty() ? H5Gopen2(file, "/", H5P_DEFAULT)
                                : H5Gcreate2(file, path.c_str(), links_, H5P_DEFAULT, H5P_DEFAULT),
                   H5Gclose, path);
    for (const auto& [name, text] : texts) write_text(group, name, text);
  }

  // As h5py writes Python's strings: of any length, in UTF-8; an empty list has no type of its own
  // and becomes one of float64.
  static void write_text(hid_t group, const std::string& name, const Hdf5Text& text) {
    const Id type(H5Tcopy(H5T_C_S1), H5Tclose, "string type");
    check(H5Tset_size(type, H5T_VARIABLE), "string type");
    check(H5Tset_cset(type, H5T_CSET_UTF8), "string type");
    const hsize_t length = text.values.size();
    const Id space(text.list ? H5Screate_simple(1, &length, nullptr) : H5Screate(H5S_SCALAR),
                   H5Sclose, name);
    const hid_t stored = length == 0 ? H5T_IEEE_F64LE : static_cast<hid_t>(type);
    const Id attribute(H5Acreate2(group, name.c_str(), stored, space, H5P_DEFAULT, H5P_DEFAULT),
                       H5Aclose, name);
    if (length == 0) return;
    std::vector<const char*> values;
    for (const std::string& value : text.values) values.push_back(value.c_str());
    check(H5Awrite(attribute, type, values.data()), name);
  }

  void write_array(hid_t file, const std::string& path, const Hdf5Array& array) {
    const std::vector<hsize_t> dims(array.shape.begin(), array.shape.end());
    const Id space(dims.empty()
                       ? H5Screate(H5S_SCALAR)
                       : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                   H5Sclose, path);
    const hid_t type = array.type == "int64" ? H5T_STD_I64LE : H5T_IEEE_F32LE;
    const Id dataset(H5Dcreate2(file, path.c_str(), type, space, links_, creation_, H5P_DEFAULT),
                     H5Dclose, path);
    check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()), path);
  }

  Id access_, links_, creation_;
};

}  // namespace

std::string write_hdf5(const Hdf5Tree& tree) {
  // Debian builds the library without locks.
  static std::mutex library;
  const std::lock_guard lock(library);
  const Silence silence;
  return Writer().write(tree);
}

}  // namespace eddy::files
