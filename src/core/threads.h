// SPDX-License-Identifier: MIT
// The one pool of threads. Work is cut into tasks whose number never depends on the number of
// threads, so that results cannot either.
#pragma once

#include <cstdint>

namespace eddy {

// A borrowed callable: no allocation, unlike std::function.
struct TaskRef {
  const void* context;
  void (*call)(const void* context, int64_t task, int64_t worker);
  void operator()(int64_t task, int64_t worker) const { call(context, task, worker); }
};
void run_tasks(int64_t tasks, TaskRef task);

// Runs task(0, worker) ... task(tasks - 1, worker), each once, on the pool and the calling thread,
// and returns when all have ended. They are begun in this order and end in any. `worker` is below
// max_workers() and unique among the tasks that run at the same time: an index for scratch memory.
// The first exception is rethrown. Nested calls run on the calling thread. Tasks take denormal
// numbers as zeros, on every thread alike (core/denormals.h).
template <class Task>
void parallel_for(int64_t tasks, const Task& task) {
  run_tasks(tasks, {&task, [](const void* context, int64_t number, int64_t worker) {
                      (*static_cast<const Task*>(context))(number, worker);
                    }});
}

int64_t max_workers();

}  // namespace eddy
