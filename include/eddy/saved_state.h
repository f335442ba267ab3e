// SPDX-License-Identifier: MIT
// Named values by which a training goes on after a restart: weights, counters, open files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/export.h"
#include "eddy/tensor.h"

namespace eddy {

// One function names the values and serves both ways:
//
//   void exchange(SavedState& state) override {
//     state.value("wait", wait_);
//     state.value("best", best_);
//   }
//
// Copies are the same values.
class EDDY_API SavedState {
 public:
  // Takes values in.
  SavedState();
  // Gives them back. Throws Error{bad_file} unless `bytes` are whole, as bytes() made them.
  //   where  stands in messages, e.g. the file's name
  SavedState(std::string_view bytes, std::string where);

  bool restores() const;
  // The same values, those of a part: names there need to be unlike no others.
  SavedState part(const std::string& name) const;

  // Takes the value in, or replaces it by the one that was taken in. Throws Error{bad_file} when
  // there is none of this name and type.
  void value(const std::string& name, bool& value);
  void value(const std::string& name, int64_t& value);
  void value(const std::string& name, uint64_t& value);
  void value(const std::string& name, double& value);
  void value(const std::string& name, std::optional<double>& value);
  void value(const std::string& name, std::string& value);
  void value(const std::string& name, std::vector<int32_t>& values);
  void value(const std::string& name, std::vector<int64_t>& values);
  void value(const std::string& name, std::vector<float>& values);
  void value(const std::string& name, std::vector<double>& values);
  void value(const std::string& name, std::vector<std::string>& values);
  void value(const std::string& name, std::vector<Tensor>& tensors);
  // In place: as many as were taken in.
  void value(const std::string& name, std::span<uint8_t> values);
  void value(const std::string& name, std::span<int64_t> values);
  void value(const std::string& name, std::span<float> values);
  void value(const std::string& name, std::span<double> values);

  // All of them, with a digest at the end by which damage shows.
  std::string bytes() const;
  const std::string& where() const;

 private:
  struct Values;
  SavedState(std::shared_ptr<Values> values, std::string prefix);
  template <class T>
  void plain(const std::string& name, char type, std::vector<T>& values);
  template <class T>
  void in_place(const std::string& name, char type, std::span<T> values);

  std::shared_ptr<Values> values_;
  std::string prefix_;
};

}  // namespace eddy
