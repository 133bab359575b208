// SPDX-License-Identifier: MIT
/// @file
/// The circuit that the evolution changes, and how it changes it.
#pragma once

#include <alwann/circuit/detail/evolve_kernel.hpp>
#include <alwann/circuit/detail/evolve_price.hpp>
#include <alwann/core/random.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// A netlist with room for change: gates in evaluation order, some of which no output depends on.
struct genome_nodes {
    std::vector<gate> gates;
    std::array<signal, product_bits> outputs{};
    std::vector<std::uint8_t> active; ///< whether an output depends on the gate

    [[nodiscard]] signal limit_of(std::size_t node) const noexcept {
        return static_cast<signal>(first_gate_signal + node);
    }

    /// Brings `active` up to date.
    void mark() {
        active.assign(gates.size(), 0);
        const auto need = [&](signal s) {
            if (s >= first_gate_signal) {
                active[s - first_gate_signal] = 1;
            }
        };
        for (const signal output : outputs) {
            need(output);
        }
        for (std::size_t i = gates.size(); i-- > 0;) {
            if (active[i] != 0) {
                need(gates[i].a);
                need(gates[i].b);
            }
        }
    }

    /// The circuit in a random one of its evaluation orders, with random gates strewn in: a gate can be made
    /// to read what happens to stand before it, so the order should not be the same for ever.
    [[nodiscard]] static genome_nodes encode(const netlist& circuit, std::size_t spare,
                                             random_generator& random) {
        const std::vector<gate>& gates = circuit.gates();
        std::vector<std::vector<std::uint32_t>> readers(gates.size());
        std::vector<std::uint32_t> waits_for(gates.size(), 0), ready;
        for (std::size_t i = 0; i < gates.size(); ++i) {
            for (const signal s : {gates[i].a, gates[i].b}) {
                if (s >= first_gate_signal) {
                    readers[s - first_gate_signal].push_back(static_cast<std::uint32_t>(i));
                    ++waits_for[i];
                }
            }
            if (waits_for[i] == 0) {
                ready.push_back(static_cast<std::uint32_t>(i));
            }
        }
        genome_nodes result;
        std::vector<signal> renamed(circuit.signals());
        for (signal s = 0; s < first_gate_signal; ++s) {
            renamed[s] = s;
        }
        std::size_t left = gates.size(), spare_left = spare;
        while (left + spare_left > 0) {
            const signal fresh = result.limit_of(result.gates.size());
            if (uniform_below(random, left + spare_left) < spare_left) {
                --spare_left;
                result.gates.push_back({static_cast<gate_kind>(uniform_below(random, 3)),
                                        static_cast<signal>(2 + uniform_below(random, fresh - 2)),
                                        static_cast<signal>(2 + uniform_below(random, fresh - 2))});
                continue;
            }
            --left;
            std::swap(ready[uniform_below(random, ready.size())], ready.back());
            const std::uint32_t next = ready.back();
            ready.pop_back();
            renamed[first_gate_signal + next] = fresh;
            result.gates.push_back({gates[next].kind, renamed[gates[next].a], renamed[gates[next].b]});
            for (const std::uint32_t reader : readers[next]) {
                if (--waits_for[reader] == 0) {
                    ready.push_back(reader);
                }
            }
        }
        for (std::size_t i = 0; i < circuit.outputs().size(); ++i) {
            result.outputs[i] = renamed[circuit.outputs()[i]];
        }
        return result;
    }
};

/// What the last changes replaced, so that they can be taken back.
class change_log {
public:
    void clear() noexcept {
        gates_.clear();
        outputs_.clear();
    }
    void set(genome_nodes& nodes, std::size_t node, const gate& value) {
        gates_.emplace_back(node, nodes.gates[node]);
        nodes.gates[node] = value;
    }
    void set_output(genome_nodes& nodes, std::size_t output, signal value) {
        outputs_.emplace_back(output, nodes.outputs[output]);
        nodes.outputs[output] = value;
    }
    void undo(genome_nodes& nodes) const {
        for (std::size_t i = gates_.size(); i-- > 0;) {
            nodes.gates[gates_[i].first] = gates_[i].second;
        }
        for (std::size_t i = outputs_.size(); i-- > 0;) {
            nodes.outputs[outputs_[i].first] = outputs_[i].second;
        }
    }
    /// The gates that were changed, maybe with repetitions.
    [[nodiscard]] const std::vector<std::pair<std::size_t, gate>>& gates() const noexcept { return gates_; }
    [[nodiscard]] bool empty() const noexcept { return gates_.empty() && outputs_.empty(); }

private:
    std::vector<std::pair<std::size_t, gate>> gates_;
    std::vector<std::pair<std::size_t, signal>> outputs_;
};

/// Makes one random change that matters: a gate that counts gets another kind, or a pin that counts another
/// signal.
///
/// `active` lists the active gates in order. `unlike(s, t)` says how different two signals are: a pin often
/// gets the most similar of a few signals, which is what approximation is about.
template <class Unlike>
void change(genome_nodes& nodes, std::span<const std::uint32_t> active, random_generator& random,
            const Unlike& unlike, change_log& log) {
    const std::uint64_t choice = uniform_below(random, 16);
    if (choice < 3 && !active.empty()) {
        const std::uint32_t node = active[uniform_below(random, active.size())];
        gate changed = nodes.gates[node];
        const auto other = uniform_below(random, 3);
        changed.kind =
            static_cast<gate_kind>(other < static_cast<std::uint64_t>(changed.kind) ? other : other + 1);
        if (changed.kind == gate_kind::not_gate) {
            changed.a = changed.b = uniform_below(random, 2) == 0 ? changed.a : changed.b;
        }
        log.set(nodes, node, changed);
        return;
    }
    const std::uint64_t pin = uniform_below(random, 2 * active.size() + product_bits);
    const bool is_output = pin >= 2 * active.size();
    const std::size_t rank = is_output ? active.size() : pin / 2; // of the gates that may be read
    const signal limit = is_output ? nodes.limit_of(nodes.gates.size()) : nodes.limit_of(active[rank]);
    const std::size_t output = is_output ? pin - 2 * active.size() : 0;
    const gate* reader = is_output ? nullptr : &nodes.gates[active[rank]];
    const signal present = is_output ? nodes.outputs[output] : pin % 2 == 0 ? reader->a : reader->b;
    signal chosen = present;
    if (choice < 7) {
        chosen = static_cast<signal>(uniform_below(random, limit));
    } else if (choice < 11) {
        std::uint64_t least = ~std::uint64_t{0};
        for (int attempt = 0; attempt < 4; ++attempt) {
            const std::uint64_t drawn = uniform_below(random, multiplier_input_count + rank);
            const signal candidate = drawn < multiplier_input_count
                                         ? static_cast<signal>(2 + drawn)
                                         : nodes.limit_of(active[drawn - multiplier_input_count]);
            const std::uint64_t difference = candidate == present ? least : unlike(candidate, present);
            if (difference < least) {
                least = difference;
                chosen = candidate;
            }
        }
    } else if (choice < 14 && present >= first_gate_signal) { // past a gate
        const gate& driver = nodes.gates[present - first_gate_signal];
        chosen = uniform_below(random, 2) == 0 ? driver.a : driver.b;
    } else {
        chosen = static_cast<signal>(uniform_below(random, 2));
    }
    if (chosen == present) {
        return;
    }
    if (is_output) {
        log.set_output(nodes, output, chosen);
        return;
    }
    gate changed = *reader;
    if (pin % 2 == 0 || changed.kind == gate_kind::not_gate) {
        changed.a = chosen;
    }
    if (pin % 2 != 0 || changed.kind == gate_kind::not_gate) {
        changed.b = chosen;
    }
    log.set(nodes, active[rank], changed);
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
