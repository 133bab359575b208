// SPDX-License-Identifier: MIT
/// @file
/// What the evolution of circuits has to remember between epochs, and the file it is kept in.
#pragma once

#include <alwann/circuit/netlist.hpp>
#include <alwann/core/parse_number.hpp>
#include <alwann/core/source_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// One island between two epochs. Scores are not kept: they follow from the circuits.
struct island_state {
    netlist present;           ///< where the climber stands
    netlist best;              ///< the best since the island's last start
    std::uint64_t stalled = 0; ///< epochs since it became better
    std::uint64_t age = 0;     ///< epochs since its last start
};

/// Settings by name.
using saved_settings = std::vector<std::pair<std::string, std::uint64_t>>;

/// The whole evolution between two epochs. Random numbers start anew in each epoch, so none are kept.
struct evolution_state {
    saved_settings settings; ///< what the results depend on
    std::uint64_t epoch = 0;
    std::uint64_t candidates = 0, simulated = 0;
    netlist seed, best;
    std::vector<island_state> islands;
};

/// FNV-1a, 64 bits.
[[nodiscard]] inline std::uint64_t hash_of(std::string_view text,
                                           std::uint64_t hash = 0xCBF29CE484222325u) noexcept {
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    }
    return hash;
}

/// Appends a netlist as a line: name, number of gates, each gate as a letter and its signals, the outputs.
inline void append_netlist(std::string& text, std::string_view name, const netlist& circuit) {
    text.append(name).append(" ").append(std::to_string(circuit.gates().size()));
    for (const gate& g : circuit.gates()) {
        text += ' ';
        text += "aoxn"[static_cast<std::size_t>(g.kind)];
        text += std::to_string(g.a) + "," + std::to_string(g.b);
    }
    for (const signal output : circuit.outputs()) {
        text += ' ' + std::to_string(output);
    }
    text += '\n';
}

/// The state as text; the last line holds the hash of all before it.
[[nodiscard]] inline std::string to_text(const evolution_state& state) {
    std::string text = "alwann-evolution 2\n";
    const auto line = [&](const char* name, std::uint64_t value) {
        text.append(name).append(" ").append(std::to_string(value)).append("\n");
    };
    line("settings", state.settings.size());
    for (const auto& [name, value] : state.settings) {
        line(name.c_str(), value);
    }
    line("epoch", state.epoch);
    line("candidates", state.candidates);
    line("simulated", state.simulated);
    append_netlist(text, "seed", state.seed);
    append_netlist(text, "best", state.best);
    line("islands", state.islands.size());
    for (const island_state& island : state.islands) {
        line("stalled", island.stalled);
        line("age", island.age);
        append_netlist(text, "present", island.present);
        append_netlist(text, "peak", island.best);
    }
    line("end", hash_of(text));
    return text;
}

/// Reads what to_text() writes, word by word; errors name the file, the line and the field.
class state_reader {
public:
    state_reader(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {}

    [[nodiscard]] evolution_state read() {
        evolution_state state;
        if (number("alwann-evolution") != 2) {
            fail("alwann-evolution", "version 2");
        }
        state.settings = settings();
        state.epoch = number("epoch");
        state.candidates = number("candidates");
        state.simulated = number("simulated");
        state.seed = circuit("seed");
        state.best = circuit("best");
        const std::uint64_t islands = number("islands");
        if (islands == 0 || islands > most_islands) {
            fail("islands", "a number from 1 to " + std::to_string(most_islands));
        }
        for (std::uint64_t i = 0; i < islands; ++i) {
            island_state island;
            island.stalled = number("stalled");
            island.age = number("age");
            island.present = circuit("present");
            island.best = circuit("peak");
            state.islands.push_back(std::move(island));
        }
        const std::uint64_t hash = hash_of(std::string_view(text_).substr(0, place_));
        if (number("end") != hash) {
            fail("end", "the hash of the lines above");
        }
        if (place_ != text_.size()) {
            fail("end", "nothing after the last line");
        }
        return state;
    }

    static constexpr std::size_t most_islands = 4096;
    static constexpr std::size_t most_gates = 10'000;

private:
    [[noreturn]] void fail(const char* field, const std::string& expected) const {
        throw format_error(file_ + ":" + std::to_string(line_), field, expected, "'" + word_ + "'");
    }

    /// The next word of the line; empty at its end.
    [[nodiscard]] std::string_view word() {
        const std::size_t begin = place_;
        while (place_ < text_.size() && text_[place_] != ' ' && text_[place_] != '\n') {
            ++place_;
        }
        const std::string_view found = std::string_view(text_).substr(begin, place_ - begin);
        word_ = found.substr(0, 40);
        if (place_ < text_.size() && text_[place_] == ' ') {
            ++place_;
        }
        return found;
    }
    void end_line(const char* field) {
        if (place_ >= text_.size() || text_[place_] != '\n') {
            word_ = std::string_view(text_).substr(place_, 40);
            fail(field, "the end of the line");
        }
        ++place_;
        ++line_;
    }
    void name(const char* field) {
        if (word() != field) {
            fail(field, std::string("a line '") + field + "'");
        }
    }
    [[nodiscard]] std::uint64_t value(const char* field, std::string_view digits, std::uint64_t limit) const {
        const auto result = parse_number<std::uint64_t>(digits);
        if (!result || *result > limit) {
            fail(field, "a whole number up to " + std::to_string(limit));
        }
        return *result;
    }
    [[nodiscard]] std::uint64_t number(const char* field) {
        name(field);
        const std::uint64_t result = value(field, word(), ~std::uint64_t{0});
        if (std::string_view(field) != "end" || place_ < text_.size()) {
            end_line(field);
        }
        return result;
    }
    [[nodiscard]] saved_settings settings() {
        constexpr std::uint64_t most = 1000;
        const std::uint64_t count = number("settings");
        if (count > most) {
            fail("settings", "a number up to " + std::to_string(most));
        }
        saved_settings found;
        for (std::uint64_t i = 0; i < count; ++i) {
            std::string name(word());
            found.emplace_back(std::move(name), value("settings", word(), ~std::uint64_t{0}));
            end_line("settings");
        }
        return found;
    }
    [[nodiscard]] netlist circuit(const char* field) {
        name(field);
        const std::uint64_t count = value(field, word(), most_gates);
        std::vector<gate> gates;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::string_view text = word();
            const std::size_t kind = std::string_view("aoxn").find(text.empty() ? ' ' : text[0]);
            const std::size_t comma = std::min(text.find(','), text.size());
            if (kind == std::string_view::npos || comma == text.size()) {
                fail(field, "a gate such as a2,10");
            }
            gates.push_back({static_cast<gate_kind>(kind),
                             static_cast<signal>(value(field, text.substr(1, comma - 1), 17 + i)),
                             static_cast<signal>(value(field, text.substr(comma + 1), 17 + i))});
        }
        std::vector<signal> outputs;
        for (std::size_t i = 0; i < 16; ++i) {
            outputs.push_back(static_cast<signal>(value(field, word(), 17 + count)));
        }
        end_line(field);
        return netlist(16, std::move(gates), std::move(outputs));
    }

    std::string file_, text_, word_;
    std::size_t place_ = 0, line_ = 1;
};

/// Reads a state. Throws io_error or format_error.
[[nodiscard]] inline evolution_state read_state(const std::filesystem::path& path) {
    constexpr std::size_t most_bytes = std::size_t{64} << 20;
    return state_reader(path.string(), read_text_file(path, most_bytes)).read();
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
