// SPDX-License-Identifier: MIT
/// @file
/// The nodes of a TensorFlow graph that lead to its result, each after its inputs.
#pragma once

#include <alwann/core/parse_number.hpp>
#include <alwann/io/detail/tensorflow_node.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Orders the nodes of one graph.
class tensorflow_orderer {
public:
    explicit tensorflow_orderer(const graph_def& graph) : graph_(graph), inputs_(graph.nodes.size()) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            if (!index_.emplace(graph.nodes[i].name, i).second) {
                throw format_error(graph.file, "node '" + graph.nodes[i].name + "'", "a name of its own",
                                   "a second node of it");
            }
        }
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            for (const auto& input : graph.nodes[i].inputs) {
                if (!input.starts_with('^')) { // mere order does not change what is computed
                    inputs_[i].push_back(resolve(graph.nodes[i], input));
                }
            }
        }
    }

    /// The order of evaluation, the result last. `output` names it; empty: the only node whose result no
    /// other takes.
    [[nodiscard]] std::vector<tensorflow_node> order(const std::string& output) const {
        enum class state { untouched, open, done };
        std::vector<state> states(graph_.nodes.size(), state::untouched);
        std::vector<std::size_t> place(graph_.nodes.size(), 0);
        std::vector<tensorflow_node> result;
        // Depth first, without recursion: files may have chains of any length.
        std::vector<std::pair<std::size_t, std::size_t>> path{{last(output), 0}};
        while (!path.empty()) {
            auto& [node, next] = path.back();
            states[node] = state::open;
            if (next == inputs_[node].size()) {
                std::vector<tensorflow_source> from;
                for (const auto& input : inputs_[node]) {
                    from.push_back({place[input.node], input.output});
                }
                place[node] = result.size();
                result.emplace_back(graph_.file, graph_.nodes[node], std::move(from));
                states[node] = state::done;
                path.pop_back();
                continue;
            }
            const std::size_t input = inputs_[node][next++].node;
            if (states[input] == state::open) {
                throw format_error(graph_.file, "node '" + graph_.nodes[input].name + "'",
                                   "a graph without cycles", "a node that depends on itself");
            }
            if (states[input] == state::untouched) {
                path.emplace_back(input, 0);
            }
        }
        return result;
    }

private:
    [[nodiscard]] tensorflow_source resolve(const graph_def_node& node, const std::string& input) const {
        const auto colon = input.rfind(':');
        const std::string name = input.substr(0, colon);
        std::size_t output = 0;
        bool readable = true;
        if (colon != std::string::npos) {
            const auto number = parse_number<std::size_t>(std::string_view(input).substr(colon + 1));
            output = number.value_or(0);
            readable = number && output < 16;
        }
        const auto found = index_.find(name);
        if (found == index_.end() || !readable) {
            throw format_error(graph_.file, "node '" + node.name + "' input '" + input + "'",
                               "a node of the graph, perhaps with the number of its result",
                               "nothing of that name");
        }
        return {found->second, output};
    }

    [[nodiscard]] std::size_t last(const std::string& output) const {
        if (!output.empty()) {
            const auto found = index_.find(output);
            if (found == index_.end()) {
                throw name_error(graph_.file + ": no node '" + output + "' to be the network's result");
            }
            return found->second;
        }
        std::vector<bool> used(graph_.nodes.size(), false);
        for (const auto& inputs : inputs_) {
            for (const auto& input : inputs) {
                used[input.node] = true;
            }
        }
        std::vector<std::size_t> unused;
        std::string names;
        for (std::size_t i = 0; i < used.size(); ++i) {
            const auto& operation = graph_.nodes[i].operation;
            if (!used[i] && operation != "Const" && operation != "NoOp" && operation != "Placeholder") {
                unused.push_back(i);
                names += (names.empty() ? "'" : ", '") + graph_.nodes[i].name + "'";
            }
        }
        if (unused.size() != 1) {
            throw format_error(graph_.file, "result", "one node whose result no other takes, or its name",
                               unused.empty() ? "none" : names.substr(0, 400));
        }
        return unused.front();
    }

    const graph_def& graph_;
    std::map<std::string, std::size_t> index_;
    std::vector<std::vector<tensorflow_source>> inputs_; // by the file's order
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
