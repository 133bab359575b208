// SPDX-License-Identifier: MIT
/// @file
/// The definitions of kernel/selection.hpp.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/rows_block.hpp>
#include <alwann/kernel/detail/tap_pairs.hpp>
#include <alwann/kernel/detail/used_codes.hpp>
#include <alwann/kernel/selection.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE bool suits(engine which, const table_analysis& what, std::string* reason) {
    const auto refuse = [&](const char* text) {
        if (reason != nullptr) {
            *reason = text;
        }
        return false;
    };
    switch (which) {
    case engine::exact_portable:
    case engine::exact_avx2:
    case engine::exact_vnni:
    case engine::exact_amx:
        return what.exact_terms.has_value() || refuse("its products are not a sum of a few exact ones");
    case engine::error_rows:
        return what.error8.has_value() || refuse("its errors do not fit 8 bits");
    default:
        return true;
    }
}

ALWANN_SEPARABLE double permute_cost() noexcept {
    static const double cost = detect_cpu().split_permutes ? 2.2 : 1;
    return cost;
}

ALWANN_SEPARABLE double predicted_cycles(engine which, const convolution_shape& shape,
                                         const table_analysis& what, double permute) {
    const auto up = [](std::size_t value, std::size_t step) {
        return static_cast<double>((value + step - 1) / step * step);
    };
    const auto positions = static_cast<double>(shape.positions());
    const auto depth = static_cast<double>(shape.depth());
    const auto groups = static_cast<double>(shape.groups);
    const std::size_t outputs = shape.group_outputs();
    const auto channels = static_cast<double>(outputs);
    // Rows for 32 output channels: laid out once a chunk, then a load per position and product.
    const double chunks = std::ceil(positions / static_cast<double>(detail::rows_positions()));
    const double wide = std::floor(channels / 32) + (outputs % 32 > 16 ? 1 : 0);
    const double narrow = outputs % 32 != 0 && outputs % 32 <= 16 ? 1 : 0;
    // Products whose codes are neighbours come in runs: the channels of a pixel, or a whole kernel row.
    const auto& g = shape.geometry;
    const bool joined = shape.groups == 1 && g.dilation_width == 1;
    const std::size_t runs = g.kernel_height * (joined ? 1 : g.kernel_width);
    // Few positions after a ReLU have few codes, and only rows of these are laid out.
    const auto laid_out = [&](std::size_t most) { return shape.positions() <= most ? 0.6 : 1.0; };
    const double scattered = shape.depth() / runs % 16 == 0 ? 1 : 1.6; // codes are loaded one by one
    const auto rows = [&](double per_wide, double per_narrow, double build_wide, double build_narrow) {
        return groups * depth *
               (wide * (scattered * positions * per_wide + chunks * build_wide) +
                narrow * (positions * per_narrow + chunks * build_narrow));
    };
    const auto terms = [&] {
        return what.exact_terms
                   ? static_cast<double>(std::max<std::size_t>(1, what.exact_terms->terms.size()))
                   : std::numeric_limits<double>::infinity();
    };
    const auto exact = [&](double a_cycle, std::size_t neighbours, std::size_t lanes, double count) {
        const double padded = static_cast<double>(runs) * up(shape.depth() / runs, neighbours);
        return groups * positions * (padded * up(outputs, lanes) * count / a_cycle + 8);
    };
    const auto vnni = [&](double count) { return exact(outputs > 16 ? 110 : 85, 4, 16, count); };
    // Codes are laid out once more, one row a position, and the fewer channels use them the more that weighs.
    const auto amx = [&](double count) {
        const double padded = static_cast<double>(runs) * up(shape.depth() / runs, 4);
        const double tiles = std::ceil(padded * count / 64) * 64;
        return groups * positions * (tiles * (up(outputs, 16) / 530 + 0.075) + 1.5 * channels);
    };
    switch (which) {
    case engine::reference:
        return groups * positions * depth * channels * 4;
    case engine::lookup:
        return groups * positions * depth * channels * 1.4;
    case engine::rows_portable: {
        const double part = laid_out(detail::mark_used_portable::most_positions);
        return rows(8.5, 4.3 * scattered, 1900 * part, 950 * part);
    }
    case engine::rows_avx2: {
        const double part = laid_out(detail::most_marked_avx2);
        return rows(3.1, 1.5 * scattered, 1200 * part, 650 * part);
    }
    case engine::rows_avx512: {
        const double part = laid_out(detail::most_marked_avx2);
        // With VBMI codes are left out where none of four products has them: more rarely.
        const bool vbmi = is_available(engine::columns) && permute < 1.5;
        const double wide_build = vbmi ? 500 : 1150 * part;
        if (const detail::tap_pairs taps(shape); taps.any()) {
            const double fours = up(taps.products(), 4) / static_cast<double>(taps.products());
            return rows(1.7, 0.85 * fours, wide_build, wide_build / 2);
        }
        return rows(1.7, 1.4 * scattered, wide_build, 650 * part);
    }
    case engine::columns:
        return groups * depth * (channels * up(shape.positions(), 64) * permute / 12 + positions * 0.12) +
               groups * channels * positions;
    case engine::exact_portable:
        return exact(4, 1, 8, terms());
    case engine::exact_avx2:
        return exact(25, 2, 8, terms());
    case engine::exact_vnni:
        return vnni(terms());
    case engine::exact_amx:
        return amx(terms());
    case engine::error_rows:
        return (is_available(engine::exact_amx) ? std::min(amx(1), vnni(1)) : vnni(1)) +
               (outputs >= 48 && positions >= 1500
                    ? groups * depth * up(outputs, 64) / 64 * (positions * 1.7 + chunks * 400)
                    : groups * depth *
                              (channels * up(shape.positions(), 64) * permute / 24 + positions * 0.12) +
                          groups * channels * positions);
    case engine::automatic:
        break;
    }
    return std::numeric_limits<double>::infinity();
}

ALWANN_SEPARABLE engine_choice choose_engine(const convolution_shape& shape, const table_analysis& what,
                                             engine request) {
    check(shape);
    std::string why;
    if (request != engine::automatic) {
        const std::string name = "engine '" + std::string(to_string(request)) + "'";
        if (!is_available(request)) {
            throw value_error(name + " needs instructions that this processor does not have");
        }
        if (!suits(request, what, &why)) {
            throw value_error(name + " cannot run this multiplier: " + why);
        }
        return {request, predicted_cycles(request, shape, what), "asked for"};
    }
    engine_choice best;
    best.cycles = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i < engine_names.size(); ++i) {
        const auto which = static_cast<engine>(i);
        if (!is_available(which) || !suits(which, what)) {
            continue;
        }
        const double cycles = predicted_cycles(which, shape, what);
        if (cycles < best.cycles) {
            best.which = which;
            best.cycles = cycles;
        }
    }
    best.reason = "predicted to be the fastest for " + std::to_string(shape.positions()) + " positions, " +
                  std::to_string(shape.group_outputs()) + " output channels a group and this table";
    return best;
}

ALWANN_SEPARABLE engine active_engine(const convolution_shape& shape, const table& multiplier,
                                      engine request) {
    return choose_engine(shape, *analysis_of(multiplier.engine_form()), request).which;
}

ALWANN_SEPARABLE engine active_engine(const convolution_shape& shape, engine request) {
    return choose_engine(shape, table_analysis{}, request).which;
}

} // namespace alwann::inline ALWANN_ABI
