// SPDX-License-Identifier: MIT
// What the tests of circuit readers share.
#pragma once

#include <alwann/circuit/circuit_text.hpp>
#include <alwann/circuit/compressors.hpp>
#include <alwann/circuit/families.hpp>
#include <alwann/core/random.hpp>

#include "catch.hpp"
#include "random_netlist.hpp"

#include <string>
#include <utility>
#include <vector>

// Designs of every family, and circuits of narrow and signed operands.
inline std::vector<alwann::multiplier_circuit> sample_circuits() {
    using namespace alwann;
    using namespace alwann::circuits;
    std::vector<multiplier_circuit> samples;
    const auto add = [&](const char* name, netlist circuit) {
        samples.push_back({.name = name, .circuit = std::move(circuit), .published = {}});
    };
    add("exact_dadda", exact_dadda());
    add("exact_array", exact_array());
    add("trunc_2_3", truncation(2, 3));
    add("trunc_8_8", truncation(8, 8)); // nothing but zeros
    add("truncor_3_2", truncation_or(3, 2));
    add("bam_2_6", broken_array(2, 6));
    add("bamvc_1_8", bamvc(1, 8));
    add("lowor_7", lowor(7));
    add("lowor_10_0_6", lowor(10, 0, 6));
    add("perf_2_3", perforation(2, 3));
    add("kulkarni_6", kulkarni(6));
    add("compressor_9", compressor42(9, compressor_kind::saturating));
    add("compressor_or_12", compressor42(12, compressor_kind::or_and));
    for (const auto& [x, w] : {std::pair<std::size_t, std::size_t>{8, 2}, {8, 7}, {7, 7}, {3, 5}, {1, 1}}) {
        for (const bool is_signed : {false, true}) {
            samples.push_back({.name = "random_" + std::to_string(samples.size()),
                               .circuit = random_netlist(samples.size(), x + w, 60, x + w),
                               .activation_bits = x,
                               .weight_bits = w,
                               .is_signed = is_signed,
                               .published = {}});
        }
    }
    samples.push_back({.name = "mul4u_misleading",
                       .circuit = random_netlist(99, 16, 200, 16),
                       .is_signed = true,
                       .published = {}});
    samples.push_back({.name = "if", .circuit = random_netlist(98, 16, 100, 3), .published = {}});
    samples.push_back({.name = "", .circuit = random_netlist(97, 16, 0, 16), .published = {}});
    return samples;
}

// A message without "file:".
template <class Parse>
std::string complaint(Parse&& parse, const std::string& text) {
    try {
        (void)parse(text, "f");
    } catch (const alwann::format_error& problem) {
        const std::string what = problem.what();
        return what.starts_with("f:") ? what.substr(2) : what;
    }
    return "none";
}

// Each prefix and many damaged copies of a text are read or refused, whatever they are.
template <class Parse>
void check_damaged_texts(Parse&& parse, const std::string& text, std::uint64_t seed, std::size_t copies) {
    std::size_t accepted = 0, refused = 0;
    const auto attempt = [&](const std::string& damaged) {
        try {
            (void)parse(damaged, "f");
            ++accepted;
        } catch (const alwann::error&) {
            ++refused;
        }
    };
    for (std::size_t length = 0; length < text.size(); ++length) {
        attempt(text.substr(0, length));
    }
    CHECK(refused > 0);
    alwann::random_generator random(seed);
    const auto below = [&](std::size_t bound) {
        return static_cast<std::size_t>(alwann::uniform_below(random, bound));
    };
    for (std::size_t i = 0; i < copies; ++i) {
        std::string damaged = text;
        for (std::size_t changes = 1 + below(4); changes > 0 && !damaged.empty(); --changes) {
            const std::size_t place = below(damaged.size());
            switch (below(4)) {
            case 0:
                damaged[place] = static_cast<char>(below(256));
                break;
            case 1: // likelier to have a meaning
                damaged[place] = text[below(text.size())];
                break;
            case 2:
                damaged.erase(place, 1 + below(8));
                break;
            default:
                damaged.insert(place, text.substr(below(text.size()), 1 + below(12)));
            }
        }
        attempt(damaged);
    }
    CHECK(accepted + refused == text.size() + copies);
}
