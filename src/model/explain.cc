// SPDX-License-Identifier: MIT
// explain() for ids and for reals.
#include "eddy/explain.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "model/explainer.h"

namespace eddy {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Ids of a row without its padding, and on which side that stands.
struct Row {
  std::vector<int32_t> ids;
  int64_t first = 0, length = 0;
  bool pads_behind = false;

  explicit Row(const IntTensor& x) : length(x.dim(1)) {
    const auto& all = x.values();
    const auto real = [](int32_t id) { return id != 0; };
    const auto begin = std::find_if(all.begin(), all.end(), real);
    const auto end = std::find_if(all.rbegin(), all.rend(), real).base();
    pads_behind = end != all.end() && begin != all.end();
    const auto from = pads_behind ? all.begin() : begin;
    if (begin != all.end()) ids.assign(from, end);
    first = pads_behind ? 0 : from - all.begin();
  }
  int64_t count() const { return static_cast<int64_t>(ids.size()); }
  // Ids [0, end) without `out`, filled up as the row was.
  void write(int64_t end, int64_t out, int32_t* to) const {
    const int64_t kept = end - (out < end ? 1 : 0);
    std::fill_n(to, length, 0);
    to += pads_behind ? 0 : length - kept;
    for (int64_t i = 0; i < end; ++i) {
      if (i != out) *to++ = ids[static_cast<size_t>(i)];
    }
  }
};

Explanation explain_ids(Explainer& explainer, const IntTensor& x, const ExplainOptions& options) {
  const Row row(x);
  const int64_t T = x.dim(1), n = row.count();
  Explanation result{.steps = T, .baseline = explainer.baseline()};
  result.shares.assign(static_cast<size_t>(T), 0.0);
  check_explained_size(n, n, T);
  const auto variants = [&](bool left_out) {
    IntTensor rows({n, T});
    for (int64_t i = 0; i < n; ++i) {
      row.write(left_out ? n : i + 1, left_out ? i : n, rows.data() + i * T);
    }
    return rows;
  };
  // What the last token is left out of begins like all the others; what ended early begins with
  // padding, or like the row.
  if (explainer.by_gradients()) {
    auto shares = explainer.shares(x);
    result.shares = std::move(shares.values);
    result.answer = shares.answer;
    result.baseline_answer = shares.baseline_answer;
    result.completeness_error = shares.completeness_error;
  } else {
    result.baseline_answer = result.completeness_error = kNaN;
    result.answer = explainer.answers(x, x)[0];
    IntTensor like({1, T});
    if (n > 0) row.write(n, n - 1, like.data());
    const auto without = explainer.answers(variants(true), like);
    for (int64_t i = 0; i < n; ++i) {
      result.shares[static_cast<size_t>(row.first + i)] =
          result.answer - without[static_cast<size_t>(i)];
    }
  }
  if (options.after) {
    const bool along = row.pads_behind || explainer.pads_are_masked();
    const auto after = explainer.answers(variants(false), along ? x : IntTensor({1, T}));
    result.after.assign(static_cast<size_t>(T), kNaN);
    std::copy(after.begin(), after.end(), result.after.begin() + row.first);
  }
  return result;
}

Explanation explain_reals(Explainer& explainer, const Tensor& x, const ExplainOptions& options) {
  const int64_t T = x.dim(1), X = x.dim(2);
  Explanation result{.steps = T, .features = X, .baseline = explainer.baseline()};
  check_explained_size(T, explainer.by_gradients() ? 1 : T * X, T * X);
  if (explainer.by_gradients()) {
    auto shares = explainer.shares(x);
    result.shares = std::move(shares.values);
    result.answer = shares.answer;
    result.baseline_answer = shares.baseline_answer;
    result.completeness_error = shares.completeness_error;
  } else {
    result.baseline_answer = result.completeness_error = kNaN;
    result.answer = explainer.answers(x, x)[0];
    const std::vector<float> nothing = explainer.baseline_step(X);
    Tensor rows({T * X, T, X});
    for (int64_t i = 0; i < T * X; ++i) {
      std::copy_n(x.data(), T * X, rows.data() + i * T * X);
      rows[i * T * X + i] = nothing[static_cast<size_t>(i % X)];
    }
    for (const double without : explainer.answers(rows, x)) {
      result.shares.push_back(result.answer - without);
    }
  }
  if (options.after) result.after = explainer.answers_after(x);
  return result;
}

}  // namespace

Explanation explain(const Model& model, const Input& x, const ExplainOptions& options) {
  Explainer explainer(model, options);
  explainer.check(x);
  if (const auto* ids = std::get_if<IntTensor>(&x)) return explain_ids(explainer, *ids, options);
  return explain_reals(explainer, std::get<Tensor>(x), options);
}

}  // namespace eddy
