// SPDX-License-Identifier: MIT
// Float TensorFlow graphs.
#include <alwann/io/cifar10.hpp>
#include <alwann/io/tensorflow.hpp>
#include <alwann/nn/float_inference.hpp>
#include <alwann/nn/quantize.hpp>

#include "catch.hpp"
#include "io/graph_def_builder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace aw = alwann;
namespace op = alwann::op;
using aw::image_shape;

namespace {

/// Scaling, convolution with stride 2, batch normalisation, ReLU, mean, dense, bias.
struct small_graph : graph_def_builder {
    explicit small_graph(bool training = true) {
        // The order of a file means nothing.
        node("Softmax", "y", {"logits"});
        node("BiasAdd", "logits", {"product", "bias"});
        node("MatMul", "product", {"m:0", "d", "^c"}).set("transpose_b", false);
        node("Mean", "m", {"r", "axes"}).set("keep_dims", false);
        node("Relu", "r", {"n"});
        node("FusedBatchNorm", "n",
             {"c", "gamma", "beta", training ? "none" : "beta", training ? "none" : "v"})
            .set("is_training", training)
            .set("epsilon", 0.25F)
            .set("data_format", "NHWC");
        node("Conv2D", "c", {"scaled", "w/read"}).set("strides", dims{1, 2, 2, 1}).set("padding", "SAME");
        node("Identity", "w/read", {"w"});
        node("Sub", "scaled", {"divided", "one"});
        node("RealDiv", "divided", {"x", "half"});
        placeholder("x", {-1, 4, 4, 1});
        constant("half", float_tensor({}, {0.5F}));
        constant("one", float_tensor({}, {1}));
        std::vector<float> weights(18);
        for (std::size_t i = 0; i < 18; ++i) {
            weights[i] = static_cast<float>(i);
        }
        constant("w", float_tensor({3, 3, 1, 2}, weights));
        constant("gamma", float_tensor({2}, {2, 3}));
        constant("beta", float_tensor({2}, {0.5F, -1}));
        constant("v", float_tensor({2}, {0.75F, 3.75F}));
        constant("none", float_tensor({0}, {}));
        constant("axes", integer_tensor({2}, {1, -2}));
        constant("d", float_tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
        constant("bias", float_tensor({3}, {10, 20, 30}));
        node("Strange", "unused_op", {"x"}); // leads nowhere
    }
};

std::string problem_of(const graph_def_builder& b, const std::string& output = {}) {
    try {
        (void)aw::read_tensorflow(b.write(), output);
    } catch (const aw::unsupported_error& problem) {
        return "unsupported: " + problem.node() + ", " + problem.operation();
    } catch (const aw::format_error& problem) {
        return problem.field();
    } catch (const aw::error& problem) {
        return problem.what();
    }
    return "none";
}

aw::tensor_view<const float, 4> view_of(const std::vector<float>& images, const image_shape& shape) {
    return {images.data(), {images.size() / shape.size(), shape.height, shape.width, shape.channels}};
}

} // namespace

TEST_CASE("a whole TensorFlow network") {
    const small_graph b;
    const auto trained = aw::read_tensorflow(b.write(), "y");
    const auto& network = trained.network;
    CHECK(network.output_shape() == image_shape{1, 1, 3});
    CHECK(network.metadata.at("normalize") == "raw");
    CHECK(network.metadata.at("softmax") == "dropped");
    REQUIRE(network.nodes().size() == 8);
    const auto& scaling = std::get<op::scale_channels>(network.nodes()[1].what);
    CHECK(scaling.scale == std::vector<float>{2});
    CHECK(scaling.offset == std::vector<float>{-1});
    const auto& conv = std::get<op::conv2d>(network.nodes()[2].what);
    CHECK(network.nodes()[2].shape == image_shape{2, 2, 2});
    CHECK(conv.geometry.pad_top == 0); // what is odd goes to the end
    CHECK(conv.geometry.pad_bottom == 1);
    CHECK(conv.weights[0] == 0);
    CHECK(conv.weights[1] == 2);
    CHECK(conv.weights[9] == 1);
    REQUIRE(trained.norms.size() == 1);
    CHECK(trained.norms.begin()->first == 3);
    const auto& dense = std::get<op::dense>(network.nodes()[6].what);
    CHECK(dense.weights == std::vector<float>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("batch normalisation gets the statistics of a batch") {
    const small_graph b;
    const auto trained = aw::read_tensorflow(b.write(), "logits");
    std::vector<float> images(3 * 16);
    for (std::size_t i = 0; i < images.size(); ++i) {
        images[i] = static_cast<float>(i * i % 31);
    }
    const auto view = view_of(images, {4, 4, 1});
    for (const auto how : {aw::summation::double_precision, aw::summation::sequential_float}) {
        const auto frozen = aw::freeze(trained, view, how);
        std::vector<float> normalised;
        (void)aw::run_float(frozen, view, [&](std::size_t node, std::span<const float> values) {
            if (node == 3) {
                normalised.assign(values.begin(), values.end());
            }
        });
        double sum[2] = {}, squares[2] = {};
        for (std::size_t i = 0; i < normalised.size(); ++i) {
            sum[i % 2] += normalised[i];
        }
        const double count = static_cast<double>(normalised.size() / 2);
        for (std::size_t i = 0; i < normalised.size(); ++i) {
            squares[i % 2] += std::pow(normalised[i] - sum[i % 2] / count, 2);
        }
        CHECK(sum[0] / count == Catch::Approx(0.5).margin(1e-4));
        CHECK(sum[1] / count == Catch::Approx(-1).margin(1e-4));
        CHECK(std::sqrt(squares[0] / count) == Catch::Approx(2).epsilon(1e-3)); // epsilon is small beside it
        CHECK(std::sqrt(squares[1] / count) == Catch::Approx(3).epsilon(1e-3));
    }
    CHECK_THROWS_AS(aw::freeze(trained, view_of(images, {4, 2, 2})), aw::shape_error);
    CHECK_THROWS_AS(aw::freeze(trained, view.rows(0, 0)), aw::shape_error);
}

TEST_CASE("batch normalisation with statistics of its own") {
    const small_graph b(false);
    const auto trained = aw::read_tensorflow(b.write(), "logits");
    CHECK(trained.norms.empty());
    const auto& norm = std::get<op::scale_channels>(trained.network.nodes()[3].what);
    CHECK(norm.scale == std::vector<float>{2, 1.5F});      // gamma / sqrt(variance + 0.25)
    CHECK(norm.offset == std::vector<float>{-0.5F, 0.5F}); // beta - beta * factor: beta is the mean as well
}

TEST_CASE("other float operators of TensorFlow") {
    graph_def_builder b;
    b.placeholder("x", {-1, 2, 2, 2});
    b.constant("pads", integer_tensor({4, 2}, {0, 0, 1, 0, 0, 1, 2, 0}));
    b.node("Pad", "p", {"x", "pads"});
    b.node("MaxPool", "max", {"p"}).set("ksize", dims{1, 3, 3, 1}).set("padding", "VALID");
    b.node("AvgPool", "mean", {"p"}).set("ksize", dims{1, 3, 3, 1}).set("padding", "VALID");
    b.node("AddV2", "sum", {"max", "mean"});
    b.constant("factor", float_tensor({4}, {1, 2, 3, 4}));
    b.node("Mul", "scaled", {"factor", "sum"});
    b.node("Relu6", "limited", {"scaled"});
    b.constant("row", integer_tensor({2}, {-1, 4}));
    b.node("Reshape", "flat", {"limited", "row"});
    b.constant("eye", float_tensor({4, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}));
    b.node("MatMul", "y", {"flat", "eye"}).set("transpose_b", true);
    const auto trained = aw::read_tensorflow(b.write());
    const std::vector<float> image{0, 1, 2, 3, 4, 5, 6, -7};
    // Sums 12 and 2, of 9 positions; largest values 6 and 5; the two channels before are 0.
    const auto found = aw::run_float(trained.network, view_of(image, {2, 2, 2}));
    REQUIRE(found.size() == 4);
    CHECK(found[0] == 0);
    CHECK(found[1] == 0);
    CHECK(found[2] == 6);
    CHECK(found[3] == 6);
}

TEST_CASE("what is wrong in a TensorFlow graph is named") {
    const auto with = [](const std::string& operation, const names& inputs) {
        graph_def_builder b;
        b.placeholder("x", {-1, 4, 4, 2});
        b.constant("c", float_tensor({2}, {1, 2}));
        b.constant("three", float_tensor({3}, {1, 2, 3}));
        b.constant("i", integer_tensor({2}, {1, 3}));
        b.constant("w", float_tensor({1, 1, 3, 1}, {1, 2, 3}));
        b.node("Relu", "r", {"x"});
        b.node(operation, "n", inputs);
        return problem_of(b, "n");
    };
    CHECK(with("LSTM", {"x"}) == "unsupported: n, LSTM");
    CHECK(with("Relu", {"y"}) == "node 'n' input 'y'");
    CHECK(with("Relu", {"x:zero"}) == "node 'n' input 'x:zero'");
    CHECK(with("Relu", {"x:99"}) == "node 'n' input 'x:99'");
    CHECK(with("Relu", {"x:1"}) == "unsupported: n, Relu");
    CHECK(with("Add", {"x"}) == "node 'n' (Add) inputs");
    CHECK(with("Conv2D", {"c", "x"}) == "unsupported: n, Conv2D");
    CHECK(with("Mul", {"x", "three"}) == "unsupported: n, Mul");
    CHECK(with("Mul", {"x", "i"}) == "node 'n' (Mul) constant");
    CHECK(with("RealDiv", {"c", "x"}) == "unsupported: n, RealDiv");
    CHECK(with("Mul", {"r", "x"}) == "unsupported: n, Mul");
    CHECK(with("Conv2D", {"x", "w"}) == "node 'n' (Conv2D) weights");
    CHECK(with("Conv2D", {"x", "x"}) == "unsupported: n, Conv2D");
    CHECK(with("MatMul", {"x", "c"}) == "unsupported: n, MatMul");
    CHECK(with("Mean", {"x", "i"}) == "unsupported: n, Mean");
    CHECK(with("Pad", {"x", "i"}) == "node 'n' (Pad) paddings");
    CHECK(with("MaxPool", {"x"}) == "node 'n' (MaxPool) attribute 'padding'");
    CHECK(with("Identity", {"c"}) == "graph");    // does not depend on the Placeholder
    CHECK(with("Identity", {"n"}) == "node 'n'"); // depends on itself

    graph_def_builder b;
    b.placeholder("x", {-1, 4, 4, 2});
    b.node("Relu", "a", {"x"}).node("Relu", "b", {"x"});
    CHECK(problem_of(b) == "result");
    CHECK_THAT(problem_of(b, "z"), contains("no node 'z'"));
    CHECK(problem_of(b, "a") == "none");
    b.node("Relu", "a", {"x"});
    CHECK(problem_of(b, "a") == "node 'a'"); // twice
    graph_def_builder wide;
    wide.placeholder("x", {-1, 1 << 20, 4, 2}).node("Relu", "r", {"x"});
    CHECK(problem_of(wide) == "node 'x' (Placeholder) attribute 'shape'");
    graph_def_builder infinite;
    infinite.placeholder("x", {-1, 4, 4, 1});
    infinite.constant("zero", float_tensor({}, {0})).node("RealDiv", "d", {"x", "zero"});
    CHECK_THAT(problem_of(infinite), contains("finite"));
}

TEST_CASE("truncated and damaged TensorFlow networks") {
    const small_graph b;
    const temporary_directory folder;
    const auto load = [](const auto& path) { return aw::read_tensorflow(path, "logits"); };
    CHECK_NOTHROW(load(b.write()));
    // Complete without the last node, which leads nowhere, and without the versions.
    CHECK(accepted_prefixes(folder, b.bytes(), load) == 2);
    CHECK(fuzz(folder, b.bytes(), load) > 0);
}

TEST_CASE("the float ResNet-8 of the ALWANN authors") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr) {
        WARN("skipped: ALWANN_TEST_DATA is not set");
        return;
    }
    const std::filesystem::path folder(data);
    const auto trained = aw::read_tensorflow(folder / "networks" / "resnet_8.pb");
    CHECK(trained.norms.size() == 7);
    CHECK(trained.network.input_shape() == image_shape{32, 32, 3});
    CHECK(trained.network.output_shape() == image_shape{1, 1, 11});
    const auto images = aw::read_cifar10({folder / "cifar10" / "test_batch_first1017.bin.xz"});
    const std::vector<float> pixels(images.pixels.begin(), images.pixels.begin() + 1000 * 3072);
    const auto view = view_of(pixels, images.shape);
    const auto frozen = aw::freeze(trained, view);
    const auto logits = aw::run_float(frozen, view);
    std::size_t correct = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        const auto first = logits.begin() + static_cast<std::ptrdiff_t>(11 * i);
        correct += std::max_element(first, first + 11) - first == images.labels[i] ? 1U : 0U;
    }
    CHECK(correct >= 833); // 835: 83.5 %
    CHECK(correct <= 837);
    // The usual pipeline takes it from here.
    const auto quantised = aw::quantize(frozen, view.rows(0, 16));
    CHECK(quantised.convolutions().size() == 7);
}
