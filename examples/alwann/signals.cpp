// SPDX-License-Identifier: MIT
#include "signals.hpp"

#include <csignal>

namespace program {

namespace {

volatile std::sig_atomic_t stop_asked = 0;

extern "C" void on_interrupt(int) {
    stop_asked = 1;
    std::signal(SIGINT, SIG_DFL); // the next one quits
}

} // namespace

void survive_closed_pipes() {
    std::signal(SIGPIPE, SIG_IGN);
}

void watch_for_interrupts() {
    std::signal(SIGINT, on_interrupt);
}

bool interrupted() noexcept {
    return stop_asked != 0;
}

} // namespace program
