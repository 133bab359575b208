// SPDX-License-Identifier: MIT
// Problems and an executor that the tests of the search share.
#pragma once

#include <alwann/search/problem.hpp>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace search_test {

namespace aw = alwann;

// Threads that take tasks as they come, so the order differs from run to run.
struct thread_executor {
    std::size_t threads = 4;

    template <class Task>
    void for_each(std::size_t count, Task&& task) const {
        std::atomic<std::size_t> next{0};
        std::exception_ptr problem;
        std::mutex guard;
        std::vector<std::thread> pool;
        for (std::size_t t = 0; t < threads; ++t) {
            pool.emplace_back([&] {
                try {
                    for (std::size_t i = next++; i < count; i = next++) {
                        task(i);
                    }
                } catch (...) {
                    const std::lock_guard lock(guard);
                    problem = std::current_exception();
                }
            });
        }
        for (auto& thread : pool) {
            thread.join();
        }
        if (problem) {
            std::rethrow_exception(problem);
        }
    }
    std::size_t concurrency() const { return threads; }
};
static_assert(aw::executor<thread_executor>);

// Assign one of `kinds` parts to each of `layers` layers: a cheaper part saves energy and costs accuracy, by
// amounts that differ from layer to layer. Small integers, so that every platform agrees on every bit.
struct assignment {
    std::size_t layers = 6;
    std::int64_t kinds = 8;

    aw::gene_space genes() const {
        return {.integers = std::vector<aw::integer_gene>(layers, {0, kinds - 1})};
    }
    std::size_t objectives() const { return 2; }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        std::int64_t energy = 0;
        std::int64_t loss = 0;
        for (std::size_t i = 0; i < layers; ++i) {
            const std::int64_t part = candidate.integers[i];
            const auto layer = static_cast<std::int64_t>(i);
            energy += (layer + 2) * (kinds - part) * (kinds - part);
            loss += (1 + (layer * 5) % 7) * part * part * part + (part * 3 + layer) % 4;
        }
        return {{static_cast<double>(energy), static_cast<double>(loss)}};
    }
};
static_assert(aw::problem<assignment>);

// Two values to maximise within a weight limit; too heavy is infeasible by the excess.
struct knapsack {
    std::size_t items = 10;
    double limit = 60;

    aw::gene_space genes() const { return {.integers = std::vector<aw::integer_gene>(items, {0, 1})}; }
    std::size_t objectives() const { return 2; }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        double weight = 0, first = 0, second = 0;
        for (std::size_t i = 0; i < items; ++i) {
            if (candidate.integers[i] != 0) {
                weight += static_cast<double>(5 + (i * 7) % 11);
                first += static_cast<double>(1 + (i * 5) % 13);
                second += static_cast<double>(1 + (i * 8 + 3) % 13);
            }
        }
        return {{-first, -second}, weight > limit ? weight - limit : 0};
    }
};

// ZDT1 (Zitzler, Deb, Thiele 2000): the true front is f2 = 1 - sqrt(f1), where all genes but the first are 0.
struct zdt1 {
    std::size_t genes_count = 6;

    aw::gene_space genes() const { return {.reals = std::vector<aw::real_gene>(genes_count, {0, 1})}; }
    std::size_t objectives() const { return 2; }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        double sum = 0;
        for (std::size_t i = 1; i < genes_count; ++i) {
            sum += candidate.reals[i];
        }
        const double g = 1 + 9 * sum / static_cast<double>(genes_count - 1);
        return {{candidate.reals[0], g * (1 - std::sqrt(candidate.reals[0] / g))}};
    }
};

// One coin.
struct coin {
    aw::gene_space genes() const { return {.integers = {{0, 1}}}; }
    std::size_t objectives() const { return 2; }
    aw::evaluation evaluate(const aw::genome& candidate) const {
        const auto side = static_cast<double>(candidate.integers[0]);
        return {{side, 1 - side}};
    }
};

// Whose second half has no number for an answer.
struct broken : coin {
    aw::evaluation evaluate(const aw::genome& candidate) const {
        return {{candidate.integers[0] == 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN(), 1.0}};
    }
};

// That nothing can satisfy.
struct hopeless : coin {
    aw::evaluation evaluate(const aw::genome& candidate) const {
        return {{0.0, 0.0}, 2.5 + static_cast<double>(candidate.integers[0])};
    }
};

} // namespace search_test
