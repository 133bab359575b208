// SPDX-License-Identifier: MIT
/// @file
/// Many designs of one batch_network on the same images: those that agree in their first convolutions share
/// the work on these.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/nn/batch_inference.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Designs as lists of numbers, one for each layer; equal numbers are equal settings.
[[nodiscard]] inline std::vector<std::vector<std::size_t>>
design_keys(std::span<const batch_design> designs) {
    std::vector<std::map<std::pair<std::uint64_t, std::vector<std::uint8_t>>, std::size_t>> known;
    std::vector<std::vector<std::size_t>> keys;
    for (const auto& design : designs) {
        known.resize(std::max(known.size(), design.size()));
        auto& key = keys.emplace_back();
        for (std::size_t l = 0; l < design.size(); ++l) {
            const auto next = known[l].size();
            key.push_back(
                known[l].try_emplace({design[l].multiplier.hash(), design[l].weights}, next).first->second);
        }
    }
    return keys;
}

/// Runs designs one after the other; where one agrees with that before it, it goes on from there.
class design_sequence {
public:
    design_sequence(const batch_network& network, std::span<const std::uint8_t> pixels,
                    const batch_options& options)
        : network_(network) {
        passes_.emplace_back(network, pixels, options);
        advance(passes_.back());
    }

    /// The logits of a design whose first `shared` settings are those of the last one.
    [[nodiscard]] aligned_vector<float> run(const batch_design& design, std::size_t shared) {
        passes_.erase(passes_.begin() + static_cast<std::ptrdiff_t>(shared) + 1, passes_.end());
        for (std::size_t l = shared; l < design.size(); ++l) {
            batch_pass next = passes_[l];
            next.step(&design[l]);
            advance(next);
            passes_.push_back(std::move(next));
        }
        return passes_.back().result(network_.nodes().size() - 1).reals();
    }

private:
    /// To the next convolution that a design decides about, or to the end.
    void advance(batch_pass& pass) const {
        const auto& layers = network_.convolutions();
        while (pass.next() < network_.nodes().size() &&
               !std::binary_search(layers.begin(), layers.end(), pass.next())) {
            pass.step(nullptr);
        }
    }

    const batch_network& network_;
    std::vector<batch_pass> passes_; // one before each convolution, and one at the end
};

} // namespace detail

/// The logits [image][class] of each design, as run() gives them. Parts of the list go through the executor.
///
/// Takes memory for a batch's results before each convolution, per thread. Throws as run() does.
template <executor Executor = serial_executor>
[[nodiscard]] std::vector<std::vector<float>>
run_designs(const batch_network& network, std::span<const batch_design> designs,
            std::span<const std::uint8_t> pixels, const batch_options& options = {},
            const Executor& workers = {}) {
    for (const auto& design : designs) {
        check(network, design);
    }
    const auto keys = detail::design_keys(designs);
    std::vector<std::size_t> order(designs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    // Parts of neighbours, a few for each thread: a new part shares nothing with the one before.
    const std::size_t threads = workers.concurrency();
    const std::size_t parts = threads > 1 ? std::min(4 * threads, designs.size()) : 1;
    std::vector<std::vector<float>> logits(designs.size());
    const std::size_t most = std::max<std::size_t>(options.batch, 1) * network.input_shape().size();
    for (std::size_t first = 0; first < pixels.size(); first += most) {
        const auto batch = pixels.subspan(first, std::min(most, pixels.size() - first));
        workers.for_each(parts, [&](std::size_t part) {
            const std::size_t begin = part * designs.size() / parts;
            const std::size_t end = (part + 1) * designs.size() / parts;
            detail::design_sequence sequence(network, batch, options);
            for (std::size_t i = begin; i < end; ++i) {
                const auto& key = keys[order[i]];
                std::size_t shared = 0;
                if (i > begin) {
                    const auto& before = keys[order[i - 1]];
                    shared = static_cast<std::size_t>(
                        std::mismatch(key.begin(), key.end(), before.begin()).first - key.begin());
                }
                const auto found = sequence.run(designs[order[i]], shared);
                auto& all = logits[order[i]];
                all.insert(all.end(), found.begin(), found.end());
            }
        });
    }
    return logits;
}

} // namespace alwann::inline ALWANN_ABI
