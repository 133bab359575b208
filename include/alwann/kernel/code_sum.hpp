// SPDX-License-Identifier: MIT
/// @file
/// The sum of two tensors of codes, each of its own scale.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/code_sum_avx2.hpp>
#include <alwann/kernel/detail/code_sum_avx512.hpp>
#include <alwann/kernel/detail/linear_sum.hpp>
#include <alwann/kernel/requantisation.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Sum of two codes: (a - zero_a) * factor_a + (b - zero_b) * factor_b in 2^-fraction_bits steps of the
/// result's scale, each term and the sum rounded as fixed_factor does.
struct code_sum {
    std::array<std::int32_t, 2> zero{}; ///< zero points of both sides
    std::array<fixed_factor, 2> factor; ///< from steps of each side to those of the result
    code_range codes;                   ///< the codes that the result can have
    int fraction_bits = 20; ///< 1 to 20; fewer where the inputs' scales are much larger than the result's

    /// What a code of one side (0 or 1) adds, in the fixed point of the sum.
    [[nodiscard]] std::int64_t term(std::size_t side, std::uint8_t code) const noexcept {
        return factor[side](code - zero[side]);
    }
    /// The code of two terms.
    [[nodiscard]] std::uint8_t of_terms(std::int64_t a, std::int64_t b) const noexcept {
        const std::int64_t sum = a + b;
        const std::int64_t half = std::int64_t{1} << (fraction_bits - 1);
        return codes((sum + half - (sum < 0 ? 1 : 0)) >> fraction_bits);
    }
    /// The code of the sum.
    [[nodiscard]] std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const noexcept {
        return of_terms(term(0, a), term(1, b));
    }

    /// The same for operands in the other order.
    [[nodiscard]] code_sum swapped() const noexcept {
        return {{zero[1], zero[0]}, {factor[1], factor[0]}, codes, fraction_bits};
    }
    friend bool operator==(const code_sum&, const code_sum&) = default;
};

/// A code_sum laid out for vector instructions; takes about 0.1 ms to make.
///
/// Immutable once made: threads may share it.
class prepared_sum {
public:
    /// Looks the terms of all codes up beforehand.
    explicit prepared_sum(const code_sum& what) : what_(what) {
        // 256 values a side: the multiplications are done once.
        std::array<std::array<std::int64_t, 256>, 2> terms;
        for (std::size_t side = 0; side < 2; ++side) {
            for (std::size_t code = 0; code < 256; ++code) {
                terms[side][code] = what.term(side, static_cast<std::uint8_t>(code));
            }
        }
        codes_.resize(256 * 256);
        for (std::size_t a = 0; a < 256; ++a) {
            for (std::size_t b = 0; b < 256; ++b) {
                codes_[256 * a + b] = what.of_terms(terms[0][a], terms[1][b]);
            }
        }
        const auto real = [&](std::size_t side) {
            return std::ldexp(what.factor[side].mantissa, -what.factor[side].shift - what.fraction_bits);
        };
        linear_ = detail::find_linear_sum(real(0), real(1), what.codes.low, what.codes.high, codes_.data());
    }

    /// The sum that was prepared.
    [[nodiscard]] const code_sum& what() const noexcept { return what_; }
    /// The form for vector instructions. Without one sums are looked up, pair by pair.
    [[nodiscard]] const std::optional<detail::linear_sum>& linear() const noexcept { return linear_; }

    /// to[i] = a[i] + b[i] for rows of codes.
    void operator()(const detail::code_rows& at) const {
#if defined(__x86_64__)
        static const cpu_features features = detect_cpu();
        if (linear_ && features.avx512bw) {
            return detail::code_sum_avx512(*linear_, at);
        }
        if (linear_ && features.avx2) {
            return detail::code_sum_avx2(*linear_, at);
        }
#endif
        portable(at);
    }
    /// The same for `count` codes in a row; `to` may be one of the operands.
    void operator()(const std::uint8_t* a, const std::uint8_t* b, std::size_t count, std::uint8_t* to) const {
        (*this)({a, b, to, 1, count, count});
    }

    /// Without vector instructions.
    void portable(const detail::code_rows& at) const {
        for (std::size_t row = 0; row < at.rows; ++row) {
            const std::uint8_t* a = at.a + row * at.stride;
            const std::uint8_t* b = at.b + row * at.stride;
            std::uint8_t* to = at.to + row * at.stride;
            for (std::size_t i = 0, width = at.width; i < width; ++i) {
                to[i] = codes_[std::size_t{256} * a[i] + b[i]];
            }
        }
    }

private:
    code_sum what_;
    std::vector<std::uint8_t> codes_; ///< [a][b]
    std::optional<detail::linear_sum> linear_;
};

} // namespace alwann::inline ALWANN_ABI
