// SPDX-License-Identifier: MIT
// Products and elementwise passes against plain loops in double, for every instruction set, at
// sizes around those of tiles and registers and at misaligned starts.
#include "kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "core/random.h"
#include "eddy/cpu.h"
#include "every_target.h"
#include "kernels/simd.h"

namespace eddy {
namespace {

std::vector<float> random_floats(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& v : values) v = static_cast<float>(random.uniform(-1, 1));
  return values;
}

// 4e-7 a term: one rounding of a sum that stays below 10.
TEST_P(EveryTarget, ProductEqualsPlainLoops) {
  const auto& kernel = kernels<float>();
  for (const int64_t rows : {1, 2, 5, 13, 27}) {
    for (const int64_t K : {1, 3, 32, 65, 1100}) {                 // the last in pieces
      for (const int64_t columns : {1, 7, 16, 33, 64, 97, 500}) {  // some beyond a second cache
        const auto a = random_floats(rows * (K + 3), 1), b = random_floats(K * columns, 2);
        const auto bias = random_floats(columns, 3);
        PackedMatrix<float> packed;
        pack<float>({b.data(), columns, 1}, K, columns, kernel.lanes,
                    suitable_panel(columns, kernel.lanes), packed);
        for (const int form : {0, 1, 2}) {  // plain, bias, accumulate
          auto c = random_floats(rows * (columns + 2), 4);
          const auto before = c;
          kernel.product({.rows = rows,
                          .a = a.data(),
                          .a_stride = K + 3,
                          .b = &packed,
                          .bias = form == 1 ? bias.data() : nullptr,
                          .accumulate = form == 2,
                          .c = c.data(),
                          .c_stride = columns + 2});
          for (int64_t i = 0; i < rows; ++i) {
            for (int64_t j = 0; j < columns + 2; ++j) {
              const auto at = static_cast<size_t>(i * (columns + 2) + j);
              double want = before[at];
              if (j < columns) {
                if (form == 0) want = 0;
                if (form == 1) want = bias[static_cast<size_t>(j)];
                for (int64_t k = 0; k < K; ++k) {
                  want += static_cast<double>(a[static_cast<size_t>(i * (K + 3) + k)]) *
                          b[static_cast<size_t>(k * columns + j)];
                }
              }
              ASSERT_NEAR(c[at], want, 4e-7 * static_cast<double>(K + 1))
                  << rows << "x" << K << "x" << columns << " form " << form << " at " << i << ","
                  << j;
            }
          }
        }
      }
    }
  }
}

// Rows of c in any order: each as if it stood in its place, those that are not named as before.
TEST_P(EveryTarget, ProductGoesToTheRowsThatItIsTold) {
  const auto& kernel = kernels<float>();
  const int64_t K = 13, places = 40;
  for (const int64_t columns : {5, 64, 77}) {
    const auto b = random_floats(K * columns, 2);
    PackedMatrix<float> packed;
    pack<float>({b.data(), columns, 1}, K, columns, kernel.lanes,
                suitable_panel(columns, kernel.lanes), packed);
    for (const int64_t rows : {1, 7, 16, 27}) {
      const auto a = random_floats(rows * K, 1), before = random_floats(places * columns, 3);
      std::vector<int32_t> to;
      for (int64_t i = 0; i < rows; ++i) to.push_back(static_cast<int32_t>((i * 11 + 5) % places));
      for (const bool accumulate : {false, true}) {
        auto want = before, c = before;
        ProductArgs<float> args{
            .rows = 1, .a_stride = K, .b = &packed, .accumulate = accumulate, .c_stride = columns};
        for (int64_t i = 0; i < rows; ++i) {
          args.a = a.data() + i * K;
          args.c = want.data() + to[static_cast<size_t>(i)] * columns;
          kernel.product(args);
        }
        args.rows = rows;
        args.a = a.data();
        args.c = c.data();
        args.c_rows = to.data();
        kernel.product(args);
        ASSERT_EQ(c, want) << rows << " rows, " << columns << " columns";
      }
    }
  }
}

TEST_P(EveryTarget, ProductOfTransposedPackEqualsPlainLoops) {
  const auto& kernel = kernels<float>();
  const int64_t rows = 9, K = 21, columns = 37;
  const auto a = random_floats(rows * K, 1), b = random_floats(columns * K, 2);
  PackedMatrix<float> packed;
  pack<float>({b.data(), 1, K}, K, columns, kernel.lanes, suitable_panel(columns, kernel.lanes),
              packed);
  std::vector<float> c(static_cast<size_t>(rows * columns));
  kernel.product({.rows = rows,
                  .a = a.data(),
                  .a_stride = K,
                  .b = &packed,
                  .c = c.data(),
                  .c_stride = columns});
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      double want = 0;
      for (int64_t k = 0; k < K; ++k) {
        want += static_cast<double>(a[static_cast<size_t>(i * K + k)]) *
                b[static_cast<size_t>(j * K + k)];
      }
      ASSERT_NEAR(c[static_cast<size_t>(i * columns + j)], want, 1e-5);
    }
  }
}

// Panels turned one by one are those of the transposed matrix, zeros beyond both edges included.
TEST(PackedMatrix, TurnedEqualsTransposedPack) {
  const int64_t rows = 53, columns = 37, lanes = 4;
  const auto values = random_floats(rows * columns, 1);
  PackedMatrix<float> packed, turned, want;
  pack<float>({values.data(), columns, 1}, rows, columns, lanes, 3, packed);
  pack<float>({values.data(), 1, columns}, columns, rows, lanes, 4, want);
  turned.shape(packed.vectors() * lanes, rows, lanes, 4);
  for (int64_t q = 0; q < turned.panels(); ++q) {
    for (int64_t p = 0; p < packed.panels(); ++p) turn_rows(packed, p, q, turned);
    const int64_t width = turned.vectors_of(q) * lanes;
    for (int64_t k = 0; k < turned.rows; ++k) {
      for (int64_t j = 0; j < width; ++j) {
        const float expected = k < columns ? want.row(q, k)[j] : 0;
        ASSERT_EQ(turned.row(q, k)[j], expected) << q << ": " << k << ", " << j;
      }
    }
  }
}

// c += a^T d and sums += those of d's columns, against plain loops.
void expect_outer(int64_t rows, int64_t m, int64_t n, bool with_sums) {
  const auto a = random_floats(rows * (m + 1) + 1, 1), d = random_floats(rows * n + 1, 2);
  auto c = random_floats(m * n, 3), sums = random_floats(n, 4);
  const auto before = c, sums_before = sums;
  kernels<float>().outer({.rows = rows,
                          .a_columns = m,
                          .d_columns = n,
                          .a = a.data(),
                          .a_stride = m + 1,
                          .d = d.data(),
                          .d_stride = n,
                          .c = c.data(),
                          .c_stride = n,
                          .sums = with_sums ? sums.data() : nullptr});
  const double tolerance = 4e-7 * static_cast<double>(rows + 1);  // a rounding a row
  for (int64_t j = 0; j < n; ++j) {
    double want = sums_before[static_cast<size_t>(j)];
    for (int64_t r = 0; r < rows && with_sums; ++r) want += d[static_cast<size_t>(r * n + j)];
    ASSERT_NEAR(sums[static_cast<size_t>(j)], want, tolerance);
  }
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double want = before[static_cast<size_t>(i * n + j)];
      for (int64_t r = 0; r < rows; ++r) {
        want += static_cast<double>(a[static_cast<size_t>(r * (m + 1) + i)]) *
                d[static_cast<size_t>(r * n + j)];
      }
      ASSERT_NEAR(c[static_cast<size_t>(i * n + j)], want, tolerance);
    }
  }
}

TEST_P(EveryTarget, OuterAddsEqualPlainLoops) {
  for (const int64_t rows : {0, 1, 5, 40, 390}) {  // 390: more than twice a strip's depth
    for (const int64_t m : {1, 3, 8, 19, 61}) {    // 61: strips are copied together
      for (const int64_t n : {1, 8, 31, 64, 70}) expect_outer(rows, m, n, rows != 5);
    }
  }
}

// So large that the columns of a are copied, too; 501: more than twice those of a copy.
TEST_P(EveryTarget, LargeOuterAddsEqualPlainLoops) {
  for (const int64_t m : {64, 77, 241, 501}) {
    for (const int64_t n : {192, 210, 227}) {
      expect_outer(140, m, n, true);
      expect_outer(3, m, n, false);
    }
  }
}

TEST_P(EveryTarget, ColumnSumsAddInOrder) {
  const auto& kernel = kernels<float>();
  for (const int64_t columns : {1, 15, 16, 130, 300}) {
    const int64_t rows = 7, stride = columns + 3;
    const auto x = random_floats(rows * stride, 1);
    auto sums = random_floats(columns, 2);
    auto want = sums;
    kernel.column_sums(x.data(), stride, rows, columns, sums.data());
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        want[static_cast<size_t>(j)] += x[static_cast<size_t>(i * stride + j)];
      }
    }
    for (size_t j = 0; j < want.size(); ++j) ASSERT_EQ(sums[j], want[j]) << columns << " " << j;
  }
}

double reference(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::linear:
      return x;
    case ActivationKind::relu:
      return x > 0 ? x : 0;
    case ActivationKind::leaky_relu:
      return x > 0 ? x : 0.2 * x;
    case ActivationKind::relu6:
      return std::fmin(x > 0 ? x : 0, 6);
    case ActivationKind::elu:
      return x > 0 ? x : std::expm1(x);
    case ActivationKind::selu:
      return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x));
    case ActivationKind::exponential:
      return std::exp(x);
    case ActivationKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::tanh:
      return std::tanh(x);
    case ActivationKind::softsign:
      return x / (1 + std::abs(x));
    case ActivationKind::hard_sigmoid:
      return std::fmax(0, std::fmin(1, x / 6 + 0.5));
    case ActivationKind::hard_sigmoid_v2:
      return std::fmax(0, std::fmin(1, 0.2 * x + 0.5));
    case ActivationKind::hard_tanh:
      return std::fmax(-1, std::fmin(1, x));
    case ActivationKind::softplus:
      return x > 30 ? x : std::log(1 + std::exp(x));
    case ActivationKind::log_sigmoid:
      return x < -30 ? x : -std::log(1 + std::exp(-x));
    case ActivationKind::squareplus:
      return (x + std::sqrt(x * x + 4)) / 2;
    case ActivationKind::sparse_plus:
      return x < -1 ? 0 : (x > 1 ? x : (x + 1) * (x + 1) / 4);
    case ActivationKind::sparse_sigmoid:
      return std::fmax(0, std::fmin(1, 0.5 * (x + 1)));
    case ActivationKind::soft_shrink:
      return x > 0.5 ? x - 0.5 : (x < -0.5 ? x + 0.5 : 0);
    case ActivationKind::hard_shrink:
      return x > 0.5 || x < -0.5 ? x : 0;
    case ActivationKind::gelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case ActivationKind::silu:
      return x / (1 + std::exp(-x));
    case ActivationKind::hard_silu:
      return x * std::fmax(0, std::fmin(1, x / 6 + 0.5));
    case ActivationKind::softmax:
    case ActivationKind::log_softmax:
    case ActivationKind::sparsemax:
      break;  // of no single number
    case ActivationKind::mish:
      return x * std::tanh(x > 30 ? x : std::log(1 + std::exp(x)));
    case ActivationKind::tanh_shrink:
      return x - std::tanh(x);
  }
  return x;
}

TEST_P(EveryTarget, SumsOfRowsEqualTheirSumsInOrder) {
  const auto& kernel = kernels<float>();
  for (const int64_t width : {1, 5, 16, 33, 128, 131}) {
    std::vector<float> rows(static_cast<size_t>(9 * width));
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<float>(i) * 1.7F);
    const std::vector<int32_t> members = {4, 0, 8, 8, 1, 6, 3};
    for (size_t count = 1; count <= members.size(); ++count) {
      std::vector<float> sum(static_cast<size_t>(width), -1.0F);
      kernel.sum_rows(rows.data(), width, members.data(), static_cast<int64_t>(count),
                      static_cast<int64_t>(members.size()), sum.data());
      for (int64_t j = 0; j < width; ++j) {
        float want = rows[static_cast<size_t>(members[0] * width + j)];
        for (size_t k = 1; k < count; ++k) {
          want += rows[static_cast<size_t>(members[k] * width + j)];
        }
        ASSERT_EQ(sum[static_cast<size_t>(j)], want) << width << " " << count << " " << j;
      }
    }
  }
}

// Activations of one number.
std::vector<std::string> names_of_numbers() {
  auto names = activation_names();
  std::erase_if(names,
                [](const std::string& name) { return is_over_rows(*find_activation(name)); });
  return names;
}

// 6e-7 relative: what lanes-inl.h promises, with a rounding; near 0 an absolute 1e-7 for e^x - 1.
TEST_P(EveryTarget, ActivationsEqualTheirFormulas) {
  const auto& kernel = kernels<float>();
  std::vector<float> x;
  for (int i = -3000; i <= 3000; ++i) x.push_back(static_cast<float>(i) * 0.01F);
  for (const float v : {1e-6F, -1e-6F, 1e-30F, 0.0F, -0.0F, 80.0F, -80.0F}) x.push_back(v);
  std::vector<float> y(x.size());
  for (const auto& name : names_of_numbers()) {
    const ActivationKind kind = *find_activation(name);
    kernel.activate(kind, static_cast<int64_t>(x.size()), x.data(), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const double want = reference(kind, x[i]);
      ASSERT_NEAR(y[i], want, 1.2e-6 * std::abs(want) + 1.5e-7) << name << "(" << x[i] << ")";
    }
  }
}

TEST_P(EveryTarget, EluAndSeluOfSmallNumbersKeepTheirDigits) {
  const auto& kernel = kernels<float>();
  std::vector<float> x, y(600);
  for (int i = 0; i < 600; ++i) x.push_back(-std::exp(static_cast<float>(-i) * 0.03F));
  for (const auto kind : {ActivationKind::elu, ActivationKind::selu}) {
    kernel.activate(kind, static_cast<int64_t>(x.size()), x.data(), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const double want = reference(kind, x[i]);
      ASSERT_NEAR(y[i], want, 2e-6 * std::abs(want)) << x[i];
    }
  }
}

TEST_P(EveryTarget, ActivationsKeepNaN) {
  const auto& kernel = kernels<float>();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& name : names_of_numbers()) {
    std::vector<float> y(19, 0.0F), x(19, nan);
    kernel.activate(*find_activation(name), 19, x.data(), y.data());
    for (const float v : y) EXPECT_TRUE(std::isnan(v)) << name;
  }
}

TEST_P(EveryTarget, SlopesEqualCentralDifferences) {
  const auto& kernel = kernels<float>();
  for (const auto& name : names_of_numbers()) {
    const ActivationKind kind = *find_activation(name);
    for (const float x : {-4.3F, -2.1F, -0.7F, -0.2F, 0.3F, 0.9F, 2.2F, 4.1F, 7.3F}) {
      float y = 0, dx = 0;
      const float dy = 1.7F;
      kernel.activate(kind, 1, &x, &y);
      kernel.activate_backward(kind, 1, slope_needs_argument(kind) ? &x : &y, &dy, &dx);
      const double h = 1e-5;
      const double slope = (reference(kind, x + h) - reference(kind, x - h)) / (2 * h);
      EXPECT_NEAR(dx, dy * slope, 3e-6 * (1 + std::abs(slope))) << name << "'(" << x << ")";
    }
  }
}

TEST_P(EveryTarget, AddAddsAnyCountAtAnyStart) {
  const auto& kernel = kernels<float>();
  for (const int64_t n : {0, 1, 3, 7, 8, 9, 31, 64, 257}) {
    for (const int64_t start : {0, 1, 5}) {
      const auto x = random_floats(n + start + 1, 1);
      auto y = random_floats(n + start + 1, 2);
      const auto before = y;
      kernel.add(n, x.data() + start, y.data() + start);
      for (size_t i = 0; i < y.size(); ++i) {
        const bool inside = i >= static_cast<size_t>(start) && i < static_cast<size_t>(start + n);
        EXPECT_EQ(y[i], inside ? before[i] + x[i] : before[i]);
      }
    }
  }
}

TEST(SimdTarget, CanBeForcedAndRefusesUnknownOnes) {
  for (const auto& name : simd_targets()) {
    force_simd_target(name);
    EXPECT_EQ(simd_target(), name);
  }
  force_simd_target("");
  EXPECT_THROW(force_simd_target("AVX9"), std::exception);
}

// Unless a set is forced, by EDDY_SIMD for one.
TEST(SimdTarget, FewNumbersSideBySideTakeShorterRegisters) {
  const auto sets = simd_targets();
  const char* named = std::getenv("EDDY_SIMD");  // NOLINT(concurrency-mt-unsafe)
  const bool halves = simd_target() == "AVX3" && (named == nullptr || *named == '\0') &&
                      std::find(sets.begin(), sets.end(), "AVX2") != sets.end();
  const int64_t widest = kernels<float>().lanes;
  EXPECT_EQ(kernels<float>(9).lanes, widest);
  EXPECT_EQ(kernels<float>(8).lanes, halves ? widest / 2 : widest);
  for (const auto& name : sets) {
    force_simd_target(name);
    EXPECT_EQ(kernels<float>(8).lanes, kernels<float>().lanes) << name;
  }
  force_simd_target("");
}

}  // namespace
}  // namespace eddy
