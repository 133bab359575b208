// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/csv.hpp.
#pragma once

#include <alwann/core/csv.hpp>
#include <alwann/core/format.hpp>
#include <alwann/report/csv.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE std::string to_csv(std::span<const explored_design> designs, const library& parts) {
    std::string text = "relative_energy,relative_energy_paper_macs,search_accuracy,test_accuracy,test_low,"
                       "test_high,test_loss,loss_low,loss_high,logit_mse,area_um2,cycles";
    const std::size_t layers = designs.empty() ? 0 : designs.front().what.mapping.size();
    for (std::size_t l = 0; l < layers; ++l) {
        text += ",conv" + std::to_string(l);
    }
    text += '\n';
    for (const auto& d : designs) {
        text += format_number(d.energy);
        for (const double value : {d.paper_energy, d.search_accuracy}) {
            text += ',' + format_number(value);
        }
        for (const double value : {d.test_accuracy, d.test_interval.low, d.test_interval.high, d.test_loss,
                                   d.loss_interval.low, d.loss_interval.high, d.logit_mse}) {
            text += ',' + (d.test_images > 0 ? format_number(value) : std::string());
        }
        text += ',' + format_number(d.area_um2);
        text += ',' + std::to_string(d.cycles);
        for (const auto part : d.what.multipliers()) {
            text += ',' + csv_field(parts.at(part).name);
        }
        text += '\n';
    }
    return text;
}

} // namespace alwann::inline ALWANN_ABI
