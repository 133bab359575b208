// SPDX-License-Identifier: MIT
/// @file
/// The arithmetic of TensorFlow 1's quantised operators (mode MIN_FIRST), to the bit.
///
/// A tensor of n-bit codes comes with an interval [low, high] of floats. The interval is not moved so that 0
/// has a code; instead reading the codes rounds the lowest value to a multiple of the step, so that the code
/// nearest to 0 reads as exactly 0. Operators differ in what they round, and in which precision: each
/// function here is one of theirs.
#pragma once

#include <alwann/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace alwann::inline ALWANN_ABI {

/// The floats that the lowest and the highest code of a tensor stand for, before rounding.
struct code_interval {
    float low = 0;  ///< the real of the least code
    float high = 0; ///< the real of the greatest code

    friend bool operator==(const code_interval&, const code_interval&) = default;
};

/// How one operator treats codes; the names are those of the operators.
namespace min_first {

/// Rounds to the type's precision now: no compiler may fuse the multiplication before with the addition
/// after.
template <class Real>
[[nodiscard]] inline Real rounded(Real value) noexcept {
    volatile Real kept = value;
    return kept;
}

/// Lowest code and number of codes of 8 and 32 bits.
template <class Code>
inline constexpr double lowest = static_cast<double>(std::numeric_limits<Code>::lowest());
/// From the least code to the greatest.
template <class Code>
inline constexpr double steps = static_cast<double>(std::numeric_limits<Code>::max()) - lowest<Code> + 1;

/// QuantizeV2: the interval of values between two floats. It holds 0 and is not narrower than a hundredth.
[[nodiscard]] inline code_interval interval_of(float smallest, float largest) noexcept {
    const float low = std::min(0.0f, smallest);
    const float least = std::max(1.0f, std::max(std::abs(smallest), std::abs(largest))) / 100.0f;
    return {low, std::max(0.0f, std::max(largest, low + least))};
}

/// QuantizeV2 and QuantizedBiasAdd: the code of a float.
template <class Code>
class encoder {
public:
    /// To codes of this range.
    explicit encoder(const code_interval& range)
        : scale_(range.high == range.low
                     ? 0.0f
                     : static_cast<float>((steps<Code> - 1) / static_cast<double>(range.high - range.low))),
          offset_(std::round(rounded(range.low * scale_)) - static_cast<float>(lowest<Code>)) {}

    /// The code of a real.
    [[nodiscard]] Code operator()(float value) const noexcept {
        // Of 32 bits the largest float that is a code.
        constexpr float most = sizeof(Code) == 4 ? 2147483520.0f : static_cast<float>(steps<Code> - 1);
        const float code = std::round(rounded(value * scale_)) - offset_;
        return static_cast<Code>(std::clamp(code, static_cast<float>(lowest<Code>), most));
    }

private:
    float scale_, offset_;
};

/// Dequantize and QuantizedBiasAdd: the float that an 8-bit code stands for.
class decoder {
public:
    /// From codes of this range.
    explicit decoder(const code_interval& range)
        : scale_(static_cast<float>(static_cast<double>(range.high - range.low) / 255)),
          low_(range.high == range.low ? range.low
                                       : rounded(std::round(rounded(range.low / scale_)) * scale_)) {}

    /// The real of a code.
    [[nodiscard]] float operator()(std::uint8_t code) const noexcept {
        return low_ + rounded(static_cast<float>(code) * scale_);
    }

private:
    float scale_, low_;
};

/// The steps between codes as the integer operators count them, in double precision.
template <class Code>
[[nodiscard]] inline double step_of(const code_interval& range) noexcept {
    return static_cast<double>(range.high - range.low) * (steps<Code> / (steps<Code> - 1));
}

/// The code of a float, not limited to the type's codes.
template <class Code>
[[nodiscard]] inline std::int64_t unlimited_code(float value, const code_interval& range) noexcept {
    if (range.low == range.high) {
        return static_cast<std::int64_t>(lowest<Code>);
    }
    const double scale = steps<Code> / step_of<Code>(range);
    return static_cast<std::int64_t>(std::round(rounded(static_cast<double>(value) * scale)) -
                                     std::round(rounded(static_cast<double>(range.low) * scale))) +
           static_cast<std::int64_t>(lowest<Code>);
}

/// The float that a code stands for to RequantizationRange and QuantizedAdd.
template <class Code>
[[nodiscard]] inline float value_of(std::int64_t code, const code_interval& range) noexcept {
    if (range.low == range.high) {
        return range.low;
    }
    const double step = step_of<Code>(range) / steps<Code>;
    const float coarse = static_cast<float>(step);
    const double low = static_cast<double>(rounded(std::round(rounded(range.low / coarse)) * coarse));
    return static_cast<float>(low + rounded((static_cast<double>(code) - lowest<Code>)*step));
}

/// The zero point of 8-bit codes in products: the code of 0, not limited.
[[nodiscard]] inline std::int32_t zero_point(const code_interval& range) noexcept {
    return static_cast<std::int32_t>(unlimited_code<std::uint8_t>(0.0f, range));
}

/// The 32-bit interval of sums of products.
[[nodiscard]] inline code_interval product_interval(const code_interval& a, const code_interval& b) noexcept {
    const float step = (a.high - a.low) / 255.0f * ((b.high - b.low) / 255.0f);
    return {-step * 2147483648.0f, step * 2147483648.0f};
}

/// The 32-bit interval in which codes of two intervals are added, `margin` times as wide as the wider one.
[[nodiscard]] inline code_interval sum_interval(const code_interval& a, const code_interval& b,
                                                float margin) noexcept {
    const float most =
        std::max(std::abs(std::min(a.low, b.low)), std::abs(std::max(a.high, b.high))) * margin;
    return {-most, most};
}

/// RequantizationRange: the 8-bit interval for sums between two codes.
[[nodiscard]] inline code_interval used_interval(std::int32_t smallest, std::int32_t largest,
                                                 const code_interval& range) noexcept {
    return {std::min(0.0f, value_of<std::int32_t>(smallest, range)), value_of<std::int32_t>(largest, range)};
}

/// Requantize: from symmetric 32-bit to 8-bit codes, in fixed point with 16 fraction bits.
class requantiser {
public:
    /// From sums of one range to codes of another.
    requantiser(const code_interval& from, const code_interval& to) {
        const double in = static_cast<double>(from.high - from.low);
        const double out = static_cast<double>(to.high - to.low);
        if (out != 0) {
            scale_ = fixed(255.0 * 65536.0 * in / out);
            offset_ = fixed(65536.0 * (static_cast<double>(to.low) * 255.0) / out);
        }
    }

    /// The code of a sum.
    [[nodiscard]] std::uint8_t operator()(std::int32_t sum) const noexcept {
        // Unsigned, as an interval that has been frozen may be far too narrow for the sum.
        const auto product = static_cast<std::int64_t>(static_cast<std::uint64_t>(std::int64_t{sum}) *
                                                       static_cast<std::uint64_t>(scale_));
        return static_cast<std::uint8_t>(
            std::clamp<std::int64_t>(((product >> 32) - offset_ + 32768) >> 16, 0, 255));
    }

private:
    static std::int64_t fixed(double value) noexcept {
        return static_cast<std::int64_t>(std::clamp(value, -0x1p62, 0x1p62));
    }

    std::int64_t scale_ = 0, offset_ = 0;
};

/// QuantizedAdd: the 32-bit code, in another interval, of each 8-bit code; made of those of 0 and 1.
class widener {
public:
    /// From codes of one range to sums of another.
    widener(const code_interval& from, const code_interval& to)
        : first_(limited(unlimited_code<std::int32_t>(value_of<std::uint8_t>(0, from), to))),
          step_(limited(unlimited_code<std::int32_t>(value_of<std::uint8_t>(1, from), to)) - first_) {}

    /// The sum of a code.
    [[nodiscard]] std::int32_t operator()(std::uint8_t code) const noexcept {
        return static_cast<std::int32_t>(limited(first_ + code * step_));
    }

private:
    static std::int64_t limited(std::int64_t code) noexcept {
        return std::clamp<std::int64_t>(code, std::numeric_limits<std::int32_t>::min(),
                                        std::numeric_limits<std::int32_t>::max());
    }

    std::int64_t first_, step_;
};

} // namespace min_first
} // namespace alwann::inline ALWANN_ABI
