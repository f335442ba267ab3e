// SPDX-License-Identifier: MIT
#include "core/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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

class Pool {
 public:
  explicit Pool(int64_t threads) {
    for (int64_t i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
  }
  ~Pool() {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int64_t size() const { return static_cast<int64_t>(workers_.size()) + 1; }

  void run(int64_t tasks, TaskRef task) {
    const std::scoped_lock one_at_a_time(run_mutex_);
    {
      const std::scoped_lock lock(mutex_);
      task_ = task;
      tasks_ = tasks;
      next_.store(0);
      busy_ = static_cast<int64_t>(workers_.size());
      error_ = nullptr;
      ++generation_;
    }
    wake_.notify_all();
    work(0);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void work(int64_t worker) {
    inside_pool = true;
    for (int64_t i = next_.fetch_add(1); i < tasks_; i = next_.fetch_add(1)) {
      try {
        task_(i, worker);
      } catch (...) {
        const std::scoped_lock lock(mutex_);
        if (!error_) error_ = std::current_exception();
        next_.store(tasks_);
      }
    }
    inside_pool = false;
  }

  void serve(int64_t worker) {
    uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      lock.unlock();
      work(worker);
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::vector<std::thread> workers_;
  std::mutex mutex_, run_mutex_;
  std::condition_variable wake_, done_;
  TaskRef task_{};
  int64_t tasks_ = 0, busy_ = 0;
  std::atomic<int64_t> next_{0};
  uint64_t generation_ = 0;
  bool stop_ = false;
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
  if (!inside_pool && tasks > 1) {
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
