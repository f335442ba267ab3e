// SPDX-License-Identifier: MIT
// Memory that layers keep between calls: grows, never shrinks, so a warmed-up step allocates
// nothing.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace eddy {

inline constexpr size_t kAlignment = 64;  // one cache line, one AVX-512 register

// `bytes`, a multiple of kAlignment, for std::free; null: there is not so much. What a training
// step goes through from end to end is asked for in huge pages.
void* allocate_aligned(size_t bytes);

// Uninitialised elements of a trivial type, aligned to kAlignment. Move-only.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(size_t size) { resize(size); }
  Buffer(Buffer&& other) noexcept
      : memory_(std::move(other.memory_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  // Old contents are lost when the capacity grows. Throws std::bad_alloc.
  void resize(size_t size) {
    if (size > capacity_) {
      if (size > (SIZE_MAX - kAlignment) / sizeof(T)) throw std::bad_alloc();
      const size_t bytes = (size * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
      memory_.reset();  // give back first: both together could exceed the memory there is
      capacity_ = size_ = 0;
      memory_.reset(static_cast<T*>(allocate_aligned(bytes)));
      if (memory_ == nullptr) throw std::bad_alloc();
      capacity_ = size;
    }
    size_ = size;
  }
  void resize_zeroed(size_t size) {
    resize(size);
    fill_zero();
  }
  void fill_zero() {
    if (size_ > 0) std::memset(static_cast<void*>(memory_.get()), 0, size_ * sizeof(T));
  }

  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return memory_.get()[i]; }
  const T& operator[](size_t i) const { return memory_.get()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T[], Free> memory_;
  size_t size_ = 0, capacity_ = 0;
};

}  // namespace eddy
