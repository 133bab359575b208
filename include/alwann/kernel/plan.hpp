// SPDX-License-Identifier: MIT
/// @file
/// A convolution prepared for its engine: weights laid out once, run on any number of batches.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/kernel/chunks.hpp>
#include <alwann/kernel/detail/prepare_engine.hpp>
#include <alwann/kernel/detail/scratch.hpp>
#include <alwann/kernel/detail/window_sums.hpp>
#include <alwann/kernel/selection.hpp>

#include <algorithm>
#include <memory>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Takes the bias of signed products out of the sums of engines, which add unsigned ones.
class unbiased_sink final : public sums_sink {
public:
    unbiased_sink(sums_sink& target, std::int32_t bias) : target_(target), bias_(bias) {}

    void take(const sums_block& block) override {
        const scratch<std::int32_t> sums(block.positions * block.outputs);
        for (std::size_t p = 0; p < block.positions; ++p) {
            for (std::size_t f = 0; f < block.outputs; ++f) {
                sums[p * block.outputs + f] = block.sums[p * block.stride + f] - bias_;
            }
        }
        sums_block rest = block;
        rest.sums = sums.data();
        rest.stride = block.outputs;
        target_.take(rest);
    }
    [[nodiscard]] bool needs_inputs() const override { return target_.needs_inputs(); }

private:
    sums_sink& target_;
    std::int32_t bias_;
};

} // namespace detail

/// One convolution with its multiplier and weights, laid out for the engine that suits them.
///
/// Immutable once made, and independent of the arrays it was made from: threads may share it.
class convolution_plan {
public:
    /// `shape.images` is the batch that the engine is chosen for. Throws shape_error for a shape that does
    /// not fit (see check()), value_error for an engine that cannot do it.
    convolution_plan(const convolution_shape& shape, const table& multiplier, const std::uint8_t* weights,
                     std::uint8_t padding, engine request = requested_engine())
        : shape_((check(shape), shape)), layout_(shape), padding_(padding) {
        const table products = multiplier.engine_form();
        const auto analysis = analysis_of(products);
        choice_ = choose_engine(shape, *analysis, request);
        prepared_ = detail::prepare_engine(choice_.which, shape_, layout_, products, *analysis, weights);
        bias_ = multiplier.engine_bias() * static_cast<std::int32_t>(shape.depth());
    }

    /// The layer it was made for.
    [[nodiscard]] const convolution_shape& shape() const noexcept { return shape_; }
    /// The engine that runs it, and why.
    [[nodiscard]] const engine_choice& choice() const noexcept { return choice_; }

    /// Bytes that one thread allocates while it runs.
    [[nodiscard]] std::size_t scratch_bytes() const {
        const auto part = chunk_ranges(shape_, prepared_->best_positions());
        if (part.size() == 0) {
            return 0;
        }
        const auto first = part[0];
        const auto out = shape_.output();
        const std::size_t positions = first.images * first.rows * out.width;
        const std::size_t rows = detail::chunk::padded_rows(shape_.geometry, first.rows);
        const std::size_t extent = first.images * rows * layout_.row;
        return extent + positions * sizeof(std::uint32_t) * (1 + shape_.groups) +
               detail::window_sums_scratch(shape_, layout_, extent) +
               prepared_->scratch_bytes(positions, extent) +
               (bias_ != 0 ? detail::block_positions * shape_.outputs * sizeof(std::int32_t) : 0);
    }

    /// Delivers the sums of all positions of `images` images, codes [image][row][column][channel].
    ///
    /// Parts of the work go through the executor; the sums are the same for any.
    template <executor Executor = serial_executor>
    void run(const std::uint8_t* activations, std::size_t images, sums_sink& sink,
             const Executor& executor = {}) const {
        convolution_shape batch = shape_;
        batch.images = images;
        std::size_t most = prepared_->best_positions();
        if (const std::size_t threads = executor.concurrency(); threads > 1) {
            most =
                std::clamp<std::size_t>(batch.positions() / threads, std::min<std::size_t>(most, 512), most);
        }
        if (bias_ != 0) {
            detail::unbiased_sink unbiased(sink, bias_);
            return run_parts(batch, most, activations, unbiased, executor);
        }
        run_parts(batch, most, activations, sink, executor);
    }

private:
    template <executor Executor>
    void run_parts(const convolution_shape& batch, std::size_t most, const std::uint8_t* activations,
                   sums_sink& sink, const Executor& executor) const {
        const chunk_ranges parts(batch, most);
        executor.for_each(parts.size(), [&](std::size_t i) {
            const auto range = parts[i];
            const detail::chunk part(batch, layout_, activations, padding_, range.image, range.images,
                                     range.row, range.rows);
            const detail::scratch<std::int32_t> inputs(sink.needs_inputs() ? part.positions() * batch.groups
                                                                           : 0);
            if (sink.needs_inputs()) {
                detail::window_sums(batch, layout_, part, inputs.data());
            }
            prepared_->run(part, detail::sums_writer(part, batch.groups,
                                                     sink.needs_inputs() ? inputs.data() : nullptr, sink));
        });
    }

    convolution_shape shape_;
    detail::chunk_layout layout_;
    std::uint8_t padding_;
    engine_choice choice_;
    std::int32_t bias_ = 0; ///< in every sum the engine makes: that of signed products
    std::unique_ptr<const detail::prepared_engine> prepared_;
};

} // namespace alwann::inline ALWANN_ABI
