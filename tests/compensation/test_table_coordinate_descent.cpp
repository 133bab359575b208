// SPDX-License-Identifier: MIT
#include "random_layer.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/table_coordinate_descent.hpp>
#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/core/tbb_executor.hpp>

#include <cmath>
#include <cstdlib>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;
using int128 = aw::detail::wide_integer;

namespace {

// What is left of a channel's squared errors when a constant, and a multiple of the sum of activations with
// `slope`, are fitted: from scratch and with integers, times the determinant of the normal equations.
int128 objective_of(const layer_case& c, const aw::table& products, const std::vector<std::uint8_t>& weights,
                    std::size_t f, bool slope = true) {
    const auto& form = products.form();
    const std::size_t group = f / (c.layer.outputs / c.layer.groups);
    std::vector<std::int32_t> inputs;
    for (std::size_t n = 0; n < c.samples.count(); ++n) {
        inputs.push_back(aw::input_sums(c.samples)[n * c.layer.groups + group]);
    }
    const auto z = slope ? aw::detail::descent_regressor(inputs).values : std::vector<std::int32_t>{};
    int128 sum = 0, squares = 0, with_z = 0, z_sum = 0, z_squares = 0;
    for (std::size_t n = 0; n < c.samples.count(); ++n) {
        std::int64_t a = 0;
        for (std::size_t k = 0; k < c.depth(); ++k) {
            const auto x = c.code(n, f, k);
            const std::size_t i = f * c.depth() + k;
            // Constants of the zero points are left out: they change the mean, which does not count. But what
            // multiplies the weights' zero point varies.
            a += products.product(x, weights[i]) -
                 form.activation.value(x) *
                     std::int64_t{form.weight.value(static_cast<std::size_t>(c.layer.weight_scale[f].zero))};
        }
        const std::int64_t error = a - c.targets[n * c.layer.outputs + f];
        sum += error;
        squares += static_cast<int128>(error) * error;
        if (!z.empty()) {
            with_z += static_cast<int128>(error) * z[n];
            z_sum += z[n];
            z_squares += static_cast<int128>(z[n]) * z[n];
        }
    }
    const auto count = static_cast<int128>(c.samples.count());
    if (z.empty()) {
        return count * squares - sum * sum;
    }
    // The determinant of the 3 x 3 matrix of sums of 1, z and the error.
    return count * (z_squares * squares - with_z * with_z) - z_sum * (z_sum * squares - with_z * sum) +
           sum * (z_sum * with_z - z_squares * sum);
}

// So many threads that blocks are narrow.
struct crowd : aw::serial_executor {
    static std::size_t concurrency() { return 40; }
};

template <class Isa>
std::vector<std::uint8_t> descended(const layer_case& c, const aw::table& products, std::size_t sweeps,
                                    aw::executor_ref workers = aw::detail::one_thread) {
    auto setting = c.setting(products);
    auto context = c.context();
    context.workers = workers;
    aw::table_coordinate_descent{.sweeps = sweeps, .reach = 9}.descend_with<Isa>(
        context, setting, [](const aw::descent_move&) {});
    return setting.weights;
}

} // namespace

TEST_CASE("The objective that descent keeps is that of its weights, after every change") {
    aw::random_generator random(1);
    for (const auto& form : layer_forms) {
        for (const bool is_signed : {false, true}) {
            const layer_case c(form, 40, 6, random);
            auto setting = c.setting(rough_table(is_signed));
            const auto products = setting.multiplier;
            aw::table_coordinate_descent how;
            how.reach = 8;
            how.slope = form.kernel != 2;
            const auto objective_of = [&](const layer_case& layer, const aw::table& table,
                                          const std::vector<std::uint8_t>& codes, std::size_t f) {
                return ::objective_of(layer, table, codes, f, how.slope);
            };

            // The start: the better of the codes as given and those of the map.
            auto start = setting;
            how.sweeps = 0;
            how.descend(c.context(), start, [](const aw::descent_move&) {});
            auto mapped = setting;
            aw::centred_map{}.compensate(c.context(), mapped);
            std::vector<int128> objective;
            for (std::size_t f = 0; f < form.outputs; ++f) {
                objective.push_back(objective_of(c, products, start.weights, f));
                const auto given = objective_of(c, products, setting.weights, f);
                REQUIRE(objective[f] == std::min(given, objective_of(c, products, mapped.weights, f)));
            }

            how.sweeps = 3;
            std::size_t moves = 0;
            auto weights = start.weights;
            how.descend(c.context(), setting, [&](const aw::descent_move& move) {
                ++moves;
                weights[move.output * c.depth() + move.k] = move.code;
                CAPTURE(form.name, is_signed, move.output, move.k, int{move.code});
                REQUIRE(move.objective < objective[move.output]);
                objective[move.output] = move.objective;
                REQUIRE(move.objective == objective_of(c, products, weights, move.output));
            });
            CHECK(moves > form.outputs);
            CHECK(setting.weights == weights);
            for (std::size_t i = 0; i < weights.size(); ++i) {
                const bool moved = weights[i] != start.weights[i];
                REQUIRE((!moved || std::abs(weights[i] - c.layer.weights[i]) <= 8));
            }
            CHECK(setting.corrections == c.setting(products).corrections);
        }
    }
}

TEST_CASE("Each step takes the best code of its window") {
    aw::random_generator random(2);
    const layer_case c({"convolution", 2, 2, 3, 1}, 30, 4, random);
    auto setting = c.setting(rough_table(false));
    const auto products = setting.multiplier;
    aw::table_coordinate_descent how{.sweeps = 0, .reach = 20};
    how.descend(c.context(), setting, [](const aw::descent_move&) {});
    auto weights = setting.weights;
    for (std::size_t k = 0; k < c.depth(); ++k) {
        for (std::size_t f = 0; f < c.layer.outputs; ++f) {
            auto& weight = weights[f * c.depth() + k];
            const int original = c.layer.weights[f * c.depth() + k];
            std::uint8_t best = weight;
            auto least = objective_of(c, products, weights, f);
            for (int u = std::max(0, original - 20); u <= std::min(255, original + 20); ++u) {
                weight = static_cast<std::uint8_t>(u);
                const auto found = objective_of(c, products, weights, f);
                if (found < least) {
                    least = found;
                    best = weight;
                }
                weight = best;
            }
        }
    }
    how.sweeps = 1;
    how.descend(c.context(), setting, [](const aw::descent_move&) {});
    CHECK(setting.weights == weights);
}

TEST_CASE("Descent is the same with any instructions, width and number of threads") {
    aw::random_generator random(3);
    for (const auto& form : layer_forms) {
        const layer_case c(form, 150, 10, random);
        const auto products = rough_table(form.kernel == 2);
        const auto plain = descended<aw::detail::descent_portable>(c, products, 2);
        const aw::tbb_executor two(2);
        const crowd many;
        CHECK(descended<aw::detail::descent_portable>(c, products, 2, many) == plain);
#if defined(__x86_64__)
        const auto features = aw::detect_cpu();
        if (features.avx2) {
            CHECK(descended<aw::detail::descent_avx2>(c, products, 2) == plain);
            CHECK(descended<aw::detail::descent_avx2>(c, products, 2, two) == plain);
        }
        if (features.avx512bw) {
            CHECK(descended<aw::detail::descent_avx512>(c, products, 2) == plain);
            CHECK(descended<aw::detail::descent_avx512>(c, products, 2, two) == plain);
            CHECK(descended<aw::detail::descent_avx512>(c, products, 2, many) == plain);
        }
#endif
    }
}

TEST_CASE("Huge errors neither overflow nor lose their order") {
    // Sums of 16-bit garbage: errors far beyond those of any multiplier worth having.
    aw::random_generator random(4);
    const layer_case c({"dense", 12, 9, 3, 1}, 300, 0, random);
    const auto garbage = kernel_test::random_table(random);
    auto setting = c.setting(garbage);
    auto objective = objective_of(c, garbage, setting.weights, 1);
    std::size_t moves = 0;
    aw::table_coordinate_descent{.sweeps = 1, .reach = 2}.descend(
        c.context(), setting, [&](const aw::descent_move& move) {
            if (move.output == 1) {
                ++moves;
                CHECK((moves == 1 || move.objective < objective));
                objective = move.objective;
            }
        });
    CHECK(moves > 100);
    CHECK(objective == objective_of(c, garbage, setting.weights, 1));
    const auto plain = descended<aw::detail::descent_portable>(c, garbage, 1);
    auto again = c.setting(garbage);
    aw::table_coordinate_descent{.sweeps = 1, .reach = 9}.descend(c.context(), again,
                                                                  [](const aw::descent_move&) {});
    CHECK(again.weights == plain);
}

TEST_CASE("Descent with its bias has a smaller error than maps and fits") {
    aw::random_generator random(5);
    for (const auto& form : layer_forms) {
        const layer_case c(form, 400, 10, random);
        auto descent = c.setting(rough_table(false)), bias = descent, mapped = descent, tuned = descent;
        aw::table_coordinate_descent{}.compensate(c.context(), descent);
        aw::channel_bias{}.compensate(c.context(), bias);
        (aw::centred_map{} + aw::channel_bias{}).compensate(c.context(), mapped);
        (aw::weight_tuning{} + aw::table_coordinate_descent{}).compensate(c.context(), tuned);
        for (std::size_t f = 0; f < form.outputs; ++f) {
            CAPTURE(form.name, f);
            CHECK(c.squares(descent, f) <= c.squares(bias, f) * (1 + 1e-9));
            CHECK(c.squares(descent, f) <= c.squares(mapped, f) * (1 + 1e-9));
            CHECK(descent.corrections[f].gain == 1);
        }
        CHECK(tuned.corrections.size() == form.outputs);
    }
    const layer_case c(layer_forms[0], 100, 0, random);
    auto exact = c.setting(aw::exact_table());
    aw::table_coordinate_descent{}.compensate(c.context(), exact);
    CHECK(exact.weights == c.layer.weights);
    CHECK(exact.corrections == std::vector<aw::channel_correction>(c.layer.outputs));
}
