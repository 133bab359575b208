// SPDX-License-Identifier: MIT
/// @file
/// The operators of a quantised network on a batch of codes, NHWC.
#pragma once

#include <alwann/kernel/code_sum.hpp>
#include <alwann/nn/detail/batch_codes.hpp>
#include <alwann/nn/detail/code_lookup.hpp>
#include <alwann/nn/detail/code_pools.hpp>
#include <alwann/nn/detail/move_values.hpp>
#include <alwann/nn/network.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Evaluates one node other than a convolution.
struct code_operators {
    std::size_t images;
    image_shape shape; ///< of the result
    const std::vector<const batch_codes*>& inputs;
    aligned_vector<std::uint8_t>& result;
    const prepared_sum* sum = nullptr; ///< of an add, if it has been prepared

    const batch_codes& in() const { return *inputs.front(); }
    void resize() const { result.resize(images * shape.size()); }

    void operator()(const code_op::input&) const {}
    void operator()(const quantized_convolution&) const {}

    void operator()(const code_op::lookup& node) const {
        resize();
        look_up(node.codes, {in().codes.data(), 0, result.data(), 0, 1, result.size()});
    }
    void operator()(const code_op::max_pool& node) const {
        resize();
        pool_max({images, in().shape, shape, node.geometry, in().codes.data(), result.data()});
    }
    void operator()(const code_op::average_pool& node) const {
        resize();
        pool_mean({images, in().shape, shape, node.geometry, in().codes.data(), result.data()}, node);
    }
    void operator()(const code_op::add& node) const {
        resize();
        const std::uint8_t* a = inputs[0]->codes.data();
        const std::uint8_t* b = inputs[1]->codes.data();
        if (sum != nullptr) {
            (*sum)(a, b, result.size(), result.data());
        } else if (result.size() >= worth_preparing) {
            prepared_sum{node}(a, b, result.size(), result.data());
        } else {
            sum_terms(node, a, b);
        }
    }
    void operator()(const code_op::concat& node) const {
        resize();
        std::size_t first = 0;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const std::size_t channels = inputs[i]->shape.channels;
            look_up(node.codes[i], {inputs[i]->codes.data(), channels, result.data() + first, shape.channels,
                                    images * shape.height * shape.width, channels});
            first += channels;
        }
    }
    void operator()(const code_op::flatten&) const {
        resize();
        flatten_values(in().codes.data(), images, in().shape, result.data());
    }
    void operator()(const code_op::pad& node) const {
        resize();
        pad_values(in().codes.data(), images, in().shape, shape, node.amounts, node.code, result.data());
    }
    void operator()(const code_op::slice& node) const {
        resize();
        slice_values(in().codes.data(), images, in().shape, node.part, result.data());
    }

private:
    /// Sums for which it pays to prepare one.
    static constexpr std::size_t worth_preparing = std::size_t{1} << 17;

    void sum_terms(const code_sum& node, const std::uint8_t* a, const std::uint8_t* b) const {
        // 256 values a side: the multiplications are done once.
        std::array<std::array<std::int64_t, 256>, 2> terms;
        for (std::size_t side = 0; side < 2; ++side) {
            for (std::size_t code = 0; code < 256; ++code) {
                terms[side][code] = node.term(side, static_cast<std::uint8_t>(code));
            }
        }
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] = node.of_terms(terms[0][a[i]], terms[1][b[i]]);
        }
    }
};

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
