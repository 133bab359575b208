// SPDX-License-Identifier: MIT
// Operators of ONNX that compute: what becomes of their attributes and weights.
#include "catch.hpp"
#include "io/onnx_model.hpp"

#include <cmath>
#include <limits>

namespace op = alwann::op;
using alwann::image_shape;

namespace {

/// ONNX's definition of Conv for one image of [channels][size][size].
std::vector<float> convolve(const std::vector<float>& x, std::size_t channels, std::size_t size,
                            const std::vector<float>& w, std::size_t outputs, std::size_t kernel,
                            std::size_t groups, std::size_t pad, std::size_t stride, std::size_t dilation) {
    const std::size_t result_size = (size + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1;
    const std::size_t group_channels = channels / groups, group_outputs = outputs / groups;
    std::vector<float> y;
    for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t r = 0; r < result_size * result_size; ++r) {
            float sum = 0;
            for (std::size_t i = 0; i < group_channels * kernel * kernel; ++i) {
                const std::size_t row = r / result_size * stride + i / kernel % kernel * dilation;
                const std::size_t column = r % result_size * stride + i % kernel * dilation;
                if (row >= pad && column >= pad && row < size + pad && column < size + pad) {
                    const std::size_t c = o / group_outputs * group_channels + i / (kernel * kernel);
                    sum += w[o * group_channels * kernel * kernel + i] *
                           x[(c * size + row - pad) * size + column - pad];
                }
            }
            y.push_back(sum);
        }
    }
    return y;
}

alwann::window pool_window(const char* mode, std::int64_t size, std::int64_t kernel, std::int64_t stride) {
    model_builder m({1, size, size});
    m.node("MaxPool", {"x"}, {"y"})
        .set("kernel_shape", ints{kernel, kernel})
        .set("strides", ints{stride, stride})
        .set("auto_pad", mode);
    return last<op::max_pool>(m.read()).geometry;
}

} // namespace

TEST_CASE("convolutions compute what ONNX says, whatever groups, strides, padding and dilation") {
    for (const std::size_t groups : {1U, 2U, 4U}) {
        for (const std::size_t stride : {1U, 2U}) {
            for (const std::size_t dilation : {1U, 2U}) {
                for (const std::size_t pad : {0U, 1U}) {
                    model_builder m({4, 6, 6});
                    const auto weights = counting(8 * (4 / groups) * 9, 31);
                    m.floats("w", {8, static_cast<std::int64_t>(4 / groups), 3, 3}, weights);
                    const auto twice = [](std::size_t n, std::size_t count) {
                        return ints(count, static_cast<std::int64_t>(n));
                    };
                    m.node("Conv", {"x", "w"}, {"y"}, "conv")
                        .set("group", static_cast<std::int64_t>(groups))
                        .set("strides", twice(stride, 2))
                        .set("dilations", twice(dilation, 2))
                        .set("pads", twice(pad, 4));
                    const auto network = m.read();
                    const auto image = counting(4 * 36, 50);
                    CHECK(network.nodes().back().name == "conv");
                    CHECK(evaluate(network, channels_last(image, 4)) ==
                          channels_last(convolve(image, 4, 6, weights, 8, 3, groups, pad, stride, dilation),
                                        8));
                }
            }
        }
    }
}

TEST_CASE("a convolution's bias and uneven padding") {
    model_builder m({1, 4, 5});
    m.floats("w", {2, 1, 2, 3}, counting(12));
    m.floats("b", {2}, {7, 8});
    m.node("Conv", {"x", "w", "b"}, {"y"}).set("pads", ints{1, 2, 0, 3}).set("kernel_shape", ints{2, 3});
    const auto network = m.read();
    const auto& conv = last<op::conv2d>(network);
    CHECK(conv.bias == std::vector<float>{7, 8});
    CHECK(conv.geometry.pad_top == 1);
    CHECK(conv.geometry.pad_left == 2);
    CHECK(conv.geometry.pad_bottom == 0);
    CHECK(conv.geometry.pad_right == 3);
    CHECK(network.output_shape() == image_shape{4, 8, 2});
    CHECK(network.nodes().back().name == "Conv_0"); // named after operator and position
}

TEST_CASE("automatic padding") {
    auto w = pool_window("SAME_UPPER", 5, 2, 2);
    CHECK((w.pad_top == 0 && w.pad_bottom == 1 && w.pad_left == 0 && w.pad_right == 1));
    w = pool_window("SAME_LOWER", 5, 2, 2);
    CHECK((w.pad_top == 1 && w.pad_bottom == 0 && w.pad_left == 1 && w.pad_right == 0));
    w = pool_window("SAME_UPPER", 6, 3, 1);
    CHECK((w.pad_top == 1 && w.pad_bottom == 1));
    w = pool_window("SAME_UPPER", 7, 1, 3); // nothing to pad, and no position may be lost
    CHECK((w.pad_top == 0 && w.pad_bottom == 0));
    CHECK(window_positions({7, 7, 1}, w) == image_shape{3, 3, 1});
    w = pool_window("VALID", 5, 2, 2);
    CHECK((w.pad_top == 0 && w.pad_bottom == 0));
    CHECK_THROWS_AS(pool_window("SAME", 5, 2, 2), alwann::format_error);
}

TEST_CASE("batch normalisation becomes one factor and one offset for each channel") {
    model_builder m({2, 1, 1});
    m.floats("scale", {2}, {2, 3});
    m.floats("bias", {2}, {5, 7});
    m.floats("mean", {2}, {1, -1});
    m.floats("variance", {2}, {0.75F, 3.75F});
    m.node("BatchNormalization", {"x", "scale", "bias", "mean", "variance"}, {"y"}).set("epsilon", 0.25F);
    const auto network = m.read();
    CHECK(last<op::scale_channels>(network).scale == std::vector<float>{2, 1.5F});
    CHECK(last<op::scale_channels>(network).offset == std::vector<float>{3, 8.5F});
    m.model.mutable_graph()->mutable_initializer(3)->set_float_data(0, -1);
    CHECK_THROWS_AS(m.read(), alwann::value_error);
}

TEST_CASE("ReLU and Clip, with limits as attributes or as inputs") {
    const auto infinity = std::numeric_limits<float>::infinity();
    model_builder relu({1, 1, 1});
    relu.node("Relu", {"x"}, {"y"});
    CHECK(last<op::clip>(relu.read()).low == 0);
    CHECK(last<op::clip>(relu.read()).high == infinity);
    model_builder old({1, 1, 1}, 7);
    old.node("Clip", {"x"}, {"y"}).set("min", 0.0F).set("max", 6.0F);
    CHECK(last<op::clip>(old.read()).high == 6);
    model_builder inputs({1, 1, 1});
    inputs.floats("six", {}, {6});
    inputs.node("Clip", {"x", "", "six"}, {"y"});
    CHECK(last<op::clip>(inputs.read()).low == -infinity);
    CHECK(last<op::clip>(inputs.read()).high == 6);
    inputs.node("Clip", {"y", "six"}, {"z"});
    inputs.model.mutable_graph()->mutable_output(0)->set_name("z");
    CHECK(last<op::clip>(inputs.read()).low == 6);
    CHECK(last<op::clip>(inputs.read()).high == infinity);
}

TEST_CASE("pooling") {
    model_builder m({3, 8, 6});
    m.node("AveragePool", {"x"}, {"a"}).set("kernel_shape", ints{2, 2}).set("strides", ints{2, 2});
    m.node("AveragePool", {"a"}, {"b"})
        .set("kernel_shape", ints{3, 3})
        .set("pads", ints{1, 1, 1, 1})
        .set("count_include_pad", std::int64_t{1});
    m.node("MaxPool", {"b"}, {"c"}).set("kernel_shape", ints{2, 1});
    m.node("GlobalMaxPool", {"c"}, {"d"});
    m.node("GlobalAveragePool", {"d"}, {"y"});
    const auto network = m.read();
    const auto& nodes = network.nodes();
    CHECK(nodes[1].shape == image_shape{4, 3, 3});
    CHECK_FALSE(std::get<op::average_pool>(nodes[1].what).count_padding);
    CHECK(std::get<op::average_pool>(nodes[2].what).count_padding);
    CHECK(nodes[3].shape == image_shape{3, 3, 3});
    CHECK(nodes[4].shape == image_shape{1, 1, 3});
    CHECK(std::holds_alternative<op::global_average_pool>(nodes[5].what));
}

TEST_CASE("rounding up is the same as padding at the end, or rejected") {
    const auto pool = [](const char* operation, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                         std::int64_t pad, std::int64_t include) {
        model_builder m({1, size, size});
        auto node = m.node(operation, {"x"}, {"y"})
                        .set("kernel_shape", ints{kernel, kernel})
                        .set("strides", ints{stride, stride})
                        .set("pads", ints{pad, pad, pad, pad})
                        .set("ceil_mode", std::int64_t{1});
        if (include != 0) {
            node.set("count_include_pad", include);
        }
        return m.read();
    };
    CHECK(pool("MaxPool", 6, 2, 2, 0, 0).output_shape() == image_shape{3, 3, 1}); // nothing to round
    CHECK(last<op::max_pool>(pool("MaxPool", 6, 2, 2, 0, 0)).geometry.pad_bottom == 0);
    const auto larger = pool("MaxPool", 6, 3, 2, 0, 0);
    CHECK(larger.output_shape() == image_shape{3, 3, 1});
    CHECK(evaluate(larger, counting(36)) == std::vector<float>{14, 16, 17, 26, 28, 29, 32, 34, 35});
    const auto mean = pool("AveragePool", 3, 2, 2, 0, 0);
    CHECK(evaluate(mean, counting(9)) == std::vector<float>{2, 3.5F, 6.5F, 8});
    CHECK_THROWS_AS(pool("AveragePool", 3, 2, 2, 0, 1), alwann::unsupported_error);
    CHECK(pool("AveragePool", 4, 2, 2, 0, 1).output_shape() == image_shape{2, 2, 1});
    CHECK_THROWS_AS(pool("MaxPool", 2, 2, 3, 1, 0), alwann::unsupported_error); // starts in the padding
}

TEST_CASE("the mean over rows and columns, with and without their dimensions") {
    for (const std::int64_t opset : {13, 18}) {
        for (const std::int64_t keep : {0, 1}) {
            model_builder m({2, 3, 3}, opset);
            if (opset == 18) {
                m.integers("axes", {-1, 2});
                m.node("ReduceMean", {"x", "axes"}, {"m"}).set("keepdims", keep);
            } else {
                m.node("ReduceMean", {"x"}, {"m"}).set("keepdims", keep).set("axes", ints{2, -1});
            }
            m.floats("w", {2, 1}, {1, 2});
            m.node("Flatten", {"m"}, {"f"});
            m.node("MatMul", {"f", "w"}, {"y"});
            const auto network = m.read();
            CHECK(network.nodes().size() == 3);
            CHECK(std::holds_alternative<op::global_average_pool>(network.nodes()[1].what));
        }
    }
    for (const auto& axes : {ints{2}, ints{1, 2, 3}, ints{0, 2, 3}, ints{}}) {
        model_builder m({2, 3, 3});
        m.node("ReduceMean", {"x"}, {"y"}).set("axes", axes);
        CHECK_THROWS_AS(m.read(), alwann::unsupported_error);
    }
}

TEST_CASE("Gemm and MatMul, with their ways to write weights and bias") {
    const std::vector<float> image{1, 10, 100};
    const auto run = [&](auto&& build) {
        model_builder m({3});
        m.floats("w", {3, 2}, {1, 2, 3, 4, 5, 6});
        m.floats("transposed", {2, 3}, {1, 3, 5, 2, 4, 6});
        m.floats("b", {2}, {1000, 2000});
        m.floats("row", {1, 2}, {1000, 2000});
        m.floats("one", {1}, {1000});
        build(m);
        const auto network = m.read();
        CHECK(network.nodes().size() == 2);
        return evaluate(network, image);
    };
    using values = std::vector<float>;
    CHECK(run([](auto& m) { m.node("Gemm", {"x", "w"}, {"y"}); }) == values{531, 642});
    CHECK(run([](auto& m) { m.node("Gemm", {"x", "w", "b"}, {"y"}); }) == values{1531, 2642});
    CHECK(run([](auto& m) { m.node("Gemm", {"x", "w", "row"}, {"y"}); }) == values{1531, 2642});
    CHECK(run([](auto& m) { m.node("Gemm", {"x", "w", "one"}, {"y"}); }) == values{1531, 1642});
    CHECK(run([](auto& m) {
              m.node("Gemm", {"x", "transposed", "b"}, {"y"})
                  .set("transB", std::int64_t{1})
                  .set("alpha", 2.0F)
                  .set("beta", 0.5F);
          }) == values{1562, 2284});
    CHECK(run([](auto& m) { m.node("MatMul", {"x", "w"}, {"y"}); }) == values{531, 642});
    CHECK(run([](auto& m) { // the bias goes into the layer
              m.node("MatMul", {"x", "w"}, {"p"});
              m.node("Add", {"b", "p"}, {"y"});
          }) == values{1531, 2642});
    model_builder shared({3});
    shared.floats("w", {3, 3}, counting(9));
    shared.floats("b", {3}, counting(3));
    shared.node("MatMul", {"x", "w"}, {"p"});
    shared.node("Add", {"p", "b"}, {"q"});
    shared.node("Add", {"p", "q"}, {"y"}); // the product itself is used, too
    CHECK(shared.read().nodes().size() == 4);
}

TEST_CASE("a dense layer after Flatten sees values in ONNX order") {
    model_builder m({2, 2, 2});
    std::vector<float> identity(64, 0);
    for (std::size_t i = 0; i < 8; ++i) {
        identity[9 * i] = 1;
    }
    m.floats("w", {8, 8}, identity);
    m.node("Flatten", {"x"}, {"f"});
    m.node("Gemm", {"f", "w"}, {"y"});
    CHECK(evaluate(m.read(), channels_last(counting(8), 2)) == counting(8));
}

TEST_CASE("sums of activations, and arithmetic with one value for each channel") {
    model_builder m({2, 1, 2});
    m.floats("c", {2, 1, 1}, {1, 2});
    m.floats("s", {}, {10});
    m.floats("batch", {1, 2, 1, 1}, {4, 8});
    m.node("Add", {"x", "c"}, {"a"});
    m.node("Mul", {"batch", "a"}, {"b"});
    m.node("Sub", {"s", "b"}, {"d"});
    m.node("Div", {"d", "batch"}, {"e"});
    m.node("Sub", {"e", "c"}, {"f"});
    m.node("Add", {"f", "x"}, {"y"});
    std::vector<float> expected;
    const std::vector<float> image{1, 2, 3, 4}; // ours: (column 0: 1, 2), (column 1: 3, 4)
    for (std::size_t i = 0; i < 4; ++i) {
        const float c = i % 2 == 0 ? 1 : 2, batch = i % 2 == 0 ? 4 : 8;
        expected.push_back((10 - batch * (image[i] + c)) / batch - c + image[i]);
    }
    CHECK(evaluate(m.read(), image) == expected);
    model_builder columns({2, 1, 2});
    columns.floats("c", {2}, {10, 20});
    columns.node("Add", {"x", "c"}, {"a"});
    columns.node("Sub", {"a", "c"}, {"b"});
    columns.node("Add", {"c", "b"}, {"y"});
    CHECK(evaluate(columns.read(), image) == std::vector<float>{11, 12, 23, 24});
    model_builder factors({2, 1, 2});
    factors.floats("c", {2}, {10, 20});
    factors.node("Mul", {"x", "c"}, {"y"});
    CHECK_THROWS_AS(factors.read(), alwann::unsupported_error);
    for (const auto& dims : {ints{3}, ints{3, 1}, ints{2, 2, 1, 2}, ints{1, 1, 2, 1, 1}}) {
        model_builder wrong({2, 1, 2});
        std::size_t count = 1;
        for (const auto extent : dims) {
            count *= static_cast<std::size_t>(extent);
        }
        wrong.floats("c", dims, counting(count));
        wrong.node("Add", {"x", "c"}, {"y"});
        CHECK_THROWS_AS(wrong.read(), alwann::unsupported_error);
    }
}

TEST_CASE("Softmax over channels; of everything only at the end, where it is left out and noted") {
    for (const char* operation : {"Softmax", "LogSoftmax"}) {
        model_builder m({3});
        m.node("Relu", {"x"}, {"r"});
        m.node(operation, {"r"}, {"y"}).set("axis", std::int64_t{1});
        CHECK(last<op::softmax>(m.read()).logarithm == (operation[0] == 'L'));
        m.node("Relu", {"y"}, {"z"});
        m.model.mutable_graph()->mutable_output(0)->set_name("z");
        CHECK(m.read().nodes().size() == 4);
    }
    model_builder rows({3, 2, 2});
    rows.node("Softmax", {"x"}, {"y"}).set("axis", std::int64_t{2});
    CHECK_THROWS_AS(rows.read(), alwann::unsupported_error);
    model_builder everything({3, 2, 2}, 11); // a matrix of everything from the axis on
    everything.node("Softmax", {"x"}, {"y"}).set("axis", std::int64_t{1});
    const auto network = everything.read();
    CHECK(network.nodes().size() == 1);
    CHECK(network.metadata.at("softmax") == "dropped");
}

TEST_CASE("what does nothing in inference leaves no node") {
    model_builder m({3, 2, 2}, 12);
    m.node("Identity", {"x"}, {"a"});
    m.node("Dropout", {"a"}, {"b", "mask"});
    m.node("Cast", {"b"}, {"c"}).set("to", std::int64_t{::onnx::TensorProto::FLOAT});
    m.node("Relu", {"c"}, {"y"}, "relu");
    CHECK(m.read().nodes().size() == 2);
}
