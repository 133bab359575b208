// SPDX-License-Identifier: MIT
/// @file
/// Integers of C with signals for bits, and the arithmetic of C on them.
#pragma once

#include <alwann/circuit/detail/c_type.hpp>
#include <alwann/circuit/detail/words.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A value: bit i is low[i], and `rest` above. Models compute single bits in wide types, so this stays short.
struct c_value {
    c_type type;
    word low;
    signal rest = netlist::zero;

    [[nodiscard]] signal bit(std::size_t i) const noexcept { return i < low.size() ? low[i] : rest; }
    /// Bit i of the value in infinitely many bits.
    [[nodiscard]] signal extended_bit(std::size_t i) const noexcept {
        return i < type.bits ? bit(i) : type.is_signed ? bit(type.bits - 1) : netlist::zero;
    }

    [[nodiscard]] static c_value constant(std::uint64_t number, c_type type) {
        c_value value{.type = type, .low = {}};
        for (std::size_t i = 0; i < type.bits && (number >> i) != 0; ++i) {
            value.low.push_back(netlist_builder::constant(((number >> i) & 1u) != 0));
        }
        value.shorten();
        return value;
    }
    /// The number, if all bits are constants.
    [[nodiscard]] std::optional<std::uint64_t> number() const noexcept {
        std::uint64_t result = 0;
        for (std::size_t i = 0; i < type.bits; ++i) {
            if (bit(i) > netlist::one) {
                return std::nullopt;
            }
            result |= std::uint64_t{bit(i)} << i;
        }
        return result;
    }
    [[nodiscard]] c_value converted(c_type to) const {
        c_value result{.type = to, .low = {}};
        if (to.bits <= type.bits || extended_bit(type.bits) == rest) {
            result.low.assign(low.begin(), low.begin() + std::min<std::ptrdiff_t>(std::ssize(low),
                                                                                  std::ptrdiff_t(to.bits)));
            result.rest = rest;
        } else {
            for (std::size_t i = 0; i < type.bits; ++i) {
                result.low.push_back(bit(i));
            }
            result.rest = extended_bit(type.bits);
        }
        result.shorten();
        return result;
    }
    /// Leaves away what `rest` says already.
    void shorten() {
        if (low.size() >= type.bits) {
            low.resize(type.bits);
            rest = low.back(); // there is nothing above
        }
        while (!low.empty() && low.back() == rest) {
            low.pop_back();
        }
    }
};

/// Builds gates and refuses to build too many: a few bytes of C may ask for thousands.
class counted_gates {
public:
    counted_gates(std::size_t inputs, const lexer& text) : builder_(inputs), text_(text) {}

    [[nodiscard]] const netlist_builder& builder() const noexcept { return builder_; }
    signal gate_and(signal a, signal b) { return count(a, b), builder_.gate_and(a, b); }
    signal gate_or(signal a, signal b) { return count(a, b), builder_.gate_or(a, b); }
    signal gate_xor(signal a, signal b) { return count(a, b), builder_.gate_xor(a, b); }
    signal gate_not(signal a) { return count(a, a), builder_.gate_not(a); }

private:
    void count(signal a, signal b) {
        // Gates on constants vanish; they are work all the same.
        asked_for_ += std::min(a, b) <= netlist::one ? 1 : 16;
        if (asked_for_ > 16 * circuit_max_gates) {
            text_.fail("circuit", "at most " + std::to_string(circuit_max_gates) + " gates");
        }
    }

    netlist_builder builder_;
    const lexer& text_;
    std::size_t asked_for_ = 0;
};

/// The operators of C. Operands are promoted and converted here.
class c_arithmetic {
public:
    explicit c_arithmetic(counted_gates& gates) : gates_(gates) {}

    [[nodiscard]] static c_value promoted(const c_value& a) {
        return a.type.bits < 32 ? a.converted({.bits = 32, .is_signed = true}) : a;
    }

    /// & | ^, `kind` says which.
    [[nodiscard]] c_value bitwise(gate_kind kind, c_value a, c_value b) {
        balance(a, b);
        c_value result{.type = a.type, .low = {}};
        for (std::size_t i = 0; i < std::max(a.low.size(), b.low.size()); ++i) {
            result.low.push_back(gate(kind, a.bit(i), b.bit(i)));
        }
        result.rest = gate(kind, a.rest, b.rest);
        result.shorten();
        return result;
    }
    [[nodiscard]] c_value complement(const c_value& a) {
        c_value result = promoted(a);
        result.low = invert_word(gates_, std::move(result.low));
        result.rest = gates_.gate_not(result.rest);
        return result;
    }
    [[nodiscard]] c_value add(c_value a, c_value b, bool subtract = false) {
        balance(a, b);
        // Two more bits hold the sum exactly, its sign included.
        const std::size_t size = std::max(a.low.size(), b.low.size()) + 2;
        const word left = bits_of(a, size), right = bits_of(b, size);
        return from_word(a.type,
                         subtract ? subtract_words(gates_, left, right) : add_words(gates_, left, right));
    }
    [[nodiscard]] c_value multiply(c_value a, c_value b) {
        balance(a, b);
        // One more bit for each sign.
        const std::size_t size = std::min(a.low.size() + b.low.size() + 2, a.type.bits);
        return from_word(a.type, multiply_words(gates_, bits_of(a, size), bits_of(b, size)));
    }
    [[nodiscard]] static c_value shifted_left(const c_value& a, std::size_t by) {
        c_value result = promoted(a);
        result.low.insert(result.low.begin(), by, netlist::zero);
        result.shorten();
        return result;
    }
    [[nodiscard]] static c_value shifted_right(const c_value& a, std::size_t by) {
        const c_value wide = promoted(a);
        c_value result{.type = wide.type, .low = {}};
        const std::size_t size =
            wide.extended_bit(wide.type.bits) == wide.rest ? wide.low.size() : wide.type.bits;
        for (std::size_t i = by; i < size; ++i) {
            result.low.push_back(wide.bit(i));
        }
        result.rest = wide.extended_bit(wide.type.bits);
        result.shorten();
        return result;
    }
    /// Whether a value is not zero.
    [[nodiscard]] signal truth(const c_value& a) {
        return fold_word(a.low, a.rest, [this](signal x, signal y) { return gates_.gate_or(x, y); });
    }
    [[nodiscard]] c_value choose(signal condition, c_value a, c_value b) {
        balance(a, b);
        c_value result{.type = a.type, .low = {}};
        for (std::size_t i = 0; i < std::max(a.low.size(), b.low.size()); ++i) {
            result.low.push_back(detail::choose(gates_, condition, a.bit(i), b.bit(i)));
        }
        result.rest = detail::choose(gates_, condition, a.rest, b.rest);
        result.shorten();
        return result;
    }
    /// A truth value as an int.
    [[nodiscard]] static c_value from_truth(signal truth) {
        c_value result{.type = {}, .low = {truth}};
        result.shorten();
        return result;
    }

private:
    /// The usual arithmetic conversions.
    static void balance(c_value& a, c_value& b) {
        a = promoted(a);
        b = promoted(b);
        c_type common = a.type.bits >= b.type.bits ? a.type : b.type;
        if (a.type.bits == b.type.bits) {
            common.is_signed = a.type.is_signed && b.type.is_signed;
        }
        a = a.converted(common);
        b = b.converted(common);
    }
    signal gate(gate_kind kind, signal a, signal b) {
        return kind == gate_kind::and_gate  ? gates_.gate_and(a, b)
               : kind == gate_kind::or_gate ? gates_.gate_or(a, b)
                                            : gates_.gate_xor(a, b);
    }
    [[nodiscard]] static word bits_of(const c_value& a, std::size_t size) {
        word bits;
        for (std::size_t i = 0; i < size; ++i) {
            bits.push_back(a.bit(i));
        }
        return bits;
    }
    [[nodiscard]] static c_value from_word(c_type type, word bits) {
        c_value result{.type = type, .low = std::move(bits)};
        result.rest = result.low.back();
        result.shorten();
        return result;
    }

    counted_gates& gates_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
