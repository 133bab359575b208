// SPDX-License-Identifier: MIT
/// @file
/// Designs on a block of images, computing what they begin with once.
#pragma once

#include <alwann/nn/accuracy.hpp>
#include <alwann/search/block_job.hpp>
#include <alwann/search/kept_activations.hpp>
#include <alwann/search/lone_settings.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Works on block jobs. May be used by several threads at once.
template <compensation Compensation>
class block_passes {
public:
    /// Blocks are of `block` images. `macs`: multiplications of an image in each of network::convolutions().
    /// The network, the images and the settings must outlive this object.
    block_passes(const network& network, const benchmark_images& images,
                 const lone_settings<Compensation>& settings, std::vector<std::uint64_t> macs,
                 std::size_t block)
        : network_(network), images_(images), settings_(settings), macs_(std::move(macs)), block_(block) {}

    /// Runs the designs of a job one after the other on its block; each starts from the last activations that
    /// it shares with the one before, or with one that was kept.
    void run(block_job& job, kept_activations* kept) const {
        const std::size_t first = job.block * block_;
        const std::size_t count = std::min(block_, images_.size() - first);
        const std::size_t layers = macs_.size();
        std::vector<std::optional<forward_pass>> path(layers); // before each convolution, of the last design
        for (std::size_t i = 0; i < job.designs.size(); ++i) {
            const auto& design = job.designs[i];
            const std::size_t shared = i == 0 ? 0 : common(design, job.designs[i - 1]);
            const std::size_t next = i + 1 < job.designs.size() ? common(design, job.designs[i + 1]) : 0;
            std::optional<forward_pass> pass;
            std::size_t layer = std::min(shared, layers - 1);
            for (;; --layer) {
                if (path[layer]) {
                    pass.emplace(*path[layer]);
                    break;
                }
                if (kept != nullptr && layer > 0) {
                    if (const auto found = kept->find(job.block, prefix(design, layer))) {
                        pass.emplace(*found);
                        break;
                    }
                }
                if (layer == 0) {
                    pass.emplace(network_, images_.codes(), first, count);
                    advance(*pass);
                    path[0].emplace(*pass);
                    break;
                }
            }
            if (kept != nullptr) { // a longer prefix may have been kept than is shared with the neighbour
                for (std::size_t longer = layers - 1; longer > layer; --longer) {
                    if (const auto found = kept->find(job.block, prefix(design, longer))) {
                        pass.emplace(*found);
                        layer = longer;
                        break;
                    }
                }
            }
            for (std::size_t l = shared + 1; l < layers; ++l) {
                path[l].reset();
            }
            for (std::size_t l = 0; l < layer; ++l) {
                job.skipped += static_cast<double>(macs_[l] * count);
            }
            for (; layer < layers; ++layer) {
                if (layer > 0 && layer <= next && !path[layer]) {
                    path[layer].emplace(*pass);
                }
                if (kept != nullptr && layer > 0) {
                    kept->offer(job.block, prefix(design, layer), *pass);
                }
                pass->step(settings_.plan(layer, design[layer]));
                advance(*pass);
                job.emulated += static_cast<double>(macs_[layer] * count);
            }
            job.found.push_back(images_.score_part(pass->reals(), first));
        }
    }

private:
    /// To the next convolution that a design decides about, or to the end.
    void advance(forward_pass& pass) const {
        const auto& nodes = network_.nodes();
        while (pass.next() < nodes.size()) {
            const auto* layer = std::get_if<quantized_convolution>(&nodes[pass.next()].what);
            if (layer == nullptr) {
                pass.other_step();
            } else if (!layer->approximable) {
                pass.step(settings_.exact_plan(pass.next()));
            } else {
                return;
            }
        }
    }

    [[nodiscard]] static std::size_t common(const layer_choice& a, const layer_choice& b) {
        return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
    }
    [[nodiscard]] static layer_choice prefix(const layer_choice& of, std::size_t length) {
        return {of.begin(), of.begin() + static_cast<std::ptrdiff_t>(length)};
    }

    const network& network_;
    const benchmark_images& images_;
    const lone_settings<Compensation>& settings_;
    std::vector<std::uint64_t> macs_;
    std::size_t block_;
};

} // namespace alwann::inline ALWANN_ABI
