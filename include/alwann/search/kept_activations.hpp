// SPDX-License-Identifier: MIT
/// @file
/// Activations that designs with the same first layers share, kept within a budget of bytes.
#pragma once

#include <alwann/nn/inference.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The multipliers of a design's layers, or of its first few.
using layer_choice = std::vector<std::size_t>;

/// Forward passes that stand before a convolution, by the multipliers of the convolutions before.
///
/// What is kept is decided before a round of work, by how often a prefix was asked for and what it saves per
/// byte, and what a round adds can be found from the next round on: what is saved depends on the designs and
/// not on threads.
class kept_activations {
public:
    /// Per convolution, the bytes of a pass of one image before it and the products it has behind it.
    kept_activations(std::vector<std::size_t> bytes, std::vector<double> products, std::size_t budget)
        : bytes_(std::move(bytes)), products_(std::move(products)), budget_(budget) {}

    /// Opens a round: designs that will run on the blocks [first, last) of images; `images` is how many these
    /// are, `all` those of all blocks together, which share the budget.
    void open(std::span<const layer_choice* const> designs, std::size_t first, std::size_t last,
              std::size_t images, std::size_t all) {
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

    /// The pass before convolution prefix.size() on a block; null if it is not kept.
    [[nodiscard]] std::shared_ptr<const forward_pass> find(std::size_t block,
                                                           const layer_choice& prefix) const {
        const auto pass = passes_.find({block, prefix}); // passes_ does not change while a round is open
        return pass == passes_.end() ? nullptr : pass->second;
    }

    /// Takes a pass of the open round if it is to be kept.
    void offer(std::size_t block, const layer_choice& prefix, const forward_pass& pass) {
        if (!wanted_.at(open_).contains(prefix) || passes_.contains({block, prefix})) {
            return;
        }
        const std::lock_guard lock(access_);
        auto& place = fresh_[{block, prefix}];
        if (place == nullptr) {
            place = std::make_shared<const forward_pass>(pass);
        }
    }

private:
    using place = std::pair<std::size_t, layer_choice>;

    std::vector<std::size_t> bytes_;
    std::vector<double> products_;
    std::size_t budget_;
    std::size_t open_ = 0;
    mutable std::mutex access_;
    std::map<std::size_t, std::map<layer_choice, std::size_t>> counts_; // by first block of a round
    std::map<std::size_t, std::set<layer_choice>> wanted_;
    std::map<place, std::shared_ptr<const forward_pass>> passes_, fresh_;
};

/// Bytes that a forward pass of one image holds before each convolution of network::convolutions().
[[nodiscard]] inline std::vector<std::size_t> bytes_before_convolutions(const network& network) {
    const auto& nodes = network.nodes();
    std::vector<std::size_t> last_use(nodes.size(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const auto input : nodes[i].inputs) {
            last_use[input] = i;
        }
    }
    std::vector<std::size_t> bytes;
    for (const auto convolution : network.convolutions()) {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < convolution; ++i) {
            sum += last_use[i] >= convolution ? nodes[i].shape.size() : 0;
        }
        bytes.push_back(std::max<std::size_t>(sum, 1));
    }
    return bytes;
}

} // namespace alwann::inline ALWANN_ABI
