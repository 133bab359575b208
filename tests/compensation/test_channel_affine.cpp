// SPDX-License-Identifier: MIT
#include "layers.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/weight_tuning.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;

namespace {

// Mean squared difference of the logits from the exact network's, on the calibration images.
template <aw::compensation Compensation>
double damage(const problem& p, const aw::table& multiplier, const Compensation& how) {
    const aw::compensation_data data(p.net, p.coded);
    return mean_square(aw::run(p.net, data.compensate(p.tables(multiplier), how), p.coded),
                       aw::run(p.net, aw::exact_setting(p.net), p.coded));
}

// Remembers what each layer was given, and compensates with another.
template <aw::compensation Compensation>
struct spy {
    Compensation how;
    std::vector<double>* before;
    std::vector<double>* after;

    static std::string name() { return "spy"; }
    static bool needs_samples() { return true; }

    // Squared error of the corrected accumulators per channel.
    static std::vector<double> errors(const aw::layer_context& context, const aw::layer_setting& setting) {
        const auto& samples = *context.samples;
        const std::size_t outputs = context.layer.outputs;
        const auto sums = aw::accumulators(context.layer, samples, setting.multiplier, setting.weights);
        std::vector<double> result(outputs, 0.0);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const auto& c = setting.corrections[i % outputs];
            const double error = c.gain * sums[i] + c.offset - samples.targets[i];
            result[i % outputs] += error * error;
        }
        return result;
    }

    void compensate(const aw::layer_context& context, aw::layer_setting& setting) const {
        const auto first = errors(context, setting);
        how.compensate(context, setting);
        const auto second = errors(context, setting);
        before->insert(before->end(), first.begin(), first.end());
        after->insert(after->end(), second.begin(), second.end());
    }
};

} // namespace

TEST_CASE("A constant error of products is absorbed") {
    aw::random_generator random(1);
    for (const double offset : {60.0, 400.0, 2000.0}) {
        const problem p(chain_of_convolutions(random), 30, random);
        const auto multiplier = faulty_table(1, offset);
        const double none = damage(p, multiplier, aw::no_compensation{});
        const double affine = damage(p, multiplier, aw::channel_affine{});
        CAPTURE(offset, none, affine);
        CHECK(none > 0);
        CHECK(affine < none / 100);
    }
}

TEST_CASE("A proportional error of products is absorbed where weights have no zero point") {
    // With one, a sum of products has a part that the zero points cancel, which is not in proportion.
    aw::random_generator random(2);
    for (const double factor : {0.6, 0.75, 0.9}) {
        aw::graph positive({6, 6, 3});
        std::size_t node = 0;
        for (int i = 0; i < 3; ++i) {
            auto conv = nn_test::random_conv(i == 0 ? 3 : 6, 6, nn_test::square(3, 1, 1), random);
            for (auto& weight : conv.weights) {
                weight = std::abs(weight);
            }
            node = positive.add("conv" + std::to_string(i), conv, {node});
        }
        positive.add("pool", op::global_average_pool{}, {node});
        const problem p(positive, 30, random);
        const double none = damage(p, faulty_table(factor, 0), aw::no_compensation{});
        const double affine = damage(p, faulty_table(factor, 0), aw::channel_affine{});
        CAPTURE(factor, none, affine);
        CHECK(affine < none / 100);

        const problem any(chain_of_convolutions(random), 30, random);
        CHECK(damage(any, faulty_table(factor, 0), aw::channel_affine{}) <
              damage(any, faulty_table(factor, 0), aw::no_compensation{}) / 2);
    }
}

TEST_CASE("A constant error of products is an offset, found exactly") {
    aw::random_generator random(3);
    aw::graph trained({5, 5, 3});
    trained.add("conv", nn_test::random_conv(3, 5, nn_test::square(3, 1, 1), random), {0});
    const problem p(trained, 10, random);
    const auto design = [&] {
        const aw::compensation_data data(p.net, p.coded);
        return data.compensate(p.tables(faulty_table(1, 100)), aw::channel_affine{});
    }();
    for (const auto& correction : design[0].corrections) {
        CHECK(correction.gain == Approx(1).epsilon(1e-3));
        CHECK(correction.offset == Approx(-2700).epsilon(0.02)); // 27 products
    }
}

TEST_CASE("On its own samples it is never worse than nothing") {
    aw::random_generator random(4);
    for (int i = 0; i < 6; ++i) {
        const problem p(chain_of_convolutions(random), 12, random);
        const aw::compensation_data data(p.net, p.coded, 500);
        const auto multiplier = i == 0   ? kernel_test::random_table(random)
                                : i == 1 ? faulty_table(0.3, 0) // wants a gain beyond the limit
                                : i == 2 ? faulty_table(2.5, 0)
                                : i == 3 ? faulty_table(0, 500) // always the same
                                         : truncated_table(static_cast<unsigned>(4 + i));
        std::vector<double> before, after;
        const auto design =
            data.compensate(p.tables(multiplier), spy<aw::channel_affine>{{}, &before, &after});
        REQUIRE(before.size() == 8 + 8 + 6 + 8);
        for (std::size_t f = 0; f < before.size(); ++f) {
            CAPTURE(i, f);
            REQUIRE(after[f] <= before[f] * (1 + 1e-9));
        }
        for (const auto& layer : design) {
            for (const auto& correction : layer.corrections) {
                CHECK(correction.gain >= 0.5);
                CHECK(correction.gain <= 2.0);
                CHECK(std::isfinite(correction.offset));
            }
        }
    }
}

TEST_CASE("Gains keep to limits of the user's own") {
    aw::random_generator random(5);
    const problem p(chain_of_convolutions(random), 10, random);
    const aw::compensation_data data(p.net, p.coded);
    const aw::channel_affine offsets_only{.smallest_gain = 1, .largest_gain = 1};
    for (const auto& layer : data.compensate(p.tables(faulty_table(0.8, 0)), offsets_only)) {
        for (const auto& correction : layer.corrections) {
            CHECK(correction.gain == 1);
        }
    }
}

TEST_CASE("With the exact multiplier nothing is corrected, and the results stay to the bit") {
    aw::random_generator random(6);
    const problem p(chain_of_convolutions(random), 20, random);
    const aw::compensation_data data(p.net, p.coded);
    const auto design = data.compensate(p.tables(aw::exact_table()), aw::channel_affine{});
    for (const auto& layer : design) {
        for (const auto& correction : layer.corrections) {
            CHECK(correction.gain == 1);
            CHECK(correction.offset == 0);
        }
    }
    CHECK(aw::run(p.net, design, p.coded) == aw::run(p.net, aw::exact_setting(p.net), p.coded));
}

TEST_CASE("Composed with weight tuning it beats each of the two alone") {
    aw::random_generator random(7);
    double none = 0, tuned = 0, affine = 0, both = 0;
    const auto multiplier = truncated_table(9);
    for (int i = 0; i < 6; ++i) {
        const problem p(chain_of_convolutions(random), 20, random);
        none += damage(p, multiplier, aw::no_compensation{});
        tuned += damage(p, multiplier, aw::weight_tuning{});
        affine += damage(p, multiplier, aw::channel_affine{});
        both += damage(p, multiplier, aw::weight_tuning{} + aw::channel_affine{});
    }
    CAPTURE(none, tuned, affine, both);
    CHECK(tuned < none);
    CHECK(affine < none);
    CHECK(both < affine);
    CHECK(both < tuned);
}
