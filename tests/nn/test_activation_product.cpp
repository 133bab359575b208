// SPDX-License-Identifier: MIT
#include "networks.hpp"

#include <alwann/multiplier/functional.hpp>
#include <alwann/nn/attention.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace nn_test;

namespace {

std::vector<std::uint8_t> random_codes(std::size_t count, aw::random_generator& random) {
    std::vector<std::uint8_t> codes(count);
    for (auto& code : codes) {
        code = static_cast<std::uint8_t>(aw::uniform_below(random, 256));
    }
    return codes;
}

aw::activation_product random_product(aw::random_generator& random) {
    aw::activation_product what;
    what.rows = draw(random, 1, 40);
    what.columns = draw(random, 1, 40);
    what.depth = draw(random, 1, 70);
    what.a = aw::quantisation_of_range(-1.0, 2.5);
    what.b = aw::quantisation_of_range(-0.7, 0.6);
    what.factor = 1 / std::sqrt(static_cast<double>(what.depth));
    what.output = aw::quantisation_of_range(-2, 3);
    return what;
}

// The formula, product by product.
std::vector<std::uint8_t> naive(const aw::activation_product& what, const aw::table& multiplier,
                                std::size_t items, const std::vector<std::uint8_t>& a,
                                const std::vector<std::uint8_t>& b) {
    const aw::code_range codes{what.output.zero, what.output.lowest, what.output.highest};
    const aw::fixed_factor factor(what.factor * what.a.scale * what.b.scale / what.output.scale);
    std::vector<std::uint8_t> result;
    for (std::size_t i = 0; i < items; ++i) {
        for (std::size_t m = 0; m < what.rows; ++m) {
            for (std::size_t n = 0; n < what.columns; ++n) {
                std::int64_t sum = 0, of_a = 0, of_b = 0;
                for (std::size_t k = 0; k < what.depth; ++k) {
                    const auto x = a[(i * what.rows + m) * what.depth + k];
                    const auto w = b[(i * what.columns + n) * what.depth + k];
                    sum += multiplier.product(x, w);
                    of_a += x;
                    of_b += w;
                }
                sum += -what.b.zero * of_a - what.a.zero * of_b +
                       static_cast<std::int64_t>(what.depth) * what.a.zero * what.b.zero;
                result.push_back(codes(factor(static_cast<std::int32_t>(sum))));
            }
        }
    }
    return result;
}

const aw::table& rough() {
    static const aw::table products =
        aw::tabulate(aw::functional<"rough">([](auto x, auto w) { return (x & 0xF8u) * (w & 0xFEu); }));
    return products;
}

} // namespace

TEST_CASE("Products of activations are those of the formula, on every engine") {
    aw::random_generator random(1);
    for (int i = 0; i < 6; ++i) {
        const auto what = random_product(random);
        const std::size_t items = draw(random, 1, 4);
        const auto a = random_codes(items * what.rows * what.depth, random);
        const auto b = random_codes(items * what.columns * what.depth, random);
        std::vector<std::uint8_t> found(items * what.rows * what.columns);
        CAPTURE(what.rows, what.columns, what.depth, items);
        for (const auto* multiplier : {&aw::exact_table(), &rough()}) {
            const auto expected = naive(what, *multiplier, items, a, b);
            for (std::size_t e = 0; e < aw::engine_names.size(); ++e) {
                const auto which = static_cast<aw::engine>(e);
                if (!aw::is_available(which)) {
                    continue;
                }
                try {
                    aw::multiply_activations(what, *multiplier, items, a.data(), b.data(), found.data(),
                                             aw::serial_executor{}, which);
                } catch (const aw::value_error&) { // an engine for tables of another structure
                    continue;
                }
                CAPTURE(aw::engine_names[e]);
                REQUIRE(found == expected);
            }
        }
    }
}

TEST_CASE("Exact products of activations are those of the real numbers, rounded") {
    aw::random_generator random(2);
    auto what = random_product(random);
    const auto a = random_codes(what.rows * what.depth, random),
               b = random_codes(what.columns * what.depth, random);
    std::vector<std::uint8_t> found(what.rows * what.columns);
    aw::multiply_activations(what, aw::exact_table(), 1, a.data(), b.data(), found.data());
    for (std::size_t m = 0; m < what.rows; ++m) {
        for (std::size_t n = 0; n < what.columns; ++n) {
            double real = 0;
            for (std::size_t k = 0; k < what.depth; ++k) {
                real += what.a.decode(a[m * what.depth + k]) * what.b.decode(b[n * what.depth + k]);
            }
            real = std::clamp(what.factor * real, -2.0, 3.0);
            REQUIRE(std::abs(what.output.decode(found[m * what.columns + n]) - real) <=
                    0.501 * what.output.scale + 1e-6);
        }
    }
}

TEST_CASE("Heads of attention are gathered, also transposed") {
    std::vector<std::uint8_t> tokens; // 3 tokens, 4 channels: token and channel
    for (std::uint8_t t = 0; t < 3; ++t) {
        for (std::uint8_t c = 0; c < 4; ++c) {
            tokens.push_back(static_cast<std::uint8_t>(10 * t + c));
        }
    }
    std::vector<std::uint8_t> head(6);
    aw::gather_head(tokens.data(), 3, 4, 2, 2, head.data());
    CHECK(head == std::vector<std::uint8_t>{2, 3, 12, 13, 22, 23});
    aw::gather_head_transposed(tokens.data(), 3, 4, 2, 2, head.data());
    CHECK(head == std::vector<std::uint8_t>{2, 12, 22, 3, 13, 23});
}

TEST_CASE("Products of activations of impossible sizes are refused") {
    std::vector<std::uint8_t> codes(40'000);
    std::uint8_t result = 0;
    const auto multiply = [&](aw::activation_product what) {
        aw::multiply_activations(what, aw::exact_table(), 1, codes.data(), codes.data(), &result);
    };
    aw::activation_product what;
    CHECK_NOTHROW(multiply(what));
    what.depth = 32'768;
    CHECK_THROWS_AS(multiply(what), aw::shape_error);
    what.depth = 0;
    CHECK_THROWS_AS(multiply(what), aw::shape_error);
    what.depth = 1;
    for (const double factor : {0.0, -1.0, std::nan("")}) {
        what.factor = factor;
        CHECK_THROWS_AS(multiply(what), aw::value_error);
    }
}

namespace {

struct attention_task {
    aw::attention what;
    std::size_t images = 2;
    std::vector<std::uint8_t> queries, keys, values;
};

attention_task random_attention(aw::random_generator& random) {
    attention_task task;
    task.what.tokens = draw(random, 2, 20);
    task.what.heads = draw(random, 1, 3);
    task.what.head_channels = draw(random, 1, 24);
    task.what.query = aw::quantisation_of_range(-2, 2);
    task.what.key = aw::quantisation_of_range(-2, 1.5);
    task.what.value = aw::quantisation_of_range(-1, 3);
    task.what.score = aw::quantisation_of_range(-8, 8);
    task.what.result = aw::quantisation_of_range(-1, 3);
    const std::size_t count = task.images * task.what.tokens * task.what.channels();
    task.queries = random_codes(count, random);
    task.keys = random_codes(count, random);
    task.values = random_codes(count, random);
    return task;
}

std::vector<std::uint8_t> run(const attention_task& task, const aw::table& multiplier,
                              aw::engine which = aw::engine::automatic) {
    std::vector<std::uint8_t> found(task.queries.size());
    aw::run_attention(task.what, multiplier, multiplier, task.images, task.queries.data(), task.keys.data(),
                      task.values.data(), found.data(), aw::serial_executor{}, which);
    return found;
}

// Attention in double, of the decoded codes.
std::vector<double> real_attention(const attention_task& task) {
    const auto& what = task.what;
    std::vector<double> result;
    for (std::size_t i = 0; i < task.images; ++i) {
        const auto at = [&](const std::vector<std::uint8_t>& codes, const aw::quantisation& scale,
                            std::size_t t, std::size_t c) {
            return scale.decode(codes[(i * what.tokens + t) * what.channels() + c]);
        };
        for (std::size_t t = 0; t < what.tokens; ++t) {
            for (std::size_t c = 0; c < what.channels(); ++c) {
                const std::size_t first = c / what.head_channels * what.head_channels;
                double sum = 0, mixed = 0;
                for (std::size_t u = 0; u < what.tokens; ++u) {
                    double score = 0;
                    for (std::size_t k = 0; k < what.head_channels; ++k) {
                        score += at(task.queries, what.query, t, first + k) *
                                 at(task.keys, what.key, u, first + k);
                    }
                    const double weight =
                        std::exp(score / std::sqrt(static_cast<double>(what.head_channels)));
                    sum += weight;
                    mixed += weight * at(task.values, what.value, u, c);
                }
                result.push_back(mixed / sum);
            }
        }
    }
    return result;
}

} // namespace

TEST_CASE("Softmax of codes is that of the numbers, to a step") {
    const auto scale = aw::quantisation_of_range(-6, 6);
    const aw::code_softmax softmax(scale);
    aw::random_generator random(3);
    for (const std::size_t count : {1u, 2u, 7u, 100u}) {
        const auto scores = random_codes(count, random);
        std::vector<std::uint8_t> weights(count);
        softmax(scores.data(), count, weights.data());
        double sum = 0;
        for (const auto score : scores) {
            sum += std::exp(scale.decode(score));
        }
        for (std::size_t i = 0; i < count; ++i) {
            REQUIRE(aw::code_softmax::scale().decode(weights[i]) ==
                    Approx(std::exp(scale.decode(scores[i])) / sum).margin(0.51 / 255));
        }
        auto in_place = scores;
        softmax(in_place.data(), count, in_place.data());
        CHECK(in_place == weights);
    }
    std::vector<std::uint8_t> equal(3, 17);
    softmax(equal.data(), 3, equal.data());
    CHECK(equal == std::vector<std::uint8_t>(3, 85));
}

TEST_CASE("Attention is that of the numbers, and the same on every engine") {
    aw::random_generator random(4);
    for (int i = 0; i < 4; ++i) {
        const auto task = random_attention(random);
        CAPTURE(task.what.tokens, task.what.heads, task.what.head_channels);
        const auto found = run(task, aw::exact_table());
        const auto expected = real_attention(task);
        std::vector<float> signal, coded;
        for (std::size_t k = 0; k < found.size(); ++k) {
            signal.push_back(static_cast<float>(expected[k]));
            coded.push_back(static_cast<float>(task.what.result.decode(found[k])));
        }
        CHECK(signal_to_noise(signal, coded) > 25);
        CHECK(run(task, aw::exact_table(), aw::engine::reference) == found);
        const auto with_rough = run(task, rough());
        CHECK(with_rough == run(task, rough(), aw::engine::reference));
        CHECK(with_rough == run(task, rough(), aw::engine::lookup));
        CHECK(with_rough != found);
    }
}
