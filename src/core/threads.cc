// SPDX-License-Identifier: MIT
#include "core/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/denormals.h"
#include "eddy/error.h"
#include "eddy/threads.h"

namespace eddy {
namespace {

thread_local bool inside_pool = false;

// Cores this process may use: a container or taskset often allows fewer than the machine has.
int64_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return std::max(1U, std::thread::hardware_concurrency());
}

// Tells the core that this is a loop of waiting.
void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// Waits for `value` to change from `old`. First awake, because the next piece of a training step
// comes within microseconds. Then awake still, for a sleeping thread takes tens of them to wake,
// but whoever else wants the core goes first. After a millisecond asleep.
void wait_for_change(const std::atomic<int>& value, int old) {
  constexpr int kAwake = 4000;  // rounds, 0.05 to 0.2 ms
  for (int i = 0; i < kAwake; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause_core();
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  while (std::chrono::steady_clock::now() < end) {
    if (value.load(std::memory_order_acquire) != old) return;
    std::this_thread::yield();
  }
  value.wait(old, std::memory_order_acquire);
}

class Pool {
 public:
  explicit Pool(int64_t threads) {
    for (int64_t i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
  }
  ~Pool() {
    stop_.store(true);
    generation_.fetch_add(1);
    generation_.notify_all();
    for (auto& worker : workers_) worker.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int64_t size() const { return static_cast<int64_t>(workers_.size()) + 1; }

  // Waits for its tasks, not for the workers: one that wakes late finds nothing left.
  void run(int64_t tasks, TaskRef task) {
    const std::scoped_lock one_at_a_time(run_mutex_);
    task_ = task;
    tasks_ = static_cast<uint32_t>(tasks);
    done_.store(0, std::memory_order_relaxed);
    failed_.store(false, std::memory_order_relaxed);
    const int generation = generation_.load(std::memory_order_relaxed) + 1;
    tickets_.store((static_cast<uint64_t>(static_cast<uint32_t>(generation)) << 32) | tasks_,
                   std::memory_order_release);
    generation_.store(generation, std::memory_order_release);
    generation_.notify_all();
    work(0);
    for (int done = done_.load(std::memory_order_acquire); done != static_cast<int>(tasks);
         done = done_.load(std::memory_order_acquire)) {
      wait_for_change(done_, done);
    }
    if (failed_.load()) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  void work(int64_t worker) {
    inside_pool = true;
    while (const uint32_t left = claim()) {
      // Whoever holds a ticket keeps run() from returning, so these do not change.
      const uint32_t tasks = tasks_;
      try {
        // The first one in any case: others may wait for it (core/progress.h).
        if (left == tasks || !failed_.load(std::memory_order_relaxed)) task_(tasks - left, worker);
      } catch (...) {
        const std::scoped_lock lock(error_mutex_);
        if (!failed_.exchange(true)) error_ = std::current_exception();
      }
      const int done = done_.fetch_add(1, std::memory_order_acq_rel) + 1;
      if (done == static_cast<int>(tasks)) done_.notify_one();
    }
    inside_pool = false;
  }

  // How many tickets were left, with the one taken now; 0: none.
  uint32_t claim() {
    uint64_t tickets = tickets_.load(std::memory_order_acquire);
    while (static_cast<uint32_t>(tickets) != 0) {
      if (tickets_.compare_exchange_weak(tickets, tickets - 1, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
        return static_cast<uint32_t>(tickets);
      }
    }
    return 0;
  }

  void serve(int64_t worker) {
    const FlushDenormals flush;
    for (int seen = 0;;) {
      wait_for_change(generation_, seen);
      if (stop_.load()) return;
      seen = generation_.load(std::memory_order_acquire);
      work(worker);
    }
  }

  std::vector<std::thread> workers_;
  std::mutex run_mutex_, error_mutex_;
  TaskRef task_{};
  uint32_t tasks_ = 0;
  std::atomic<uint64_t> tickets_{0};          // generation, and how many tasks nobody has taken
  std::atomic<int> generation_{0}, done_{0};  // of int: those that the kernel can wait for
  std::atomic<bool> stop_{false}, failed_{false};
  std::exception_ptr error_;
};

std::mutex pool_mutex;
std::unique_ptr<Pool> pool;     // created on first use
int64_t requested_threads = 0;  // 0: usable_cores()

Pool& the_pool() {
  const std::scoped_lock lock(pool_mutex);
  const int64_t wanted = requested_threads > 0 ? requested_threads : usable_cores();
  if (!pool || pool->size() != wanted) {
    pool.reset();
    pool = std::make_unique<Pool>(wanted);
  }
  return *pool;
}

}  // namespace

void run_tasks(int64_t tasks, TaskRef task) {
  if (tasks <= 0) return;
  const FlushDenormals flush;
  if (!inside_pool && tasks > 1 && tasks < (int64_t{1} << 31)) {
    Pool& threads = the_pool();
    if (threads.size() > 1) return threads.run(tasks, task);
  }
  for (int64_t i = 0; i < tasks; ++i) task(i, 0);
}

int64_t max_workers() { return the_pool().size(); }

int64_t num_threads() { return the_pool().size(); }

void set_num_threads(int64_t threads) {
  if (threads < 0 || threads > 1024) {
    throw Error(ErrorCode::invalid_argument, "threads",
                "number of threads: expected 0 to 1024, got " + std::to_string(threads) + ".",
                "use 0 for all cores of this machine.");
  }
  const std::scoped_lock lock(pool_mutex);
  requested_threads = threads;
}

}  // namespace eddy
