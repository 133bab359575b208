// SPDX-License-Identifier: MIT
/// @file
/// Results of a batch_network's nodes for a batch.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/nn/batch_normalisation.hpp>
#include <alwann/tensor/shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Codes, sums or reals of a batch, [image][row][column][channel]. Copies share the storage.
///
/// Reals that come from codes stay codes, with a table of what they stand for in each channel: functions of
/// one value then cost 256 evaluations a channel, not one for each value.
struct batch_result {
    image_shape shape;                                         ///< of one image
    code_interval range;                                       ///< of codes and sums
    std::shared_ptr<const aligned_vector<std::uint8_t>> codes; ///< also of reals with a table
    std::shared_ptr<const aligned_vector<float>> table;        ///< [channel][code]
    std::shared_ptr<const aligned_vector<std::int32_t>> sums;  ///< sums of products
    std::shared_ptr<const aligned_vector<float>> plain;        ///< reals without a table

    batch_result() = default;
    /// Empty, of this shape and range.
    batch_result(const image_shape& of_image, const code_interval& interval)
        : shape(of_image), range(interval) {}

    /// All reals one by one.
    [[nodiscard]] aligned_vector<float> reals() const {
        if (table == nullptr) {
            return plain == nullptr ? aligned_vector<float>() : *plain;
        }
        aligned_vector<float> values(codes->size());
        for_each_row([&](std::size_t first, std::size_t c) {
            values[first + c] = (*table)[c * 256 + (*codes)[first + c]];
        });
        return values;
    }

    /// Codes as reals that have the same table in all channels.
    template <class Decode>
    [[nodiscard]] batch_result to_reals(std::size_t channels, const Decode& decode) const {
        batch_result result(shape, {});
        auto decoded = std::make_shared<aligned_vector<float>>(channels * 256);
        for (std::size_t i = 0; i < decoded->size(); ++i) {
            (*decoded)[i] = decode(static_cast<std::uint8_t>(i % 256));
        }
        result.codes = codes;
        result.table = std::move(decoded);
        return result;
    }

    /// function(channel, real) of all reals.
    template <class Function>
    [[nodiscard]] batch_result map(const image_shape& of_image, const Function& function) const {
        batch_result result(of_image, {});
        const std::size_t period = table != nullptr ? 256 : 1; // values of a channel that lie side by side
        auto mapped = std::make_shared<aligned_vector<float>>(table != nullptr ? *table : *plain);
        for (std::size_t i = 0; i < mapped->size(); ++i) {
            (*mapped)[i] = function(i / period % of_image.channels, (*mapped)[i]);
        }
        result.codes = codes;
        (table != nullptr ? result.table : result.plain) = std::move(mapped);
        return result;
    }

    /// Reals as codes: encode(real).
    template <class Encode>
    [[nodiscard]] batch_result to_codes(const code_interval& interval, const image_shape& of_image,
                                        const Encode& encode) const {
        batch_result result(of_image, interval);
        auto encoded = std::make_shared<aligned_vector<std::uint8_t>>();
        if (table == nullptr) {
            encoded->resize(plain->size());
            std::transform(plain->begin(), plain->end(), encoded->begin(), encode);
        } else {
            std::vector<std::uint8_t> code_of(table->size());
            std::transform(table->begin(), table->end(), code_of.begin(), encode);
            encoded->resize(codes->size());
            for_each_row([&](std::size_t first, std::size_t c) {
                (*encoded)[first + c] = code_of[c * 256 + (*codes)[first + c]];
            });
        }
        result.codes = std::move(encoded);
        return result;
    }

    /// The smallest and the largest real; twice one that is not finite, if there is any.
    [[nodiscard]] code_interval extremes(std::size_t channels) const {
        if (table == nullptr) {
            const auto odd =
                std::find_if(plain->begin(), plain->end(), [](float v) { return !std::isfinite(v); });
            if (odd != plain->end()) {
                return {*odd, *odd};
            }
            const auto [smallest, largest] = std::minmax_element(plain->begin(), plain->end());
            return {*smallest, *largest};
        }
        std::vector<std::uint8_t> used(channels * 256, 0);
        for_each_row([&](std::size_t first, std::size_t c) { used[c * 256 + (*codes)[first + c]] = 1; });
        code_interval found{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
        for (std::size_t i = 0; i < used.size(); ++i) {
            if (used[i] != 0 && !std::isfinite((*table)[i])) {
                return {(*table)[i], (*table)[i]};
            }
            if (used[i] != 0) {
                found.low = std::min(found.low, (*table)[i]);
                found.high = std::max(found.high, (*table)[i]);
            }
        }
        return found;
    }

    /// Mean and variance of each channel.
    [[nodiscard]] channel_moments moments(std::size_t rows, std::size_t channels, summation how) const {
        return table == nullptr
                   ? detail::moments_of(detail::plain_values(plain->data(), channels), rows, channels, how)
                   : detail::moments_of(detail::coded_values(codes->data(), table->data(), channels), rows,
                                        channels, how);
    }

private:
    /// Calls visit(first value of a row, channel).
    template <class Visit>
    void for_each_row(const Visit& visit) const {
        const std::size_t channels = shape.channels;
        for (std::size_t first = 0; first < codes->size(); first += channels) {
            for (std::size_t c = 0; c < channels; ++c) {
                visit(first, c);
            }
        }
    }
};

namespace detail {

/// The bytes of images as reals.
[[nodiscard]] inline batch_result batch_input(std::span<const std::uint8_t> pixels,
                                              const image_shape& shape) {
    batch_result bytes(shape, {});
    bytes.codes = std::make_shared<aligned_vector<std::uint8_t>>(pixels.begin(), pixels.end());
    return bytes.to_reals(shape.channels, [](std::uint8_t byte) { return static_cast<float>(byte); });
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
