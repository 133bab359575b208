// SPDX-License-Identifier: MIT
/// @file
/// Executors: how a number of independent tasks is carried out.
#pragma once

#include <alwann/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

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
    /// Calls task(i) for each i in [0, count).
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        for (std::size_t i = 0; i < count; ++i) {
            task(i);
        }
    }
    /// One.
    [[nodiscard]] static constexpr std::size_t concurrency() noexcept { return 1; }
};

static_assert(executor<serial_executor>);

/// Any executor behind one type, for code that is not worth compiling once per executor. Refers to the
/// executor, which must outlive it.
class executor_ref {
public:
    /// Refers to an executor, which must outlive this object.
    template <executor E>
        requires(!std::same_as<E, executor_ref>)
    executor_ref(const E& target) // NOLINT(google-explicit-constructor): stands for the executor
        : target_(&target), concurrency_(static_cast<std::size_t>(target.concurrency())) {
        run_ = [](const void* with, std::size_t count, const void* task, call_type call) {
            static_cast<const E*>(with)->for_each(count, [&](std::size_t i) { call(task, i); });
        };
    }

    /// Calls task(i) for each i in [0, count).
    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        run_(target_, count, &task, [](const void* what, std::size_t i) {
            (*static_cast<const std::remove_reference_t<Task>*>(what))(i);
        });
    }
    /// How many tasks may run at the same time.
    [[nodiscard]] std::size_t concurrency() const noexcept { return concurrency_; }

private:
    using call_type = void (*)(const void*, std::size_t);

    const void* target_;
    std::size_t concurrency_;
    void (*run_)(const void*, std::size_t, const void*, call_type) = nullptr;
};

static_assert(executor<executor_ref>);

} // namespace alwann::inline ALWANN_ABI
