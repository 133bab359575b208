// SPDX-License-Identifier: MIT
/// @file
/// Combinational circuits as lists of two-input gates.
#pragma once

#include <alwann/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A wire of a netlist: constant 0, constant 1, the inputs, then the gates' outputs in the gates' order.
using signal = std::uint32_t;

/// What a gate computes. Everything else (NAND, multiplexers, adders) is made of these.
enum class gate_kind : std::uint8_t { and_gate, or_gate, xor_gate, not_gate };

/// One gate; a NOT gate reads `a` and has b = a.
struct gate {
    gate_kind kind = gate_kind::and_gate; ///< what it computes
    signal a = 0;                         ///< its first input
    signal b = 0;                         ///< its second input; not used by a gate of one

    friend constexpr bool operator==(const gate&, const gate&) = default;
};

/// A combinational circuit. Every gate reads earlier signals only, so gate order is evaluation order.
///
/// An 8x8 multiplier has the inputs x0..x7, w0..w7 (bit 0 lowest) and the product's bits as outputs, lowest
/// first. A netlist may hold any gates, useless ones too; cleaned() is the form to store and to price.
class netlist {
public:
    static constexpr signal zero = 0; ///< the constant 0
    static constexpr signal one = 1;  ///< the constant 1

    /// A circuit without inputs, gates or outputs.
    netlist() = default;

    /// Takes the parts as they are. Throws value_error if a gate or an output reads a signal that is not
    /// there, or not yet there.
    netlist(std::size_t inputs, std::vector<gate> gates, std::vector<signal> outputs)
        : inputs_(inputs), gates_(std::move(gates)), outputs_(std::move(outputs)) {
        for (std::size_t i = 0; i < gates_.size(); ++i) {
            const std::size_t known = 2 + inputs_ + i;
            if (gates_[i].a >= known || gates_[i].b >= known) {
                throw value_error("netlist: gate " + std::to_string(i) + " reads a later signal");
            }
        }
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            if (outputs_[i] >= signals()) {
                throw value_error("netlist: output " + std::to_string(i) + " reads signal " +
                                  std::to_string(outputs_[i]) + " of " + std::to_string(signals()));
            }
        }
    }

    /// How many there are.
    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    /// All of them, inputs before those that read them.
    [[nodiscard]] const std::vector<gate>& gates() const noexcept { return gates_; }
    /// The signals that leave the circuit, the least significant first.
    [[nodiscard]] const std::vector<signal>& outputs() const noexcept { return outputs_; }

    /// Number of signals: two constants, the inputs, the gates.
    [[nodiscard]] std::size_t signals() const noexcept { return 2 + inputs_ + gates_.size(); }
    /// The signal of an input.
    [[nodiscard]] static constexpr signal input(std::size_t index) noexcept {
        return static_cast<signal>(2 + index);
    }
    /// The signal that a gate drives.
    [[nodiscard]] signal gate_output(std::size_t index) const noexcept {
        return static_cast<signal>(2 + inputs_ + index);
    }

    /// The same function without constants, repeated gates and gates that no output depends on.
    [[nodiscard]] netlist cleaned() const;

    friend bool operator==(const netlist&, const netlist&) = default;

private:
    std::size_t inputs_ = 0;
    std::vector<gate> gates_;
    std::vector<signal> outputs_;
};

/// Builds a netlist gate by gate and simplifies on the way.
///
/// Constants propagate, a gate asked for twice is built once (operands in either order), and double
/// negations vanish. Nothing is restructured beyond that: breaking XORs into ANDs and ORs lowers what the
/// power model sees of a circuit without making the circuit better.
class netlist_builder {
public:
    /// Of a circuit with so many inputs.
    explicit netlist_builder(std::size_t inputs) : inputs_(inputs) {}

    /// How many there are.
    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }

    /// The signal of an input. Throws value_error if there is no such input.
    [[nodiscard]] signal input(std::size_t index) const {
        if (index >= inputs_) {
            throw value_error("netlist: input " + std::to_string(index) + " of " + std::to_string(inputs_));
        }
        return netlist::input(index);
    }
    /// The signal that is always 0 or 1.
    [[nodiscard]] static constexpr signal constant(bool value) noexcept {
        return value ? netlist::one : netlist::zero;
    }

    /// a AND b
    signal gate_and(signal a, signal b) {
        order(a, b); // a constant comes first
        if (a == netlist::zero || complementary(a, b)) {
            return netlist::zero;
        }
        return a == netlist::one || a == b ? b : add(gate_kind::and_gate, a, b);
    }
    /// a OR b
    signal gate_or(signal a, signal b) {
        order(a, b);
        if (a == netlist::one || complementary(a, b)) {
            return netlist::one;
        }
        return a == netlist::zero || a == b ? b : add(gate_kind::or_gate, a, b);
    }
    /// a XOR b
    signal gate_xor(signal a, signal b) {
        order(a, b);
        if (a == b) {
            return netlist::zero;
        }
        if (complementary(a, b)) {
            return netlist::one;
        }
        if (a == netlist::zero) {
            return b;
        }
        return a == netlist::one ? gate_not(b) : add(gate_kind::xor_gate, a, b);
    }
    /// NOT a
    signal gate_not(signal a) {
        order(a, a);
        if (a <= netlist::one) {
            return a ^ 1u;
        }
        if (const gate* driver = driver_of(a); driver != nullptr && driver->kind == gate_kind::not_gate) {
            return driver->a;
        }
        return add(gate_kind::not_gate, a, a);
    }
    /// A gate of any kind; `b` is ignored for NOT.
    signal make(gate_kind kind, signal a, signal b) {
        switch (kind) {
        case gate_kind::and_gate:
            return gate_and(a, b);
        case gate_kind::or_gate:
            return gate_or(a, b);
        case gate_kind::xor_gate:
            return gate_xor(a, b);
        case gate_kind::not_gate:
            break;
        }
        return gate_not(a);
    }

    /// The gates of a circuit, which reads this one's inputs; returns its outputs here. Throws value_error if
    /// it has more inputs.
    std::vector<signal> append(const netlist& circuit) {
        if (circuit.inputs() > inputs_) {
            throw value_error("netlist: a circuit of " + std::to_string(circuit.inputs()) +
                              " inputs cannot become part of one of " + std::to_string(inputs_));
        }
        std::vector<signal> image(circuit.signals());
        for (std::size_t i = 0; i < 2 + circuit.inputs(); ++i) {
            image[i] = static_cast<signal>(i);
        }
        for (std::size_t i = 0; i < circuit.gates().size(); ++i) {
            const gate& g = circuit.gates()[i];
            image[circuit.gate_output(i)] = make(g.kind, image[g.a], image[g.b]);
        }
        std::vector<signal> ends;
        ends.reserve(circuit.outputs().size());
        for (const signal output : circuit.outputs()) {
            ends.push_back(image[output]);
        }
        return ends;
    }

    /// The circuit with these outputs, without the gates that none of them depends on. The builder stays
    /// usable.
    [[nodiscard]] netlist finish(const std::vector<signal>& outputs) const {
        const std::size_t first = 2 + inputs_;
        std::vector<char> needed(first + gates_.size(), 0);
        for (const signal output : outputs) {
            if (output >= needed.size()) {
                throw value_error("netlist: an output reads a signal that does not exist");
            }
            needed[output] = 1;
        }
        for (std::size_t i = gates_.size(); i-- > 0;) {
            if (needed[first + i] != 0) {
                needed[gates_[i].a] = 1;
                needed[gates_[i].b] = 1;
            }
        }
        std::vector<signal> renamed(needed.size());
        for (std::size_t i = 0; i < first; ++i) {
            renamed[i] = static_cast<signal>(i);
        }
        std::vector<gate> kept;
        for (std::size_t i = 0; i < gates_.size(); ++i) {
            if (needed[first + i] != 0) {
                renamed[first + i] = static_cast<signal>(first + kept.size());
                kept.push_back({gates_[i].kind, renamed[gates_[i].a], renamed[gates_[i].b]});
            }
        }
        std::vector<signal> ends;
        ends.reserve(outputs.size());
        for (const signal output : outputs) {
            ends.push_back(renamed[output]);
        }
        return netlist(inputs_, std::move(kept), std::move(ends));
    }

private:
    /// Puts operands in order and checks that they exist.
    void order(signal& a, signal& b) const {
        if (a > b) {
            std::swap(a, b);
        }
        if (b >= 2 + inputs_ + gates_.size()) {
            throw value_error("netlist: a gate reads a signal that does not exist");
        }
    }
    [[nodiscard]] const gate* driver_of(signal s) const noexcept {
        return s < 2 + inputs_ ? nullptr : &gates_[s - 2 - inputs_];
    }
    [[nodiscard]] bool complementary(signal a, signal b) const noexcept {
        const gate* driver_a = driver_of(a);
        const gate* driver_b = driver_of(b);
        return (driver_a != nullptr && driver_a->kind == gate_kind::not_gate && driver_a->a == b) ||
               (driver_b != nullptr && driver_b->kind == gate_kind::not_gate && driver_b->a == a);
    }
    signal add(gate_kind kind, signal a, signal b) {
        const std::size_t fresh = 2 + inputs_ + gates_.size();
        if (fresh >= (std::size_t{1} << 31)) { // two signals and a kind share one 64-bit key
            throw value_error("netlist: more than 2^31 signals");
        }
        const std::uint64_t key =
            (std::uint64_t{static_cast<std::uint8_t>(kind)} << 62) | (std::uint64_t{a} << 31) | b;
        const auto [place, inserted] = known_.try_emplace(key, static_cast<signal>(fresh));
        if (inserted) {
            gates_.push_back({kind, a, b});
        }
        return place->second;
    }

    std::size_t inputs_;
    std::vector<gate> gates_;
    std::unordered_map<std::uint64_t, signal> known_;
};

inline netlist netlist::cleaned() const {
    netlist_builder builder(inputs_);
    return builder.finish(builder.append(*this));
}

} // namespace alwann::inline ALWANN_ABI
