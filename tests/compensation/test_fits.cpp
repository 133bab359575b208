// SPDX-License-Identifier: MIT
#include "random_layer.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/channel_bias.hpp>
#include <alwann/compensation/channel_ls3.hpp>
#include <alwann/compensation/closed_form.hpp>

#include <cmath>
#include <numeric>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;

namespace {

template <class Check>
void for_each_layer(std::size_t samples, std::size_t drift, Check&& check) {
    aw::random_generator random(3);
    for (const auto& form : layer_forms) {
        for (const bool is_signed : {false, true}) {
            const layer_case c(form, samples, drift, random);
            CAPTURE(form.name, is_signed);
            check(c, rough_table(is_signed, 8));
        }
    }
}

template <aw::compensation C>
aw::layer_setting compensated(const layer_case& c, const aw::table& products, const C& how) {
    auto setting = c.setting(products);
    how.compensate(c.context(), setting);
    return setting;
}

} // namespace

TEST_CASE("Each fit has a smaller error than the simpler one within it") {
    for_each_layer(300, 20, [](const layer_case& c, const aw::table& products) {
        const auto none = c.setting(products);
        const auto bias = compensated(c, products, aw::channel_bias{});
        const auto affine = compensated(c, products, aw::channel_affine{});
        const auto ls3 = compensated(c, products, aw::channel_ls3{});
        for (std::size_t f = 0; f < c.layer.outputs; ++f) {
            CAPTURE(f);
            const double rounding = 1e-9 * c.squares(none, f) + 1e-6;
            CHECK(c.squares(bias, f) <= c.squares(none, f) + rounding);
            CHECK(c.squares(affine, f) <= c.squares(bias, f) + rounding);
            CHECK(c.squares(ls3, f) <= c.squares(affine, f) + rounding);
            const auto errors = c.errors(bias, f);
            CHECK(std::accumulate(errors.begin(), errors.end(), 0.0) == Approx(0).margin(1e-3));
        }
        CHECK(bias.weights == c.layer.weights);
        CHECK(ls3.weights == c.layer.weights);
    });
}

TEST_CASE("No other gain, slope and offset near those of ls3 is better") {
    for_each_layer(200, 20, [](const layer_case& c, const aw::table& products) {
        const auto found = compensated(c, products, aw::channel_ls3{});
        for (std::size_t f = 0; f < c.layer.outputs; f += 2) {
            const double least = c.squares(found, f);
            for (const double gain : {-1e-3, 0.0, 1e-3}) {
                for (const double slope : {-0.05, 0.0, 0.05}) {
                    for (const double offset : {-3.0, 0.0, 3.0}) {
                        auto other = found;
                        auto& at = other.corrections[f];
                        at = {std::clamp(at.gain + gain, 0.5, 2.0), at.offset + offset, at.slope + slope};
                        CAPTURE(f, gain, slope, offset);
                        REQUIRE(c.squares(other, f) >= least * (1 - 1e-9));
                    }
                }
            }
        }
    });
}

TEST_CASE("Closed forms are the expectations under the histograms") {
    for_each_layer(60, 0, [](const layer_case& c, const aw::table& table) {
        const auto products = table.network_form();
        const auto bias = compensated(c, table, aw::closed_bias{});
        const auto variate = compensated(c, table, aw::control_variate{});
        const std::size_t area = c.layer.geometry.kernel_height * c.layer.geometry.kernel_width;
        const std::size_t group_inputs = c.depth() / area;
        for (std::size_t f = 0; f < c.layer.outputs; f += 2) {
            double mean = 0, mean_x = 0, covariance = 0, variance = 0;
            for (std::size_t k = 0; k < c.depth(); ++k) {
                // All places of the kernel under one input channel.
                std::vector<double> x, e;
                for (std::size_t place = 0; place < area; ++place) {
                    for (std::size_t n = 0; n < c.samples.count(); ++n) {
                        const auto code = c.code(n, f, place * group_inputs + k % group_inputs);
                        const auto w = c.layer.weights[f * c.depth() + k];
                        x.push_back(code);
                        e.push_back(products.product(code, w) - products.form().exact(code, w));
                    }
                }
                const auto count = static_cast<double>(x.size());
                const double x0 = std::accumulate(x.begin(), x.end(), 0.0) / count;
                const double e0 = std::accumulate(e.begin(), e.end(), 0.0) / count;
                mean += e0;
                mean_x += x0;
                for (std::size_t i = 0; i < x.size(); ++i) {
                    covariance += (x[i] - x0) * (e[i] - e0) / count;
                    variance += (x[i] - x0) * (x[i] - x0) / count;
                }
            }
            CHECK(bias.corrections[f].gain == 1);
            CHECK(bias.corrections[f].slope == 0);
            CHECK(bias.corrections[f].offset == Approx(-mean));
            CHECK(variate.corrections[f].gain == 1);
            CHECK(variate.corrections[f].slope == Approx(-covariance / variance));
            CHECK(variate.corrections[f].offset == Approx(-mean + covariance / variance * mean_x));
        }
    });
}

TEST_CASE("A multiplier whose error is a multiple of the activation is repaired by a slope alone") {
    aw::random_generator random(5);
    const layer_case c({"pointwise", 1, 9, 6, 1}, 200, 0, random);
    const auto sloped = kernel_test::make_table(
        "sloped", [](std::size_t x, std::size_t w) { return x * std::min<std::size_t>(w + 17, 255); });
    for (const auto& setting :
         {compensated(c, sloped, aw::channel_ls3{}), compensated(c, sloped, aw::control_variate{})}) {
        for (std::size_t f = 0; f < c.layer.outputs; ++f) {
            const double none = c.squares(c.setting(sloped), f);
            CHECK(c.squares(setting, f) < none / 500); // weights above 238 are few
        }
    }
}

TEST_CASE("Channels that never vary keep their gain, and exact ones stay exact") {
    aw::random_generator random(6);
    layer_case still(layer_forms[0], 40, 0, random);
    std::fill(still.samples.patches.begin(), still.samples.patches.end(), std::uint8_t{50});
    for (const auto& setting : {compensated(still, rough_table(false), aw::channel_ls3{}),
                                compensated(still, rough_table(false), aw::control_variate{})}) {
        for (const auto& correction : setting.corrections) {
            CHECK(correction.gain == 1);
            CHECK(correction.slope == 0);
            CHECK(std::isfinite(correction.offset));
        }
    }
    for_each_layer(100, 0, [](const layer_case& c, const aw::table& rough) {
        if (rough.is_signed()) {
            return;
        }
        for (const auto& setting : {compensated(c, aw::exact_table(), aw::channel_ls3{}),
                                    compensated(c, aw::exact_table(), aw::control_variate{}),
                                    compensated(c, aw::exact_table(), aw::closed_bias{})}) {
            for (std::size_t f = 0; f < c.layer.outputs; ++f) {
                CHECK(std::sqrt(c.squares(setting, f)) < 1e-3);
            }
        }
    });
}

TEST_CASE("The output stage holds gain, slope and offset") {
    for_each_layer(80, 20, [](const layer_case& c, const aw::table& table) {
        aw::random_generator random(c.depth());
        auto setting = c.setting(table);
        for (auto& correction : setting.corrections) {
            correction = {0.6 + aw::uniform_unit(random), 1000 * (aw::uniform_unit(random) - 0.5),
                          60 * (aw::uniform_unit(random) - 0.5)};
        }
        auto unbiased = c.layer;
        unbiased.bias.assign(unbiased.outputs, 0.0);
        const auto& products = setting.multiplier;
        const auto stage = aw::make_output_stage(unbiased, setting.corrections, products.form());
        for (std::size_t f = 0; f < c.layer.outputs; ++f) {
            const auto& correction = setting.corrections[f];
            const auto errors = c.errors(setting, f);
            for (std::size_t n = 0; n < c.samples.count(); ++n) {
                std::int32_t sum = 0, inputs = 0;
                for (std::size_t k = 0; k < c.depth(); ++k) {
                    const auto code = c.code(n, f, k);
                    sum += products.product(code, setting.weights[f * c.depth() + k]);
                    inputs += code;
                }
                const double real = errors[n] + c.targets[n * c.layer.outputs + f];
                REQUIRE(correction.gain * stage.accumulator(f, sum, inputs) ==
                        Approx(real).margin(2.5)); // one step for rounding offset and slope, each
            }
        }
        // Without a slope the stage is what it was without them.
        for (auto& correction : setting.corrections) {
            correction.slope = 0;
        }
        const auto plain = aw::make_output_stage(c.layer, setting.corrections, products.form());
        CHECK(std::all_of(plain.slope.begin(), plain.slope.end(), [](auto slope) { return slope == 0; }));
    });
}
