// SPDX-License-Identifier: MIT
/// @file
/// The definitions of library/textbook.hpp.
#pragma once

#include <alwann/circuit/compressors.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/circuit/leading_one_families.hpp>
#include <alwann/library/textbook.hpp>

#include <initializer_list>
#include <string>
#include <utility>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE const library& textbook() {
    static const library designs = [] {
        using namespace circuits;
        library parts;
        const auto add = [&](const std::string& family, const std::string& parameters, const netlist& circuit,
                             bool is_rough = false) {
            component part = make_component(circuit, parameters.empty() ? family : family + "_" + parameters);
            part.price.source = is_rough ? provenance::modelled_rough : part.price.source;
            part.tags = {family};
            parts.add(std::move(part));
        };
        const auto number = [](std::size_t value) { return std::to_string(value); };
        add("exact", "dadda", exact_dadda());
        add("exact", "array", exact_array());
        for (const std::size_t limit : std::initializer_list<std::size_t>{2, 6, 10, 14}) {
            add("kulk", number(limit), kulkarni(limit));
        }
        for (const std::size_t v : std::initializer_list<std::size_t>{4, 6, 8, 10}) {
            add("bam", "0_" + number(v), broken_array(0, v));
        }
        using pair = std::pair<std::size_t, std::size_t>;
        for (const auto& [h, v] : {pair{3, 10}, {0, 12}, {0, 13}}) {
            add("bamvc", number(h) + "_" + number(v), bamvc(h, v));
        }
        for (const auto& [a, b] : {pair{2, 2}, {3, 3}, {4, 0}, {4, 4}}) {
            add("trunc", number(a) + "_" + number(b), truncation(a, b));
        }
        for (const auto& [a, b] : {pair{2, 2}, {3, 3}, {4, 3}, {4, 4}}) {
            add("truncor", number(a) + "_" + number(b), truncation_or(a, b));
        }
        add("bamc", "0_6", bamc(0, 6));
        add("bamcz", "0_9", bamc(0, 9, true));
        for (const auto& [j, k] : {pair{0, 2}, {2, 2}, {0, 4}}) {
            add("perf", number(j) + "_" + number(k), perforation(j, k));
        }
        for (const auto& [family, kind] : {std::pair{"c42yang", compressor_kind::saturating},
                                           {"c42momeni", compressor_kind::momeni},
                                           {"c42vk", compressor_kind::venkatachalam},
                                           {"c42or", compressor_kind::or_and},
                                           {"c42oo", compressor_kind::or_xor}}) {
            for (const std::size_t end : std::initializer_list<std::size_t>{8, 16}) {
                const bool is_standard = end == 8 && kind == compressor_kind::or_and;
                if (!is_standard) {
                    add(family, number(end), compressor42(end, kind));
                }
            }
        }
        add("c42momeni", "8_zp", zero_kept(compressor42(8, compressor_kind::momeni)));
        for (const std::size_t k : std::initializer_list<std::size_t>{3, 4, 6}) {
            add("drum", number(k), drum(k), true);
        }
        add("ssm", "5", static_segment(5), true);
        for (const std::size_t m : std::initializer_list<std::size_t>{5, 7}) {
            add("mitch", number(m), mitchell(m), true);
        }
        for (const std::size_t m : std::initializer_list<std::size_t>{3, 5, 6}) {
            add("mitch1", number(m), mitchell_set_one(m), true);
        }
        add("roba", "", roba(), true);
        add("etm", "", error_tolerant(), true);
        add("etm", "zp", zero_kept(error_tolerant()), true);
        return parts;
    }();
    return designs;
}

} // namespace alwann::inline ALWANN_ABI
