// SPDX-License-Identifier: MIT
/// @file
/// What a step of table coordinate descent reads: products, the samples of one product, codes to choose from.
#pragma once

#include <alwann/compensation/detail/descent_kernels.hpp>
#include <alwann/compensation/detail/descent_regressor.hpp>
#include <alwann/core/aligned.hpp>
#include <alwann/multiplier/table.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The products of a multiplier as numbers that vector instructions read, [weight][activation].
class product_rows {
public:
    explicit product_rows(const table& multiplier) : rows_(operand_pairs) {
        for (std::size_t w = 0; w < operand_codes; ++w) {
            for (std::size_t x = 0; x < operand_codes; ++x) {
                rows_[operand_codes * w + x] = static_cast<float>(
                    multiplier.product(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(w)));
            }
        }
    }

    [[nodiscard]] const float* operator[](std::size_t w) const noexcept {
        return rows_.data() + operand_codes * w;
    }
    /// The product of activation x and weight w.
    [[nodiscard]] std::int32_t operator()(std::size_t x, std::size_t w) const noexcept {
        return static_cast<std::int32_t>(rows_[operand_codes * w + x]);
    }

private:
    aligned_vector<float> rows_;
};

/// The samples of one product k: those whose activation is not the most frequent code, and how many have
/// each code.
class code_column {
public:
    /// Codes of all samples.
    template <class Isa>
    void set(const std::uint8_t* codes, std::size_t samples, const descent_regressor& regressor) {
        // Several counts in turn: equal codes follow each other often.
        std::array<std::array<std::uint32_t, operand_codes>, 4> counts{};
        std::size_t counted = 0;
        for (; counted + 4 <= samples; counted += 4) {
            for (std::size_t i = 0; i < 4; ++i) {
                ++counts[i][codes[counted + i]];
            }
        }
        for (; counted < samples; ++counted) {
            ++counts[0][codes[counted]];
        }
        for (std::size_t v = 0; v < operand_codes; ++v) {
            counts_[v] = counts[0][v] + counts[1][v] + counts[2][v] + counts[3][v];
        }
        most_frequent_ =
            static_cast<std::size_t>(std::max_element(counts_.begin(), counts_.end()) - counts_.begin());
        entries_.resize(samples + descent_list_surplus);
        count_ = Isa::list(codes, samples, static_cast<std::uint8_t>(most_frequent_), entries_.data());
        inputs_.fill(0);
        if (!regressor.values.empty()) {
            std::int64_t rest = regressor.total;
            for (std::size_t i = 0; i < count_; ++i) {
                const std::int32_t value = regressor.values[entries_[i] >> 8];
                inputs_[entries_[i] & 0xFFu] += value;
                rest -= value;
            }
            inputs_[most_frequent_] = rest;
        }
        first_ = 0;
        while (counts_[first_] == 0) {
            ++first_;
        }
        last_ = operand_codes;
        while (counts_[last_ - 1] == 0) {
            --last_;
        }
    }

    [[nodiscard]] code_list part(std::size_t first, std::size_t most) const noexcept {
        return {entries_.data() + first, std::min(most, count_ - first)};
    }
    [[nodiscard]] std::size_t listed() const noexcept { return count_; }
    [[nodiscard]] std::size_t most_frequent() const noexcept { return most_frequent_; }
    [[nodiscard]] std::int64_t count(std::size_t code) const noexcept { return counts_[code]; }
    /// The sum of the regressor over samples with a code.
    [[nodiscard]] std::int64_t inputs(std::size_t code) const noexcept { return inputs_[code]; }
    [[nodiscard]] std::size_t first() const noexcept { return first_; } ///< code that occurs
    [[nodiscard]] std::size_t last() const noexcept { return last_; }   ///< one past the last such

private:
    std::array<std::uint32_t, operand_codes> counts_{};
    std::array<std::int64_t, operand_codes> inputs_{};
    std::vector<std::uint32_t> entries_;
    std::size_t count_ = 0, most_frequent_ = 0, first_ = 0, last_ = operand_codes;
};

/// Which codes may replace a weight.
struct descent_window {
    std::uint8_t original = 0;
    std::size_t reach = 0;

    [[nodiscard]] std::size_t first() const noexcept {
        return original - std::min<std::size_t>(original, reach);
    }
    [[nodiscard]] std::size_t last() const noexcept {
        return original + std::min<std::size_t>(operand_codes - 1 - original, reach);
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
