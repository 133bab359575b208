// SPDX-License-Identifier: MIT
#include <alwann/core/error.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/core/tbb_executor.hpp>

#include <atomic>
#include <cstdint>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

struct without_concurrency {
    template <class Task>
    void for_each(std::size_t, Task&&) const {}
};
struct not_const {
    template <class Task>
    void for_each(std::size_t, Task&&) {}
    std::size_t concurrency() const { return 1; }
};
static_assert(aw::executor<aw::serial_executor>);
static_assert(aw::executor<aw::tbb_executor>);
static_assert(!aw::executor<without_concurrency>);
static_assert(!aw::executor<not_const>);
static_assert(!aw::executor<int>);

template <aw::executor E>
void runs_each_task_once(const E& executor) {
    for (const std::size_t count : {0u, 1u, 2u, 7u, 1000u}) {
        std::vector<std::atomic<int>> calls(count);
        std::atomic<std::uint64_t> sum{0};
        executor.for_each(count, [&](std::size_t i) {
            ++calls.at(i);
            sum += i;
        });
        std::uint64_t expected = 0;
        for (std::size_t i = 0; i < count; ++i) {
            REQUIRE(calls[i] == 1);
            expected += i;
        }
        CHECK(sum == expected);
    }
}

template <aw::executor E>
void passes_exceptions_on(const E& executor) {
    try {
        executor.for_each(100, [](std::size_t i) {
            if (i == 42) {
                throw aw::value_error("task 42");
            }
        });
        FAIL("no exception arrived");
    } catch (const aw::value_error& problem) {
        CHECK(std::string(problem.what()) == "task 42");
    }
    // It can be used again afterwards.
    std::atomic<int> calls{0};
    executor.for_each(10, [&](std::size_t) { ++calls; });
    CHECK(calls == 10);
}

} // namespace

TEST_CASE("The serial executor runs the tasks in order on the calling thread") {
    const aw::serial_executor serial;
    CHECK(serial.concurrency() == 1);
    runs_each_task_once(serial);
    passes_exceptions_on(serial);
    std::vector<std::size_t> order;
    const auto self = std::this_thread::get_id();
    serial.for_each(5, [&](std::size_t i) {
        CHECK(std::this_thread::get_id() == self);
        order.push_back(i);
    });
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("The TBB executor runs each task once and passes exceptions on") {
    CHECK(aw::tbb_executor().concurrency() >= 1);
    for (const std::size_t threads : {0u, 1u, 2u, 5u}) {
        const aw::tbb_executor executor(threads);
        CHECK((threads == 0 || executor.concurrency() == threads));
        runs_each_task_once(executor);
        passes_exceptions_on(executor);
    }
}

TEST_CASE("TBB executors nest") {
    const aw::tbb_executor outer(2), inner(2);
    std::atomic<int> calls{0};
    outer.for_each(6, [&](std::size_t) { inner.for_each(7, [&](std::size_t) { ++calls; }); });
    CHECK(calls == 42);
}

TEST_CASE("No more TBB tasks run at a time than asked for") {
    const aw::tbb_executor executor(2);
    std::atomic<int> running{0}, most{0};
    executor.for_each(40, [&](std::size_t) {
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --running;
    });
    CHECK(most >= 1);
    CHECK(most <= 2);
}
