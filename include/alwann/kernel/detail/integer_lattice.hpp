// SPDX-License-Identifier: MIT
/// @file
/// Short integer vectors that generate given ones.
#pragma once

#include <alwann/kernel/detail/integer_span.hpp>

#include <functional>
#include <numeric>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// target -= times * other, modulo 2^32.
inline void subtract(integer_vector& target, std::int32_t times, const integer_vector& other) {
    for (std::size_t i = 0; i < target.size(); ++i) {
        target[i] = static_cast<std::int32_t>(target[i] - std::int64_t{times} * other[i]);
    }
}

/// The integer combinations of vectors, as a basis of short ones.
///
/// Real numbers only choose what to subtract from what; that the basis generates a vector shows in a rest of
/// zero. Values up to 2^18 at up to 256 places keep all inner products below 2^63.
class integer_lattice {
public:
    /// What is short: the vector, or the vector less its mean, for factors in which constants are free.
    enum class length { plain, without_mean };

    /// Of linearly independent vectors; for length::without_mean, no combination may be constant.
    integer_lattice(std::vector<integer_vector> independent, length measure)
        : basis_(std::move(independent)), measure_(measure) {
        shorten();
    }

    [[nodiscard]] const std::vector<integer_vector>& basis() const noexcept { return basis_; }

    /// Adds a vector of the span: Euclid's algorithm, in which a remainder takes a basis vector's place.
    /// False if rounding errors stood in the way.
    bool add(integer_vector vector) {
        constexpr int steps = 200; // each halves the determinant at least, which has at most 6 * 20 bits
        for (int step = 0; step < steps; ++step) {
            std::vector<double> shares;
            for (int round = 0; round < 2; ++round) { // the second sees the errors of the first
                shares = coordinates(vector);
                for (std::size_t k = 0; k < basis_.size(); ++k) {
                    const double whole = std::round(shares[k]);
                    if (!(std::abs(whole) < largest)) {
                        return false;
                    }
                    subtract(vector, static_cast<std::int32_t>(whole), basis_[k]);
                    shares[k] -= whole;
                }
                if (!is_small(vector)) {
                    return false;
                }
            }
            if (std::all_of(vector.begin(), vector.end(), [](auto value) { return value == 0; })) {
                return true;
            }
            std::size_t least = basis_.size();
            for (std::size_t k = 0; k < basis_.size(); ++k) {
                if (std::abs(shares[k]) > 1e-6 &&
                    (least == basis_.size() || std::abs(shares[k]) < std::abs(shares[least]))) {
                    least = k;
                }
            }
            if (least == basis_.size()) {
                return false;
            }
            std::swap(vector, basis_[least]);
            shorten();
        }
        return false;
    }

private:
    static constexpr std::int32_t largest = 1 << 18;

    [[nodiscard]] static bool is_small(const integer_vector& vector) {
        return std::all_of(vector.begin(), vector.end(),
                           [](auto value) { return std::abs(value) < largest; });
    }

    [[nodiscard]] std::int64_t inner_product(const integer_vector& a, const integer_vector& b) const {
        const auto zero = std::int64_t{0};
        const auto product = std::inner_product(
            a.begin(), a.end(), b.begin(), zero, std::plus<>(),
            [](std::int32_t left, std::int32_t right) { return std::int64_t{left} * right; });
        if (measure_ == length::plain) {
            return product;
        }
        // The number of places times the product of the vectors less their means.
        return static_cast<std::int64_t>(a.size()) * product -
               std::accumulate(a.begin(), a.end(), zero) * std::accumulate(b.begin(), b.end(), zero);
    }

    /// Subtracts vectors from others while that makes these shorter; then takes the inner products.
    void shorten() {
        for (bool changed = true; changed;) {
            changed = false;
            for (auto& target : basis_) {
                for (const auto& other : basis_) {
                    const std::int64_t square = inner_product(other, other);
                    const std::int64_t product = inner_product(target, other);
                    if (&target != &other && 2 * std::abs(product) > square) {
                        const double times = static_cast<double>(product) / static_cast<double>(square);
                        subtract(target, static_cast<std::int32_t>(std::lround(times)), other);
                        changed = true;
                    }
                }
            }
        }
        products_.clear();
        for (const auto& a : basis_) {
            for (const auto& b : basis_) {
                products_.push_back(static_cast<double>(inner_product(a, b)));
            }
        }
    }

    /// The coordinates of a vector in the basis, from the normal equations.
    [[nodiscard]] std::vector<double> coordinates(const integer_vector& vector) const {
        const std::size_t n = basis_.size();
        std::vector<double> matrix = products_, shares;
        for (const auto& each : basis_) {
            shares.push_back(static_cast<double>(inner_product(each, vector)));
        }
        for (std::size_t k = 0; k < n; ++k) { // symmetric and positive definite: needs no pivoting
            for (std::size_t i = k + 1; i < n; ++i) {
                const double factor = matrix[i * n + k] / matrix[k * n + k];
                for (std::size_t j = k; j < n; ++j) {
                    matrix[i * n + j] -= factor * matrix[k * n + j];
                }
                shares[i] -= factor * shares[k];
            }
        }
        for (std::size_t k = n; k-- > 0;) {
            for (std::size_t j = k + 1; j < n; ++j) {
                shares[k] -= matrix[k * n + j] * shares[j];
            }
            shares[k] /= matrix[k * n + k];
        }
        return shares;
    }

    std::vector<integer_vector> basis_;
    length measure_;
    std::vector<double> products_; // of the basis vectors with each other
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
