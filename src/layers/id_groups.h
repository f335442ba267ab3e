// SPDX-License-Identifier: MIT
// The distinct ids of a batch: work that depends on the id alone is done once per id.
// Letters: P positions, n distinct ids.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/buffer.h"
#include "core/threads.h"
#include "kernels/kernels.h"

namespace eddy {

class IdGroups {
 public:
  // ids    [P]  all in [0, vocabulary); with `order` [P]: ids[order[0]], ids[order[1]], ...
  // Distinct ids in order of first appearance; the cost does not depend on the vocabulary after the
  // first call.
  void build(const int32_t* ids, int64_t positions, int64_t vocabulary) {
    find(ids, positions, vocabulary);
    list_members();
  }
  // build() in two parts: ids(), count() and index() are there after find(), sum_rows() works after
  // list_members().
  void find(const int32_t* ids, int64_t positions, int64_t vocabulary,
            const int32_t* order = nullptr);
  void list_members();

  const std::vector<int32_t>& ids() const { return ids_; }  // [n]
  const int32_t* index() const { return index_.data(); }    // [P]  position -> 0 ... n-1
  int64_t count() const { return static_cast<int64_t>(ids_.size()); }

  // sums[u, :] = sum of rows[p, :] over the positions of id u, in their order.
  //   rows [P, width]   sums [n, width]
  template <class Real>
  void sum_rows(const Kernels<Real>& kernel, const Real* rows, int64_t width, Real* sums) const {
    parallel_for(sum_tasks(), [&](int64_t task, int64_t) {
      sum_task(task, kernel, rows, width, sums, [](int64_t) {});
    });
  }
  // The same in tasks for a parallel_for; before(p) comes before an id whose last position is p.
  // By positions: a handful of ids has half of them.
  int64_t sum_tasks() const {
    return (static_cast<int64_t>(members_.size()) + kPositionsPerTask - 1) / kPositionsPerTask;
  }
  template <class Real, class Before>
  void sum_task(int64_t task, const Kernels<Real>& kernel, const Real* rows, int64_t width,
                Real* sums, const Before& before) const {
    const auto positions = static_cast<int64_t>(members_.size());
    const auto id_at = [&](int64_t position) {
      return std::lower_bound(first_.begin(), first_.end() - 1, position) - first_.begin();
    };
    const int64_t end = id_at((task + 1) * kPositionsPerTask);
    for (int64_t u = id_at(task * kPositionsPerTask); u < end; ++u) {
      const int32_t first = first_[static_cast<size_t>(u)];
      const int32_t end_of_id = first_[static_cast<size_t>(u) + 1];
      before(int64_t{members_[static_cast<size_t>(end_of_id) - 1]});
      kernel.sum_rows(rows, width, members_.data() + first, end_of_id - first, positions - first,
                      sums + u * width);
    }
  }

 private:
  static constexpr int64_t kPositionsPerTask = 1024;

  template <class IdAt>
  int32_t number(const IdAt& id_at);

  std::vector<int32_t> ids_;
  Buffer<int32_t> index_;
  std::vector<int32_t> first_;  // [n + 1]  where the members of an id begin
  Buffer<int32_t> members_;     // [P]  positions, by id
  std::vector<int32_t> seen_;   // [vocabulary]  index + base of the latest build that saw the id
  int32_t base_ = 0;
};

}  // namespace eddy
