// SPDX-License-Identifier: MIT
// The one pool of threads. Work is cut into tasks whose number never depends on the number of
// threads, so that results cannot either.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace eddy {

// Runs task(0) ... task(tasks - 1), each once, in any order, on the pool and the calling thread, and
// returns when all have ended. `worker` (second argument) is below max_workers() and unique among the
// tasks that run at the same time: an index for scratch memory. The first exception is rethrown.
// Nested calls run on the calling thread.
void parallel_for(int64_t tasks, const std::function<void(int64_t task, int64_t worker)>& task);

int64_t max_workers();

}  // namespace eddy
