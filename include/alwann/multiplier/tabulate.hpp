// SPDX-License-Identifier: MIT
/// @file
/// Any multiplier model as a truth table.
#pragma once

#include <alwann/multiplier/functional.hpp>
#include <alwann/multiplier/table.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// The truth table of a model, by 65,536 evaluations; batches of them where the model takes batches.
///
/// Throws value_error if a product does not fit 16 bits.
template <multiplier M>
[[nodiscard]] table tabulate(const M& model) {
    const std::string name(std::string_view(model.name()));
    std::vector<std::uint16_t> products(operand_pairs);
    const auto store = [&](std::size_t index, std::uint32_t product) {
        if (product > 0xFFFF) {
            throw value_error("multiplier '" + name + "': the product of " +
                              std::to_string(index / operand_codes) + " and " +
                              std::to_string(index % operand_codes) + " is " + std::to_string(product) +
                              ", expected at most 65535");
        }
        products[index] = static_cast<std::uint16_t>(product);
    };
    if constexpr (requires(operand_batch batch) {
                      { model(batch, batch) } -> std::same_as<operand_batch>;
                  }) {
        constexpr std::size_t lanes = operand_batch::size;
        static_assert(operand_codes % lanes == 0);
        std::array<std::uint32_t, lanes> buffer{};
        for (std::size_t x = 0; x < operand_codes; ++x) {
            const operand_batch activations(static_cast<std::uint32_t>(x));
            for (std::size_t w = 0; w < operand_codes; w += lanes) {
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    buffer[lane] = static_cast<std::uint32_t>(w + lane);
                }
                model(activations, operand_batch::load_unaligned(buffer.data()))
                    .store_unaligned(buffer.data());
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    store(operand_codes * x + w + lane, buffer[lane]);
                }
            }
        }
    } else {
        for (std::size_t index = 0; index < operand_pairs; ++index) {
            store(index, detail::product_of(model(static_cast<std::uint8_t>(index / operand_codes),
                                                  static_cast<std::uint8_t>(index % operand_codes))));
        }
    }
    return table(name, products);
}

/// A table is its own truth table.
[[nodiscard]] inline table tabulate(const table& model) {
    return model;
}

} // namespace alwann::inline ALWANN_ABI
