// SPDX-License-Identifier: MIT
/// Comparing programs fairly on a machine that does other things as well.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// One of several ways to the same result.
struct competitor {
    competitor(std::string called, double work, std::function<void()> what)
        : name(std::move(called)), products(work), run(std::move(what)) {}

    std::string name;
    double products; ///< of a call
    std::function<void()> run;
    std::size_t calls = 1;       ///< at a time
    std::vector<double> seconds; ///< per product and round
};

/// Processor seconds of all threads while `calls` calls were made. Unlike the time on the clock they hardly
/// contain what other programs did meanwhile.
inline double processor_seconds(const competitor& who) {
    const std::clock_t start = std::clock();
    for (std::size_t i = 0; i < who.calls; ++i) {
        who.run();
        benchmark::ClobberMemory();
    }
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// In each round every competitor runs in turn, so that what disturbs one disturbs all. Short calls are
/// repeated for two milliseconds: the clock counts microseconds.
inline void run_rounds(std::vector<competitor*> competitors, std::size_t rounds) {
    constexpr double shortest = 2e-3;
    for (auto* each : competitors) {
        each->calls = 1;
        each->seconds.clear();
        processor_seconds(*each); // caches and pages
        const double once = std::max(processor_seconds(*each), 1e-6);
        each->calls = static_cast<std::size_t>(shortest / once) + 1;
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        for (auto* each : competitors) {
            const double products = each->products * static_cast<double>(each->calls);
            each->seconds.push_back(processor_seconds(*each) / products);
        }
    }
}

/// What `rounds` values have in common.
struct spread {
    double median, least, greatest;
};

inline spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values[values.size() / 2], values.front(), values.back()};
}

/// How many times faster `fast` was than `slow`, round by round.
inline spread times_faster(const competitor& fast, const competitor& slow) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < fast.seconds.size(); ++round) {
        ratios.push_back(slow.seconds[round] / fast.seconds[round]);
    }
    return spread_of(std::move(ratios));
}

} // namespace bench
