// SPDX-License-Identifier: MIT
/// @file
/// Executors: how a number of independent tasks is carried out.
#pragma once

#include <alwann/core/config.hpp>

#include <concepts>
#include <cstddef>

namespace alwann::inline ALWANN_ABI {

/// Something that calls task(i) once for each i in [0, count), in any order and possibly at the same time,
/// and returns when all are done. An exception of a task reaches the caller.
///
/// Tasks must not depend on each other's order; results are the same with every executor.
template <class E>
concept executor = requires(const E& e, std::size_t count, void (*task)(std::size_t)) {
    e.for_each(count, task);
    { e.concurrency() } -> std::convertible_to<std::size_t>;
};

/// One task after the other on the calling thread.
struct serial_executor {
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        for (std::size_t i = 0; i < count; ++i) {
            task(i);
        }
    }
    [[nodiscard]] static constexpr std::size_t concurrency() noexcept { return 1; }
};

static_assert(executor<serial_executor>);

} // namespace alwann::inline ALWANN_ABI
