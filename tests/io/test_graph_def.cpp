// SPDX-License-Identifier: MIT
// Frozen graphs as files: attributes, tensors, and everything that can be wrong.
#include <alwann/io/detail/half_precision.hpp>
#include <alwann/io/graph_def.hpp>

#include "catch.hpp"
#include "io/graph_def_builder.hpp"

#include <cmath>
#include <limits>

namespace aw = alwann;

namespace {

const auto load_graph_def = [](const auto& path) { return aw::read_graph_def(path); };

/// The values of a tensor (a whole TensorProto).
template <class Number>
std::vector<Number> values_of(const std::string& tensor) {
    graph_def_builder b;
    b.constant("c", tensor);
    const auto graph = aw::read_graph_def(b.write());
    return std::get<std::vector<Number>>(
        std::get<aw::graph_def_tensor>(graph.nodes[0].attributes.at("value")).values);
}

wire_message tensor_of(int type, const dims& extents) {
    return wire_message().varint(1, type).text(2, shape_bytes(extents));
}

std::string problem_of(const std::string& bytes) {
    const temporary_directory folder;
    try {
        (void)aw::read_graph_def(folder.write("g.pb", bytes));
    } catch (const aw::format_error& problem) {
        return problem.field() + ": expected " + problem.expected();
    }
    return "none";
}

struct every_attribute : graph_def_builder {
    every_attribute() {
        placeholder("x", {-1, 2, 2, 3});
        constant("c", float_tensor({2}, {1, 2}));
        constant("i", integer_tensor({3}, {1, -2, 3}));
        constant("q", code_tensor({2}, {7, 255}));
        node("Strange", "s", {"x:0", "c", "^i"})
            .set("mode", "MIN_FIRST")
            .set("flag", true)
            .set("epsilon", 0.5F)
            .set("strides", dims{1, 2, 2, 1})
            .type("T", 12)
            .attribute("count", wire_message().varint(3, -5))
            .attribute("function", wire_message().text(10, "ignored"));
    }
};

} // namespace

TEST_CASE("nodes and their attributes") {
    const every_attribute b;
    const auto graph = aw::read_graph_def(b.write());
    CHECK_THAT(graph.file, contains("graph.pb"));
    REQUIRE(graph.nodes.size() == 5);
    const auto& x = graph.nodes[0];
    CHECK(x.name == "x");
    CHECK(x.operation == "Placeholder");
    CHECK(std::get<aw::graph_def_shape>(x.attributes.at("shape")).dims == dims{-1, 2, 2, 3});
    CHECK(std::get<aw::graph_def_type>(x.attributes.at("dtype")) == aw::graph_def_type::float32);
    const auto& s = graph.nodes[4];
    CHECK(s.inputs == names{"x:0", "c", "^i"});
    CHECK(std::get<std::string>(s.attributes.at("mode")) == "MIN_FIRST");
    CHECK(std::get<bool>(s.attributes.at("flag")));
    CHECK(std::get<float>(s.attributes.at("epsilon")) == 0.5F);
    CHECK(std::get<std::int64_t>(s.attributes.at("count")) == -5);
    CHECK(std::get<std::vector<std::int64_t>>(s.attributes.at("strides")) == dims{1, 2, 2, 1});
    CHECK(std::holds_alternative<std::monostate>(s.attributes.at("function")));
    const auto& q = std::get<aw::graph_def_tensor>(graph.nodes[3].attributes.at("value"));
    CHECK(q.type == aw::graph_def_type::quint8);
    CHECK(q.dims == dims{2});
}

TEST_CASE("tensors in every type and encoding") {
    const std::vector<float> reals{1.5F, -2};
    CHECK(values_of<float>(float_tensor({2}, reals)) == reals);
    CHECK(values_of<float>(tensor_of(1, {2}).real(5, 1.5F).real(5, -2).bytes) == reals);
    CHECK(values_of<float>(tensor_of(19, {2}).varint(13, 0x3E00).varint(13, 0xC000).bytes) == reals);
    CHECK(values_of<float>(tensor_of(14, {2}).varint(13, 0x3FC0).varint(13, 0xC000).bytes) == reals);
    CHECK(values_of<std::int64_t>(integer_tensor({2}, {5, -6})) == dims{5, -6});
    CHECK(values_of<std::int64_t>(tensor_of(9, {2}).varint(10, 5).varint(10, -6).bytes) == dims{5, -6});
    CHECK(values_of<std::int64_t>(tensor_of(10, {2}).varint(11, 1).varint(11, 0).bytes) == dims{1, 0});
    CHECK(values_of<std::uint8_t>(code_tensor({2}, {3, 200})) == std::vector<std::uint8_t>{3, 200});
    CHECK(values_of<float>(float_tensor({0}, {})).empty());
    SECTION("half precision at its limits") {
        CHECK(aw::detail::half_to_float(0x0001) == std::ldexp(1.0F, -24));
        CHECK(aw::detail::half_to_float(0x7BFF) == 65504.0F);
        CHECK(aw::detail::half_to_float(0xFC00) == -std::numeric_limits<float>::infinity());
        CHECK(std::isnan(aw::detail::half_to_float(0x7E00)));
    }
    SECTION("the last listed value stands for all that follow, and none for zeros") {
        CHECK(values_of<float>(tensor_of(1, {2, 2}).real(5, 3).real(5, 4).bytes) ==
              std::vector<float>{3, 4, 4, 4});
        CHECK(values_of<float>(tensor_of(1, {2}).bytes) == std::vector<float>{0, 0});
    }
}

TEST_CASE("what is no frozen graph is refused") {
    CHECK_THAT(problem_of(""), contains("nodes"));
    CHECK_THAT(problem_of("no protobuf at all"), contains("protobuf"));
    CHECK_THAT(problem_of(wire_message().varint(1, 8).bytes), contains("wire type 2")); // an ONNX model
    CHECK_THAT(problem_of(wire_message().text(9, "x").bytes), contains("GraphDef"));
    CHECK_THAT(problem_of(wire_message().text(1, wire_message().text(1, "lonely").bytes).bytes),
               contains("a name and an operator"));
    const auto tensor_problem = [](const std::string& tensor) {
        graph_def_builder b;
        b.constant("c", tensor);
        return problem_of(b.bytes());
    };
    CHECK_THAT(tensor_problem(float_tensor({3}, {1, 2})), contains("3 values of 4 bytes"));
    CHECK_THAT(tensor_problem(float_tensor({-1}, {})), contains("known extents"));
    CHECK_THAT(tensor_problem(float_tensor({-2}, {})), contains("-1 or more"));
    CHECK_THAT(tensor_problem(float_tensor({1 << 20, 1 << 20, 1 << 20, 1 << 20}, {})), contains("2^28"));
    CHECK_THAT(tensor_problem(float_tensor(dims(17, 1), {1})), contains("16 dimensions"));
    CHECK_THAT(tensor_problem(tensor_of(1, {1 << 28}).real(5, 1).bytes), contains("repeated"));
    CHECK_THAT(tensor_problem(tensor_of(1, {1}).real(5, 1).real(5, 1).bytes), contains("at most 1 values"));
    CHECK_THAT(tensor_problem(tensor_of(1, {1}).text(5, "abc").bytes), contains("packed"));
    CHECK_THAT(tensor_problem(tensor_of(1, {1}).varint(5, 1).bytes), contains("wire type 2"));
    const temporary_directory folder;
    CHECK_THROWS_AS(aw::read_graph_def(folder.path() / "nothing"), aw::io_error);
    CHECK_THROWS_AS(aw::read_graph_def(folder.path()), aw::io_error);
}

TEST_CASE("truncated and damaged frozen graphs") {
    const every_attribute b;
    const temporary_directory folder;
    // Only a file that ends between two nodes is a file, too: five nodes, of which the last may be missing.
    CHECK(accepted_prefixes(folder, b.bytes(), load_graph_def) == 5);
    CHECK(fuzz(folder, b.bytes(), load_graph_def) > 0);
}
