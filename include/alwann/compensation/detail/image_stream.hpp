// SPDX-License-Identifier: MIT
/// @file
/// Calibration images on their way through a network, all at the same layer.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/nn/inference.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// The most bytes of codes that one image needs at a time, going through a network.
[[nodiscard]] inline std::size_t live_bytes(const network& network) {
    const auto& nodes = network.nodes();
    std::vector<std::size_t> last_use(nodes.size(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const auto input : nodes[i].inputs) {
            last_use[input] = i;
        }
    }
    std::size_t most = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        std::size_t live = nodes[i].shape.size();
        for (std::size_t before = 0; before < i; ++before) {
            live += last_use[before] >= i ? nodes[before].shape.size() : 0;
        }
        most = std::max(most, live);
    }
    return most;
}

/// Images in batches of images_per_pass that move from convolution to convolution.
///
/// Between two convolutions only codes that a later node reads are kept. Where those of all images exceed
/// `memory` bytes nothing is kept: each batch starts again from the images for each convolution, which takes
/// about half as many times longer as there are convolutions.
class image_stream {
public:
    /// All arguments must outlive this object; settings of `design` count from when the stream passes them.
    image_stream(const network& network, const coded_images& images, const design_setting& design,
                 std::size_t memory, executor_ref workers)
        : network_(network), images_(images), design_(design), workers_(workers) {
        for (std::size_t first = 0; first < images.count; first += images_per_pass) {
            firsts_.push_back(first);
        }
        const std::size_t bytes = live_bytes(network);
        kept_ = bytes == 0 || images.count <= memory / bytes;
        if (kept_) {
            for (const auto first : firsts_) {
                passes_.push_back(std::make_unique<forward_pass>(network, images, first, size_of(first)));
            }
        }
    }

    [[nodiscard]] bool keeps_codes() const noexcept { return kept_; }

    /// Brings all images to convolution `layer`, not before the last one, and calls
    /// visit(first image, images, forward_pass before the convolution) for each batch, from any thread.
    template <class Visit>
    void visit(std::size_t layer, Visit&& visit) {
        const std::size_t node = network_.convolutions()[layer];
        prepare(node);
        const bool shared = firsts_.size() >= workers_.concurrency(); // threads take batches
        const auto batch = [&](std::size_t i) {
            const std::size_t first = firsts_[i];
            std::unique_ptr<forward_pass> fresh;
            if (!kept_) {
                fresh = std::make_unique<forward_pass>(network_, images_, first, size_of(first));
            }
            forward_pass& forward = kept_ ? *passes_[i] : *fresh;
            while (forward.next() < node) {
                const auto& plan = plans_[forward.next()];
                if (plan == nullptr) {
                    forward.other_step();
                } else if (shared) {
                    forward.step(*plan);
                } else {
                    forward.step(*plan, workers_);
                }
            }
            visit(first, size_of(first), std::as_const(forward));
        };
        if (shared) {
            workers_.for_each(firsts_.size(), batch);
        } else {
            serial_executor{}.for_each(firsts_.size(), batch);
        }
        if (kept_) { // nothing passes these convolutions again
            plans_.assign(network_.nodes().size(), nullptr);
        }
    }

private:
    [[nodiscard]] std::size_t size_of(std::size_t first) const {
        return std::min(images_per_pass, images_.count - first);
    }

    /// Lays out the convolutions up to `end` that have not been passed.
    void prepare(std::size_t end) {
        plans_.resize(network_.nodes().size());
        for (; prepared_ < end; ++prepared_) {
            if (!std::holds_alternative<quantized_convolution>(network_.nodes()[prepared_].what)) {
                continue;
            }
            const auto& chosen = network_.convolutions();
            const auto found = std::find(chosen.begin(), chosen.end(), prepared_);
            plans_[prepared_] = std::make_shared<const layer_plan>(
                network_, prepared_, std::min(images_per_pass, images_.count),
                found == chosen.end() ? nullptr : &design_[static_cast<std::size_t>(found - chosen.begin())]);
        }
    }

    const network& network_;
    const coded_images& images_;
    const design_setting& design_;
    executor_ref workers_;
    bool kept_ = true;
    std::vector<std::size_t> firsts_;
    std::vector<std::unique_ptr<forward_pass>> passes_;
    std::vector<std::shared_ptr<const layer_plan>> plans_; ///< by node
    std::size_t prepared_ = 0;
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
