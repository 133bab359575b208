// SPDX-License-Identifier: MIT
/// @file
/// The definitions of library/standard.hpp.
#pragma once

#include <alwann/circuit/compressors.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/library/detail/evolved_circuits.hpp>
#include <alwann/library/standard.hpp>

#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE const library& standard() {
    static const library designs = [] {
        using namespace circuits;
        library parts;
        const auto numbered = [](const char* family, std::size_t a, std::size_t b) {
            return std::string(family) + "_" + std::to_string(a) + "_" + std::to_string(b);
        };
        parts.add(make_component(exact_dadda(), "exact_dadda"));
        struct columns {
            std::size_t v, h, drop;
        };
        for (const auto [v, h, drop] : {columns{2, 0, 0},
                                        {3, 0, 0},
                                        {4, 0, 0},
                                        {5, 0, 0},
                                        {6, 0, 0},
                                        {6, 0, 5},
                                        {6, 1, 0},
                                        {7, 0, 0},
                                        {7, 1, 0},
                                        {8, 0, 0},
                                        {9, 0, 0},
                                        {10, 0, 0},
                                        {10, 0, 6},
                                        {11, 0, 6},
                                        {12, 0, 8},
                                        {13, 0, 10}}) {
            parts.add(make_component(lowor(v, h, drop),
                                     "lowor_" + std::to_string(v) + (h != 0 ? "_h" + std::to_string(h) : "") +
                                         (drop != 0 ? "_drop" + std::to_string(drop) : "")));
        }
        struct two {
            std::size_t a, b;
        };
        for (const auto [h, v] : {two{0, 6}, {0, 7}, {1, 7}, {1, 8}, {0, 9}, {2, 9}, {0, 10}, {0, 11}}) {
            parts.add(make_component(bamvc(h, v), numbered("bamvc", h, v)));
        }
        parts.add(make_component(truncation_or(2, 0), "truncor_2_0"));
        parts.add(make_component(truncation(1, 1), "trunc_1_1"));
        parts.add(make_component(compressor42(10, compressor_kind::saturating), "c42yang_10"));
        parts.add(make_component(compressor42(8, compressor_kind::or_and), "c42or_8"));
        for (const auto& [name, code] : alwann::detail::evolved_codes) {
            parts.add(make_component(alwann::detail::evolved_netlist(code), std::string(name)));
        }
        library tagged;
        for (component part : parts) {
            const std::string family = part.name.substr(0, part.name.find('_'));
            part.tags = {family == "evo" ? "evolved" : family};
            tagged.add(std::move(part));
        }
        return tagged;
    }();
    return designs;
}

} // namespace alwann::inline ALWANN_ABI
