// SPDX-License-Identifier: MIT
// Keras' learning-rate schedules, in float32 as Keras computes them: a restart or a stair that lies
// on a rounding edge falls on the same batch.
#include "training/schedules.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "eddy/error.h"

namespace eddy {
namespace {

using Default = NumberRow::Default;
using Kind = NumberRow::Kind;

NumberRow needed(const char* name, double low) {
  return {name, 0, low, kAnyLarge, Kind::real, Default::needed};
}

const std::vector<SpecRow>& known_schedules() {
  static const NumberRow rate = needed("initial_learning_rate", 0);
  // Keras asks for more than 0.
  static const NumberRow steps = needed("decay_steps", 1e-30);
  static const NumberRow stairs = {"staircase", 0, 0, 1, Kind::boolean};
  static const NumberRow alpha = {"alpha", 0, -kAnyLarge};
  static const std::vector<SpecRow> all = {
      {"exponential_decay",
       "ExponentialDecay",
       {},
       {rate, steps, needed("decay_rate", -kAnyLarge), stairs}},
      {"inverse_time_decay",
       "InverseTimeDecay",
       {},
       {rate, steps, needed("decay_rate", -kAnyLarge), stairs}},
      {"piecewise_constant_decay", "PiecewiseConstantDecay", {}, {}, {}, {"boundaries", "values"}},
      {"polynomial_decay",
       "PolynomialDecay",
       {},
       {rate,
        steps,
        {"end_learning_rate", 0.0001},
        {"power", 1, -kAnyLarge},
        {"cycle", 0, 0, 1, Kind::boolean}}},
      {"cosine_decay",
       "CosineDecay",
       {},
       {rate,
        steps,
        alpha,
        {"warmup_target", 0, 0, kAnyLarge, Kind::real, Default::none},
        {"warmup_steps", 0}}},
      {"cosine_decay_restarts",
       "CosineDecayRestarts",
       {},
       {rate, needed("first_decay_steps", 1e-30), {"t_mul", 2}, {"m_mul", 1, -kAnyLarge}, alpha}},
  };
  return all;
}

struct Curve {
  const LearningRateSchedule& spec;
  float at(const char* key) const { return static_cast<float>(spec.values.at(key)); }

  float stairs(float step) const {
    const float p = step / at("decay_steps");
    return at("staircase") != 0 ? std::floor(p) : p;
  }
  float exponential(float step) const {
    return at("initial_learning_rate") * std::pow(at("decay_rate"), stairs(step));
  }
  float inverse_time(float step) const {
    return at("initial_learning_rate") / (1 + at("decay_rate") * stairs(step));
  }
  double piecewise(int64_t step) const {
    const auto& boundaries = spec.lists.at("boundaries");
    size_t i = 0;
    while (i < boundaries.size() && static_cast<double>(step) > boundaries[i]) ++i;
    return spec.lists.at("values")[i];
  }
  float polynomial(float step) const {
    float steps = at("decay_steps");
    const float end = at("end_learning_rate");
    if (at("cycle") != 0) {
      if (step > 0) steps *= std::ceil(step / steps);
    } else {
      step = std::min(step, steps);
    }
    return (at("initial_learning_rate") - end) * std::pow(1 - step / steps, at("power")) + end;
  }
  float cosine_from(float fraction, float factor) const {
    const float pi = std::numbers::pi_v<float>, alpha = at("alpha");
    return (1 - alpha) * (0.5F * factor * (1 + std::cos(pi * fraction))) + alpha;
  }
  float cosine(float step) const {
    const float steps = at("decay_steps"), first = at("initial_learning_rate");
    if (spec.values.count("warmup_target") == 0) {
      return first * cosine_from(std::min(step, steps) / steps, 1);
    }
    const float target = at("warmup_target"), warmup = at("warmup_steps");
    step = std::min(step, steps + warmup);
    if (step < warmup) return (target - first) * (step / warmup) + first;
    return target * cosine_from((step - warmup) / steps, 1);
  }
  float restarts(float step) const {
    const float longer = at("t_mul");
    float fraction = step / at("first_decay_steps"), restart = 0;
    if (longer == 1) {
      restart = std::floor(fraction);
      fraction -= restart;
    } else {
      restart = std::floor(std::log(1 - fraction * (1 - longer)) / std::log(longer));
      const float power = std::pow(longer, restart);
      fraction = (fraction - (1 - power) / (1 - longer)) / power;
    }
    return at("initial_learning_rate") * cosine_from(fraction, std::pow(at("m_mul"), restart));
  }
};

}  // namespace

const std::vector<SpecRow>& schedule_rows() { return known_schedules(); }

LearningRateSchedule resolve_schedule(const LearningRateSchedule& schedule) {
  const SpecRow& row = known_schedules()[find_row(known_schedules(), schedule.name, "learning_rate",
                                                  "learning-rate schedule")];
  LearningRateSchedule resolved;
  static_cast<Spec&>(resolved) = resolve_spec(row, schedule);
  if (row.name != "piecewise_constant_decay") return resolved;
  const size_t boundaries = resolved.lists["boundaries"].size();
  const size_t values = resolved.lists["values"].size();
  if (boundaries == 0 || values != boundaries + 1) {
    throw Error(ErrorCode::invalid_argument, row.name,
                fmt::format("values: expected one more than boundaries, got {} and {}.", values,
                            boundaries),
                "give a rate for every stretch between two boundaries, before the first and after "
                "the last.");
  }
  return resolved;
}

double schedule_value(const LearningRateSchedule& schedule, int64_t step) {
  const Curve curve{schedule};
  const auto at = static_cast<float>(step);
  if (schedule.name == "exponential_decay") return curve.exponential(at);
  if (schedule.name == "inverse_time_decay") return curve.inverse_time(at);
  if (schedule.name == "piecewise_constant_decay") return curve.piecewise(step);
  if (schedule.name == "polynomial_decay") return curve.polynomial(at);
  if (schedule.name == "cosine_decay") return curve.cosine(at);
  return curve.restarts(at);
}

double learning_rate_at(const LearningRateSchedule& schedule, int64_t step) {
  return schedule_value(resolve_schedule(schedule), step);
}

}  // namespace eddy
