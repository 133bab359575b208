// SPDX-License-Identifier: MIT
/// @file
/// The price of a candidate of the evolution of circuits: that of its cleaned netlist, without making one.
#pragma once

#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/netlist.hpp>
#include <alwann/multiplier/concept.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Inputs of an 8x8 multiplier.
inline constexpr std::size_t multiplier_input_count = 16;
/// The first signal that a gate of a multiplier drives.
inline constexpr signal first_gate_signal = 2 + multiplier_input_count;

/// Cleans and prices circuits of 16 inputs by the rules of netlist_builder and estimate_cost(), a hundred
/// times a millisecond: the search has to see what a result will cost, or it finds gates that look free.
///
/// In integers: the sums do not depend on the order of the gates, and fused multiply-adds, which some flags
/// allow, round nothing differently.
class candidate_price {
public:
    /// Simplifies the gates marked as active; afterwards gates() and outputs() are the cleaned netlist.
    void clean(std::span<const gate> gates, std::span<const signal> outputs,
               std::span<const std::uint8_t> active) {
        built_.clear();
        source_.clear();
        if (++stamp_ == 0) { // slots of the table are valid only under the present stamp
            std::fill(table_.begin(), table_.end(), slot{});
            stamp_ = 1;
        }
        while (table_.size() < 4 * gates.size()) {
            table_.assign(2 * table_.size(), slot{});
        }
        image_.resize(first_gate_signal + gates.size());
        for (signal s = 0; s < first_gate_signal; ++s) {
            image_[s] = s;
        }
        for (std::size_t i = 0; i < gates.size(); ++i) {
            if (active[i] != 0) {
                present_ = static_cast<std::uint32_t>(i);
                image_[first_gate_signal + i] = make(gates[i].kind, image_[gates[i].a], image_[gates[i].b]);
            }
        }
        keep_needed(outputs);
    }

    /// The gates of the cleaned netlist.
    [[nodiscard]] const std::vector<gate>& gates() const noexcept { return kept_; }
    /// Its outputs.
    [[nodiscard]] const std::vector<signal>& outputs() const noexcept { return ends_; }

    /// The sum of the gates' sizes, in halves of a unit.
    [[nodiscard]] std::uint64_t half_sizes() const noexcept {
        std::uint64_t total = 0;
        for (const gate& g : kept_) {
            total += static_cast<std::uint64_t>(2 * weights_of(g.kind).size);
        }
        return total;
    }

    /// The weighted activity of the cleaned netlist, in units of 2^-33; `ones` says for how many patterns
    /// each signal of the original one is 1.
    [[nodiscard]] std::uint64_t activity(std::span<const std::uint32_t> ones, const cost_model& model) {
        constexpr std::uint64_t always = operand_pairs; // probability 1, in the unit of `ones`
        constexpr std::uint64_t most = std::uint64_t{1}
                                       << 44; // long chains of XORs would grow beyond any integer
        const auto glitch_share = static_cast<std::uint64_t>(model.glitch_share * 0x1p16);
        ones_.resize(first_gate_signal + kept_.size());
        density_.resize(first_gate_signal + kept_.size());
        for (signal s = 0; s < first_gate_signal; ++s) {
            ones_[s] = s == netlist::zero ? 0 : s == netlist::one ? always : always / 2;
            density_[s] = s <= netlist::one ? 0 : std::uint64_t{1} << 31; // one half; the unit is 2^-32
        }
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            const gate& g = kept_[i];
            const std::uint64_t p = ones[first_gate_signal + kept_source_[i]];
            const std::uint64_t pa = ones_[g.a], pb = ones_[g.b];
            const std::uint64_t da = density_[g.a], db = density_[g.b];
            std::uint64_t density = da; // of a NOT
            if (g.kind != gate_kind::not_gate) {
                const std::uint64_t without_delay = 2 * p * (always - p);
                const std::uint64_t independent = g.kind == gate_kind::xor_gate ? da + db
                                                  : g.kind == gate_kind::and_gate
                                                      ? (pb * da + pa * db) >> 16
                                                      : ((always - pb) * da + (always - pa) * db) >> 16;
                const std::uint64_t glitches = independent > without_delay ? independent - without_delay : 0;
                density = std::min(most, without_delay + ((glitch_share * glitches) >> 16));
            }
            ones_[first_gate_signal + i] = p;
            density_[first_gate_signal + i] = density;
            total += static_cast<std::uint64_t>(2 * weights_of(g.kind).power) * density;
        }
        return total;
    }

private:
    struct slot {
        std::uint32_t stamp = 0, value = 0;
        gate key{};
    };

    /// As netlist_builder::make().
    signal make(gate_kind kind, signal a, signal b) {
        if (kind == gate_kind::not_gate) {
            return make_not(a);
        }
        if (a > b) {
            std::swap(a, b);
        }
        const bool opposite = complements(a, b) || complements(b, a);
        switch (kind) {
        case gate_kind::and_gate:
            if (a == netlist::zero || opposite) {
                return netlist::zero;
            }
            return a == netlist::one || a == b ? b : add({kind, a, b});
        case gate_kind::or_gate:
            if (a == netlist::one || opposite) {
                return netlist::one;
            }
            return a == netlist::zero || a == b ? b : add({kind, a, b});
        default:
            break;
        }
        if (a == b) {
            return netlist::zero;
        }
        if (opposite) {
            return netlist::one;
        }
        return a == netlist::zero ? b : a == netlist::one ? make_not(b) : add({kind, a, b});
    }

    signal make_not(signal a) {
        if (a <= netlist::one) {
            return a ^ 1u;
        }
        const gate* driver = driver_of(a);
        return driver != nullptr && driver->kind == gate_kind::not_gate ? driver->a
                                                                        : add({gate_kind::not_gate, a, a});
    }

    [[nodiscard]] const gate* driver_of(signal s) const noexcept {
        return s < first_gate_signal ? nullptr : &built_[s - first_gate_signal];
    }
    [[nodiscard]] bool complements(signal a, signal b) const noexcept {
        const gate* driver = driver_of(a);
        return driver != nullptr && driver->kind == gate_kind::not_gate && driver->a == b;
    }

    signal add(const gate& wanted) {
        const std::uint64_t key = (std::uint64_t{wanted.a} << 32) | (std::uint64_t{wanted.b} << 2) |
                                  static_cast<std::uint64_t>(wanted.kind);
        std::size_t place = ((key * 0x9E3779B97F4A7C15u) >> 32) & (table_.size() - 1);
        while (table_[place].stamp == stamp_) {
            if (table_[place].key == wanted) {
                return table_[place].value;
            }
            place = (place + 1) & (table_.size() - 1);
        }
        const auto fresh = static_cast<signal>(first_gate_signal + built_.size());
        table_[place] = {stamp_, fresh, wanted};
        built_.push_back(wanted);
        source_.push_back(present_);
        return fresh;
    }

    /// Drops what no output depends on and closes the gaps.
    void keep_needed(std::span<const signal> outputs) {
        needed_.assign(first_gate_signal + built_.size(), 0);
        for (const signal output : outputs) {
            needed_[image_[output]] = 1;
        }
        for (std::size_t i = built_.size(); i-- > 0;) {
            if (needed_[first_gate_signal + i] != 0) {
                needed_[built_[i].a] = 1;
                needed_[built_[i].b] = 1;
            }
        }
        renamed_.resize(needed_.size());
        for (signal s = 0; s < first_gate_signal; ++s) {
            renamed_[s] = s;
        }
        kept_.clear();
        kept_source_.clear();
        for (std::size_t i = 0; i < built_.size(); ++i) {
            if (needed_[first_gate_signal + i] != 0) {
                renamed_[first_gate_signal + i] = static_cast<signal>(first_gate_signal + kept_.size());
                kept_.push_back({built_[i].kind, renamed_[built_[i].a], renamed_[built_[i].b]});
                kept_source_.push_back(source_[i]);
            }
        }
        ends_.clear();
        for (const signal output : outputs) {
            ends_.push_back(renamed_[image_[output]]);
        }
    }

    std::vector<slot> table_ = std::vector<slot>(1024);
    std::uint32_t stamp_ = 0, present_ = 0;
    std::vector<gate> built_, kept_;
    std::vector<std::uint32_t> source_, kept_source_;
    std::vector<signal> image_, renamed_, ends_;
    std::vector<std::uint8_t> needed_;
    std::vector<std::uint64_t> ones_, density_;
};

/// The score of a circuit as an integer, about 2^24 for that of the exact multiplier.
struct score_scale {
    double of_activity = 0, of_size = 0;

    /// Power counts with its share, area with the rest; the exact Dadda multiplier has 2^24.
    score_scale(double power_share, std::uint64_t exact_activity, std::uint64_t exact_size)
        : of_activity(0x1p24 * power_share / static_cast<double>(exact_activity)),
          of_size(0x1p24 * (1 - power_share) / static_cast<double>(exact_size)) {}

    [[nodiscard]] std::int64_t operator()(std::uint64_t activity, std::uint64_t half_sizes) const {
        return std::llround(of_activity * static_cast<double>(activity)) +
               std::llround(of_size * static_cast<double>(half_sizes));
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
