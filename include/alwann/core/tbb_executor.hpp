// SPDX-License-Identifier: MIT
/// @file
/// Tasks on the threads of oneTBB (CMake component `tbb`).
#pragma once

#include <alwann/core/executor.hpp>

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cstddef>

namespace alwann::inline ALWANN_ABI {

/// Executor over a task arena; threads = 0 takes what the machine has.
class tbb_executor {
public:
    /// At most so many threads; 0: all that oneTBB would take.
    explicit tbb_executor(std::size_t threads = 0)
        : threads_(threads != 0 ? threads
                                : static_cast<std::size_t>(oneapi::tbb::info::default_concurrency())) {}

    /// Calls task(i) for each i in [0, count).
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        // More than there are processors would not run either; oneTBB warns of it on stderr.
        const auto most = static_cast<std::size_t>(oneapi::tbb::info::default_concurrency());
        oneapi::tbb::task_arena arena(static_cast<int>(std::min(threads_, most)));
        arena.execute([&] {
            // Grain 1: a task is a design or a batch of images, seconds rather than microseconds.
            oneapi::tbb::parallel_for(
                oneapi::tbb::blocked_range<std::size_t>(0, count, 1),
                [&](const oneapi::tbb::blocked_range<std::size_t>& range) {
                    for (std::size_t i = range.begin(); i != range.end(); ++i) {
                        task(i);
                    }
                },
                oneapi::tbb::simple_partitioner{});
        });
    }
    /// How many tasks may run at the same time, as asked for: what depends on it is the same on machines with
    /// fewer processors, which run fewer.
    [[nodiscard]] std::size_t concurrency() const noexcept { return threads_; }

private:
    std::size_t threads_;
};

static_assert(executor<tbb_executor>);

} // namespace alwann::inline ALWANN_ABI
