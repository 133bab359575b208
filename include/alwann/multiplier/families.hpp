// SPDX-License-Identifier: MIT
/// @file
/// Families of approximate multipliers as functions; circuit/families.hpp has them as netlists.
///
/// Rows belong to the bits of w, columns to powers of two: the partial product x_i w_j is in row j and column
/// i + j. All bodies are free of branches and run on whole batches of operands.
#pragma once

#include <alwann/multiplier/functional.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// Multiplier models with compile-time parameters, named as in the standard library of circuits.
namespace families {

namespace detail {

/// A short text that can be put together at compile time.
struct short_name {
    std::array<char, 32> text{};
    std::size_t length = 0;

    constexpr short_name& operator<<(std::string_view part) {
        for (const char c : part) {
            text[length++] = c;
        }
        return *this;
    }
    constexpr short_name& operator<<(unsigned number) {
        if (number >= 10) {
            *this << number / 10;
        }
        text[length++] = static_cast<char>('0' + number % 10);
        return *this;
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text.data(), length}; }
};

[[nodiscard]] constexpr short_name numbered(std::string_view family, unsigned first, unsigned second) {
    short_name name;
    return name << family << "_" << first << "_" << second;
}

/// Calls on scalars and batches for a family that defines product(x, w) and label().
template <class Family>
struct callable {
    [[nodiscard]] static constexpr std::string_view name() noexcept { return stored_name.view(); }

    constexpr std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const noexcept {
        return Family::product(std::uint32_t{x}, std::uint32_t{w});
    }
    operand_batch operator()(const operand_batch& x, const operand_batch& w) const {
        return Family::product(x, w);
    }

private:
    static constexpr short_name stored_name = Family::label();
};

/// Bits below 2^count.
[[nodiscard]] constexpr std::uint32_t low_mask(unsigned count) noexcept {
    return (1u << count) - 1u;
}

/// Row j of the partial products: x * 2^j if bit j of w is set, else 0.
template <unsigned J, class T>
[[nodiscard]] constexpr T row(const T& x, const T& w) {
    return (x << static_cast<int>(J)) & (T(0u) - ((w >> static_cast<int>(J)) & T(1u)));
}

/// f(row 0) + ... + f(row 7) without the rows in [FirstDropped, EndDropped).
template <unsigned FirstDropped, unsigned EndDropped, unsigned J = 0, class T, class F>
[[nodiscard]] constexpr T sum_rows(const T& x, const T& w, const F& f) {
    if constexpr (J == 8) {
        return T(0u);
    } else if constexpr (J >= FirstDropped && J < EndDropped) {
        return sum_rows<FirstDropped, EndDropped, J + 1>(x, w, f);
    } else {
        return f(row<J>(x, w)) + sum_rows<FirstDropped, EndDropped, J + 1>(x, w, f);
    }
}

/// The OR of the rows J to 7: bit c is the OR of column c.
template <unsigned J, class T>
[[nodiscard]] constexpr T any_row(const T& x, const T& w) {
    if constexpr (J >= 8) {
        return T(0u);
    } else {
        return row<J>(x, w) | any_row<J + 1>(x, w);
    }
}

/// All bits if neither operand is zero, else none.
template <class T>
[[nodiscard]] constexpr T both_nonzero(const T& x, const T& w) {
    return T(0u) - (((x + T(255u)) >> 8) & ((w + T(255u)) >> 8) & T(1u));
}

} // namespace detail

/// The product without the A lowest bits of x and the B lowest bits of w.
template <unsigned A, unsigned B>
struct truncation : detail::callable<truncation<A, B>> {
    static_assert(A <= 8 && B <= 8, "truncation<A, B>: there are 8 bits to drop");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("trunc", A, B); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return (x & T(255u - detail::low_mask(A))) * (w & T(255u - detail::low_mask(B)));
    }
};

/// Truncation that puts the OR of the dropped bits in place of the highest of them: mean error zero.
template <unsigned A, unsigned B>
struct truncation_or : detail::callable<truncation_or<A, B>> {
    static_assert(A <= 8 && B <= 8, "truncation_or<A, B>: there are 8 bits to drop");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("truncor", A, B); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return shortened<A>(x) * shortened<B>(w);
    }

private:
    template <unsigned Bits, class T>
    [[nodiscard]] static constexpr T shortened(const T& code) {
        constexpr std::uint32_t mask = detail::low_mask(Bits);
        const T dropped = code & T(mask);
        const T any = (dropped + T(mask)) & T(mask + 1u); // carries into bit Bits unless all are zero
        return (code & T(255u - mask)) | ((any >> 1) & T(mask));
    }
};

/// Broken array (Mahdiani et al. 2010): no rows below H and no columns below V.
template <unsigned H, unsigned V>
struct broken_array : detail::callable<broken_array<H, V>> {
    static_assert(H <= 8 && V <= 15, "broken_array<H, V>: 8 rows and 15 columns");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("bam", H, V); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return detail::sum_rows<0, H>(x, w,
                                      [](const T& row) { return row & T(0xFFFFu - detail::low_mask(V)); });
    }
};

/// Broken array with variable correction: the bits of column V - 1 count as if they stood in column V.
template <unsigned H, unsigned V>
struct bamvc : detail::callable<bamvc<H, V>> {
    static_assert(H <= 8 && V <= 15, "bamvc<H, V>: 8 rows and 15 columns");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("bamvc", H, V); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return detail::sum_rows<0, H>(x, w, [](const T& row) {
            constexpr std::uint32_t last_dropped = (1u << V) >> 1;
            return (row & T(0xFFFFu - detail::low_mask(V))) + ((row & T(last_dropped)) << 1);
        });
    }
};

/// Broken array with constant correction: the mean of what is dropped, rounded to a multiple of 2^V, is
/// added; if KeepZeros, only where neither operand is zero.
template <unsigned H, unsigned V, bool KeepZeros = false>
struct bamc : detail::callable<bamc<H, V, KeepZeros>> {
    static_assert(H <= 8 && V <= 15, "bamc<H, V>: 8 rows and 15 columns");
    /// The name in libraries.
    static constexpr detail::short_name label() {
        return detail::numbered(KeepZeros ? "bamcz" : "bamc", H, V);
    }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        const T kept = broken_array<H, V>::product(x, w);
        if constexpr (KeepZeros) {
            return kept + (detail::both_nonzero(x, w) & T(correction()));
        } else {
            return kept + T(correction());
        }
    }

private:
    [[nodiscard]] static constexpr std::uint32_t correction() {
        std::uint32_t dropped = 0; // each bit is set in a quarter of all products
        for (unsigned j = 0; j < 8; ++j) {
            for (unsigned i = 0; i < 8; ++i) {
                dropped += j < H || i + j < V ? 1u << (i + j) : 0;
            }
        }
        return ((dropped >> V) + 2) / 4 << V;
    }
};

/// OR-compressed low columns: below column V a product bit is the OR of its column, without carries.
///
/// Rows below H and columns below Drop are left out.
template <unsigned V, unsigned H = 0, unsigned Drop = 0>
struct lowor : detail::callable<lowor<V, H, Drop>> {
    static_assert(H <= 8 && V <= 15 && Drop <= V, "lowor<V, H, Drop>: 8 rows, 15 columns, Drop <= V");
    /// The name in libraries.
    static constexpr detail::short_name label() {
        detail::short_name name;
        name << "lowor_" << V;
        if (H > 0) {
            name << "_h" << H;
        }
        if (Drop > 0) {
            name << "_drop" << Drop;
        }
        return name;
    }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        const T high =
            detail::sum_rows<0, H>(x, w, [](const T& row) { return row & T(0xFFFFu - detail::low_mask(V)); });
        return high | (detail::any_row<H>(x, w) & T(detail::low_mask(V) - detail::low_mask(Drop)));
    }
};

/// Perforation (Zervakis et al. 2016): without the K rows from row J on.
template <unsigned J, unsigned K>
struct perforation : detail::callable<perforation<J, K>> {
    static_assert(J + K <= 8, "perforation<J, K>: 8 rows");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("perf", J, K); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return x * (w & T(255u - (detail::low_mask(K) << J)));
    }
};

/// Recursive multiplier of 2x2 blocks (Kulkarni et al. 2011), with 3 * 3 = 7 in blocks of weight below
/// 2^Limit.
template <unsigned Limit>
struct kulkarni : detail::callable<kulkarni<Limit>> {
    static_assert(Limit <= 16, "kulkarni<Limit>: block weights are 2^0 to 2^12");
    /// The name in libraries.
    static constexpr detail::short_name label() {
        detail::short_name name;
        return name << "kulk_" << Limit;
    }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return x * w - lost<0>(threes(x), threes(w));
    }

private:
    /// Bit 2i is set if the base-4 digit i is 3.
    template <class T>
    [[nodiscard]] static constexpr T threes(const T& code) {
        return code & (code >> 1) & T(0x55u);
    }
    /// Two for each pair of threes in an approximate block, at the weight of the block.
    template <unsigned Block, class T>
    [[nodiscard]] static constexpr T lost(const T& x, const T& w) {
        if constexpr (Block == 16) {
            return T(0u);
        } else {
            constexpr unsigned i = 2 * (Block % 4), j = 2 * (Block / 4);
            if constexpr (i + j < Limit) {
                const T both = (x >> static_cast<int>(i)) & (w >> static_cast<int>(j)) & T(1u);
                return (both << static_cast<int>(i + j + 1)) + lost<Block + 1>(x, w);
            } else {
                return lost<Block + 1>(x, w);
            }
        }
    }
};

/// Another family with zero for all products with zero.
template <class Family>
struct zero_kept : detail::callable<zero_kept<Family>> {
    /// The name in libraries.
    static constexpr detail::short_name label() {
        detail::short_name name = Family::label();
        return name << "_zp";
    }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return Family::product(x, w) & detail::both_nonzero(x, w);
    }
};

static_assert(multiplier<lowor<7>> && multiplier<truncation<2, 2>>);

} // namespace families
} // namespace alwann::inline ALWANN_ABI
