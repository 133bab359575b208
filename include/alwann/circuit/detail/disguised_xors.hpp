// SPDX-License-Identifier: MIT
/// @file
/// Finds XORs that are built of other gates.
#pragma once

#include <alwann/circuit/netlist.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Counts the AND and OR gates that compute the XOR or XNOR of two signals.
///
/// The power model sees less activity in an XOR broken into ANDs and ORs, although it glitches as much; an
/// optimiser would learn to do that. Found by the cuts of at most two signals that each gate can be computed
/// from.
class disguised_xors {
public:
    /// The gates of a netlist with that many inputs.
    [[nodiscard]] std::size_t count(std::size_t inputs, std::span<const gate> gates) {
        const auto first = static_cast<signal>(2 + inputs);
        cuts_.resize(first + gates.size());
        for (signal s = 0; s < first; ++s) {
            cuts_[s].size = 0;
        }
        std::size_t found = 0;
        signal out = first;
        for (const gate& g : gates) {
            cut_list& own = cuts_[out++];
            own.size = 0;
            bool is_xor = false;
            for (std::size_t i = 0; i <= cuts_[g.a].size; ++i) {
                for (std::size_t j = 0; j <= cuts_[g.b].size; ++j) {
                    is_xor |= merge(g.kind, cut_of(g.a, i), cut_of(g.b, j), own);
                    if (g.kind == gate_kind::not_gate) {
                        break;
                    }
                }
            }
            const bool may_be = g.kind == gate_kind::and_gate || g.kind == gate_kind::or_gate;
            found += is_xor && may_be ? 1 : 0;
        }
        return found;
    }

private:
    /// Signals s <= t and the function of them: bit s + 2 t of `truth` is its value.
    struct cut {
        signal s = 0, t = 0;
        std::uint32_t truth = 0;
    };
    /// More than a few cuts are of signals far away.
    struct cut_list {
        std::array<cut, 6> cuts{};
        std::size_t size = 0;
    };

    /// The cuts of a signal; the last is the signal itself.
    [[nodiscard]] cut cut_of(signal s, std::size_t index) const {
        return index < cuts_[s].size ? cuts_[s].cuts[index] : cut{s, s, 0b1000};
    }

    /// The truth of a cut over the signals s and t, which contain its own.
    [[nodiscard]] static std::uint32_t over(const cut& c, signal s) {
        std::uint32_t truth = 0;
        for (std::uint32_t values = 0; values < 4; ++values) {
            const std::uint32_t of_s = values & 1u, of_t = values >> 1;
            const std::uint32_t first = c.s == s ? of_s : of_t, second = c.t == s ? of_s : of_t;
            truth |= ((c.truth >> (first + 2 * second)) & 1u) << values;
        }
        return truth;
    }

    /// Adds the cut of a gate that reads these, unless it has three signals. Whether it is an XOR or XNOR.
    static bool merge(gate_kind kind, const cut& a, const cut& b, cut_list& own) {
        const signal s = a.s < b.s ? a.s : b.s;
        const signal t = a.t > b.t ? a.t : b.t;
        const auto inside = [&](signal x) { return x == s || x == t; };
        if (!inside(a.s) || !inside(a.t) || !inside(b.s) || !inside(b.t)) {
            return false;
        }
        const std::uint32_t left = over(a, s), right = over(b, s);
        std::uint32_t truth = 0;
        switch (kind) {
        case gate_kind::and_gate:
            truth = left & right;
            break;
        case gate_kind::or_gate:
            truth = left | right;
            break;
        case gate_kind::xor_gate:
            truth = left ^ right;
            break;
        case gate_kind::not_gate:
            truth = ~left & 0xFu;
            break;
        }
        if (own.size < own.cuts.size()) {
            own.cuts[own.size++] = {s, t, truth};
        }
        return s != t && (truth == 0b0110 || truth == 0b1001);
    }

    std::vector<cut_list> cuts_;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
