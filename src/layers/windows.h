// SPDX-License-Identifier: MIT
// Windows that walk over the time axis, of pooling and convolution.
#pragma once

#include <cstdint>
#include <string>

#include "core/buffer.h"

namespace eddy {

class Windows {
 public:
  Windows() = default;
  // `size` steps, `dilation` apart, a window every `strides` steps. padding: "valid" (inside the
  // sequence), "same" (zeros around it, one window for every `strides` steps), "causal" (zeros in
  // front). Throws Error{invalid_argument}.
  Windows(const std::string& layer, int64_t size, int64_t strides, const std::string& padding,
          int64_t dilation, bool causal_allowed);

  // Number of windows over so many steps; kNone for kNone. Throws Error{shape_mismatch} for none.
  int64_t count(const std::string& layer, int64_t steps) const;
  // Zeros in front of and behind the steps.
  int64_t before(int64_t steps) const;
  int64_t after(int64_t steps) const;
  int64_t extent() const { return extent_; }  // from a window's first step to its end
  int64_t strides() const { return strides_; }

  // Leading windows of each row that see nothing but the steps that all rows share.
  //   prefix [B]   shared steps
  const int32_t* shared(const int32_t* prefix, int64_t rows, int64_t steps, int64_t count,
                        Buffer<int32_t>& windows) const;

 private:
  enum class Padding { valid, same, causal };
  int64_t padded(int64_t steps) const;  // zeros of "same", both ends

  int64_t extent_ = 1, strides_ = 1;
  Padding padding_ = Padding::valid;
};

}  // namespace eddy
