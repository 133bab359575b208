// SPDX-License-Identifier: MIT
/// @file
/// How long the results of a network's nodes are needed.
#pragma once

#include <alwann/core/config.hpp>

#include <cstddef>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// For each node of a graph, network or batch_network, the last one that reads its result, after which that
/// can be dropped; itself if none does. For the last node, whose result is the network's, the number of
/// nodes.
template <class Node>
[[nodiscard]] std::vector<std::size_t> last_uses(const std::vector<Node>& nodes) {
    std::vector<std::size_t> last(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        last[i] = i;
        for (const auto input : nodes[i].inputs) {
            last[input] = i;
        }
    }
    if (!last.empty()) {
        last.back() = nodes.size();
    }
    return last;
}

} // namespace alwann::inline ALWANN_ABI
