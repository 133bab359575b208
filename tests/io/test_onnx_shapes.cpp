// SPDX-License-Identifier: MIT
// Operators of ONNX that rearrange, and the arithmetic on shapes that exporters emit.
#include "catch.hpp"
#include "io/onnx_model.hpp"

#include <limits>

namespace op = alwann::op;
using alwann::image_shape;

namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();

/// Appends a dense layer that shows in which order the values of "f" arrive.
alwann::graph with_identity(model_builder& m, std::size_t count) {
    std::vector<float> identity(count * count, 0);
    for (std::size_t i = 0; i < count; ++i) {
        identity[i * (count + 1)] = 1;
    }
    const auto size = static_cast<std::int64_t>(count);
    m.floats("identity", {size, size}, identity);
    m.node("MatMul", {"f", "identity"}, {"y"});
    return m.read();
}

void set_constant(model_builder& m, const std::string& name, const ints& values) {
    auto& tensor = m.node("Constant", {}, {name}).tensor("value");
    tensor.set_data_type(::onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    std::string raw(8 * values.size(), '\0');
    for (std::size_t i = 0; i < raw.size(); ++i) {
        raw[i] = static_cast<char>(static_cast<std::uint64_t>(values[i / 8]) >> (8 * (i % 8)) & 0xFF);
    }
    tensor.set_raw_data(raw);
}

} // namespace

TEST_CASE("Reshape flattens, however the file says so") {
    for (const auto& target : {ints{-1, 12}, ints{0, -1}, ints{0, 12}}) {
        model_builder m({3, 2, 2});
        m.integers("target", target);
        m.node("Reshape", {"x", "target"}, {"f"});
        CHECK(evaluate(with_identity(m, 12), channels_last(counting(12), 3)) == counting(12));
    }
    for (const auto& target : {ints{1, 12}, ints{1, -1}}) { // fits a file for one image at a time only
        model_builder m({3, 2, 2});
        m.integers("target", target);
        m.node("Reshape", {"x", "target"}, {"f"});
        m.input_dims().mutable_dim(0)->set_dim_value(1);
        CHECK(evaluate(with_identity(m, 12), channels_last(counting(12), 3)) == counting(12));
        m.input_dims().mutable_dim(0)->set_dim_param("batch");
        CHECK_THROWS_AS(m.read(), alwann::unsupported_error);
    }
}

TEST_CASE("Reshape brings dimensions of one, or nothing new") {
    model_builder m({4});
    m.integers("up", {0, 4, 1, 1});
    m.integers("same", {-1, 4, 1, 1});
    m.integers("down", {0, 0});
    m.floats("w", {4, 4, 1, 1}, counting(16));
    m.node("Reshape", {"x", "up"}, {"a"});
    m.node("Reshape", {"a", "same"}, {"b"});
    m.node("Conv", {"b", "w"}, {"c"});
    m.node("Reshape", {"c", "down"}, {"y"});
    CHECK(m.read().nodes().size() == 2);
    for (const auto& target : {ints{-1, 3, 2}, ints{-1, 5}, ints{-1, -1}, ints{4, -1}, ints{}, ints{0, -2},
                               ints{0, 0, 0}, ints{0, int64_max, int64_max}}) {
        model_builder wrong({4});
        wrong.integers("target", target);
        wrong.node("Reshape", {"x", "target"}, {"y"});
        CHECK_THROWS_AS(wrong.read(), alwann::error);
    }
}

TEST_CASE("a file with channels last is an image with channels last") {
    model_builder m({2, 2, 3});
    m.floats("mean", {3}, {0, 0, 0});
    m.node("Sub", {"x", "mean"}, {"s"});
    m.node("Transpose", {"s"}, {"t"}).set("perm", ints{0, 3, 1, 2});
    m.floats("w", {3, 3, 1, 1}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
    m.node("Conv", {"t", "w"}, {"c"});
    m.node("Transpose", {"c"}, {"back"}).set("perm", ints{0, 2, 3, 1});
    m.integers("target", {-1, 12});
    m.node("Reshape", {"back", "target"}, {"f"});
    const auto network = with_identity(m, 12);
    CHECK(network.input_shape() == image_shape{2, 2, 3});
    CHECK(network.nodes().size() == 4); // scaling, convolution, dense: no transposition, no flattening
    CHECK(evaluate(network, counting(12)) == counting(12));
}

TEST_CASE("a single channel is moved forward by Reshape") {
    model_builder m({5, 4, 1});
    m.integers("target", {-1, 1, 5, 4});
    m.node("Reshape", {"x", "target"}, {"r"});
    m.node("MaxPool", {"r"}, {"y"}).set("kernel_shape", ints{2, 2});
    CHECK(m.read().input_shape() == image_shape{5, 4, 1});
    CHECK(m.read().output_shape() == image_shape{4, 3, 1});
    model_builder flat({5, 4});
    flat.integers("one", {1});
    flat.node("Unsqueeze", {"x", "one"}, {"r"});
    flat.node("MaxPool", {"r"}, {"y"}).set("kernel_shape", ints{2, 2});
    CHECK(flat.read().output_shape() == image_shape{4, 3, 1});
}

TEST_CASE("transpositions that stay are found by what they would break") {
    model_builder m({3, 2, 2});
    m.node("Transpose", {"x"}, {"t"}).set("perm", ints{0, 1, 3, 2});
    m.node("Flatten", {"t"}, {"y"});
    CHECK_THROWS_AS(m.read(), alwann::unsupported_error);
    m.model.mutable_graph()->mutable_node(1)->set_op_type("GlobalAveragePool");
    CHECK_THROWS_AS(m.read(), alwann::unsupported_error);
    m.model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->set_ints(2, 2);
    CHECK_THROWS_AS(m.read(), alwann::format_error);
}

TEST_CASE("Squeeze after pooling") {
    for (const std::int64_t opset : {11, 13}) {
        model_builder m({4, 3, 3}, opset);
        m.node("GlobalAveragePool", {"x"}, {"p"});
        if (opset == 13) {
            m.integers("last", {-1});
            m.node("Squeeze", {"p", "last"}, {"q"});
            m.node("Squeeze", {"q", "last"}, {"f"});
        } else {
            m.node("Squeeze", {"p"}, {"f"}).set("axes", ints{2, 3});
        }
        CHECK(with_identity(m, 4).nodes().size() == 3);
    }
    model_builder wrong({4, 3, 3});
    wrong.node("Squeeze", {"x"}, {"y"}).set("axes", ints{1});
    CHECK_THROWS_AS(wrong.read(), alwann::unsupported_error);
}

TEST_CASE("Concat joins channels") {
    model_builder m({2, 2, 2});
    m.node("Relu", {"x"}, {"r"});
    m.node("Concat", {"x", "r", "x"}, {"y"}).set("axis", std::int64_t{-3});
    CHECK(m.read().output_shape() == image_shape{2, 2, 6});
    for (const std::int64_t axis : {0, 2, 3, 4}) {
        m.model.mutable_graph()->mutable_node(1)->mutable_attribute(0)->set_i(axis);
        CHECK_THROWS_AS(m.read(), alwann::error);
    }
}

TEST_CASE("Pad grows images, and cuts where it is negative") {
    for (const std::int64_t opset : {7, 13, 18}) {
        model_builder m({2, 3, 3}, opset);
        if (opset == 7) {
            m.node("Pad", {"x"}, {"y"}).set("pads", ints{0, 1, -1, 2, 0, 3, 0, 0}).set("value", 5.0F);
        } else {
            m.integers("pads", opset == 13 ? ints{0, 1, -1, 2, 0, 3, 0, 0} : ints{1, -1, 2, 3, 0, 0});
            m.floats("five", {}, {5});
            m.integers("axes", {1, -2, 3});
            m.node("Pad", opset == 13 ? names{"x", "pads", "five"} : names{"x", "pads", "five", "axes"},
                   {"y"});
        }
        const auto network = m.read();
        CHECK(network.nodes().size() == 3);
        CHECK(network.output_shape() == image_shape{2, 5, 6});
        const auto& pad = last<op::pad>(network);
        CHECK(pad.value == 5);
        CHECK((pad.before[0] == 0 && pad.before[1] == 2 && pad.before[2] == 1));
        CHECK((pad.after[0] == 0 && pad.after[1] == 0 && pad.after[2] == 3));
        CHECK(std::get<op::slice>(network.nodes()[1].what).start[0] == 1);
    }
    for (const auto& pads : {ints{1, 0, 0, 0, 0, 0, 0, 0}, ints{0, 0, -3, 0, 0, 0, 0, 0}, ints{0, 0, 0},
                             ints{0, int64_max, 0, 0, 0, 0, 0, 0}, ints{0, int64_min, 0, 0, 0, 0, 0, 0}}) {
        model_builder wrong({2, 3, 3});
        wrong.integers("pads", pads);
        wrong.node("Pad", {"x", "pads"}, {"y"});
        CHECK_THROWS_AS(wrong.read(), alwann::error);
    }
    model_builder nothing({2, 3, 3});
    nothing.integers("pads", ints(8, 0));
    nothing.node("Pad", {"x", "pads"}, {"y"});
    CHECK(nothing.read().nodes().size() == 1);
    nothing.model.mutable_graph()->mutable_node(0)->add_attribute()->set_name("mode");
    nothing.model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->set_type(
        ::onnx::AttributeProto::STRING);
    nothing.model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->set_s("reflect");
    CHECK_THROWS_AS(nothing.read(), alwann::unsupported_error);
}

TEST_CASE("Slice with positions from either end and steps in either direction") {
    const auto slice = [](const ints& starts, const ints& ends, const ints& axes, const ints& steps) {
        model_builder m({1, 1, 6});
        m.integers("starts", starts);
        m.integers("ends", ends);
        m.integers("axes", axes);
        m.integers("steps", steps);
        m.node("Slice", {"x", "starts", "ends", "axes", "steps"}, {"y"});
        return evaluate(m.read(), counting(6));
    };
    using values = std::vector<float>;
    CHECK(slice({1}, {4}, {3}, {1}) == values{1, 2, 3});
    CHECK(slice({0}, {int64_max}, {3}, {2}) == values{0, 2, 4});
    CHECK(slice({-2}, {int64_max}, {-1}, {1}) == values{4, 5});
    CHECK(slice({-1}, {int64_min}, {3}, {-1}) == values{5, 4, 3, 2, 1, 0});
    CHECK(slice({-1}, {-7}, {3}, {-2}) == values{5, 3, 1});
    CHECK(slice({100}, {0}, {3}, {-3}) == values{5, 2});
    CHECK(slice({2}, {int64_max}, {3}, {int64_max}) == values{2});
    CHECK(slice({4}, {int64_min}, {3}, {int64_min}) == values{4});
    CHECK(slice({-100, 0}, {100, int64_max}, {3, 0}, {1, 1}) == counting(6));
    CHECK_THROWS_AS(slice({4}, {2}, {3}, {1}), alwann::unsupported_error); // nothing
    CHECK_THROWS_AS(slice({0}, {2}, {0}, {1}), alwann::unsupported_error); // images
    CHECK_THROWS_AS(slice({0}, {2}, {3}, {0}), alwann::format_error);
    CHECK_THROWS_AS(slice({0}, {2}, {4}, {1}), alwann::format_error);
    CHECK_THROWS_AS(slice({0, 0}, {2, 2}, {3, -1}, {1, 1}), alwann::format_error);
    CHECK_THROWS_AS(slice({0}, {2, 3}, {3}, {1}), alwann::format_error);
    model_builder old({1, 1, 6}, 9);
    old.node("Slice", {"x"}, {"y"}).set("starts", ints{1}).set("ends", ints{-1}).set("axes", ints{3});
    CHECK(evaluate(old.read(), counting(6)) == values{1, 2, 3, 4});
}

TEST_CASE("the number of images goes through shape arithmetic into Reshape") {
    model_builder m({3, 2, 2});
    m.node("Shape", {"x"}, {"shape"});
    m.integers("zero", {}, {0});
    m.integers("first", {0});
    m.integers("rest", {-1});
    m.node("Gather", {"shape", "zero"}, {"n"}).set("axis", std::int64_t{0});
    m.node("Unsqueeze", {"n", "first"}, {"n1"});
    m.node("Cast", {"n1"}, {"n2"}).set("to", std::int64_t{::onnx::TensorProto::INT64});
    m.node("Concat", {"n2", "rest"}, {"target"}).set("axis", std::int64_t{0});
    m.node("Reshape", {"x", "target"}, {"f"});
    CHECK(evaluate(with_identity(m, 12), channels_last(counting(12), 3)) == counting(12));
    // The same mark elsewhere is not a size.
    m.model.mutable_graph()->mutable_node(4)->set_input(0, "rest");
    m.model.mutable_graph()->mutable_node(4)->set_input(1, "n2");
    CHECK_THROWS_AS(m.read(), alwann::unsupported_error);
    m.model.mutable_graph()->mutable_node(3)->set_op_type("Add");
    m.model.mutable_graph()->mutable_node(3)->add_input("rest");
    CHECK_THROWS_AS(m.read(), alwann::unsupported_error);
}

TEST_CASE("sizes are computed from sizes") {
    model_builder m({3, 2, 4});
    m.node("Shape", {"x"}, {"shape"});
    m.integers("starts", {1});
    m.integers("ends", {4});
    m.integers("two", {}, {2});
    m.node("Slice", {"shape", "starts", "ends"}, {"chw"}); // 3, 2, 4
    set_constant(m, "indices", {0, -1});
    m.node("Gather", {"chw", "indices"}, {"cw"}); // 3, 4
    m.node("Mul", {"cw", "two"}, {"double"});     // 6, 8
    m.integers("both", {1, 2});
    m.node("Sub", {"double", "both"}, {"less"}); // 5, 6
    m.node("Div", {"less", "two"}, {"half"});    // 2, 3
    m.node("Add", {"half", "both"}, {"sum"});    // 3, 5
    set_constant(m, "column", {-1, 1});
    m.node("Reshape", {"sum", "column"}, {"matrix"}); // [[3], [5]]
    m.node("Transpose", {"matrix"}, {"row"});         // [[3, 5]]
    m.node("Squeeze", {"row"}, {"list"});             // 3, 5
    m.node("ConstantOfShape", {"starts"}, {"float_zero"});
    m.node("Cast", {"float_zero"}, {"zero"}).set("to", std::int64_t{::onnx::TensorProto::INT64});
    m.node("Concat", {"zero", "list", "zero", "zero", "zero", "zero", "zero"}, {"pads"})
        .set("axis", std::int64_t{0});
    m.node("Pad", {"x", "pads"}, {"y"}); // 0, 3, 5, 0, 0, 0, 0, 0
    const auto network = m.read();
    CHECK(network.output_shape() == image_shape{7, 4, 6});
}

TEST_CASE("constants of two dimensions are rearranged") {
    model_builder m({2});
    m.floats("w", {3, 2}, {1, 2, 3, 4, 5, 6});
    m.floats("v", {3, 1}, {7, 8, 9});
    m.floats("scale", {2}, {10, 100});
    m.node("Concat", {"w", "v"}, {"wide"}).set("axis", std::int64_t{1}); // 1 2 7, 3 4 8, 5 6 9
    set_constant(m, "columns", {2, 0});
    m.node("Gather", {"wide", "columns"}, {"picked"}).set("axis", std::int64_t{1}); // 7 1, 8 3, 9 5
    m.node("Mul", {"picked", "scale"}, {"scaled"});                                 // 70 100, 80 300, 90 500
    set_constant(m, "start", {-1});
    set_constant(m, "end", {int64_min + 1});
    set_constant(m, "axis", {0});
    set_constant(m, "step", {-1});
    m.node("Slice", {"scaled", "start", "end", "axis", "step"}, {"turned"}); // 90 500, 80 300, 70 100
    m.node("Transpose", {"turned"}, {"t"});
    m.node("MatMul", {"x", "t"}, {"y"});
    CHECK(evaluate(m.read(), {1, 1}) == std::vector<float>{590, 380, 170});
}

TEST_CASE("constants do not grow without bounds") {
    model_builder m({2});
    m.integers("large", {int64_max, int64_max});
    m.node("ConstantOfShape", {"large"}, {"c"});
    m.node("Add", {"x", "c"}, {"y"});
    CHECK_THROWS_AS(m.read(), alwann::format_error);
    model_builder doubling({2});
    doubling.floats("d0", {2}, {1, 2});
    for (int i = 0; i < 60; ++i) {
        const auto from = "d" + std::to_string(i);
        doubling.node("Concat", {from, from}, {"d" + std::to_string(i + 1)}).set("axis", std::int64_t{0});
    }
    doubling.node("Add", {"x", "d60"}, {"y"});
    CHECK_THROWS_AS(doubling.read(), alwann::format_error);
}
