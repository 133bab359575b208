// SPDX-License-Identifier: MIT
/// @file
/// Multipliers that look for the leading ones of their operands, as functions;
/// circuit/leading_one_families.hpp has them as netlists.
#pragma once

#include <alwann/multiplier/families.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>

namespace alwann::inline ALWANN_ABI {

namespace families {

namespace detail {

/// All bits from the highest one of a code down.
template <class T>
[[nodiscard]] constexpr T filled(const T& code) {
    const T two = code | (code >> 1);
    const T four = two | (two >> 2);
    return four | (four >> 4);
}

/// The highest one of a filled code: a power of two, or zero.
template <class T>
[[nodiscard]] constexpr T highest(const T& filled) {
    return filled - (filled >> 1);
}

template <class T>
[[nodiscard]] constexpr T larger(const T& a, const T& b) {
    if constexpr (std::integral<T>) {
        return std::max(a, b);
    } else {
        return xsimd::max(a, b);
    }
}

[[nodiscard]] constexpr short_name numbered(std::string_view family, unsigned parameter) {
    short_name name;
    return name << family << "_" << parameter;
}

/// 2^t (1 + f) for each operand, f with Bits bits; logarithms t + f are added, the result rounded down.
template <unsigned Bits, bool SetLowest, class T>
[[nodiscard]] constexpr T logarithmic_product(const T& x, const T& w) {
    const T x_power = highest(filled(x)), w_power = highest(filled(w));
    const auto fraction = [](const T& code, const T& power) { // 2^t f, scaled by 2^Bits
        const T kept = ((code - power) << static_cast<int>(Bits)) & (T(0u) - power);
        return SetLowest ? kept | power : kept;
    };
    const T fractions = w_power * fraction(x, x_power) + x_power * fraction(w, w_power);
    const T powers = (x_power * w_power) << static_cast<int>(Bits);
    // 2^t (1 + f) while the sum of the fractions is below one, else 2^t (2 f): the larger one of the two.
    return (fractions + larger(fractions, powers)) >> static_cast<int>(Bits);
}

} // namespace detail

/// DRUM (Hashemi et al. 2015): multiplies the K bits from each operand's leading one on, the lowest of them
/// set where bits were dropped.
template <unsigned K>
struct drum : detail::callable<drum<K>> {
    static_assert(K >= 2 && K <= 8, "drum<K>: segments of 2 to 8 bits");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("drum", K); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return segment(x) * segment(w);
    }

private:
    template <class T>
    [[nodiscard]] static constexpr T segment(const T& code) {
        const T dropped = detail::filled(code) >> static_cast<int>(K);
        return (code & ~dropped) | (detail::highest(dropped) << 1);
    }
};

/// Static segments (Narayanamoorthy et al. 2015): multiplies the M highest bits of an operand of 2^M and
/// more, the M lowest ones of others.
template <unsigned M>
struct static_segment : detail::callable<static_segment<M>> {
    static_assert(M >= 4 && M <= 8, "static_segment<M>: segments of 4 to 8 bits");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("ssm", M); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return segment(x) * segment(w);
    }

private:
    template <class T>
    [[nodiscard]] static constexpr T segment(const T& code) {
        const T is_high = (code + T(256u - (1u << M))) >> 8;
        return code & ~(is_high * T(detail::low_mask(8 - M)));
    }
};

/// Mitchell's logarithmic multiplier (1962) with M bits of each operand's fraction.
template <unsigned M>
struct mitchell : detail::callable<mitchell<M>> {
    static_assert(M >= 1 && M <= 7, "mitchell<M>: 1 to 7 bits of fraction");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("mitch", M); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return detail::logarithmic_product<M, false>(x, w);
    }
};

/// Mitchell's multiplier with the lowest of the M bits set to one, which makes up for the dropped ones on
/// average.
template <unsigned M>
struct mitchell_set_one : detail::callable<mitchell_set_one<M>> {
    static_assert(M >= 1 && M <= 7, "mitchell_set_one<M>: 1 to 7 bits of fraction");
    /// The name in libraries.
    static constexpr detail::short_name label() { return detail::numbered("mitch1", M); }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        return detail::logarithmic_product<M, true>(x, w);
    }
};

/// RoBA (Zendegani et al. 2017): with operands rounded to powers of two, x_r w + w_r x - x_r w_r.
struct roba : detail::callable<roba> {
    /// The name in libraries.
    static constexpr detail::short_name label() {
        detail::short_name name;
        return name << "roba";
    }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        const T x_rounded = rounded(x), w_rounded = rounded(w);
        return x_rounded * w + w_rounded * x - x_rounded * w_rounded;
    }

private:
    template <class T>
    [[nodiscard]] static constexpr T rounded(const T& code) {
        const T power = detail::highest(detail::filled(code));
        return power + (power & (code << 1)); // from 1.5 * 2^t on up
    }
};

/// After the error-tolerant multiplier (Kyaw et al. 2010): exact for operands below 16; of others the upper
/// halves are multiplied, and the lower halves set all product bits from 2^(4 + t) down if bit t is their
/// highest one.
///
/// Products with zero need not be zero: zero_kept<error_tolerant> keeps them.
struct error_tolerant : detail::callable<error_tolerant> {
    /// The name in libraries.
    static constexpr detail::short_name label() {
        detail::short_name name;
        return name << "etm";
    }
    /// The product of one pair or of a batch of pairs.
    template <class T>
    [[nodiscard]] static constexpr T product(const T& x, const T& w) {
        const T is_high = T(0u) - ((((x | w) + T(240u)) >> 8) & T(1u));
        const T lower = detail::filled((x | w) & T(15u));
        const T guess = (lower << 4) | ((T(0u) - (lower & T(1u))) & T(15u));
        const T high = (((x >> 4) * (w >> 4)) << 8) + guess;
        return (high & is_high) | ((x * w) & ~is_high);
    }
};

static_assert(multiplier<drum<4>> && multiplier<mitchell<7>> && multiplier<roba>);

} // namespace families
} // namespace alwann::inline ALWANN_ABI
