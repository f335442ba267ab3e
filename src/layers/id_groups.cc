// SPDX-License-Identifier: MIT
#include "layers/id_groups.h"

#include <limits>

namespace eddy {

void IdGroups::find(const int32_t* ids, int64_t positions, int64_t vocabulary,
                    const int32_t* order) {
  // seen_[id] >= base_ means: seen in this build, as number seen_[id] - base_. Raising base_
  // forgets all without touching the table.
  base_ += static_cast<int32_t>(ids_.size());
  if (seen_.size() < static_cast<size_t>(vocabulary) ||
      base_ > std::numeric_limits<int32_t>::max() / 2) {
    seen_.assign(static_cast<size_t>(vocabulary), -1);
    base_ = 0;
  }
  ids_.resize(static_cast<size_t>(positions) + 1);
  first_.reserve(static_cast<size_t>(positions) + 1);
  index_.resize(static_cast<size_t>(positions));
  const int32_t count = order == nullptr ? number([&](int64_t p) { return ids[p]; })
                                         : number([&](int64_t p) { return ids[order[p]]; });
  ids_.resize(static_cast<size_t>(count));
}

// No branch, for nobody can foresee whether a word is new: masks of all or no bits, which a
// compiler leaves as they are. Returns how many ids there are.
template <class IdAt>
int32_t IdGroups::number(const IdAt& id_at) {
  int32_t *ids = ids_.data(), *index = index_.data(), *seen = seen_.data();
  const int32_t base = base_;
  int32_t count = 0;
  const auto positions = static_cast<int64_t>(index_.size());
  for (int64_t p = 0; p < positions; ++p) {
    const int32_t id = id_at(p), before = seen[id] - base;
    const int32_t is_new = before >> 31;  // -1 or 0
    const int32_t u = (count & is_new) | (before & ~is_new);
    seen[id] = base + u;
    ids[count] = id;  // of no account where the id is not new
    index[p] = u;
    count -= is_new;
  }
  return count;
}

void IdGroups::list_members() {
  // Counts become first positions, then the members fill up from there.
  first_.assign(ids_.size() + 1, 0);
  const auto positions = static_cast<int64_t>(index_.size());
  for (int64_t p = 0; p < positions; ++p) {
    ++first_[static_cast<size_t>(index_[static_cast<size_t>(p)])];
  }
  int32_t total = 0;
  for (auto& first : first_) {
    total += first;
    first = total - first;
  }
  std::vector<int32_t>& next = first_;
  members_.resize(index_.size());
  for (int64_t p = 0; p < positions; ++p) {
    members_[static_cast<size_t>(next[static_cast<size_t>(index_[static_cast<size_t>(p)])]++)] =
        static_cast<int32_t>(p);
  }
  for (size_t u = first_.size() - 1; u > 0; --u) first_[u] = first_[u - 1];
  first_[0] = 0;
}

}  // namespace eddy
