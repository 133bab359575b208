// SPDX-License-Identifier: MIT
/// @file
/// A multiplier with its price: the entries of libraries.
#pragma once

#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/table.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// A multiplier as libraries hold it. Made by make_component; cheap to copy, the table is shared.
struct component {
    table products;         ///< all 65,536 products
    cost price;             ///< what the circuit costs, NaN where unknown
    error_metrics errors;   ///< measured on the table
    std::string name;       ///< unique in a library
    std::uint64_t hash = 0; ///< of the table: two components of one hash compute the same

    /// Whether the power is known. Emulation works without, energies do not.
    [[nodiscard]] bool has_cost() const noexcept { return price.known(); }
    /// Whether all products are exact.
    [[nodiscard]] bool is_exact() const noexcept { return errors.wce == 0; }
};

/// A component of a truth table, named after it; the errors are measured here.
[[nodiscard]] inline component make_component(const table& products, const cost& price = {}) {
    return {.products = products,
            .price = price,
            .errors = measure_errors(products),
            .name = products.name(),
            .hash = products.hash()};
}

/// A multiplier model that knows its cost.
template <class M>
concept priced_multiplier = multiplier<M> && requires(const M& model) {
    { model.price() } -> std::convertible_to<cost>;
};

/// A component of a multiplier model, with its own price if it has one.
template <multiplier M>
[[nodiscard]] component make_component(const M& model) {
    if constexpr (priced_multiplier<M>) {
        return make_component(tabulate(model), model.price());
    } else {
        return make_component(tabulate(model), cost{});
    }
}

/// A component of a multiplier model at the given price.
template <multiplier M>
[[nodiscard]] component make_component(const M& model, const cost& price) {
    return make_component(tabulate(model), price);
}

/// A component of an 8x8 multiplier circuit, priced by the cost model.
[[nodiscard]] inline component make_component(const netlist& circuit, std::string name,
                                              const cost_model& model = {}) {
    return make_component(simulate(circuit, std::move(name)), estimate_cost(circuit, model));
}

/// A multiplier model together with its cost.
template <multiplier M>
class priced_model {
public:
    constexpr priced_model(M model, const cost& price) : model_(std::move(model)), price_(price) {}

    [[nodiscard]] constexpr std::string_view name() const { return model_.name(); }
    [[nodiscard]] constexpr const cost& price() const noexcept { return price_; }
    [[nodiscard]] constexpr const M& model() const noexcept { return model_; }

    constexpr std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const {
        return static_cast<std::uint32_t>(model_(x, w));
    }
    operand_batch operator()(const operand_batch& x, const operand_batch& w) const requires
        requires(const M& m) {
        { m(x, w) } -> std::same_as<operand_batch>;
    }
    { return model_(x, w); }

private:
    [[no_unique_address]] M model_;
    cost price_;
};

/// Gives a model a price: `priced(drop3, {.power_mw = 0.2, .source = provenance::published})`.
template <multiplier M>
[[nodiscard]] constexpr priced_model<M> priced(M model, const cost& price) {
    return {std::move(model), price};
}

} // namespace alwann::inline ALWANN_ABI
