// SPDX-License-Identifier: MIT
/// @file
/// Libraries of multipliers.
#pragma once

#include <alwann/library/projection.hpp>

#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Levenshtein distance: single-letter changes between two names.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

} // namespace detail

/// An ordered set of multipliers with unique names.
///
/// Names are not identities: the same one denotes different circuits in different releases of public
/// libraries. So a name that would get a second table is an error, while a second name for one table is not.
class library {
public:
    library() = default;

    /// How many there are.
    [[nodiscard]] std::size_t size() const noexcept { return components_.size(); }
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return components_.empty(); }
    /// To the first.
    [[nodiscard]] auto begin() const noexcept { return components_.begin(); }
    /// Behind the last.
    [[nodiscard]] auto end() const noexcept { return components_.end(); }
    /// The component at a position below size(), in the order of addition.
    [[nodiscard]] const component& operator[](std::size_t index) const noexcept { return components_[index]; }
    /// The same with a check: throws value_error.
    [[nodiscard]] const component& at(std::size_t index) const {
        if (index >= size()) {
            throw value_error("library: component " + std::to_string(index) + " of " +
                              std::to_string(size()));
        }
        return components_[index];
    }

    /// Adds a component at the end and returns its position.
    ///
    /// One with a name and table that are here already is merged: a known cost or circuit replaces an unknown
    /// one, new tags are added, nothing else changes. Throws name_error if its name has another table here.
    std::size_t add(component part) {
        const std::size_t place = position(part.name);
        if (place == size()) {
            components_.push_back(std::move(part));
        } else if (!(components_[place].products == part.products)) {
            throw name_error("library: '" + part.name + "' denotes two different multipliers; rename one");
        } else {
            merge(components_[place], part);
        }
        return place;
    }

    /// This library and the other one's components after it. Throws name_error as add() does.
    [[nodiscard]] library with(const library& other) const {
        library joined = *this;
        for (const component& part : other) {
            joined.add(part);
        }
        return joined;
    }

    /// Whether there is a component of that name.
    [[nodiscard]] bool contains(std::string_view name) const noexcept { return position(name) != size(); }

    /// The position of a name. Throws name_error that lists the names most like it.
    [[nodiscard]] std::size_t index_of(std::string_view name) const {
        const std::size_t place = position(name);
        if (place == size()) {
            throw name_error("library has no multiplier '" + std::string(name) + "'" + similar_names(name));
        }
        return place;
    }
    /// The component of a name. Throws name_error that lists the names most like it.
    [[nodiscard]] const component& find(std::string_view name) const { return components_[index_of(name)]; }

    /// The exact multiplier of least power, what savings are measured against; one of unknown power if there
    /// is no other.
    ///
    /// Throws value_error if the library is empty and name_error if it has no exact multiplier.
    [[nodiscard]] const component& exact() const {
        if (empty()) {
            throw value_error("library is empty: it needs at least an exact multiplier");
        }
        const component* best = nullptr;
        for (const component& part : components_) {
            if (part.is_exact() &&
                (best == nullptr ||
                 (part.has_cost() && (!best->has_cost() || part.price.power_mw < best->price.power_mw)))) {
                best = &part;
            }
        }
        if (best == nullptr) {
            throw name_error("library has no exact multiplier, and energies are relative to it; add one: "
                             ".with(standard()), or --library standard");
        }
        return *best;
    }

    /// The components that satisfy a predicate on components, in order.
    template <std::predicate<const component&> Predicate>
    [[nodiscard]] library filter(Predicate&& predicate) const {
        library kept;
        for (const component& part : components_) {
            if (std::invoke(predicate, part)) {
                kept.components_.push_back(part);
            }
        }
        return kept;
    }

    /// The components that no other is better than: none has all figures no larger, and one of them smaller.
    ///
    /// Each objective is a figure of a component that should be small, for example
    /// `pareto(&error_metrics::mae, &error_metrics::wce, &cost::power_mw)`. Components for which one is NaN
    /// (no cost) are left out; of components with equal figures the first stays.
    template <component_projection... Objectives>
        requires(sizeof...(Objectives) >= 2)
    [[nodiscard]] library pareto(const Objectives&... objectives) const {
        return front_of([&](const component& part) { return std::vector{project(part, objectives)...}; });
    }
    /// The same with objectives that are chosen at run time, at least one.
    [[nodiscard]] library pareto(const std::vector<component_figure>& objectives) const {
        if (objectives.empty()) {
            throw value_error("Pareto front: expected at least one objective");
        }
        return front_of([&](const component& part) {
            std::vector<double> figures;
            for (const component_figure& objective : objectives) {
                figures.push_back(objective(part));
            }
            return figures;
        });
    }
    /// The Pareto front of an error metric and power: `pareto(&error_metrics::mre_percent)`.
    [[nodiscard]] library pareto(double error_metrics::*metric = &error_metrics::mae) const {
        return pareto(metric, &cost::power_mw);
    }

private:
    static void merge(component& kept, const component& other) {
        if (!kept.has_cost()) {
            kept.price = other.price;
        }
        if (kept.circuit == nullptr) {
            kept.circuit = other.circuit;
        }
        for (const std::string& tag : other.tags) {
            if (!kept.has_tag(tag)) {
                kept.tags.push_back(tag);
            }
        }
    }

    /// The front of points, one for each component.
    template <class Point>
    [[nodiscard]] library front_of(const Point& point_of) const {
        std::vector<std::vector<double>> points;
        points.reserve(size());
        for (const component& part : components_) {
            points.push_back(point_of(part));
        }
        const auto no_worse = [](const std::vector<double>& a, const std::vector<double>& b) {
            return std::equal(a.begin(), a.end(), b.begin(), std::less_equal<>{});
        };
        library front;
        for (std::size_t i = 0; i < size(); ++i) {
            bool keep = no_worse(points[i], points[i]); // false with NaN
            for (std::size_t j = 0; keep && j < size(); ++j) {
                keep = !(no_worse(points[j], points[i]) && (points[j] != points[i] || j < i));
            }
            if (keep) {
                front.components_.push_back(components_[i]);
            }
        }
        return front;
    }

    [[nodiscard]] std::size_t position(std::string_view name) const noexcept {
        std::size_t i = 0;
        while (i < components_.size() && components_[i].name != name) {
            ++i;
        }
        return i;
    }

    [[nodiscard]] std::string similar_names(std::string_view name) const {
        if (empty()) {
            return "; it is empty";
        }
        std::vector<std::pair<std::size_t, std::string_view>> ranked;
        for (const component& part : components_) {
            ranked.emplace_back(detail::edit_distance(name, part.name), part.name);
        }
        std::stable_sort(ranked.begin(), ranked.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        std::string text = "; nearest names:";
        for (std::size_t i = 0; i < std::min<std::size_t>(ranked.size(), 4); ++i) {
            text.append(i == 0 ? " " : ", ").append(ranked[i].second);
        }
        return text;
    }

    std::vector<component> components_;
};

/// A library that also keeps the models it was made of, each with its own type.
///
/// As a library it holds their truth tables, as any other does. In addition visit() hands out a model itself,
/// so that code which profits from its type is instantiated once for each and calls it without indirection.
template <multiplier... Models>
class model_library : public library {
public:
    /// Of models, each of its own type.
    explicit model_library(boost::hana::tuple<Models...> models) : models_(std::move(models)) {
        boost::hana::for_each(models_,
                              [this](const auto& model) { places_.push_back(add(make_component(model))); });
    }

    /// The models, in the order they were given in.
    [[nodiscard]] const boost::hana::tuple<Models...>& models() const noexcept { return models_; }

    /// The same models and the components of another library after them.
    [[nodiscard]] model_library with(const library& other) const {
        model_library joined = *this;
        for (const component& part : other) {
            joined.add(part);
        }
        return joined;
    }

    /// Calls visitor(model) with the model at a position of the library, or with the table of a component
    /// without one.
    ///
    /// The visitor must take every model and a table. Throws value_error if there is no such position.
    template <class Visitor>
    void visit(std::size_t index, Visitor&& visitor) const {
        const component& part = at(index);
        std::size_t next = 0;
        bool visited = false;
        boost::hana::for_each(models_, [&](const auto& model) {
            if (!visited && places_[next] == index) {
                visitor(model);
                visited = true;
            }
            ++next;
        });
        if (!visited) {
            visitor(part.products);
        }
    }

private:
    boost::hana::tuple<Models...> models_;
    std::vector<std::size_t> places_; // of each model in the library; two of one name and table share a place
};

/// Makes a library of the models of a tuple; their costs are those of priced models, else unknown.
template <multiplier... Models>
[[nodiscard]] model_library<Models...> make_library(boost::hana::tuple<Models...> models) {
    return model_library<Models...>(std::move(models));
}

/// Makes a library of models: `make_library(exact{}, families::lowor<7>{}).with(standard())`.
template <multiplier... Models>
[[nodiscard]] model_library<Models...> make_library(Models... models) {
    return model_library<Models...>(boost::hana::tuple<Models...>(std::move(models)...));
}

} // namespace alwann::inline ALWANN_ABI
