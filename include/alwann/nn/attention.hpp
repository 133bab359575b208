// SPDX-License-Identifier: MIT
/// @file
/// Scaled dot-product attention (Vaswani et al., Attention Is All You Need,
/// 2017, section 3.2) in integers, its two matrix products on approximate
/// multipliers.
#pragma once

#include <alwann/nn/activation_product.hpp>
#include <alwann/nn/layers/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Softmax of rows of codes: that of networks (code_op::softmax), with results in steps of 1/255.
class code_softmax {
public:
    /// For scores of this scale.
    explicit code_softmax(const quantisation& scores) {
        layer_quantisation how{{}, {scores}, scale()};
        softmax_ = op::softmax{}.quantise(how);
    }

    /// Of the resulting weights: 0 to 1 in steps of 1/255.
    [[nodiscard]] static quantisation scale() { return {1.0 / 255, 0}; }

    /// One row; `weights` may be `scores`. No work for a row without scores.
    void operator()(const std::uint8_t* scores, std::size_t count, std::uint8_t* weights) const {
        softmax_.row(scores, count, weights);
    }

private:
    code_op::softmax softmax_;
};

/// The attention of some tokens to each other. Channels of a token are those of
/// its heads, one after the other.
struct attention {
    std::size_t tokens = 1;        ///< how many there are
    std::size_t heads = 1;         ///< how many there are
    std::size_t head_channels = 1; ///< channels of a head
    quantisation query;            ///< scale of the queries
    quantisation key;              ///< scale of the keys
    quantisation value;            ///< scale of the values
    quantisation score;            ///< of the scaled products of queries and keys
    quantisation result;           ///< scale of the result

    /// Of all heads.
    [[nodiscard]] std::size_t channels() const noexcept { return heads * head_channels; }
};

/// Runs attention on images: codes [image][token][channel] each. `of_scores`
/// multiplies queries (as activations) with keys (as weights), `of_values` the
/// weights of attention with values.
///
/// Heads of images go through the executor; the same bits for any executor and
/// engine. Throws what multiply_activations() does.
template <executor Executor = serial_executor>
void run_attention(const attention& what, const table& of_scores, const table& of_values, std::size_t images,
                   const std::uint8_t* queries, const std::uint8_t* keys, const std::uint8_t* values,
                   std::uint8_t* result, const Executor& workers = {}, engine request = requested_engine()) {
    const std::size_t tokens = what.tokens, width = what.head_channels, channels = what.channels();
    const activation_product scores{tokens,
                                    tokens,
                                    width,
                                    what.query,
                                    what.key,
                                    what.score,
                                    1 / std::sqrt(static_cast<double>(std::max<std::size_t>(width, 1)))};
    const activation_product mixed{tokens, width, tokens, code_softmax::scale(), what.value, what.result, 1};
    const code_softmax softmax(what.score);
    const table first = of_scores.network_form(), second = of_values.network_form();
    workers.for_each(images * what.heads, [&](std::size_t item) {
        const std::size_t image = item / what.heads * tokens * channels, channel = item % what.heads * width;
        std::vector<std::uint8_t> a(tokens * width), b(tokens * width), weights(tokens * tokens);
        gather_head(queries + image, tokens, channels, channel, width, a.data());
        gather_head(keys + image, tokens, channels, channel, width, b.data());
        multiply_activations(scores, first, 1, a.data(), b.data(), weights.data(), serial_executor{},
                             request);
        for (std::size_t t = 0; t < tokens; ++t) {
            softmax(weights.data() + t * tokens, tokens, weights.data() + t * tokens);
        }
        gather_head_transposed(values + image, tokens, channels, channel, width, b.data());
        multiply_activations(mixed, second, 1, weights.data(), b.data(), a.data(), serial_executor{},
                             request);
        for (std::size_t t = 0; t < tokens; ++t) {
            std::copy_n(a.data() + t * width, width, result + image + t * channels + channel);
        }
    });
}

} // namespace alwann::inline ALWANN_ABI
