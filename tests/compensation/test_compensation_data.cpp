// SPDX-License-Identifier: MIT
#include "layers.hpp"

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/channel_bias.hpp>
#include <alwann/compensation/channel_ls3.hpp>
#include <alwann/compensation/histogram_map.hpp>
#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/kernel/activation_sums.hpp>
#include <alwann/kernel/product_sums.hpp>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;

namespace {

// What compensations see of each layer.
struct view_of_layer {
    const aw::quantized_convolution* layer;
    aw::convolution_shape shape;
    std::vector<std::uint8_t> patches;
    std::vector<std::int32_t> targets;

    friend bool operator==(const view_of_layer& a, const view_of_layer& b) {
        return a.patches == b.patches && a.targets == b.targets;
    }
};
struct recorder {
    std::vector<view_of_layer>* seen;
    bool samples = true;

    static std::string name() { return "recorder"; }
    bool needs_samples() const { return samples; }
    void compensate(const aw::layer_context& context, aw::layer_setting&) const {
        seen->push_back({&context.layer, {}, {}, {}});
        if (context.samples != nullptr) {
            const auto& s = *context.samples;
            seen->back().shape = s.shape;
            seen->back().patches.assign(s.patches.begin(), s.patches.end());
            seen->back().targets.assign(s.targets.begin(), s.targets.end());
        }
    }
};
static_assert(aw::compensation<recorder>);

std::vector<view_of_layer> views(const problem& p, const aw::compensation_data& data,
                                 const aw::table& multiplier) {
    std::vector<view_of_layer> seen;
    (void)data.compensate(p.tables(multiplier), recorder{&seen});
    return seen;
}

} // namespace

TEST_CASE("Gathered samples are the codes under the chosen positions") {
    aw::random_generator random(1);
    for (int i = 0; i < 100; ++i) {
        const std::size_t groups = kernel_test::draw(random, 1, 3);
        aw::convolution_shape shape;
        shape.images = kernel_test::draw(random, 1, 3);
        shape.input = {kernel_test::draw(random, 1, 6), kernel_test::draw(random, 1, 6),
                       groups * kernel_test::draw(random, 1, 3)};
        shape.geometry = kernel_test::random_window(shape.input, random);
        shape.groups = shape.outputs = groups; // one output a group: a patch per result
        const kernel_test::convolution what(shape, random);
        std::vector<std::uint32_t> positions;
        for (std::uint32_t at = 0; at < shape.positions(); ++at) {
            if (random() % 3 != 0) {
                positions.push_back(at);
            }
        }
        std::vector<std::vector<std::uint8_t>> patches(what.results());
        what.products(
            [&](std::size_t result, std::uint8_t x, std::uint8_t) { patches[result].push_back(x); });
        std::vector<std::uint8_t> expected;
        for (const std::size_t at : positions) {
            for (std::size_t g = 0; g < groups; ++g) {
                const auto& patch = patches[at * groups + g];
                expected.insert(expected.end(), patch.begin(), patch.end());
            }
        }
        const std::vector<std::int32_t> targets(positions.size() * shape.outputs, 5);
        const auto samples =
            aw::gather_samples(shape, what.activations.data() + 1, what.padding, positions, targets);
        REQUIRE(samples.count() == positions.size());
        REQUIRE(std::equal(samples.patches.begin(), samples.patches.end(), expected.begin(), expected.end()));
        REQUIRE(samples.shape.depth() == shape.depth());
        REQUIRE(samples.targets.data() == targets.data());
    }
}

TEST_CASE("Accumulators of all positions are those of the layer as a whole") {
    aw::random_generator random(2);
    const auto multiplier = kernel_test::random_table(random);
    for (const std::size_t groups : {1u, 2u, 6u}) { // the last is depthwise
        aw::graph trained({5, 4, 6});
        trained.add("conv", nn_test::random_conv(6, 12, nn_test::square(3, 2, 1), random, groups), {0});
        const problem p(trained, 3, random);
        const auto& layer = p.net.convolution(0);
        const auto shape = p.net.shape_of(1, p.coded.count);
        const auto zero = static_cast<std::uint8_t>(layer.input.zero);
        std::vector<std::uint32_t> positions(shape.positions());
        std::iota(positions.begin(), positions.end(), 0u);
        const auto samples = aw::gather_samples(shape, p.coded.codes.data(), zero, positions, {});
        auto weights = layer.weights; // other ones for the multiplier: the zero points keep the layer's own
        for (auto& weight : weights) {
            weight = static_cast<std::uint8_t>(weight ^ 1);
        }
        const auto found = aw::accumulators(layer, samples, multiplier, weights);

        std::vector<std::int32_t> sums(shape.positions() * shape.outputs);
        aw::product_sums({shape, &multiplier, p.coded.codes.data(), weights.data(), zero, sums.data()});
        std::vector<std::int32_t> inputs(shape.positions() * groups);
        aw::activation_sums({shape, &multiplier, p.coded.codes.data(), weights.data(), zero, nullptr},
                            inputs.data());
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::size_t f = i % 12;
            const auto first = layer.weights.begin() + static_cast<std::ptrdiff_t>(f * shape.depth());
            const auto own = std::accumulate(first, first + static_cast<std::ptrdiff_t>(shape.depth()), 0);
            const std::int32_t zw = layer.weight_scale[f].zero;
            const std::int32_t input = inputs[i / 12 * groups + f / (12 / groups)];
            REQUIRE(found[i] ==
                    sums[i] - zw * input - zero * own + static_cast<std::int32_t>(shape.depth()) * zero * zw);
        }
        for (const auto which : {aw::engine::reference, aw::engine::lookup, aw::engine::rows_portable}) {
            CHECK(aw::accumulators(layer, samples, multiplier, weights, which) == found);
        }
    }
}

TEST_CASE("Layers are compensated once each, in order, with samples only for those who need them") {
    aw::random_generator random(3);
    const problem p(chain_of_convolutions(random), 6, random);
    const aw::compensation_data data(p.net, p.coded, 50);
    for (const bool samples : {true, false}) {
        std::vector<view_of_layer> seen;
        (void)data.compensate(p.tables(truncated_table(6)), recorder{&seen, samples});
        REQUIRE(seen.size() == 4);
        for (std::size_t l = 0; l < 4; ++l) {
            CHECK(seen[l].layer == &p.net.convolution(l));
            CHECK(seen[l].patches.empty() != samples);
        }
    }
}

TEST_CASE("As many samples as asked for, or all there are") {
    aw::random_generator random(4);
    const problem p(chain_of_convolutions(random), 4, random);
    for (const std::size_t wanted : {1u, 10u, 36u, 143u, 144u, 100000u}) {
        const auto seen = views(p, aw::compensation_data(p.net, p.coded, wanted), aw::exact_table());
        for (std::size_t l = 0; l < 4; ++l) {
            const std::size_t all = p.net.shape_of(p.net.convolutions()[l], 4).positions();
            CHECK(all == (l == 3 ? 36u : 144u));
            CHECK(seen[l].shape.images == std::min(wanted, all));
            CHECK(seen[l].targets.size() == std::min(wanted, all) * p.net.convolution(l).outputs);
        }
    }
}

TEST_CASE("Samples are the same each time, for a seed, and differ for another") {
    aw::random_generator random(5);
    const problem p(chain_of_convolutions(random), 6, random);
    const aw::compensation_data data(p.net, p.coded, 60, 7);
    const auto first = views(p, data, truncated_table(6));
    CHECK(views(p, data, truncated_table(6)) == first);
    CHECK(views(p, aw::compensation_data(p.net, p.coded, 60, 7), truncated_table(6)) == first);
    CHECK_FALSE(views(p, aw::compensation_data(p.net, p.coded, 60, 8), truncated_table(6)) == first);
    const aw::channel_affine how;
    const auto a = data.compensate(p.tables(truncated_table(7)), how);
    const auto b = data.compensate(p.tables(truncated_table(7)), how);
    for (std::size_t l = 0; l < a.size(); ++l) {
        CHECK(a[l].corrections == b[l].corrections);
        CHECK(a[l].weights == b[l].weights);
    }
}

TEST_CASE("Sampled positions favour none") {
    aw::graph trained({1, 10, 1});
    trained.add("conv", op::conv2d{{}, 1, 1, {1}, {0}}, {0});
    // Ten pixels of different values: a sample's code tells its position.
    nn_test::image_batch images{1, {1, 10, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
    const auto net = aw::quantize(trained, images.view());
    const auto coded = aw::encode_images(net, images.view());
    std::vector<int> counts(256, 0);
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        std::vector<view_of_layer> seen;
        const std::vector<aw::table> tables{aw::exact_table()};
        (void)aw::compensation_data(net, coded, 3, seed).compensate(tables, recorder{&seen});
        REQUIRE(seen[0].patches.size() == 3);
        REQUIRE(std::is_sorted(seen[0].patches.begin(), seen[0].patches.end()));
        REQUIRE(std::set<std::uint8_t>(seen[0].patches.begin(), seen[0].patches.end()).size() == 3);
        for (const auto code : seen[0].patches) {
            ++counts[code];
        }
    }
    for (const auto code : coded.codes) {
        CHECK(counts[code] == Approx(600).margin(110)); // standard deviation about 20
    }
}

TEST_CASE("Targets are the exact network's accumulators, patches the design's activations") {
    aw::random_generator random(7);
    const problem p(chain_of_convolutions(random), 5, random);
    const aw::compensation_data data(p.net, p.coded, 1000000); // all positions
    const auto exact = views(p, data, aw::exact_table());
    const auto rough = views(p, data, truncated_table(7));
    std::vector<std::uint8_t> exact_codes, rough_codes;
    for (std::size_t l = 0; l < 4; ++l) {
        CHECK(rough[l].targets == exact[l].targets);
        CHECK((rough[l].patches == exact[l].patches) == (l == 0)); // layers before it are approximate
        // From the codes of the node before, with the design up to there.
        const std::size_t node = p.net.convolutions()[l];
        const std::size_t before = p.net.nodes()[node].inputs.front();
        const auto& layer = p.net.convolution(l);
        const auto shape = p.net.shape_of(node, p.coded.count);
        std::vector<std::uint32_t> positions(shape.positions());
        std::iota(positions.begin(), positions.end(), 0u);
        const auto design = aw::compensation_data::uncompensated(p.net, p.tables(truncated_table(7)));
        const auto check = [&](const aw::design_setting& setting, const view_of_layer& seen) {
            const auto codes = nn_test::codes_of(p.net, before, setting, p.coded);
            const auto samples = aw::gather_samples(
                shape, codes.data(), static_cast<std::uint8_t>(layer.input.zero), positions, {});
            CHECK(std::equal(seen.patches.begin(), seen.patches.end(), samples.patches.begin(),
                             samples.patches.end()));
            return aw::accumulators(layer, samples, aw::exact_table(), layer.weights);
        };
        CHECK(check(aw::exact_setting(p.net), exact[l]) == exact[l].targets);
        (void)check(design, rough[l]);
    }
}

namespace {

bool same(const aw::design_setting& a, const aw::design_setting& b) {
    bool equal = a.size() == b.size();
    for (std::size_t l = 0; equal && l < a.size(); ++l) {
        equal = a[l].weights == b[l].weights && a[l].corrections == b[l].corrections;
    }
    return equal;
}

} // namespace

TEST_CASE("Batches, memory and threads change nothing") {
    aw::random_generator random(10);
    const problem p(chain_of_convolutions(random), 270, random); // two batches and a rest
    const auto tables = p.tables(truncated_table(8));
    const auto how = aw::centred_map{} + aw::channel_ls3{};
    const aw::compensation_data plain(p.net, p.coded, 600);
    const auto expected = plain.compensate(tables, how);
    CHECK_FALSE(same(expected, aw::compensation_data::uncompensated(p.net, tables)));
    const aw::tbb_executor two(2);
    for (const std::size_t memory : {std::size_t{0}, std::size_t{1} << 30}) {
        for (const std::size_t threads : {1u, 2u}) {
            CAPTURE(memory, threads);
            const aw::executor_ref workers =
                threads == 1 ? aw::executor_ref(aw::detail::one_thread) : aw::executor_ref(two);
            const aw::compensation_data data(p.net, p.coded, 600, 1, workers, memory);
            std::vector<std::size_t> seen;
            CHECK(same(data.compensate(tables, how, workers,
                                       [&](std::size_t done, std::size_t all) {
                                           CHECK(all == 4);
                                           seen.push_back(done);
                                       }),
                       expected));
            CHECK(seen == std::vector<std::size_t>{1, 2, 3, 4});
        }
    }
}

TEST_CASE("Designs with slopes compute the same with every engine") {
    aw::random_generator random(13);
    const problem p(chain_of_convolutions(random), 6, random);
    const aw::compensation_data data(p.net, p.coded, 100);
    const auto design = data.compensate(p.tables(truncated_table(8)), aw::centred_map{} + aw::channel_ls3{});
    CHECK(std::any_of(design[0].corrections.begin(), design[0].corrections.end(),
                      [](const auto& correction) { return correction.slope != 0; }));
    const auto expected = aw::run(p.net, design, p.coded, aw::serial_executor{}, aw::engine::reference);
    for (std::size_t i = 0; i < aw::engine_names.size(); ++i) {
        const auto which = static_cast<aw::engine>(i);
        // Engines for tables of some structure refuse others.
        if (aw::is_available(which) && which <= aw::engine::columns) {
            CAPTURE(i);
            CHECK(aw::run(p.net, design, p.coded, aw::tbb_executor(2), which) == expected);
        }
    }
}

TEST_CASE("The memory of an image is that of the codes alive at a time") {
    aw::random_generator random(11);
    const problem p(chain_of_convolutions(random), 3, random);
    // The first convolution reads 6 x 6 x 3 codes and makes 6 x 6 x 8, and so does the depthwise one.
    CHECK(aw::detail::live_bytes(p.net) == 2 * 6 * 6 * 8);
}

TEST_CASE("Compensated alone, a layer sees the activations of the exact network") {
    aw::random_generator random(12);
    const problem p(chain_of_convolutions(random), 20, random);
    const aw::compensation_data data(p.net, p.coded, 300);
    const std::vector<aw::table> candidates{truncated_table(8), faulty_table(0.9, 100), aw::exact_table()};
    const aw::channel_affine how;
    const auto alone = data.compensate_alone(candidates, how, aw::tbb_executor(2));
    REQUIRE(alone.size() == 4);
    for (std::size_t l = 0; l < alone.size(); ++l) {
        REQUIRE(alone[l].size() == 3);
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            // As if the layers before were exact.
            std::vector<aw::table> tables(4, aw::exact_table());
            tables[l] = candidates[i];
            const auto design = data.compensate(tables, how);
            CHECK(alone[l][i].multiplier == candidates[i]);
            CHECK(alone[l][i].weights == design[l].weights);
            CHECK(alone[l][i].corrections == design[l].corrections);
        }
    }
}

TEST_CASE("No images, no samples and wrong numbers of tables are refused") {
    aw::random_generator random(8);
    const problem p(chain_of_convolutions(random), 3, random);
    const aw::coded_images none{p.coded.shape, 0, {}};
    CHECK_THROWS_AS(aw::compensation_data(p.net, none), aw::value_error);
    CHECK_THROWS_AS(aw::compensation_data(p.net, p.coded, 0), aw::value_error);
    CHECK_THROWS_WITH(aw::compensation_data(p.net, none), contains("chain: compensation"));
    const aw::compensation_data data(p.net, p.coded, 10);
    std::vector<aw::table> tables(3, aw::exact_table());
    CHECK_THROWS_AS(data.compensate(tables, aw::no_compensation{}), aw::shape_error);
    CHECK_THROWS_AS(data.compensate(tables, aw::channel_affine{}), aw::shape_error);
    CHECK_THROWS_WITH(aw::compensation_data::uncompensated(p.net, tables),
                      contains("each of 4 convolutions, found 3"));
}

TEST_CASE("A network without convolutions has nothing to compensate") {
    aw::random_generator random(9);
    aw::graph trained({2, 2, 1});
    trained.add("dense", nn_test::random_dense(4, 2, random), {0});
    const problem p(trained, 3, random);
    const aw::compensation_data data(p.net, p.coded);
    CHECK(data.compensate({}, aw::channel_affine{}).empty());
    CHECK(data.compensate({}, aw::no_compensation{}).empty());
}

namespace {

// The mean of the results less that of the exact network, per channel, in real numbers.
std::vector<double> mean_errors(const problem& p, const aw::design_setting& design, std::size_t node) {
    const auto at = [&](const aw::design_setting& setting) {
        aw::forward_pass pass(p.net, p.coded, 0, p.coded.count);
        std::size_t layer = 0;
        while (pass.next() <= node) {
            const bool chosen =
                layer < p.net.convolutions().size() && p.net.convolutions()[layer] == pass.next();
            pass.step(chosen ? &setting[layer++] : nullptr);
        }
        return pass.reals(node);
    };
    const auto exact = at(aw::exact_setting(p.net));
    const auto found = at(design);
    std::vector<double> means(p.net.nodes()[node].shape.channels);
    for (std::size_t i = 0; i < found.size(); ++i) {
        means[i % means.size()] += (static_cast<double>(found[i]) - static_cast<double>(exact[i])) *
                                   static_cast<double>(means.size()) / static_cast<double>(found.size());
    }
    return means;
}

// Lets the second convolution choose its offsets; the first stays as it is.
struct second_only {
    const aw::quantized_convolution* second;
    static std::string name() { return "second-only"; }
    static bool needs_samples() { return true; }
    void compensate(const aw::layer_context& context, aw::layer_setting& setting) const {
        if (&context.layer == second) {
            aw::channel_bias{}.compensate(context, setting);
        }
    }
};
static_assert(aw::compensation<second_only>);

} // namespace

TEST_CASE("A convolution that ends a residual block makes up for the other addend") {
    aw::random_generator random(11);
    aw::graph block({6, 5, 4}, "block");
    const auto first = block.add("first", nn_test::random_conv(4, 6, nn_test::square(3, 1, 1), random), {0});
    const auto second =
        block.add("second", nn_test::random_conv(6, 6, nn_test::square(3, 1, 1), random), {first});
    const bool late = GENERATE(false, true); // which addend it is
    const auto sum =
        block.add("sum", aw::op::add{},
                  late ? std::vector<std::size_t>{first, second} : std::vector<std::size_t>{second, first});
    block.add("logits", nn_test::random_conv(6, 3, nn_test::square(1), random), {sum});
    const problem p(block, 20, random);
    const aw::compensation_data data(p.net, p.coded, 6 * 5 * 20);
    auto tables = p.tables(truncated_table(9));
    tables.back() = aw::exact_table();

    const auto node_of = [&](const char* name) {
        const auto& nodes = p.net.nodes();
        const auto found =
            std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == name; });
        REQUIRE(found != nodes.end());
        return static_cast<std::size_t>(found - nodes.begin());
    };
    const auto design = data.compensate(tables, second_only{&p.net.convolution(1)});
    const auto before = mean_errors(p, design, node_of("first"));
    const auto after = mean_errors(p, design, node_of("sum"));
    double worst = 0;
    for (std::size_t f = 0; f < before.size(); ++f) {
        worst = std::max(worst, std::abs(before[f]));
        CHECK(std::abs(after[f]) <
              1.5 * p.net.nodes()[node_of("sum")].scale.scale); // rounding and ends of ranges
    }
    CHECK(worst > 5 * p.net.nodes()[node_of("sum")].scale.scale); // there was something to make up for
}

TEST_CASE("Targets for a sum stay within 32 bits") {
    aw::quantized_convolution layer;
    layer.outputs = 2;
    layer.input.scale = 1;
    layer.weight_scale = {{.scale = 1e-12}, {.scale = 0.5}};
    const std::vector<std::int32_t> targets{2000000000, 10, -2000000000, -10};
    const std::vector<std::uint8_t> exact{200, 100, 0, 100}, found{0, 103, 255, 98};
    const auto moved = aw::detail::targets_for_sum(layer, targets, {exact, {1.0}}, {found, {1.0}});
    CHECK(moved == std::vector<std::int32_t>{2147483647, 4, -2147483647, -6});
    // Codes of twice the step, counted from 7: 101 here are 188 there.
    const std::vector<std::uint8_t> wide(4, 101), fine(4, 191);
    CHECK(aw::detail::targets_for_sum(layer, targets, {wide, {2.0, 7}}, {fine, {1.0}}) ==
          std::vector<std::int32_t>{-2147483647, 4, -2147483647, -16});
}

TEST_CASE("Designs with ranges of their own are compensated for what these clip") {
    aw::random_generator random(9);
    aw::graph block({7, 7, 3}, "block"); // conv, relu, conv, + a shortcut, relu, conv
    auto node = block.add("first", nn_test::random_conv(3, 8, nn_test::square(3, 1, 1), random), {0});
    const auto shortcut = node = block.add("relu1", nn_test::relu(), {node});
    node = block.add("second", nn_test::random_conv(8, 8, nn_test::square(3, 1, 1), random), {node});
    node = block.add("sum", op::add{}, {node, shortcut});
    node = block.add("relu2", nn_test::relu(), {node});
    block.add("logits", nn_test::random_conv(8, 4, nn_test::square(7), random), {node});
    const problem p(block, 40, random);
    const aw::compensation_data exact(p.net, p.coded, 500);

    aw::quantize_options how;
    how.ranges = aw::percentile_range{95}; // clips much
    const auto clipped = aw::quantize(p.trained, p.images.view(), how);
    const auto codes = aw::encode_images(clipped, p.images.view());
    const aw::compensation_data own(clipped, codes, 500);
    aw::compensation_data aimed(clipped, codes, 500);
    aimed.aim_at(exact);
    CHECK(aimed.hash() != own.hash());

    const auto wanted = aw::run(p.net, aw::exact_setting(p.net), p.coded);
    const auto error = [&](const aw::design_setting& design) {
        return mean_square(aw::run(clipped, design, codes), wanted);
    };
    const aw::channel_ls3 ls3;
    for (const auto& multiplier : {aw::exact_table(), truncated_table(6)}) {
        const auto tables = p.tables(multiplier);
        const double unaimed = error(own.compensate(tables, ls3));
        CHECK(error(aimed.compensate(tables, ls3)) < 0.95 * unaimed);
    }
    // Each layer alone, one way and the other.
    const std::vector<aw::table> candidates{truncated_table(6)};
    const auto alone = aimed.compensate_alone(candidates, ls3);
    for (std::size_t l = 0; l < alone.size(); ++l) {
        const auto one = aimed.compensate_alone(l, candidates[0], ls3);
        CHECK(one.weights == alone[l][0].weights);
        CHECK(one.corrections == alone[l][0].corrections);
    }

    // Aimed at itself, nothing changes.
    aw::compensation_data same(p.net, p.coded, 500);
    same.aim_at(exact);
    CHECK(same.hash() == exact.hash());

    const auto before = aimed.hash();
    CHECK_THROWS_AS(aimed.aim_at(aw::compensation_data(p.net, p.coded, 400)), aw::shape_error);
    CHECK_THROWS_AS(aimed.aim_at(aw::compensation_data(p.net, p.coded, 500, 2)), aw::shape_error);
    const problem other(chain_of_convolutions(random), 40, random);
    CHECK_THROWS_AS(aimed.aim_at(aw::compensation_data(other.net, other.coded, 500)), aw::shape_error);
    CHECK(aimed.hash() == before); // and nothing was changed
}

TEST_CASE("Numbers of samples that sums could not hold are refused") {
    aw::random_generator random(5);
    const auto trained = nn_test::network_of_everything(random);
    const auto images = nn_test::random_images(2, trained.input_shape(), random);
    const auto net = aw::quantize(trained, images.view());
    const auto coded = aw::encode_images(net, images.view());
    CHECK_THROWS_WITH(aw::compensation_data(net, coded, aw::compensation_data::most_samples + 1),
                      contains("samples of a layer"));
}
