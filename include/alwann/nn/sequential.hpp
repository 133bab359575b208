// SPDX-License-Identifier: MIT
/// @file
/// Networks composed of types: shapes and numbers of weights are checked while compiling.
///
///     constexpr auto layers = sequential(layer::conv2d<16>{}, layer::relu{}, layer::max_pool<2>{},
///                                        residual(layer::conv2d<16>{}, layer::relu{}, layer::conv2d<16>{}),
///                                        layer::relu{}, layer::global_average_pool{}, layer::dense<10>{});
///     using net = static_network<image_shape{28, 28, 1}, decltype(layers)>;
///     static_assert(net::output == image_shape{1, 1, 10});
///     graph trained = net::with(weights); // as quantize() and everything after it take it
#pragma once

#include <alwann/nn/graph.hpp>
#include <alwann/nn/static_layers.hpp>

#include <boost/hana/fold_left.hpp>
#include <boost/hana/tuple.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// A shape as a type, to be folded along layers.
template <image_shape Shape>
struct shape_constant {
    static constexpr image_shape value = Shape;
};

} // namespace detail

/// Layers one after the other; itself a layer. Made by sequential().
template <class... Layers>
class sequential_layers {
public:
    /// How many layers.
    static constexpr std::size_t size = sizeof...(Layers);

    /// The layers as a Boost.Hana tuple.
    [[nodiscard]] static constexpr boost::hana::tuple<Layers...> layers() { return {}; }

    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape output() {
        return decltype(boost::hana::fold_left(layers(), detail::shape_constant<In>{}, after{}))::value;
    }
    /// How many numbers it needs.
    template <image_shape In>
    static constexpr std::size_t weights() {
        std::size_t count = 0;
        boost::hana::fold_left(layers(), detail::shape_constant<In>{},
                               [&count]<class Shape, class L>(Shape shape, L each) {
                                   count += L::template weights<Shape::value>();
                                   return after{}(shape, each);
                               });
        return count;
    }
    /// Appends its nodes behind node `input`; returns the last.
    template <image_shape In>
    static std::size_t add(graph& network, std::size_t input, weight_reader& values) {
        boost::hana::fold_left(layers(), detail::shape_constant<In>{},
                               [&]<class Shape, class L>(Shape shape, L each) {
                                   input = L::template add<Shape::value>(network, input, values);
                                   return after{}(shape, each);
                               });
        return input;
    }

private:
    struct after {
        template <class Shape, class L>
            requires static_layer<L, Shape::value>
        constexpr auto operator()(Shape, L) const {
            return detail::shape_constant<L::template output<Shape::value>()>{};
        }
    };
};

/// Layers one after the other.
template <class... Layers>
    requires(std::is_empty_v<Layers>&&...) // layers are types; their objects hold nothing
[[nodiscard]] constexpr sequential_layers<Layers...> sequential(Layers...) {
    return {};
}

/// Layers whose result is added to their input. Made by residual().
template <class... Layers>
struct residual_layers {
    /// The layers that the input goes around.
    using branch = sequential_layers<Layers...>;

    /// The shape of the result for inputs of shape In.
    template <image_shape In>
    static constexpr image_shape output() {
        static_assert(branch::template output<In>() == In,
                      "residual: the result of the layers has another shape than their input");
        return In;
    }
    /// How many numbers it needs.
    template <image_shape In>
    static constexpr std::size_t weights() {
        return branch::template weights<In>();
    }
    /// Appends its nodes behind node `input`; returns the last.
    template <image_shape In>
    static std::size_t add(graph& network, std::size_t input, weight_reader& values) {
        const std::size_t last = branch::template add<In>(network, input, values);
        return network.add("add" + std::to_string(network.nodes().size()), op::add{}, {last, input});
    }
};

/// Layers whose result is added to their input, which has the same shape.
template <class... Layers>
[[nodiscard]] constexpr residual_layers<Layers...> residual(Layers...) {
    return {};
}

/// A network of layers on inputs of one shape.
template <image_shape Input, class Layers>
    requires static_layer<std::remove_const_t<Layers>, Input>
struct static_network {
    /// Without const.
    using layers = std::remove_const_t<Layers>;

    /// Of one image.
    static constexpr image_shape input = Input;
    /// Of the result of one image.
    static constexpr image_shape output = layers::template output<Input>();
    static constexpr std::size_t weights = layers::template weights<Input>(); ///< how many there are

    /// The network with these weights, in the order of the layers. Throws shape_error for another number of
    /// them, and value_error for one that is not finite.
    [[nodiscard]] static graph with(std::span<const float> values, std::string name = "network") {
        if (values.size() != weights) {
            throw shape_error(name + ": weights: expected " + std::to_string(weights) + " values, found " +
                              std::to_string(values.size()));
        }
        graph network(Input, std::move(name));
        weight_reader reader(values);
        layers::template add<Input>(network, 0, reader);
        return network;
    }
};

} // namespace alwann::inline ALWANN_ABI
