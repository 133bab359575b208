// SPDX-License-Identifier: MIT
/// @file
/// Circuits as unordered nets with drivers, as netlist languages describe them.
#pragma once

#include <alwann/circuit/detail/lexer.hpp>
#include <alwann/circuit/netlist.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Most nets of a circuit file, single bits; what gates drive counts too.
inline constexpr std::size_t circuit_max_nets = circuit_max_gates;

namespace detail {

/// Nets in any order. A net is a signal in the sense of words.hpp; 0 and 1 are the constants.
class net_graph {
public:
    /// `fail` throws a format_error for a place: (place, field, expected, found).
    using failure =
        std::function<void(text_position, const std::string&, const std::string&, const std::string&)>;

    explicit net_graph(failure fail) : fail_(std::move(fail)) {
        nets_.push_back({.kind = driver::constant});
        nets_.push_back({.kind = driver::constant});
    }

    /// Where gates made from now on are said to be.
    void at(text_position place) noexcept { place_ = place; }

    /// Counts work that leaves no gates behind, so that no short text takes long.
    void spend(std::size_t steps, text_position place) {
        spent_ += steps;
        if (spent_ > 64 * circuit_max_gates) {
            fail_(place, "circuit", "at most " + std::to_string(64 * circuit_max_gates) + " steps", "");
        }
    }

    /// New nets without a driver, one after the other, for a name. Returns the first.
    signal declare(std::string name, std::size_t count, text_position place,
                   std::optional<std::int64_t> lowest_index = {}, bool ascending = false) {
        reserve(count, place);
        const auto first = static_cast<signal>(nets_.size());
        names_.push_back({first, std::move(name), count, lowest_index, ascending});
        nets_.insert(nets_.end(), count, net{.declared = place});
        return first;
    }
    /// Says that inputs of the circuit drive nets; inputs are numbered in the order of these calls.
    void make_inputs(signal first, std::size_t count) {
        for (signal n = first; n < first + count; ++n) {
            drive_with(n, {.kind = driver::input, .a = static_cast<signal>(inputs_++)}, nets_[n].declared);
        }
    }
    /// Connects a net to the one that drives it.
    void drive(signal target, signal source, text_position place) {
        drive_with(target, {.kind = driver::wire, .a = source, .b = source}, place);
    }
    /// Notes where a net is read, for messages.
    void read(signal net, text_position place) {
        if (nets_[net].first_read == text_position{0, 0}) {
            nets_[net].first_read = place;
        }
    }

    signal gate_and(signal a, signal b) {
        if (a > b) {
            std::swap(a, b);
        }
        return a == netlist::zero ? a : a == netlist::one ? b : add(driver::and_gate, a, b);
    }
    signal gate_or(signal a, signal b) {
        if (a > b) {
            std::swap(a, b);
        }
        return a == netlist::one || b == netlist::one ? netlist::one
               : a == netlist::zero                   ? b
                                                      : add(driver::or_gate, a, b);
    }
    signal gate_xor(signal a, signal b) {
        if (a > b) {
            std::swap(a, b);
        }
        return a == netlist::zero ? b : a == netlist::one ? gate_not(b) : add(driver::xor_gate, a, b);
    }
    signal gate_not(signal a) { return a <= netlist::one ? a ^ 1u : add(driver::not_gate, a, a); }

    /// The netlist of everything that drives the outputs. Also looks at the rest: a loop or a net that is
    /// read but not driven is an error wherever it is.
    [[nodiscard]] netlist resolve(const std::vector<signal>& outputs) {
        netlist_builder builder(inputs_);
        image_.assign(nets_.size(), 0);
        state_.assign(nets_.size(), unseen);
        for (const signal output : outputs) {
            require_driver(output, nets_[output].declared);
        }
        for (signal n = 0; n < nets_.size(); ++n) {
            if (nets_[n].kind != driver::none || nets_[n].first_read != text_position{0, 0}) {
                visit(builder, n);
            }
        }
        std::vector<signal> ends;
        for (const signal output : outputs) {
            ends.push_back(image_[output]);
        }
        return builder.finish(ends);
    }

private:
    enum class driver : std::uint8_t { none, constant, input, wire, and_gate, or_gate, xor_gate, not_gate };
    enum : char { unseen, open, done };
    struct net {
        driver kind = driver::none;
        signal a = 0, b = 0;
        text_position declared{}; // or where the gate is
        text_position driven{};
        text_position first_read{0, 0};
    };
    struct name_range {
        signal first;
        std::string name;
        std::size_t count;
        std::optional<std::int64_t> lowest_index;
        bool ascending;
    };
    struct link {
        driver kind;
        signal a = 0, b = 0;
    };

    void reserve(std::size_t count, text_position place) {
        if (count > circuit_max_nets - std::min(nets_.size(), circuit_max_nets)) {
            fail_(place, "circuit", "at most " + std::to_string(circuit_max_nets) + " nets", "");
        }
    }
    signal add(driver kind, signal a, signal b) {
        if (++gates_ > circuit_max_gates) {
            fail_(place_, "circuit", "at most " + std::to_string(circuit_max_gates) + " gates", "");
        }
        reserve(1, place_);
        nets_.push_back({.kind = kind, .a = a, .b = b, .declared = place_, .driven = place_});
        return static_cast<signal>(nets_.size() - 1);
    }
    void drive_with(signal target, link source, text_position place) {
        net& driven = nets_[target];
        if (driven.kind != driver::none) {
            fail_(place, "net " + name_of(target), "one driver",
                  driven.kind == driver::input ? "one more than the input"
                                               : "one more than in " + std::to_string(driven.driven.line) +
                                                     ":" + std::to_string(driven.driven.column));
        }
        driven.kind = source.kind;
        driven.a = source.a;
        driven.b = source.b;
        driven.driven = place;
    }

    [[nodiscard]] std::string name_of(signal n) const {
        const auto after = std::upper_bound(names_.begin(), names_.end(), n,
                                            [](signal net, const name_range& r) { return net < r.first; });
        if (after == names_.begin() || n >= std::prev(after)->first + std::prev(after)->count) {
            return "";
        }
        const name_range& range = *std::prev(after);
        std::string name = "'" + range.name;
        if (range.lowest_index) {
            const auto offset = static_cast<std::int64_t>(n - range.first);
            const std::int64_t highest = *range.lowest_index + static_cast<std::int64_t>(range.count) - 1;
            name +=
                "[" + std::to_string(range.ascending ? highest - offset : *range.lowest_index + offset) + "]";
        }
        return name + "'";
    }

    void require_driver(signal n, text_position place) const {
        if (nets_[n].kind == driver::none) {
            fail_(nets_[n].first_read != text_position{0, 0} ? nets_[n].first_read : place,
                  "net " + name_of(n), "a driver", "none");
        }
    }

    /// Depth first with a stack of our own: chains may be long.
    void visit(netlist_builder& builder, signal start) {
        std::vector<signal> stack{start};
        while (!stack.empty()) {
            const signal n = stack.back();
            require_driver(n, nets_[n].declared);
            const net& here = nets_[n];
            const bool has_sources = here.kind != driver::constant && here.kind != driver::input;
            if (state_[n] == unseen && has_sources) {
                state_[n] = open;
                for (const signal source : {here.a, here.b}) {
                    if (state_[source] == open) {
                        report_loop(stack, source);
                    }
                    if (state_[source] == unseen && (stack.back() != source)) {
                        stack.push_back(source);
                    }
                }
                continue;
            }
            if (state_[n] != done) {
                image_[n] = build(builder, n);
                state_[n] = done;
            }
            stack.pop_back();
        }
    }
    [[nodiscard]] signal build(netlist_builder& builder, signal n) const {
        const net& here = nets_[n];
        switch (here.kind) {
        case driver::input:
            return builder.input(here.a);
        case driver::wire:
            return image_[here.a];
        case driver::and_gate:
            return builder.gate_and(image_[here.a], image_[here.b]);
        case driver::or_gate:
            return builder.gate_or(image_[here.a], image_[here.b]);
        case driver::xor_gate:
            return builder.gate_xor(image_[here.a], image_[here.b]);
        case driver::not_gate:
            return builder.gate_not(image_[here.a]);
        case driver::constant:
        case driver::none:
            break;
        }
        return n; // a constant
    }
    void report_loop(const std::vector<signal>& stack, signal start) const {
        std::string through;
        std::size_t named = 0;
        text_position place = nets_[start].driven;
        std::vector<bool> seen(nets_.size(), false);
        for (std::size_t i = stack.size(); i-- > 0;) {
            if (state_[stack[i]] != open || seen[stack[i]]) {
                continue; // waits for its turn, not part of the way
            }
            seen[stack[i]] = true;
            if (const std::string name = name_of(stack[i]); !name.empty()) {
                if (named == 0) {
                    place = nets_[stack[i]].driven;
                }
                if (++named <= 4) {
                    through.append(named == 1 ? "" : ", ").append(name);
                }
            }
            if (stack[i] == start) {
                break;
            }
        }
        fail_(place, "circuit", "no combinational loop",
              named == 0 ? "one" : "one through " + through + (named > 4 ? ", ..." : ""));
    }

    failure fail_;
    std::vector<net> nets_;
    std::vector<name_range> names_; // in the order of nets
    std::vector<signal> image_;     // in the netlist
    std::vector<char> state_;
    text_position place_;
    std::size_t gates_ = 0, inputs_ = 0, spent_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
