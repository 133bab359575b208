// SPDX-License-Identifier: MIT
#include "layers.hpp"

#include <alwann/compensation/any_compensation.hpp>

#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;
using aw::operator+; // for compensations of our own; those of the library are found without

namespace {

// Notes that it was called; two of them tell their order.
struct marker {
    double step;
    bool samples = false;

    std::string name() const { return "mark" + std::to_string(static_cast<int>(step)); }
    bool needs_samples() const { return samples; }
    void compensate(const aw::layer_context& context, aw::layer_setting& setting) const {
        for (auto& correction : setting.corrections) {
            correction.offset = 10 * correction.offset + step;
            correction.gain = context.samples == nullptr ? 1 : 2;
        }
    }
};
static_assert(aw::compensation<marker>);

struct nameless {
    static bool needs_samples() { return false; }
    static void compensate(const aw::layer_context&, aw::layer_setting&) {}
};
static_assert(!aw::compensation<nameless>);
static_assert(aw::compensation<aw::no_compensation>);
static_assert(aw::compensation<aw::composed_compensation<aw::weight_tuning, aw::channel_affine>>);

bool same_settings(const aw::design_setting& a, const aw::design_setting& b) {
    bool same = a.size() == b.size();
    for (std::size_t l = 0; same && l < a.size(); ++l) {
        same = a[l].multiplier == b[l].multiplier && a[l].weights == b[l].weights &&
               a[l].corrections == b[l].corrections;
    }
    return same;
}

struct fixture {
    aw::random_generator random{1};
    problem p{chain_of_convolutions(random), 5, random};
    aw::compensation_data data{p.net, p.coded, 100};
    std::vector<aw::table> tables = p.tables(truncated_table(8));
};

} // namespace

TEST_CASE("No compensation is the design as trained") {
    const fixture f;
    const auto plain = aw::compensation_data::uncompensated(f.p.net, f.tables);
    CHECK(same_settings(f.data.compensate(f.tables, aw::no_compensation{}), plain));
    CHECK(same_settings(f.data.compensate(f.tables, aw::no_compensation{} + aw::no_compensation{}), plain));
    for (std::size_t l = 0; l < plain.size(); ++l) {
        CHECK(plain[l].weights == f.p.net.convolution(l).weights);
        CHECK(plain[l].corrections ==
              std::vector<aw::channel_correction>(f.p.net.convolution(l).outputs, aw::channel_correction{}));
    }
}

TEST_CASE("Composed compensations run from left to right") {
    const fixture f;
    const auto design = f.data.compensate(f.tables, marker{1} + marker{2} + marker{3});
    CHECK(design[0].corrections[0].offset == 123);
    const auto other = f.data.compensate(f.tables, marker{3} + (marker{1} + marker{2}));
    CHECK(other[2].corrections[1].offset == 312);
}

TEST_CASE("Names join, and one that needs samples is enough for all") {
    const auto tuned = aw::weight_tuning{} + aw::channel_affine{};
    CHECK(tuned.name() == "weight-tuning+channel-affine");
    CHECK(tuned.needs_samples());
    CHECK((aw::channel_affine{} + aw::no_compensation{}).name() == "channel-affine+none");
    CHECK_FALSE((aw::weight_tuning{} + aw::no_compensation{}).needs_samples());
    const fixture f;
    CHECK(f.data.compensate(f.tables, marker{1, false})[0].corrections[0].gain == 1);
    CHECK(f.data.compensate(f.tables, marker{1, true} + marker{2, false})[0].corrections[0].gain == 2);
    CHECK(f.data.compensate(f.tables, marker{1, false} + marker{2, true})[0].corrections[0].gain == 2);
}

TEST_CASE("Any compensation does what the one in it does") {
    const fixture f;
    const aw::any_compensation any(marker{7, true});
    CHECK(any.name() == "mark7");
    CHECK(any.needs_samples());
    CHECK(same_settings(f.data.compensate(f.tables, any), f.data.compensate(f.tables, marker{7, true})));
    const auto copy = any;
    CHECK(same_settings(f.data.compensate(f.tables, copy), f.data.compensate(f.tables, any)));
    const auto both = aw::any_compensation(marker{1}) + any;
    CHECK(f.data.compensate(f.tables, both)[0].corrections[0].offset == 17);
}

TEST_CASE("Compensations are found by name") {
    const fixture f;
    const auto check = [&](const std::string& text, const auto& expected, const std::string& name) {
        const auto found = aw::compensation_from_string(text);
        CHECK(found.name() == name);
        CHECK(found.needs_samples() == expected.needs_samples());
        CHECK(same_settings(f.data.compensate(f.tables, found), f.data.compensate(f.tables, expected)));
    };
    const aw::weight_tuning tuning;
    const aw::channel_affine affine;
    check("none", aw::no_compensation{}, "none");
    check("weight-tuning", tuning, "weight-tuning");
    check("channel-affine", affine, "channel-affine");
    check("weight-tuning+channel-affine", tuning + affine, "weight-tuning+channel-affine");
    check("channel-affine+weight-tuning", affine + tuning, "channel-affine+weight-tuning");
    check("none+weight-tuning+none", tuning, "none+weight-tuning+none");
    const aw::centred_map map;
    check("histogram-map", aw::histogram_map{}, "histogram-map");
    check("sqc", map, "centred-map");
    check("closed-bias", aw::closed_bias{}, "closed-bias");
    check("centred-map+control-variate", map + aw::control_variate{}, "centred-map+control-variate");
    check("sqc+cv", map + aw::control_variate{}, "centred-map+control-variate");
    check("bias", aw::channel_bias{}, "channel-bias");
    check("affine", affine, "channel-affine");
    check("sqc+ls3", map + aw::channel_ls3{}, "centred-map+channel-ls3");
    check("tcd", aw::table_coordinate_descent{}, "tcd");
    check("tcd+channel-affine", aw::table_coordinate_descent{} + affine, "tcd+channel-affine");
    check("default", aw::table_coordinate_descent{}, "default");
    check("default:1000", aw::table_coordinate_descent{}, "default:1000");
    check("default:600", aw::table_coordinate_descent{}, "default");
    check("default:0", map + aw::control_variate{}, "default:0");
    CHECK_FALSE(same_settings(f.data.compensate(f.tables, tuning + affine),
                              f.data.compensate(f.tables, affine + tuning)));
}

TEST_CASE("The default does as much as its budget allows, by prediction") {
    using effort = aw::compensation_effort;
    const std::size_t weights = 270000, samples = 8192; // ResNet-20
    CHECK(aw::default_compensation{}.effort(weights, samples) == effort::descent);
    CHECK(aw::default_compensation{aw::search_budget}.effort(weights, samples) == effort::descent);
    CHECK(aw::default_compensation{aw::search_budget}.effort(11000000, samples) ==
          effort::fitted); // ResNet-18
    auto last = effort::closed_form;
    std::vector<effort> seen{last};
    for (double budget = 1e-6; budget < 1e3; budget *= 1.5) {
        const auto now = aw::default_compensation{budget}.effort(weights, samples);
        CHECK(now >= last);
        if (now != last) {
            seen.push_back(now);
        }
        last = now;
    }
    CHECK(seen ==
          std::vector<effort>{effort::closed_form, effort::fitted, effort::one_sweep, effort::descent});
    // All layers of a network alike, however large each is.
    const fixture f;
    const double just_enough = [&] {
        double budget = 1e-9;
        std::size_t all = 0;
        for (std::size_t l = 0; l < 4; ++l) {
            all += f.p.net.convolution(l).weights.size();
        }
        while (aw::default_compensation{budget}.effort(all, 100) != effort::fitted) {
            budget *= 1.1;
        }
        return budget;
    }();
    CHECK(same_settings(f.data.compensate(f.tables, aw::default_compensation{just_enough}),
                        f.data.compensate(f.tables, aw::centred_map{} + aw::channel_ls3{})));
}

TEST_CASE("Unknown names are answered with the known ones") {
    for (const char* text :
         {"", "+", "tuning", "none+", "+none", "none++none", "None", "none channel-affine",
          "weight-tuning,channel-affine", "default:", "default:x", "default:-1", "default:1s", "defaults"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(aw::compensation_from_string(text), aw::name_error);
    }
    CHECK_THROWS_WITH(aw::compensation_from_string("none+tuning"),
                      contains("'tuning'") && contains("none") && contains("weight-tuning") &&
                          contains("channel-affine") && contains("default"));
}
