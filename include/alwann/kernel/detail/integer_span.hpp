// SPDX-License-Identifier: MIT
/// @file
/// Linear dependence of integer vectors modulo a prime, and their rank over the rationals.
#pragma once

#include <alwann/core/config.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A row or a column of a matrix, or a factor of one.
using integer_vector = std::vector<std::int32_t>;

/// Arithmetic modulo a prime below 2^31.
struct prime_field {
    std::uint32_t prime;

    [[nodiscard]] constexpr std::uint32_t residue(std::int64_t value) const noexcept {
        const std::int64_t rest = value % std::int64_t{prime};
        return static_cast<std::uint32_t>(rest < 0 ? rest + prime : rest);
    }
    [[nodiscard]] constexpr std::uint32_t product(std::uint64_t a, std::uint64_t b) const noexcept {
        return static_cast<std::uint32_t>(a * b % prime);
    }
    [[nodiscard]] constexpr std::uint32_t difference(std::uint32_t a, std::uint32_t b) const noexcept {
        return a >= b ? a - b : a + (prime - b);
    }
    /// 1 / value for a residue other than 0: value^(prime - 2).
    [[nodiscard]] constexpr std::uint32_t inverse(std::uint32_t value) const noexcept {
        std::uint32_t result = 1;
        for (std::uint32_t exponent = prime - 2; exponent != 0; exponent /= 2) {
            if (exponent % 2 == 1) {
                result = product(result, value);
            }
            value = product(value, value);
        }
        return result;
    }
};

/// Primes below 2^29: sums of 32 products of residues fit 64 bits.
inline constexpr std::array<std::uint32_t, 12> rank_primes = {536870909, 536870879, 536870869, 536870849,
                                                              536870839, 536870837, 536870819, 536870813,
                                                              536870791, 536870779, 536870767, 536870743};

/// The span of vectors of one length modulo a prime, as a reduced echelon form.
class modular_span {
public:
    explicit modular_span(std::uint32_t prime = rank_primes[0]) : field_{prime} {}

    [[nodiscard]] std::size_t rank() const noexcept { return pivots_.size(); }
    /// For each basis vector the place where it is 1 and the others are 0.
    [[nodiscard]] const std::vector<std::size_t>& pivots() const noexcept { return pivots_; }

    /// Adds a vector; false if it was in the span already. Up to 32 times with success: then sums might not
    /// fit.
    bool add(const integer_vector& vector) {
        std::vector<std::uint32_t> fresh = rest(vector);
        const auto nonzero = std::find_if(fresh.begin(), fresh.end(), [](auto value) { return value != 0; });
        if (nonzero == fresh.end()) {
            return false;
        }
        const auto pivot = static_cast<std::size_t>(nonzero - fresh.begin());
        const std::uint32_t scale = field_.inverse(fresh[pivot]);
        for (auto& value : fresh) {
            value = field_.product(value, scale);
        }
        for (auto& old : basis_) {
            if (const std::uint32_t share = old[pivot]; share != 0) {
                for (std::size_t i = 0; i < fresh.size(); ++i) {
                    old[i] = field_.difference(old[i], field_.product(share, fresh[i]));
                }
            }
        }
        basis_.push_back(std::move(fresh));
        pivots_.push_back(pivot);
        return true;
    }

private:
    /// The vector less its part in the span.
    [[nodiscard]] std::vector<std::uint32_t> rest(const integer_vector& vector) const {
        std::vector<std::uint64_t> sums;
        for (const std::int32_t value : vector) {
            sums.push_back(field_.residue(value));
        }
        for (std::size_t k = 0; k < basis_.size(); ++k) {
            // The form is reduced: the coordinates of a vector are its values at the pivots.
            const std::uint64_t share = field_.residue(-std::int64_t{vector[pivots_[k]]});
            for (std::size_t i = 0; i < sums.size() && share != 0; ++i) {
                sums[i] += share * basis_[k][i];
            }
        }
        std::vector<std::uint32_t> result;
        for (const std::uint64_t sum : sums) {
            result.push_back(static_cast<std::uint32_t>(sum % field_.prime));
        }
        return result;
    }

    prime_field field_;
    std::vector<std::vector<std::uint32_t>> basis_;
    std::vector<std::size_t> pivots_;
};

/// The rank of vectors over the rationals if it is at most `limit` (up to 32), else limit + 1.
///
/// A rank modulo a prime never exceeds the rational one. It falls short only where the prime divides all
/// minors of the next order, so primes are tried until their product exceeds Hadamard's bound on a minor: for
/// 16-bit values the 12 primes prove ranks up to 16; a greater one is the largest modulo any of them.
[[nodiscard]] inline std::size_t rational_rank(std::span<const integer_vector> vectors, std::size_t limit) {
    double greatest = 1;
    for (const auto& vector : vectors) {
        for (const std::int32_t value : vector) {
            greatest = std::max(greatest, std::abs(static_cast<double>(value)));
        }
    }
    std::size_t rank = 0;
    double bits = 0;
    for (const std::uint32_t prime : rank_primes) {
        modular_span span(prime);
        for (const auto& vector : vectors) {
            if (span.add(vector) && span.rank() > limit) {
                return limit + 1;
            }
        }
        rank = std::max(rank, span.rank());
        bits += std::log2(prime);
        const auto order = static_cast<double>(rank + 1);
        if (bits > order * (std::log2(greatest) + std::log2(order) / 2)) {
            break;
        }
    }
    return rank;
}

/// The coordinates of vectors in a basis of their span: vectors[i] = sum over k of result[k][i] * basis[k].
///
/// `pivots` are places at which the span's vectors are told apart. Calculated modulo a prime: coordinates
/// that are integers up to 2^20 come out right, others make the result empty or wrong, so it has to be
/// checked.
[[nodiscard]] inline std::vector<integer_vector> coordinates(std::span<const integer_vector> vectors,
                                                             std::span<const integer_vector> basis,
                                                             std::span<const std::size_t> pivots) {
    constexpr prime_field field{2147483647};
    constexpr std::uint32_t most = 1u << 20;
    const std::size_t n = basis.size();
    if (n != pivots.size()) {
        return {};
    }
    // Inverts the values at the pivots: rows of an n x 2n matrix.
    std::vector<std::vector<std::uint32_t>> rows(n, std::vector<std::uint32_t>(2 * n));
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < n; ++k) {
            rows[i][k] = field.residue(basis[k][pivots[i]]);
        }
        rows[i][n + i] = 1;
    }
    for (std::size_t k = 0; k < n; ++k) {
        const auto usable = std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(k), rows.end(),
                                         [&](const auto& row) { return row[k] != 0; });
        if (usable == rows.end()) {
            return {};
        }
        std::swap(*usable, rows[k]);
        const std::uint32_t scale = field.inverse(rows[k][k]);
        for (auto& value : rows[k]) {
            value = field.product(value, scale);
        }
        for (std::size_t i = 0; i < n; ++i) {
            const std::uint32_t share = i == k ? 0 : rows[i][k];
            for (std::size_t j = 0; j < 2 * n && share != 0; ++j) {
                rows[i][j] = field.difference(rows[i][j], field.product(share, rows[k][j]));
            }
        }
    }
    std::vector<integer_vector> result(n);
    for (const auto& vector : vectors) {
        for (std::size_t k = 0; k < n; ++k) {
            std::uint64_t sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += field.product(rows[k][n + i], field.residue(vector[pivots[i]]));
            }
            const auto share = static_cast<std::uint32_t>(sum % field.prime);
            if (share > most && share < field.prime - most) {
                return {};
            }
            result[k].push_back(static_cast<std::int32_t>(share) -
                                (share > most ? static_cast<std::int32_t>(field.prime) : 0));
        }
    }
    return result;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
