// SPDX-License-Identifier: MIT
/// @file
/// A multiplier with its price: the entries of libraries.
#pragma once

#include <alwann/circuit/cost.hpp>
#include <alwann/circuit/multiplier_circuit.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/table.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A multiplier as libraries hold it. Made by make_component; cheap to copy, the table is shared.
struct component {
    table products;         ///< all 65,536 products
    cost price;             ///< what the circuit costs, NaN where unknown
    error_metrics errors;   ///< measured on the table
    std::string name;       ///< unique in a library
    std::uint64_t hash = 0; ///< of the table: two components of one hash compute the same
    std::shared_ptr<const netlist> circuit = nullptr; ///< what computes the products, where that is known
    std::vector<std::string> tags = {};               ///< words to choose by, such as a family's name

    /// Whether the power is known. Emulation works without, energies do not.
    [[nodiscard]] bool has_cost() const noexcept { return price.known(); }
    /// Whether all products are exact.
    [[nodiscard]] bool is_exact() const noexcept { return errors.wce == 0; }
    /// Whether it carries a tag.
    [[nodiscard]] bool has_tag(std::string_view tag) const noexcept {
        return std::find(tags.begin(), tags.end(), tag) != tags.end();
    }
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

/// A component of an 8x8 multiplier circuit, priced by the cost model. Keeps the circuit.
[[nodiscard]] inline component make_component(const netlist& circuit, std::string name,
                                              const cost_model& model = {}) {
    component part = make_component(simulate(circuit, std::move(name)), estimate_cost(circuit, model));
    part.circuit = std::make_shared<const netlist>(circuit);
    return part;
}

/// What the cost model says of a circuit.
[[nodiscard]] inline cost estimate_cost(const multiplier_circuit& multiplier) {
    return estimate_cost(multiplier.circuit,
                         multiplier.is_signed ? cost_model::signed_operands() : cost_model{});
}

/// A component of a circuit that was read from a file: at the price that the file states, else modelled.
[[nodiscard]] inline component make_component(const multiplier_circuit& multiplier) {
    const cost& stated = multiplier.published.price;
    component part =
        make_component(truth_table(multiplier), stated.known() ? stated : estimate_cost(multiplier));
    part.circuit = std::make_shared<const netlist>(multiplier.circuit);
    return part;
}

/// Whether one price of a function is to be kept rather than another: a published one before a modelled one
/// before none, then that of less power.
[[nodiscard]] inline bool is_preferable(const cost& price, const cost& other) noexcept {
    const auto trust = [](const cost& c) {
        return !c.known() ? 0 : c.source == provenance::published ? 2 : 1;
    };
    return trust(price) > trust(other) || (trust(price) == trust(other) && price.power_mw < other.power_mw);
}

/// A component's circuit in the form that writers take. Throws value_error if the component has none.
[[nodiscard]] inline multiplier_circuit circuit_of(const component& part) {
    if (part.circuit == nullptr) {
        throw value_error("multiplier '" + part.name + "': its table is known, but no circuit");
    }
    multiplier_circuit result{.name = part.name, .circuit = *part.circuit, .published = {}};
    const multiplier_form& form = part.products.form();
    result.activation_bits = form.activation.bits;
    result.weight_bits = form.weight.bits;
    result.is_signed = form.is_signed();
    if (part.price.source == provenance::published) {
        result.published.price = part.price;
    }
    return result;
}

/// A hash as 16 hexadecimal digits.
[[nodiscard]] inline std::string hash_text(std::uint64_t hash) {
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text += "0123456789abcdef"[(hash >> shift) & 15u];
    }
    return text;
}

/// A multiplier model together with its cost.
template <multiplier M>
class priced_model {
public:
    /// A model with what it costs.
    constexpr priced_model(M model, const cost& price) : model_(std::move(model)), price_(price) {}

    /// The name in listings and messages.
    [[nodiscard]] constexpr std::string_view name() const { return model_.name(); }
    /// What it costs.
    [[nodiscard]] constexpr const cost& price() const noexcept { return price_; }
    /// The model itself.
    [[nodiscard]] constexpr const M& model() const noexcept { return model_; }

    /// The model's product.
    constexpr std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const {
        return static_cast<std::uint32_t>(model_(x, w));
    }
    /// The model's product.
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
