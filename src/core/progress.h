// SPDX-License-Identifier: MIT
// How far one task of a parallel_for has come, for others of the same call that need a part of what
// it makes. Tasks are begun in their order, so the one that is waited for must come first: then
// some thread is at work on it, and nobody waits for ever.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>

namespace eddy {

class Progress {
 public:
  // Before the parallel_for.
  void start() { done_.store(0, std::memory_order_relaxed); }

  // The task: body() calls reach() as it goes on. When it ends, though by an exception, nobody
  // waits any longer; the exception goes on to parallel_for, and what the others make is thrown
  // away.
  template <class Body>
  void run(const Body& body) {
    const End end{*this};
    body();
  }
  void reach(int64_t step) { done_.store(step, std::memory_order_release); }

  // The others: returns when all up to `step` is there.
  void wait_for(int64_t step) const {
    for (int round = 0; done_.load(std::memory_order_acquire) < step; ++round) {
      // A core that both share would not come to it otherwise.
      if (round >= 1000) std::this_thread::yield();
    }
  }

 private:
  struct End {
    Progress& progress;
    ~End() { progress.reach(std::numeric_limits<int64_t>::max()); }
  };

  std::atomic<int64_t> done_{0};
};

}  // namespace eddy
