// SPDX-License-Identifier: MIT
/// @file
/// What a type of layer is: the members that everything else in nn/ works through.
///
/// A layer type is a struct in namespace op, in one header of nn/layers/, and one line of the list in
/// nn/operators.hpp. What it becomes when a network is quantised is a struct in namespace code_op, often one
/// that is there already, such as code_op::lookup. Both are plain values: copied, compared, printed.
#pragma once

#include <alwann/core/aligned.hpp>
#include <alwann/core/error.hpp>
#include <alwann/kernel/code_sum.hpp>
#include <alwann/nn/detail/batch_codes.hpp>
#include <alwann/nn/quantisation.hpp>
#include <alwann/tensor/shape.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Values of a batch and the shape of one image; NHWC.
template <class T>
struct batch_values {
    image_shape shape;        ///< of one image
    aligned_vector<T> values; ///< [image][row][column][channel]
};

/// A batch on its way through a layer of a float network.
struct float_batch {
    std::size_t images;                                    ///< how many there are
    image_shape shape;                                     ///< of one image's result
    const std::vector<const batch_values<float>*>& inputs; ///< one for each input of the layer
    aligned_vector<float>& result;                         ///< to be written: images * shape.size() values

    /// The only input.
    [[nodiscard]] const batch_values<float>& in() const { return *inputs.front(); }
    /// Makes room for the result, all zeros.
    void resize() const { result.assign(images * shape.size(), 0.0f); }
};

/// A batch on its way through a layer of a quantised network.
struct code_batch {
    std::size_t images;                                    ///< how many there are
    image_shape shape;                                     ///< of one image's result
    const std::vector<const detail::batch_codes*>& inputs; ///< one for each input of the layer
    aligned_vector<std::uint8_t>& result;                  ///< to be written: images * shape.size() codes
    const prepared_sum* sum = nullptr;                     ///< of an add, if it has been prepared

    /// The only input.
    [[nodiscard]] const detail::batch_codes& in() const { return *inputs.front(); }
    /// Makes room for the result.
    void resize() const { result.resize(images * shape.size()); }
};

/// What a layer is told when it is quantised, and tells in turn.
struct layer_quantisation {
    std::vector<image_shape> shapes;  ///< of the inputs
    std::vector<quantisation> inputs; ///< scales of the inputs' codes
    quantisation result; ///< before: as calibrated; a layer that keeps codes as they are changes it
};

/// The required members of a layer of a float network:
///
///     static constexpr std::string_view kind          a name for people
///     image_shape shape(std::span<const image_shape> inputs) const
///         the shape of the result; throws shape_error or value_error if inputs or weights do not fit
///     void run(const float_batch&) const              computes it
///     bool operator==
///
/// Instead of shape() and run(), a function of single values may have `float operator()(float) const`, and
/// check() if its parameters can be wrong. For post-training quantisation a layer has
///
///     auto quantise(layer_quantisation&) const        a struct of namespace code_op
///
/// which functions of single values do not need either: they become a code_op::lookup. Optional are
/// `std::string text() const`, parameters for people, and `std::uint64_t parameters() const`, the number of
/// weights.
template <class Layer>
concept elementwise_layer = std::equality_comparable<Layer> && requires(const Layer& layer, float value) {
    { Layer::kind } -> std::convertible_to<std::string_view>;
    { layer(value) } -> std::same_as<float>;
};

/// See elementwise_layer for what the members mean.
template <class Layer>
concept float_layer = elementwise_layer<Layer> ||
    (std::equality_comparable<Layer>&& requires(const Layer& layer, std::span<const image_shape> inputs,
                                                const float_batch& batch) {
        { Layer::kind } -> std::convertible_to<std::string_view>;
        { layer.shape(inputs) } -> std::same_as<image_shape>;
        layer.run(batch);
    });

/// The required members of a layer of a quantised network: kind, run and ==, as in a float network.
template <class Layer>
concept code_layer = std::equality_comparable<Layer> &&
    requires(const Layer& layer, const code_batch& batch) {
    { Layer::kind } -> std::convertible_to<std::string_view>;
    layer.run(batch);
};

namespace detail {

/// The limits of codes of one scale.
[[nodiscard]] inline code_range all_codes(const quantisation& scale) {
    return {scale.zero, scale.lowest, scale.highest};
}

inline void require(bool condition, const std::string& message) {
    if (!condition) {
        throw shape_error(message);
    }
}

inline void require_count(std::string_view what, std::size_t found, std::size_t expected) {
    require(found == expected, std::string(what) + ": expected " + std::to_string(expected) +
                                   " values, found " + std::to_string(found));
}

inline void require_finite(std::string_view field, const std::vector<float>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw value_error(std::string(field) + "[" + std::to_string(i) +
                              "]: expected a finite number, found " + std::to_string(values[i]));
        }
    }
}

/// The shape of the one input of a layer.
[[nodiscard]] inline const image_shape& only_input(std::span<const image_shape> inputs) {
    require(inputs.size() == 1, "expected 1 input, found " + std::to_string(inputs.size()));
    return inputs.front();
}

/// The shape of a layer's result.
template <float_layer Layer>
[[nodiscard]] image_shape infer_shape(const Layer& layer, std::span<const image_shape> inputs) {
    if constexpr (elementwise_layer<Layer>) {
        if constexpr (requires { layer.check(); }) {
            layer.check();
        }
        return only_input(inputs);
    } else {
        return layer.shape(inputs);
    }
}

/// Computes a layer's result.
template <float_layer Layer>
void evaluate(const Layer& layer, const float_batch& batch) {
    if constexpr (elementwise_layer<Layer>) {
        batch.result = batch.in().values;
        for (float& value : batch.result) {
            value = layer(value);
        }
    } else {
        layer.run(batch);
    }
}

/// Kind and parameters, for people.
template <class Layer>
[[nodiscard]] std::string describe(const Layer& layer) {
    std::string text(Layer::kind);
    if constexpr (requires { layer.text(); }) {
        const std::string parameters = layer.text();
        text += (parameters.empty() ? "" : " ") + parameters;
    }
    return text;
}

/// "3x3, stride 2, padding 1": what a window is, the usual left out.
[[nodiscard]] inline std::string describe(const window& w) {
    const auto pair = [](std::size_t a, std::size_t b) {
        return a == b ? std::to_string(a) : std::to_string(a) + "x" + std::to_string(b);
    };
    std::string text = std::to_string(w.kernel_height) + "x" + std::to_string(w.kernel_width);
    if (w.stride_height != 1 || w.stride_width != 1) {
        text += ", stride " + pair(w.stride_height, w.stride_width);
    }
    if (w.pad_top == w.pad_bottom && w.pad_left == w.pad_right) {
        text += w.pad_top + w.pad_left > 0 ? ", padding " + pair(w.pad_top, w.pad_left) : "";
    } else {
        text += ", padding " + std::to_string(w.pad_top) + "/" + std::to_string(w.pad_left) + "/" +
                std::to_string(w.pad_bottom) + "/" + std::to_string(w.pad_right);
    }
    if (w.dilation_height != 1 || w.dilation_width != 1) {
        text += ", dilation " + pair(w.dilation_height, w.dilation_width);
    }
    return text;
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
