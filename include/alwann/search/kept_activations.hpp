// SPDX-License-Identifier: MIT
/// @file
/// Activations that designs with the same first layers share, kept within a budget of bytes.
#pragma once

#include <alwann/nn/inference.hpp>

#include <cstddef>
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
    ALWANN_SEPARABLE void open(std::span<const layer_choice* const> designs, std::size_t first,
                               std::size_t last, std::size_t images, std::size_t all);

    /// The pass before convolution prefix.size() on a block; null if it is not kept.
    [[nodiscard]] ALWANN_SEPARABLE std::shared_ptr<const forward_pass> find(std::size_t block,
                                                                            const layer_choice& prefix) const;

    /// Takes a pass of the open round if it is to be kept.
    ALWANN_SEPARABLE void offer(std::size_t block, const layer_choice& prefix, const forward_pass& pass);

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
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::size_t> bytes_before_convolutions(const network& network);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_kept_activations.hpp>
#endif
