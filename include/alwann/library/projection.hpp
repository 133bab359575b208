// SPDX-License-Identifier: MIT
/// @file
/// Figures of components to choose and compare by.
#pragma once

#include <alwann/library/component.hpp>

#include <array>
#include <cmath>
#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// A figure of a component: a member of its errors (`&error_metrics::mae`), a member of its price
/// (`&cost::power_mw`), or a function from component to number.
template <class P>
concept component_projection = std::same_as<P, double error_metrics::*> || std::same_as<P, double cost::*> ||
    std::is_invocable_r_v<double, const P&, const component&>;

/// The figure.
template <component_projection P>
[[nodiscard]] double project(const component& part, const P& projection) {
    if constexpr (std::same_as<P, double error_metrics::*>) {
        return part.errors.*projection;
    } else if constexpr (std::same_as<P, double cost::*>) {
        return part.price.*projection;
    } else {
        return static_cast<double>(std::invoke(projection, part));
    }
}

/// A figure with the name that users give it by. Of each, smaller is better.
struct component_figure {
    std::string_view name; ///< as users write it
    /// How it is got.
    double (*value)(const component&) = nullptr;

    /// The figure of a component.
    [[nodiscard]] double operator()(const component& part) const { return value(part); }
};

/// All of them, named as in JSON; `bias` is without its sign.
inline constexpr std::array<component_figure, 12> component_figures = {
    {{"mae", [](const component& c) { return c.errors.mae; }},
     {"mae_percent", [](const component& c) { return c.errors.mae_percent; }},
     {"wce", [](const component& c) { return c.errors.wce; }},
     {"wce_percent", [](const component& c) { return c.errors.wce_percent; }},
     {"wcre_percent", [](const component& c) { return c.errors.wcre_percent; }},
     {"ep_percent", [](const component& c) { return c.errors.ep_percent; }},
     {"mre_percent", [](const component& c) { return c.errors.mre_percent; }},
     {"mse", [](const component& c) { return c.errors.mse; }},
     {"bias", [](const component& c) { return std::abs(c.errors.bias); }},
     {"power_mw", [](const component& c) { return c.price.power_mw; }},
     {"area_um2", [](const component& c) { return c.price.area_um2; }},
     {"delay_ns", [](const component& c) { return c.price.delay_ns; }}}};

/// The figure of a name. Throws name_error that lists the names.
[[nodiscard]] inline component_figure figure_from_string(std::string_view name) {
    std::string known;
    for (const component_figure& figure : component_figures) {
        if (figure.name == name) {
            return figure;
        }
        known.append(known.empty() ? "" : ", ").append(figure.name);
    }
    throw name_error("figure '" + std::string(name) + "': expected one of " + known);
}

/// For library::filter: components whose figure is from `low` to `high`, both included; never where it is
/// NaN.
template <component_projection P>
[[nodiscard]] auto by_range(P projection, double low, double high) {
    return [projection = std::move(projection), low, high](const component& part) {
        const double value = project(part, projection);
        return low <= value && value <= high;
    };
}

/// For library::filter: components that have a tag.
[[nodiscard]] inline auto by_tag(std::string tag) {
    return [tag = std::move(tag)](const component& part) { return part.has_tag(tag); };
}

} // namespace alwann::inline ALWANN_ABI
