// SPDX-License-Identifier: MIT
/// @file
/// Few products of 8-bit factors whose sum is a table, up to a function of the weight.
#pragma once

#include <alwann/core/random.hpp>
#include <alwann/kernel/detail/factor_terms.hpp>
#include <alwann/multiplier/concept.hpp>

#include <bit>
#include <optional>
#include <span>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A matrix of 256 x 256 integers without repeated rows and columns.
struct distinct_matrix {
    std::array<std::size_t, operand_codes> row_of{};    ///< by activation code
    std::array<std::size_t, operand_codes> column_of{}; ///< by weight code
    std::vector<integer_vector> rows, columns;

    /// Of columns, one per weight code.
    explicit distinct_matrix(std::span<const integer_vector> all) {
        columns = distinct(all, column_of);
        rows = distinct(transposed(columns), row_of);
        columns = transposed(rows);
    }

private:
    [[nodiscard]] static std::vector<integer_vector> transposed(std::span<const integer_vector> from) {
        std::vector<integer_vector> to(from.front().size());
        for (const auto& vector : from) {
            for (std::size_t i = 0; i < to.size(); ++i) {
                to[i].push_back(vector[i]);
            }
        }
        return to;
    }
    [[nodiscard]] static std::vector<integer_vector> distinct(std::span<const integer_vector> all,
                                                              std::array<std::size_t, operand_codes>& place) {
        std::array<std::size_t, operand_codes> order;
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](auto a, auto b) { return all[a] < all[b]; });
        std::vector<integer_vector> found;
        for (const std::size_t code : order) {
            if (found.empty() || found.back() != all[code]) {
                found.push_back(all[code]);
            }
            place[code] = found.size() - 1;
        }
        return found;
    }
};

/// sum over k of a[k](x) b[k](w), as many products as the rank.
struct factors {
    std::vector<integer_vector> a, b;
};

/// What the size and sign of a factor cost, as far as they can be read off quickly.
struct factor_profile {
    std::int32_t low = 0, high = 0;
    std::int32_t positive = 0, negative = 0; ///< sums of magnitudes
    int zeros = 0;                           ///< binary zeros at the end of all values

    /// Of vector - times * other, which has to stay below 2^22.
    factor_profile(const integer_vector& vector, std::int32_t times, const integer_vector& other) {
        std::int32_t bits = 0;
        std::int32_t sum = 0, magnitude = 0;
        low = high = vector.front() - times * other.front();
        for (std::size_t i = 0; i < vector.size(); ++i) {
            const std::int32_t value = vector[i] - times * other[i];
            low = std::min(low, value);
            high = std::max(high, value);
            bits |= value;
            sum += value;
            magnitude += std::abs(value);
        }
        positive = (magnitude + sum) / 2;
        negative = magnitude - positive;
        zeros = bits == 0 ? 0 : std::countr_zero(static_cast<std::uint32_t>(bits));
    }
};

/// How far a product is from one term; 16 units are about one more term.
[[nodiscard]] inline int burden(const factor_profile& a, const factor_profile& b) {
    constexpr int term = 16;
    const std::int64_t spread = std::int64_t{a.high} - a.low;
    const std::int64_t greatest = std::max<std::int64_t>(b.high, -std::int64_t{b.low});
    if (spread == 0 || greatest == 0) {
        return 0;
    }
    int units = term;
    bool fits = false;
    for (int share = 0; share <= a.zeros + b.zeros && !fits; ++share) {
        fits = (spread >> a.zeros) << share <= widest_factor &&
               (greatest >> b.zeros) << (a.zeros + b.zeros - share) <= widest_factor;
    }
    if (!fits) {
        const auto excess = [](std::int64_t value, int bits) {
            return std::max(0, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value))) - bits);
        };
        units += term + 2 * (excess(spread >> a.zeros, 8) + excess(greatest >> b.zeros, 8) +
                             excess(spread * greatest, 16));
    }
    if (b.low < 0 && b.high > 0) {
        const std::int64_t least = std::min(b.positive, b.negative);
        units += term / 2 + static_cast<int>(term * least / (std::int64_t{b.positive} + b.negative));
    }
    return units;
}

/// Searches the sum of fewest products for a matrix whose row 0 is zero.
///
/// The integer combinations of the columns have bases of short vectors; with such a basis for the
/// activations' factors, the weights' factors are integers. Likewise with rows. What then remains is to make
/// the weights' factors positive and both small: a random walk adds multiples of one factor to another, and
/// subtracts in return, which keeps the sum. Deterministic, and bounded to some 10 ms.
class factor_search {
public:
    factor_search(const distinct_matrix& matrix, std::size_t limit) : matrix_(matrix), limit_(limit) {
        rank_ = pivots(matrix_.columns, column_pivots_, column_basis_);
        if (rank_ <= limit_ && rank_ != 0) {
            search();
        } else if (rank_ == 0) {
            found_.emplace();
        }
    }

    /// The rank if it is at most the limit; no sum has fewer products.
    [[nodiscard]] std::size_t rank() const noexcept { return rank_; }
    /// The best sum found with at most `limit` products, over the distinct rows and columns.
    [[nodiscard]] const std::optional<std::vector<integer_term>>& terms() const noexcept { return found_; }

private:
    std::size_t pivots(const std::vector<integer_vector>& vectors, std::vector<std::size_t>& places,
                       std::vector<integer_vector>& independent) const {
        modular_span span;
        for (const auto& vector : vectors) {
            if (span.add(vector)) {
                independent.push_back(vector);
                if (span.rank() > limit_) {
                    break;
                }
            }
        }
        places = span.pivots();
        return span.rank();
    }

    /// A basis of short vectors; empty if rounding errors stood in the way.
    [[nodiscard]] static std::vector<integer_vector> lattice(const std::vector<integer_vector>& vectors,
                                                             const std::vector<integer_vector>& independent,
                                                             integer_lattice::length measure) {
        integer_lattice generated(independent, measure);
        const bool all = std::all_of(vectors.begin(), vectors.end(),
                                     [&](const auto& vector) { return generated.add(vector); });
        return all ? generated.basis() : std::vector<integer_vector>();
    }

    [[nodiscard]] factors from_columns() const {
        const auto generated = lattice(matrix_.columns, column_basis_, integer_lattice::length::without_mean);
        return {generated, coordinates(matrix_.columns, generated, column_pivots_)};
    }
    [[nodiscard]] factors from_rows() const {
        std::vector<std::size_t> places;
        std::vector<integer_vector> basis;
        pivots(matrix_.rows, places, basis);
        const auto generated = lattice(matrix_.rows, basis, integer_lattice::length::plain);
        return {coordinates(matrix_.rows, generated, places), generated};
    }

    void search() {
        // Budget in places of vectors, about a nanosecond each.
        const std::size_t cost = matrix_.rows.size() + matrix_.columns.size() + 200;
        std::size_t budget = 3'000'000 / cost;
        random_generator random;
        std::optional<factors> columns, rows;
        for (std::size_t length = 256; budget != 0; length *= 2) {
            for (const bool by_column : {true, false}) {
                auto& start = by_column ? columns : rows;
                if (!start) {
                    start = by_column ? from_columns() : from_rows();
                }
                if (start->a.size() == rank_ && start->b.size() == rank_) {
                    walk(*start, std::min(length, budget), random);
                }
                if (done()) {
                    return;
                }
                budget -= std::min(length, budget);
            }
        }
    }

    [[nodiscard]] bool done() const { return found_ && found_->size() == rank_; }

    void consider(const factors& candidate) {
        std::vector<integer_term> terms;
        const std::size_t limit = found_ ? found_->size() - 1 : limit_;
        for (std::size_t k = 0; k < rank_; ++k) {
            if (!append_terms(1, candidate.a[k], candidate.b[k], limit, terms)) {
                return;
            }
        }
        found_ = std::move(terms);
    }

    /// Keeps what lightens the burden, and now and then what does not.
    void walk(factors at, std::size_t length, random_generator& random) {
        constexpr std::int32_t largest = 1 << 18;
        consider(at);
        if (rank_ == 1) {
            return;
        }
        const integer_vector none_a(at.a[0].size()), none_b(at.b[0].size());
        std::vector<factor_profile> a, b;
        std::vector<int> burdens;
        for (std::size_t k = 0; k < rank_; ++k) {
            a.emplace_back(at.a[k], 0, none_a);
            b.emplace_back(at.b[k], 0, none_b);
            burdens.push_back(burden(a[k], b[k]));
            if (std::max({a[k].high, b[k].high, -a[k].low, -b[k].low}) > largest) {
                return;
            }
        }
        for (std::size_t step = 0; step < length && !done(); ++step) {
            const auto j = static_cast<std::size_t>(uniform_below(random, rank_));
            const auto k = (j + 1 + static_cast<std::size_t>(uniform_below(random, rank_ - 1))) % rank_;
            const std::uint64_t bits = random();
            const std::int32_t times = (bits % 2 == 0 ? 1 : -1) << std::countr_zero((bits >> 1) | 8);
            const factor_profile new_a(at.a[j], times, at.a[k]), new_b(at.b[k], -times, at.b[j]);
            const int burden_j = burden(new_a, b[j]), burden_k = burden(a[k], new_b);
            const int change = burden_j + burden_k - burdens[j] - burdens[k];
            if (change > std::countr_zero(bits >> 8) || std::max(new_a.high, new_b.high) > largest ||
                std::min(new_a.low, new_b.low) < -largest) {
                continue;
            }
            subtract(at.a[j], times, at.a[k]);
            subtract(at.b[k], -times, at.b[j]);
            a[j] = new_a;
            b[k] = new_b;
            burdens[j] = burden_j;
            burdens[k] = burden_k;
            if (change < 0) {
                consider(at);
            }
        }
    }

    const distinct_matrix& matrix_;
    std::size_t limit_;
    std::size_t rank_ = 0;
    std::vector<std::size_t> column_pivots_;
    std::vector<integer_vector> column_basis_;
    std::optional<std::vector<integer_term>> found_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
