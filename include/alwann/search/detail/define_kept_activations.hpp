// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/kept_activations.hpp.
#pragma once

#include <alwann/nn/last_uses.hpp>
#include <alwann/search/kept_activations.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE std::vector<std::size_t> bytes_before_convolutions(const network& network) {
    const auto& nodes = network.nodes();
    const auto last = last_uses(nodes);
    std::vector<std::size_t> bytes;
    for (const auto convolution : network.convolutions()) {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < convolution; ++i) {
            sum += last[i] >= convolution ? nodes[i].shape.size() : 0;
        }
        bytes.push_back(std::max<std::size_t>(sum, 1));
    }
    return bytes;
}

ALWANN_SEPARABLE void kept_activations::open(std::span<const layer_choice* const> designs, std::size_t first,
                                             std::size_t last, std::size_t images, std::size_t all) {
    const std::lock_guard lock(access_);
    for (auto& [where, pass] : fresh_) {
        passes_[where] = std::move(pass);
    }
    fresh_.clear();
    auto& counts = counts_[first];
    std::set<layer_choice> candidates;
    for (const auto* design : designs) {
        for (std::size_t depth = 1; depth < design->size(); ++depth) {
            layer_choice prefix(design->begin(), design->begin() + static_cast<std::ptrdiff_t>(depth));
            ++counts[prefix];
            candidates.insert(std::move(prefix));
        }
    }
    for (const auto& prefix : wanted_[first]) {
        candidates.insert(prefix);
    }
    std::vector<std::pair<double, const layer_choice*>> order;
    for (const auto& prefix : candidates) {
        const double uses = static_cast<double>(counts[prefix]) - 0.9; // met once: likely never again
        order.emplace_back(-uses * products_[prefix.size()] / static_cast<double>(bytes_[prefix.size()]),
                           &prefix);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::set<layer_choice> wanted;
    double left = static_cast<double>(budget_) * static_cast<double>(images) / static_cast<double>(all);
    for (const auto& [score, prefix] : order) {
        const double cost = static_cast<double>(bytes_[prefix->size()]) * static_cast<double>(images);
        if (cost <= left) {
            left -= cost;
            wanted.insert(*prefix);
        }
    }
    for (auto pass = passes_.begin(); pass != passes_.end();) {
        const auto& [block, prefix] = pass->first;
        const bool mine = block >= first && block < last;
        pass = mine && !wanted.contains(prefix) ? passes_.erase(pass) : std::next(pass);
    }
    wanted_[first] = std::move(wanted);
    open_ = first;
}

ALWANN_SEPARABLE std::shared_ptr<const forward_pass>
kept_activations::find(std::size_t block, const layer_choice& prefix) const {
    const auto pass = passes_.find({block, prefix}); // passes_ does not change while a round is open
    return pass == passes_.end() ? nullptr : pass->second;
}

ALWANN_SEPARABLE void kept_activations::offer(std::size_t block, const layer_choice& prefix,
                                              const forward_pass& pass) {
    if (!wanted_.at(open_).contains(prefix) || passes_.contains({block, prefix})) {
        return;
    }
    const std::lock_guard lock(access_);
    auto& place = fresh_[{block, prefix}];
    if (place == nullptr) {
        place = std::make_shared<const forward_pass>(pass);
    }
}

} // namespace alwann::inline ALWANN_ABI
