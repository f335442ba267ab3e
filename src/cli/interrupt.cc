// SPDX-License-Identifier: MIT
#include "interrupt.h"

#include <atomic>
#include <csignal>

namespace eddy::cli {
namespace {

std::atomic<int> caught = 0;  // lock-free: a signal handler may set it
static_assert(std::atomic<int>::is_always_lock_free);

void remember(int number) { caught = number; }

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  caught = 0;
  handle(SIGINT, remember);
  handle(SIGTERM, remember);
}

InterruptGuard::~InterruptGuard() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
}

int InterruptGuard::signal() { return caught; }

void InterruptGuard::check() {
  if (caught != 0) throw Interrupted{caught};
}

void StopOnSignal::on_train_batch_end(TrainingState& state) {
  if (InterruptGuard::signal() != 0) state.stop_now = true;
}

void StopOnSignal::on_epoch_end(TrainingState& state) {
  if (InterruptGuard::signal() != 0) state.stop_now = true;
}

}  // namespace eddy::cli
