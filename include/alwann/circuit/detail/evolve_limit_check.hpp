// SPDX-License-Identifier: MIT
/// @file
/// Whether a candidate circuit is within its limits: simulation that ends where one is broken.
#pragma once

#include <alwann/circuit/detail/evolve_task.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Simulates candidates block by block and compares their products with the exact ones.
class limit_check {
public:
    using output_rows = std::array<std::uint32_t, product_bits>;

    limit_check(const evolution_task& task, const evolve_kernel& kernel) : task_(task), kernel_(kernel) {}

    /// Simulates `steps` in the rows of one block after the other, until a limit is broken, unless `all`
    /// blocks are to be simulated. Sums never sink, so no allowed candidate is lost.
    template <class RowsOf>
    [[nodiscard]] bool holds(const std::vector<gate_step>& steps, const output_rows& outputs,
                             RowsOf&& rows_of, bool all) {
        std::uint64_t sum = 0;
        std::array<std::uint64_t, 2> weighted{};
        bool allowed = true;
        for (std::size_t block = 0; block < evolve_blocks; ++block) {
            std::uint64_t* rows = rows_of(block);
            kernel_.simulate(steps.data(), steps.size(), rows);
            if (block == 0 && !task_.zero_patterns.empty() && !keeps_zeros(rows, outputs)) {
                allowed = false;
            }
            const bool beyond = kernel_.distances({rows, outputs.data(),
                                                   task_.exact.data() + block * product_bits * evolve_words,
                                                   distance_.data(), task_.worst_limit});
            sum += kernel_.sum(distance_.data());
            allowed = allowed && !beyond && sum <= task_.sum_limit;
            for (std::size_t i = 0; allowed && i < task_.weighted.size(); ++i) {
                const weighted_limit& limit = task_.weighted[i];
                spoilt_ = distance_; // weighted_sum() overwrites its argument
                weighted[i] +=
                    kernel_.weighted_sum(spoilt_.data(), limit.weights.data() + block * 64 * evolve_words);
                allowed = weighted[i] <= limit.limit;
            }
            if (!allowed && !all) {
                return false;
            }
        }
        used_ = share_of(sum, task_.sum_allowance);
        for (std::size_t i = 0; i < task_.weighted.size(); ++i) {
            used_ = std::max(used_, share_of(weighted[i], task_.weighted[i].limit));
        }
        return allowed;
    }

    /// The share of the allowed errors that the last candidate used which was simulated to the end.
    [[nodiscard]] double used() const noexcept { return used_; }

private:
    [[nodiscard]] static double share_of(std::uint64_t part, std::uint64_t whole) noexcept {
        return static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(1, whole));
    }

    [[nodiscard]] bool keeps_zeros(const std::uint64_t* rows, const output_rows& outputs) const {
        std::uint64_t wrong = 0;
        for (const std::uint32_t row : outputs) {
            for (std::size_t k = 0; k < evolve_words; ++k) {
                wrong |= rows[row * evolve_words + k] & task_.zero_patterns[k];
            }
        }
        return wrong == 0;
    }

    const evolution_task& task_;
    const evolve_kernel& kernel_;
    alignas(storage_alignment) std::array<std::uint64_t, product_bits * evolve_words> distance_{};
    alignas(storage_alignment) std::array<std::uint64_t, product_bits * evolve_words> spoilt_{};
    double used_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
