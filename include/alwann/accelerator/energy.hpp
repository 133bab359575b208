// SPDX-License-Identifier: MIT
/// @file
/// Energy and area of a design.
#pragma once

#include <alwann/accelerator/design.hpp>
#include <alwann/library/library.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Energy of all multiplications relative to the library's exact multiplier:
/// sum_l N_l * P(multiplier of l) / (P(exact) * sum_l N_l), N_l the multiplications of layer l.
///
/// Relative, because the published powers come without a clock frequency. Throws value_error if a power that
/// is needed is unknown or the exact multiplier's is 0, name_error if there is no exact multiplier, and
/// shape_error unless there is a multiplier for each layer.
[[nodiscard]] inline double relative_energy(std::span<const std::size_t> multipliers,
                                            std::span<const std::uint64_t> macs, const library& parts) {
    const auto power = [](const component& part) {
        if (!part.has_cost()) {
            throw value_error("multiplier '" + part.name + "': its power is unknown, and energies need it");
        }
        return part.price.power_mw;
    };
    if (multipliers.size() != macs.size()) {
        throw shape_error("energy: multipliers of " + std::to_string(multipliers.size()) +
                          " layers, multiplications of " + std::to_string(macs.size()));
    }
    const double exact = power(parts.exact());
    if (!(exact > 0)) {
        throw value_error("multiplier '" + parts.exact().name +
                          "': expected an exact multiplier with power above 0");
    }
    double used = 0; // shares of the exact power, so that the exact design is 1 to the last bit
    double all = 0;
    for (std::size_t l = 0; l < multipliers.size(); ++l) {
        used += static_cast<double>(macs[l]) * (power(parts.at(multipliers[l])) / exact);
        all += static_cast<double>(macs[l]);
    }
    return all > 0 ? used / all : 1.0;
}

/// Area in um2 of one multiplier per tile; not a number if one of them is unknown.
[[nodiscard]] inline double tile_area(std::span<const std::size_t> tiles, const library& parts) {
    double area = 0;
    for (const auto tile : tiles) {
        area += parts.at(tile).price.area_um2;
    }
    return area;
}

} // namespace alwann::inline ALWANN_ABI
