// SPDX-License-Identifier: MIT
/// @file
/// The definitions of circuit/blif.hpp.
#pragma once

#include <alwann/circuit/blif.hpp>
#include <alwann/circuit/detail/cells.hpp>
#include <alwann/circuit/detail/ports.hpp>
#include <alwann/circuit/detail/table_gates.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Reads the text line by line; a backslash joins lines.
class blif_model {
public:
    blif_model(const std::string& file, std::string_view text, const circuit_reading& reading)
        : cursor_(file, text, circuit_max_bytes),
          reading_(reading),
          fail_([this](text_position at, const std::string& field, const std::string& expected,
                       const std::string& found) { cursor_.fail(at, field, expected, found); }),
          graph_(fail_) {}
    blif_model(const blif_model&) = delete;
    blif_model& operator=(const blif_model&) = delete;

    [[nodiscard]] multiplier_circuit run() {
        bool ended = false;
        while (!ended && next_line()) {
            const token& first = line_[0];
            if (name_.text.empty() != (first.text == ".model")) {
                fail(first, "file", name_.text.empty() ? "'.model'" : "one model");
            }
            if (first.text == ".model") {
                require_words(2, 2);
                name_ = line_[1];
            } else if (first.text == ".inputs" || first.text == ".outputs") {
                declare_ports(first.text == ".inputs" ? inputs_ : outputs_);
            } else if (first.text == ".names") {
                read_cover();
            } else if (first.text == ".gate") {
                read_gate();
            } else if (first.text == ".end") {
                ended = true;
            } else {
                fail(first, "line", ".inputs, .outputs, .names, .gate or .end");
            }
        }
        if (name_.text.empty()) {
            cursor_.fail(cursor_.position(), "file", "'.model'", "the end of the text");
        }
        if (ended && next_line()) {
            fail(line_[0], "file", "nothing after .end");
        }
        return bind_ports(graph_, std::string(name_.text), name_.at, std::move(inputs_), std::move(outputs_),
                          reading_, fail_);
    }

private:
    [[noreturn]] void fail(const token& at, const char* field, const std::string& expected) const {
        cursor_.fail(at.at, field, expected, quoted(at.text));
    }

    /// Splits the next line that is not empty into words.
    bool next_line() {
        if (is_pending_) {
            is_pending_ = false;
            return true;
        }
        line_.clear();
        while (!cursor_.at_end()) {
            const char c = cursor_.peek();
            if (c == '\n' && !line_.empty()) {
                break;
            }
            if (c == '#') {
                while (!cursor_.at_end() && cursor_.peek() != '\n') {
                    cursor_.advance();
                }
            } else if (c == '\\' && (cursor_.peek(1) == '\n' || cursor_.starts_with("\\\r\n"))) {
                cursor_.advance(cursor_.peek(1) == '\n' ? 2 : 3);
            } else if (is_blank(c)) {
                cursor_.advance();
            } else {
                const std::size_t first = cursor_.offset();
                const text_position at = cursor_.position();
                while (!cursor_.at_end() && !is_blank(cursor_.peek()) && cursor_.peek() != '#' &&
                       cursor_.peek() != '\\') {
                    cursor_.advance();
                }
                if (cursor_.offset() == first) {
                    cursor_.fail(at, "line", "'\\' at the end of a line only");
                }
                line_.push_back({token_kind::word, cursor_.since(first), at});
                if (line_.size() > circuit_max_nets) {
                    fail(line_[0], "line", "at most " + std::to_string(circuit_max_nets) + " words");
                }
            }
        }
        return !line_.empty();
    }
    void require_words(std::size_t least, std::size_t most) const {
        if (line_.size() < least || line_.size() > most) {
            cursor_.fail(line_[0].at, std::string(line_[0].text),
                         std::to_string(least - 1) + (most > least ? " or more" : "") + " names",
                         std::to_string(line_.size() - 1));
        }
    }

    /// The net of a name, which becomes known by its first use.
    signal net(const token& name) {
        const auto [place, inserted] = nets_.try_emplace(name.text, 0);
        if (inserted) {
            place->second = graph_.declare(std::string(name.text), 1, name.at);
        }
        return place->second;
    }
    signal read(const token& name) {
        const signal found = net(name);
        graph_.read(found, name.at);
        return found;
    }

    void declare_ports(std::vector<port>& ports) {
        for (std::size_t i = 1; i < line_.size(); ++i) {
            if (ports.size() == most_ports) {
                fail(line_[i], "ports", "at most " + std::to_string(most_ports));
            }
            ports.push_back({.name = std::string(line_[i].text), .nets = {net(line_[i])}, .at = line_[i].at});
        }
    }

    /// .names a b y, then lines such as `1- 1`.
    void read_cover() {
        require_words(2, circuit_max_nets);
        const std::vector<token> names(line_.begin() + 1, line_.end());
        word in;
        for (std::size_t i = 0; i + 1 < names.size(); ++i) {
            in.push_back(read(names[i]));
        }
        graph_.at(names.back().at);
        const std::size_t small = in.size();
        std::uint64_t on_set = 0; // of small functions: the patterns in a cube
        word cubes;
        char phase = 0;
        while (next_line()) {
            const token& first = line_[0];
            if (first.text.starts_with('.')) {
                is_pending_ = true;
                break;
            }
            const bool constant = in.empty();
            if (line_.size() != (constant ? 1 : 2)) {
                fail(first, "cover", constant ? "one value" : "a cube and a value");
            }
            const token& value = line_.back();
            if ((value.text != "0" && value.text != "1") || (phase != 0 && value.text[0] != phase)) {
                fail(value, "cover", phase == 0 ? "'0' or '1'" : "the same value in every line");
            }
            phase = value.text[0];
            if (!constant && (first.text.size() != in.size() ||
                              first.text.find_first_not_of("01-") != std::string_view::npos)) {
                fail(first, "cover", "a cube of " + std::to_string(in.size()) + " characters 0, 1 or -");
            }
            if (small <= word_table_inputs) {
                on_set |= constant ? 1 : patterns_of(first.text);
            } else {
                cubes.push_back(cube(in, first.text));
            }
        }
        const bool inverted = phase == '0';
        const signal result =
            small <= word_table_inputs
                ? table_gate(graph_, in, inverted ? ~on_set & all_patterns(in.size()) : on_set)
                : fold_word(cubes, netlist::zero, [&](signal a, signal b) { return graph_.gate_or(a, b); });
        graph_.drive(net(names.back()),
                     inverted && small > word_table_inputs ? graph_.gate_not(result) : result,
                     names.back().at);
    }

    signal cube(const word& in, std::string_view literals) {
        signal all = netlist::one;
        for (std::size_t i = 0; i < in.size(); ++i) {
            if (literals[i] != '-') {
                all = graph_.gate_and(all, literals[i] == '1' ? in[i] : graph_.gate_not(in[i]));
            }
        }
        return all;
    }

    /// .gate NAND2X1 A=a B=b Y=y
    void read_gate() {
        require_words(2, circuit_max_nets);
        const auto kind = find_cell(line_[1].text);
        if (!kind) {
            fail(line_[1], "cell", "a known cell");
        }
        std::vector<signal> connected(kind->pins.size(), netlist::zero);
        std::vector<const token*> places(kind->pins.size(), nullptr);
        for (std::size_t i = 2; i < line_.size(); ++i) {
            const std::size_t equals = std::min(line_[i].text.find('='), line_[i].text.size() - 1);
            const auto pin = std::find(kind->pins.begin(), kind->pins.end(), line_[i].text.substr(0, equals));
            const auto place = static_cast<std::size_t>(pin - kind->pins.begin());
            if (pin == kind->pins.end() || equals + 1 == line_[i].text.size() || places[place] != nullptr) {
                fail(line_[i], "pin", "PIN=net, each pin of the cell once");
            }
            token name = line_[i];
            name.text.remove_prefix(equals + 1);
            name.at.column += static_cast<std::uint32_t>(equals + 1);
            places[place] = &line_[i];
            connected[place] = place < kind->inputs ? read(name) : net(name);
        }
        for (std::size_t i = 0; i < kind->inputs; ++i) {
            if (places[i] == nullptr) {
                cursor_.fail(line_[1].at, "pin " + std::string(kind->pins[i]), "a connection", "none");
            }
        }
        connected.resize(kind->pins.size());
        const word in(connected.begin(), connected.begin() + static_cast<std::ptrdiff_t>(kind->inputs));
        graph_.at(line_[1].at);
        const word out = cell_outputs(graph_, *kind, in);
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (const token* place = places[kind->inputs + i]; place != nullptr) {
                graph_.drive(connected[kind->inputs + i], out[i], place->at);
            }
        }
    }

    static constexpr std::size_t most_ports = 4096;

    text_cursor cursor_;
    const circuit_reading& reading_;
    net_graph::failure fail_;
    net_graph graph_;
    std::unordered_map<std::string_view, signal> nets_;
    std::vector<token> line_;
    bool is_pending_ = false; ///< the line is to be read once more
    token name_;
    std::vector<port> inputs_, outputs_;
};

} // namespace detail

ALWANN_SEPARABLE multiplier_circuit parse_blif(std::string_view text, const std::string& file,
                                               const circuit_reading& reading) {
    multiplier_circuit circuit = detail::blif_model(file, text, reading).run();
    circuit.published = read_published(text);
    return circuit;
}

ALWANN_SEPARABLE multiplier_circuit read_blif(const std::filesystem::path& path,
                                              const circuit_reading& reading) {
    return parse_blif(detail::read_text_file(path, circuit_max_bytes), path.string(), reading);
}

} // namespace alwann::inline ALWANN_ABI
