// SPDX-License-Identifier: MIT
#include "random_layer.hpp"

#include <alwann/compensation/histogram_map.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;

namespace {

// Mean and variance of x * w - M[x][u] over given activation codes, from the definition.
struct moments {
    double mean_square = 0, variance = 0;
};
moments errors_of(const aw::table& products, const std::vector<std::uint8_t>& codes, std::uint8_t w,
                  std::uint8_t u) {
    const auto& form = products.form();
    std::int64_t sum = 0, squares = 0;
    for (const auto x : codes) {
        const std::int64_t e = form.exact(x, w) - products.product(x, u);
        sum += e;
        squares += e * e;
    }
    const auto count = static_cast<double>(codes.size());
    const double mean = static_cast<double>(sum) / count;
    double variance = 0;
    for (const auto x : codes) {
        const double e = form.exact(x, w) - products.product(x, u) - mean;
        variance += e * e;
    }
    return {static_cast<double>(squares) / count, variance / count};
}

// The activation codes of an input channel, of all channels for npos.
std::vector<std::uint8_t> codes_of(const layer_case& c, std::size_t channel) {
    const std::size_t area = c.layer.geometry.kernel_height * c.layer.geometry.kernel_width;
    const std::size_t group_inputs = c.depth() / area;
    std::vector<std::uint8_t> codes;
    for (std::size_t i = 0; i < c.samples.patches.size(); ++i) {
        const std::size_t group = i / c.depth() % c.layer.groups;
        if (channel == static_cast<std::size_t>(-1) || group * group_inputs + i % group_inputs == channel) {
            codes.push_back(c.samples.patches[i]);
        }
    }
    return codes;
}

} // namespace

TEST_CASE("Maps by histogram are the best of all codes") {
    aw::random_generator random(1);
    for (const auto& form : layer_forms) {
        for (const bool is_signed : {false, true}) {
            const layer_case c(form, 12, 3, random);
            auto whole = c.setting(rough_table(is_signed)), centred = whole;
            const auto products = whole.multiplier;
            aw::histogram_map{}.compensate(c.context(), whole);
            aw::centred_map{}.compensate(c.context(), centred);
            const auto all_codes = codes_of(c, static_cast<std::size_t>(-1));
            const std::size_t area = form.kernel * form.kernel;
            const std::size_t group_inputs = c.depth() / area;
            for (std::size_t f = 0; f < form.outputs; f += 3) {
                for (std::size_t k = 0; k < c.depth(); k += 4) {
                    const std::size_t group = f / (form.outputs / form.groups);
                    const auto codes = codes_of(c, group * group_inputs + k % group_inputs);
                    const std::size_t i = f * c.depth() + k;
                    const std::uint8_t w = c.layer.weights[i];
                    const auto found_square = errors_of(products, all_codes, w, whole.weights[i]).mean_square;
                    const auto found_variance = errors_of(products, codes, w, centred.weights[i]).variance;
                    CAPTURE(form.name, is_signed, f, k, int{w});
                    for (std::size_t u = 0; u < 256; ++u) {
                        const auto code = static_cast<std::uint8_t>(u);
                        REQUIRE(found_square <= errors_of(products, all_codes, w, code).mean_square);
                        REQUIRE(found_variance <= errors_of(products, codes, w, code).variance * (1 + 1e-9));
                    }
                }
            }
            CHECK(whole.corrections == c.setting(products).corrections);
        }
    }
}

TEST_CASE("Among equally good codes the nearest is taken, and exact products keep theirs") {
    aw::random_generator random(2);
    const layer_case c(layer_forms[0], 50, 0, random);
    auto exact = c.setting(aw::exact_table());
    (aw::histogram_map{} + aw::centred_map{}).compensate(c.context(), exact);
    CHECK(exact.weights == c.layer.weights);
    // Codes act like the next smaller multiple of 4 plus 2: w has two neighbours as near as each other at
    // most.
    const auto steps =
        kernel_test::make_table("steps", [](std::size_t x, std::size_t w) { return x * (w / 4 * 4 + 2); });
    auto kept = c.setting(steps);
    aw::histogram_map{}.compensate(c.context(), kept);
    for (std::size_t i = 0; i < kept.weights.size(); ++i) {
        // Products of w % 4 = 0 are as far from those of the group below as from its own: it stays.
        REQUIRE(kept.weights[i] == c.layer.weights[i]);
    }
    // A channel that is always the same has no spread whatever the code.
    layer_case constant(layer_forms[1], 20, 0, random);
    std::fill(constant.samples.patches.begin(), constant.samples.patches.end(), std::uint8_t{77});
    auto still = constant.setting(rough_table(false));
    aw::centred_map{}.compensate(constant.context(), still);
    CHECK(still.weights == constant.layer.weights);
}

TEST_CASE("Double precision leaves the choice of a centred map as it is") {
    std::mt19937 random(11);
    for (unsigned round = 0; round < 24; ++round) {
        CAPTURE(round);
        // Little and much noise; cut products, of which many codes are equally good; counts small, large and
        // none.
        const auto multiplier = kernel_test::make_table("noisy", [&](std::size_t x, std::size_t w) {
            const std::size_t cut = x * w >> round % 9 << round % 9;
            return round % 2 == 0 ? cut : std::min<std::size_t>(65535, x * w + random() % (1u << round % 12));
        });
        aw::code_histogram counts{};
        for (auto& count : counts) {
            const unsigned most = round % 3 == 0 ? 3 : round % 3 == 1 ? 1000 : 500000;
            count = round == 23 || random() % 4 == 0 ? 0 : static_cast<std::uint32_t>(random() % most);
        }
        const aw::product_errors errors(multiplier, counts);
        for (unsigned code = 0; code < 256; ++code) {
            const auto w = static_cast<std::uint8_t>(code);
            const auto exact = [&](std::uint8_t a, std::uint8_t b) { return errors.spread(a, b); };
            CHECK(errors.least_spread(w) == aw::product_errors::best(w, exact));
        }
    }
}
