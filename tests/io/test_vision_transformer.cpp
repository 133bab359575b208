// SPDX-License-Identifier: MIT
// The vision transformer that make_vision_transformer.py trained, against PyTorch and plain arithmetic.
#include <alwann/accelerator/mac_count.hpp>
#include <alwann/io/detail/plain_file.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/io/onnx_writer.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/nn/accuracy.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantize.hpp>
#include <alwann/tensor/xtensor.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace vision_transformer_test {
namespace {

namespace aw = alwann;

/// The trained network, images and what PyTorch says of them; nothing where Python or data are missing.
struct transformer {
    aw::graph trained;
    aw::dataset test;
    std::vector<float> expected; ///< [image][class]

    auto images(std::size_t first, std::size_t count, aw::dataset_part part = aw::dataset_part::test) const {
        const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
        return aw::normalise<aw::xtensor_tensors>(
            part == aw::dataset_part::test ? test : aw::read_fashion_mnist(part).slice(0, first + count), how,
            first, count);
    }
    std::size_t correct(const std::vector<float>& results) const {
        const auto classes = aw::top_classes(results, 10);
        std::size_t count = 0;
        for (std::size_t i = 0; i < classes.size(); ++i) {
            count += static_cast<int>(classes[i]) == test.labels[i] ? 1U : 0U;
        }
        return count;
    }
};

std::optional<transformer> load() {
    const char* folder = std::getenv("ALWANN_VISION_TRANSFORMER");
    const auto file = std::filesystem::path(folder == nullptr ? "" : folder) / "vit.onnx";
    if (!std::filesystem::exists(file)) {
        WARN("skipped: make_vision_transformer.py has not made its network (python3-torch, python3-onnx, "
             "dataset-fashion-mnist)");
        return std::nullopt;
    }
    const auto bytes =
        aw::detail::read_plain_file(file.parent_path() / "vit.expected", std::uintmax_t{1} << 24);
    transformer result{aw::read_onnx(file), aw::read_fashion_mnist(aw::dataset_part::test), {}};
    result.expected.resize(bytes.size() / sizeof(float));
    std::memcpy(result.expected.data(), bytes.data(), bytes.size());
    return result;
}

aw::network quantised(const transformer& vit, const aw::quantize_options& options = {}) {
    const auto images = vit.images(0, 200, aw::dataset_part::train);
    return aw::quantize(vit.trained, aw::xtensor_tensors::view(images), options);
}

} // namespace

TEST_CASE("a vision transformer computes what PyTorch does, to 1e-4") {
    const auto vit = load();
    if (!vit) {
        return;
    }
    const std::size_t count = vit->expected.size() / 10;
    REQUIRE(count >= 300);
    const auto images = vit->images(0, count);
    const auto found = aw::run_float(vit->trained, aw::xtensor_tensors::view(images));
    REQUIRE(found.size() == vit->expected.size());
    const float largest = std::abs(*std::max_element(
        found.begin(), found.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double least = std::max(std::abs(vit->expected[i]), largest / 100);
        if (!(std::abs(found[i] - vit->expected[i]) <= 1e-4 * least)) {
            CAPTURE(i);
            CHECK(found[i] == vit->expected[i]);
        }
    }
    CHECK(vit->correct(found) == vit->correct(vit->expected));
    CHECK(vit->correct(found) > count * 7 / 10);
}

TEST_CASE("a vision transformer in 8 bits is as accurate, to a point or so, and is written and read back") {
    const auto vit = load();
    if (!vit) {
        return;
    }
    const std::size_t count = vit->expected.size() / 10;
    const auto network = quantised(*vit);
    const auto images = vit->images(0, count);
    const auto codes = aw::encode_images(network, aw::xtensor_tensors::view(images));
    const auto exact = aw::run(network, aw::exact_setting(network), codes);
    const auto floats = vit->correct(vit->expected), integers = vit->correct(exact);
    if (std::getenv("ALWANN_ONNX_VERBOSE") != nullptr) {
        WARN(floats << " of " << count << " in floats, " << integers << " in 8 bits");
    }
    CHECK(integers + count * 15 / 1000 >= floats);

    // 17 tokens; per block the projections, scores, what they weigh, the result and two layers.
    const std::uint64_t tokens = 17;
    std::vector<std::uint64_t> macs{16 * 49 * 32};
    for (int block = 0; block < 2; ++block) {
        for (const std::uint64_t one : {32U * 96, 32U * 17, 17U * 32, 32U * 32, 32U * 64, 64U * 32}) {
            macs.push_back(tokens * one);
        }
    }
    CHECK(aw::macs_of(network) == macs);

    const auto again = aw::quantized_network(aw::parse_onnx(aw::to_onnx(network), "written"));
    CHECK(again == network);
    CHECK(aw::run(again, aw::exact_setting(again), codes) == exact);

    const auto narrow = quantised(*vit, {.weight_bits = 7, .activation_bits = 6});
    CHECK(aw::quantized_network(aw::parse_onnx(aw::to_onnx(narrow), "written")) == narrow);
}

TEST_CASE(
    "an approximate multiplier in the products of attention gives what a plain sum of its products does") {
    const auto vit = load();
    if (!vit) {
        return;
    }
    const auto network = quantised(*vit);
    const auto images = vit->images(0, 3);
    const auto codes = aw::encode_images(network, aw::xtensor_tensors::view(images));
    const auto& part = aw::standard().find("lowor_7").products;
    const auto products = part.products();
    auto design = aw::exact_setting(network);
    for (std::size_t l = 0; l < design.size(); ++l) {
        if (network.convolution(l).is_product()) {
            design[l] = aw::layer_setting(part, network.convolution(l));
        }
    }
    aw::forward_pass forward(network, codes, 0, 3);
    std::size_t checked = 0;
    for (std::size_t layer = 0; forward.next() < network.nodes().size();) {
        const auto i = forward.next();
        const auto& node = network.nodes()[i];
        const auto* what = std::get_if<aw::quantized_convolution>(&node.what);
        const bool chosen = layer < design.size() && network.convolutions()[layer] == i;
        const auto* setting = chosen ? &design[layer++] : nullptr;
        if (what == nullptr || !what->is_product()) {
            forward.step(setting);
            continue;
        }
        const bool rows = what->source == aw::weight_source::rows;
        const std::size_t depth = rows ? 8 : 17, wide = rows ? 17 : 8;
        const auto& b_scale = network.nodes()[node.inputs[1]].scale;
        const std::vector<std::uint8_t> a(forward.input_of(i), forward.input_of(i) + 3 * 17 * 4 * depth);
        const std::vector<std::uint8_t> b(forward.input_of(i, 1), forward.input_of(i, 1) + 3 * 17 * 32);
        forward.step(setting);
        const auto found = forward.reals(i);
        REQUIRE(found.size() == 3 * 17 * 4 * wide);
        std::size_t wrong = 0;
        for (std::size_t n = 0, at = 0; n < 3; ++n) {
            for (std::size_t t = 0; t < 17; ++t) {
                for (std::size_t h = 0; h < 4; ++h) {
                    for (std::size_t c = 0; c < wide; ++c, ++at) {
                        std::int64_t sum = 0; // of (x - zero) (w - zero), with M for the product of codes
                        for (std::size_t k = 0; k < depth; ++k) {
                            const std::int32_t x = a[((n * 17 + t) * 4 + h) * depth + k];
                            const std::int32_t w =
                                rows ? b[((n * 17 + c) * 4 + h) * 8 + k] : b[((n * 17 + k) * 4 + h) * 8 + c];
                            sum += products[static_cast<std::size_t>(256 * x + w)] - b_scale.zero * x -
                                   what->input.zero * w + what->input.zero * b_scale.zero;
                        }
                        const double real = static_cast<double>(sum) * what->input.scale * b_scale.scale *
                                            (rows ? 1 / std::sqrt(8.0) : 1.0) / node.scale.scale;
                        const double nearest = node.scale.encode(real * node.scale.scale);
                        const double code =
                            std::round(double{found[at]} / node.scale.scale) + node.scale.zero;
                        const double beyond =
                            std::abs(real - std::floor(real) - 0.5); // the middle of two codes
                        wrong += code != nearest && beyond > 1e-5 ? 1U : 0U;
                    }
                }
            }
        }
        CHECK(wrong == 0);
        ++checked;
    }
    CHECK(checked == 4);
    CHECK(aw::run(network, design, codes) == forward.reals());
    CHECK(aw::run(network, design, codes) != aw::run(network, aw::exact_setting(network), codes));
}

} // namespace vision_transformer_test
