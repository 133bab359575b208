// SPDX-License-Identifier: MIT
/// @file
/// Runs a quantised network, each convolution on the multiplier a design gives it.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/nn/layer_plan.hpp>
#include <alwann/nn/network.hpp>
#include <alwann/nn/setting.hpp>
#include <alwann/tensor/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Images as codes of a network's input, [image][row][column][channel].
struct coded_images {
    image_shape shape;                  ///< of one image
    std::size_t count = 0;              ///< how many images
    aligned_vector<std::uint8_t> codes; ///< [image][row][column][channel]

    /// The codes of image `i`.
    [[nodiscard]] const std::uint8_t* image(std::size_t i) const { return codes.data() + i * shape.size(); }
};

/// Quantises images (NHWC). Throws shape_error for another shape than the network's input, value_error for a
/// pixel that is not finite.
[[nodiscard]] ALWANN_SEPARABLE coded_images encode_images(const network& network,
                                                          tensor_view<const float, 4> images);

/// Throws shape_error unless a design has one setting with the right number of weights per convolution.
ALWANN_SEPARABLE void check(const network& network, const design_setting& design);

/// A forward pass in steps, one node at a time: what sequential compensation needs.
class forward_pass {
public:
    /// Starts with the images [first, first + count) of `images`. Throws shape_error if there are fewer, or
    /// if they are not of the network's input shape.
    ALWANN_SEPARABLE forward_pass(const network& network, const coded_images& images, std::size_t first,
                                  std::size_t count, engine request = requested_engine());

    /// The node that comes next; network::nodes().size() at the end.
    [[nodiscard]] std::size_t next() const noexcept { return next_; }
    /// How many go through.
    [[nodiscard]] std::size_t images() const noexcept { return images_; }

    /// Codes that node `node` reads, of its input `which`; null if it has no such.
    [[nodiscard]] const std::uint8_t* input_of(std::size_t node, std::size_t which = 0) const {
        const auto& inputs = network_.nodes()[node].inputs;
        return which < inputs.size() ? results_[inputs[which]].codes.data() : nullptr;
    }

    /// Runs the next node; `setting` is that of the convolution if it is one a design decides about.
    ALWANN_SEPARABLE void step(const layer_setting* setting);

    /// Runs the next node, a convolution that has been prepared.
    ALWANN_SEPARABLE void step(const layer_plan& plan, executor_ref executor = serial_executor{});

    /// Runs the next node, a convolution that has been prepared, and node `sum_node`, which adds its codes to
    /// those of node `other`, at once. Nothing else may read the convolution's codes.
    ALWANN_SEPARABLE void step_and_add(const layer_plan& plan, std::size_t sum_node, std::size_t other,
                                       const prepared_sum& sum, executor_ref executor = serial_executor{});

    /// Runs the next node, which is no convolution.
    ALWANN_SEPARABLE void other_step();

    /// After the last node: the network's results as real numbers, [image][class].
    [[nodiscard]] ALWANN_SEPARABLE std::vector<float> reals() const;

    /// The results of a node that has run, as real numbers; empty once all that read it have run, too.
    [[nodiscard]] ALWANN_SEPARABLE std::vector<float> reals(std::size_t node) const;

private:
    /// Frees what no later node reads.
    ALWANN_SEPARABLE void finish();

    const network& network_;
    engine request_;
    std::size_t images_;
    std::vector<detail::batch_codes> results_;
    std::vector<std::size_t> last_uses_;
    std::size_t next_ = 1;
};

/// Images that go through the network together: enough for engines that pay per call, few enough for memory.
inline constexpr std::size_t images_per_pass = 125;

/// A network with all convolutions of a design prepared: weights are laid out once, for any number of passes.
/// Immutable; threads share it.
class network_plan {
public:
    /// For passes of `images` images. The network must outlive the plan. Throws what check() and
    /// convolution_plan do.
    ALWANN_SEPARABLE network_plan(const network& network, const design_setting& design,
                                  std::size_t images = images_per_pass, engine request = requested_engine());

    /// The plan of node `node`; null if it is no convolution.
    [[nodiscard]] const layer_plan* layer(std::size_t node) const { return layers_.at(node).get(); }

    /// Bytes that one thread needs beside the activations: that of the most demanding convolution.
    [[nodiscard]] ALWANN_SEPARABLE std::size_t scratch_bytes() const;

    /// The results of the images [first, first + count), as real numbers [image][class].
    [[nodiscard]] ALWANN_SEPARABLE std::vector<float> run(const coded_images& images, std::size_t first,
                                                          std::size_t count,
                                                          executor_ref executor = serial_executor{}) const;

private:
    /// A residual sum that is computed with one of its operands.
    struct residual {
        std::size_t node = 0;
        std::size_t other = 0;
        prepared_sum sum;
    };

    /// Finds convolutions whose codes only go into a sum with what is there before they run.
    ALWANN_SEPARABLE void find_sums();

    const network& network_;
    std::vector<std::unique_ptr<const layer_plan>> layers_;
    std::map<std::size_t, residual> sums_; ///< by convolution
};

/// The network's results on all images, as real numbers [image][class]. The same for any executor.
///
/// Images go through in passes of images_per_pass. Threads take passes, or parts of layers where there are
/// fewer passes than threads.
template <executor Executor = serial_executor>
[[nodiscard]] std::vector<float> run(const network& network, const design_setting& design,
                                     const coded_images& images, const Executor& executor = {},
                                     engine request = requested_engine()) {
    std::vector<float> result(images.count * network.classes());
    const std::size_t passes = (images.count + images_per_pass - 1) / images_per_pass;
    const network_plan plan(network, design, std::min(images_per_pass, images.count), request);
    const auto pass = [&](std::size_t i, executor_ref within) {
        const std::size_t first = i * images_per_pass;
        const auto values = plan.run(images, first, std::min(images_per_pass, images.count - first), within);
        std::copy(values.begin(), values.end(),
                  result.begin() + static_cast<std::ptrdiff_t>(first * network.classes()));
    };
    if (passes < executor.concurrency()) {
        for (std::size_t i = 0; i < passes; ++i) {
            pass(i, executor);
        }
    } else {
        executor.for_each(passes, [&](std::size_t i) { pass(i, serial_executor{}); });
    }
    return result;
}

/// The class of the largest value per image; the lowest index wins a tie.
[[nodiscard]] ALWANN_SEPARABLE std::vector<std::size_t> top_classes(const std::vector<float>& results,
                                                                    std::size_t classes);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_inference.hpp>
#endif
