// SPDX-License-Identifier: MIT
// A live model made of a golden case's config, and how far it is from Keras.
#pragma once

#include <string>
#include <vector>

#include "golden_support.h"
#include "layers/graph.h"

namespace eddy::golden {

template <class Real>
class GoldenModel {
 public:
  // Throws what eddy throws for a config it cannot read or layers it does not have.
  explicit GoldenModel(const Case& wanted);

  // Runs all calls. The largest error, relative to 1 + |wanted|; above `tolerance` it says where in
  // `complaints`, as do other shapes, masks or numbers of arrays.
  double worst_error(double tolerance, std::vector<std::string>& complaints);

 private:
  void set_weights();
  void run_call(const Call& call, bool training);
  void run_back(const Call& call);
  void check_outputs(const Call& call);
  void check_gradients(const Call& call);
  void check_moved(const Call& call);
  void compare(const std::string& what, const Array& wanted, const Real* got, size_t size);
  void complain(const std::string& what) { complaints_->push_back(where_ + what); }

  const Case* case_;
  Graph<Real> graph_;
  std::vector<std::vector<Real>> values_;  // of the inputs
  std::vector<Signal<Real>> inputs_;
  std::vector<const Signal<Real>*> input_pointers_;
  std::vector<Signal<Real>> outputs_;
  std::vector<Gradient<Real>> cotangents_, input_gradients_;
  double worst_ = 0, tolerance_ = 0;
  std::string where_;
  std::vector<std::string>* complaints_ = nullptr;
};

extern template class GoldenModel<float>;
extern template class GoldenModel<double>;

}  // namespace eddy::golden
