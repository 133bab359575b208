// SPDX-License-Identifier: MIT
/// Problems that optimisers are compared on everywhere: ZDT (Zitzler, Deb, Thiele 2000), DTLZ2 (Deb et al.
/// 2005) and a knapsack. They have nothing to do with networks.
#pragma once

#include <alwann/search/problem.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

namespace bench {

namespace aw = alwann;

struct zdt {
    int which = 1; ///< 1, 2, 3, 4 or 6

    [[nodiscard]] aw::gene_space genes() const {
        aw::gene_space space;
        space.reals.assign(which == 4 || which == 6 ? 10 : 30, {0, 1});
        for (std::size_t i = 1; which == 4 && i < space.reals.size(); ++i) {
            space.reals[i] = {-5, 5};
        }
        return space;
    }
    [[nodiscard]] static std::size_t objectives() { return 2; }
    [[nodiscard]] aw::evaluation evaluate(const aw::genome& candidate) const {
        using std::numbers::pi;
        const auto& x = candidate.reals;
        const auto others = static_cast<double>(x.size() - 1);
        double sum = 0;
        for (std::size_t i = 1; i < x.size(); ++i) {
            sum += which == 4 ? x[i] * x[i] - 10 * std::cos(4 * pi * x[i]) : x[i];
        }
        const double f = which == 6 ? 1 - std::exp(-4 * x[0]) * std::pow(std::sin(6 * pi * x[0]), 6) : x[0];
        const double g = which == 4   ? 1 + 10 * others + sum
                         : which == 6 ? 1 + 9 * std::pow(sum / others, 0.25)
                                      : 1 + 9 * sum / others;
        const double ratio = f / g;
        const double h = which == 2 || which == 6 ? 1 - ratio * ratio
                         : which == 3             ? 1 - std::sqrt(ratio) - ratio * std::sin(10 * pi * f)
                                                  : 1 - std::sqrt(ratio);
        return {{f, g * h}};
    }
    [[nodiscard]] static std::vector<double> reference() { return {1.1, 1.1}; }
    [[nodiscard]] std::string name() const { return "ZDT" + std::to_string(which); }
};

struct dtlz2 {
    [[nodiscard]] static aw::gene_space genes() { return {.reals = std::vector<aw::real_gene>(12)}; }
    [[nodiscard]] static std::size_t objectives() { return 3; }
    [[nodiscard]] static aw::evaluation evaluate(const aw::genome& candidate) {
        const auto& x = candidate.reals;
        double g = 1;
        for (std::size_t i = 2; i < x.size(); ++i) {
            g += (x[i] - 0.5) * (x[i] - 0.5);
        }
        const double a = x[0] * std::numbers::pi / 2, b = x[1] * std::numbers::pi / 2;
        return {{g * std::cos(a) * std::cos(b), g * std::cos(a) * std::sin(b), g * std::sin(a)}};
    }
    [[nodiscard]] static std::vector<double> reference() { return {1.1, 1.1, 1.1}; }
    [[nodiscard]] static std::string name() { return "DTLZ2"; }
};

/// Two values to maximise within a weight limit of half of all; objectives are the shares that stay behind.
struct knapsack {
    static constexpr std::size_t items = 100;

    [[nodiscard]] static aw::gene_space genes() {
        return {.integers = std::vector<aw::integer_gene>(items, {0, 1})};
    }
    [[nodiscard]] static std::size_t objectives() { return 2; }
    [[nodiscard]] static aw::evaluation evaluate(const aw::genome& candidate) {
        double weight = 0, all_weight = 0, left[2] = {0, 0}, all[2] = {0, 0};
        for (std::size_t i = 0; i < items; ++i) {
            const auto number = [i](std::size_t a, std::size_t b) {
                return static_cast<double>(10 + (i * i * a + i * b) % 91);
            };
            const bool taken = candidate.integers[i] != 0;
            const double w = number(7, 13), values[2] = {number(5, 29), number(11, 3)};
            weight += taken ? w : 0;
            all_weight += w;
            for (std::size_t o = 0; o < 2; ++o) {
                left[o] += taken ? 0 : values[o];
                all[o] += values[o];
            }
        }
        const double excess = weight / all_weight - 0.5;
        return {{left[0] / all[0], left[1] / all[1]}, excess > 0 ? excess : 0};
    }
    [[nodiscard]] static std::vector<double> reference() { return {1, 1}; }
    [[nodiscard]] static std::string name() { return "knapsack"; }
};

} // namespace bench
