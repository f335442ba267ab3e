// SPDX-License-Identifier: MIT
// Tests that run once for every instruction set of the machine.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "eddy/cpu.h"
#include "kernels/simd.h"

namespace eddy {

class EveryTarget : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { force_simd_target(GetParam()); }
  void TearDown() override { force_simd_target(""); }
};
INSTANTIATE_TEST_SUITE_P(Simd, EveryTarget, testing::ValuesIn(simd_targets()),
                         [](const auto& param) { return param.param; });

}  // namespace eddy
