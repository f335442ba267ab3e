// SPDX-License-Identifier: MIT
// Every layer and option against Keras: outputs, masks, gradients, on every instruction set.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "eddy/cpu.h"
#include "eddy/error.h"
#include "kernels/simd.h"
#include "model_support.h"

namespace eddy::golden::layer_test {

namespace {

// Relative to 1 + |wanted|. A number is a sum of some hundred products, each of which is rounded at
// 6e-8, and of activations, which are right to 6e-7; Keras' own float32 is up to 4e-6 from the
// stored numbers. In double only the stored numbers' rounding is left.
constexpr double kFloatTolerance = 1e-5, kDoubleTolerance = 1e-7;

// The worst error of every group and precision of this run, for the table at its end.
class Table : public testing::Environment {
 public:
  void add(const std::string& group, const std::string& target, double error) {
    auto& entry = worst_[group][target];
    entry.first = std::max(entry.first, error);
    ++entry.second;
  }
  void TearDown() override {
    for (const auto& [group, targets] : worst_) {
      for (const auto& [target, entry] : targets) {
        fmt::print("{:<18}{:<8}{:>4} cases, worst error {:.1e}\n", group, target, entry.second,
                   entry.first);
      }
    }
  }

 private:
  std::map<std::string, std::map<std::string, std::pair<double, int>>> worst_;
};
Table* const kTable =
    dynamic_cast<Table*>(testing::AddGlobalTestEnvironment(new Table));  // gtest owns it

// The refusal of a model that eddy does not have; "" when it can be built.
std::string refusal(const Case& wanted) {
  try {
    const GoldenModel<float> model(wanted);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const Unsupported* listed(const std::vector<Unsupported>& list, const std::string& message) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Unsupported& one) {
    return message.find(one.words) != std::string::npos;
  });
  return found == list.end() ? nullptr : &*found;
}

class Keras : public testing::TestWithParam<CaseName> {
 protected:
  void TearDown() override { force_simd_target(""); }

  static const Case& wanted() {
    const auto& cases = group(GetParam().group);
    return *std::find_if(cases.begin(), cases.end(),
                         [](const Case& c) { return c.name == GetParam().name; });
  }

  template <class Real>
  static void check(const std::string& target, double tolerance) {
    std::vector<std::string> complaints;
    const double error = GoldenModel<Real>(wanted()).worst_error(tolerance, complaints);
    for (const auto& complaint : complaints) ADD_FAILURE() << target << ", " << complaint;
    kTable->add(GetParam().group, target, error);
  }
};

TEST_P(Keras, Case) {
  const std::string message = refusal(wanted());
  if (!message.empty()) {
    EXPECT_NE(listed(unsupported(), message), nullptr) << "not in unsupported.txt: " << message;
    GTEST_SKIP() << message;
  }
  for (const std::string& target : simd_targets()) {
    force_simd_target(target);
    check<float>(target, kFloatTolerance);
  }
  check<double>("double", kDoubleTolerance);
}

std::string test_name(const testing::TestParamInfo<CaseName>& info) {
  std::string name = info.param.group + "_" + info.param.name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(, Keras, testing::ValuesIn(case_names()), test_name);

// What eddy refuses is written down case by case: the list must shrink with every layer that lands.
TEST(GoldenList, EveryRefusalIsListed) {
  const auto list = unsupported();
  std::map<std::string, int> counts;
  for (const auto& one : list) counts[one.words] = 0;
  for (const CaseName& name : case_names()) {
    for (const Case& wanted : group(name.group)) {
      if (wanted.name != name.name) continue;
      const std::string message = refusal(wanted);
      if (message.empty()) continue;
      const auto* entry = listed(list, message);
      if (entry == nullptr) {
        ADD_FAILURE() << name.group << " " << name.name << " is refused: " << message;
      } else {
        ++counts[entry->words];
      }
    }
  }
  for (const auto& one : list) {
    EXPECT_EQ(counts[one.words], one.count) << "unsupported.txt: " << one.words;
  }
}

TEST(GoldenList, HasEveryCase) {
  std::map<std::string, size_t> counts;
  for (const CaseName& name : case_names()) {
    const auto& cases = group(name.group);
    EXPECT_EQ(cases.at(counts[name.group]++).name, name.name);
  }
  size_t total = 0;
  for (const auto& [name, count] : counts) {
    EXPECT_EQ(count, group(name).size()) << name;
    total += count;
  }
  EXPECT_GE(total, 300U);
}

}  // namespace
}  // namespace eddy::golden::layer_test
