// SPDX-License-Identifier: MIT
#include "layers/id_groups.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/random.h"
#include "eddy/threads.h"

namespace eddy {
namespace {

std::vector<int32_t> random_ids(int64_t count, int64_t vocabulary, uint64_t seed) {
  Random random(seed);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i) {
    // As words are: a few have most of the positions.
    const double x = random.uniform(0, 1);
    ids.push_back(static_cast<int32_t>(x * x * x * static_cast<double>(vocabulary)));
  }
  return ids;
}

// Against a map, one id after the other; sums of whole numbers are exact.
void expect_groups(IdGroups& groups, const std::vector<int32_t>& ids, int64_t vocabulary,
                   const std::vector<int32_t>* order) {
  const auto positions = static_cast<int64_t>(ids.size());
  groups.find(ids.data(), positions, vocabulary, order == nullptr ? nullptr : order->data());
  groups.list_members();
  std::map<int32_t, int32_t> numbers;
  std::vector<int32_t> distinct;
  std::vector<float> rows, sums;
  for (int64_t p = 0; p < positions; ++p) {
    const int64_t at = order == nullptr ? p : (*order)[static_cast<size_t>(p)];
    const int32_t id = ids[static_cast<size_t>(at)];
    const auto [place, is_new] = numbers.try_emplace(id, static_cast<int32_t>(distinct.size()));
    if (is_new) distinct.push_back(id), sums.push_back(0);
    ASSERT_EQ(groups.index()[p], place->second) << "position " << p;
    rows.push_back(static_cast<float>(p % 97));
    sums[static_cast<size_t>(place->second)] += rows.back();
  }
  ASSERT_EQ(groups.ids(), distinct);
  ASSERT_EQ(groups.count(), static_cast<int64_t>(distinct.size()));
  std::vector<float> got(sums.size(), -1);
  groups.sum_rows(kernels<float>(), rows.data(), 1, got.data());
  ASSERT_EQ(got, sums);
}

class IdGroupsOnThreads : public testing::TestWithParam<int64_t> {
 protected:
  IdGroupsOnThreads() { set_num_threads(GetParam()); }
  ~IdGroupsOnThreads() override { set_num_threads(0); }
};

TEST_P(IdGroupsOnThreads, NumbersIdsAsTheyComeBatchAfterBatch) {
  IdGroups groups;
  uint64_t seed = 0;
  for (const int64_t positions : {0, 1, 1023, 1024, 1025, 20011, 5, 13001}) {
    const int64_t vocabulary = seed < 3 ? 700 : 9001;  // grows on the way
    SCOPED_TRACE(std::to_string(positions) + " positions");
    expect_groups(groups, random_ids(positions, vocabulary, ++seed), vocabulary, nullptr);
  }
}

TEST_P(IdGroupsOnThreads, NumbersIdsInAnotherOrder) {
  IdGroups groups;
  for (const int64_t positions : {7, 9173}) {
    std::vector<int32_t> order;
    for (int64_t p = 0; p < positions; ++p) {
      order.push_back(static_cast<int32_t>((p * 5 + 3) % positions));
    }
    expect_groups(groups, random_ids(positions, 4000, 11), 4000, &order);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, IdGroupsOnThreads, testing::Values(1, 2, 3));

}  // namespace
}  // namespace eddy
