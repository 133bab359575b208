// SPDX-License-Identifier: MIT
// ONNX files as such: tensors, metadata, and everything that can be wrong.
#include "catch.hpp"
#include "io/onnx_model.hpp"

#include <alwann/io/detail/onnx_tensor.hpp>
#include <alwann/io/onnx_writer.hpp>

#include <array>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <locale>

namespace op = alwann::op;
using alwann::image_shape;
using proto = ::onnx::TensorProto;

namespace {

/// Convolution, ReLU, pooling, dense.
struct small_network : model_builder {
    small_network() : model_builder({1, 4, 4}) {
        floats("w", {2, 1, 3, 3}, counting(18));
        floats("b", {2}, counting(2));
        floats("d", {3, 2}, counting(6));
        integers("target", {-1, 2});
        node("Conv", {"x", "w", "b"}, {"c"}, "conv").set("pads", ints{1, 1, 1, 1});
        node("Relu", {"c"}, {"r"}, "relu");
        node("GlobalAveragePool", {"r"}, {"p"}, "pool");
        node("Reshape", {"p", "target"}, {"f"}, "flat");
        node("Gemm", {"f", "d"}, {"y"}, "dense").set("transB", std::int64_t{1});
    }
};

/// The field that is complained about.
std::string problem_of(const model_builder& m) {
    try {
        static_cast<void>(m.read());
    } catch (const alwann::format_error& problem) {
        return problem.field();
    } catch (const alwann::unsupported_error& problem) {
        return "unsupported: " + problem.node() + ", " + problem.operation();
    } catch (const alwann::error& problem) {
        return problem.what();
    }
    return "none";
}

const auto load_onnx = [](const auto& path) { return alwann::read_onnx(path); };

} // namespace

TEST_CASE("a whole ONNX network") {
    small_network m;
    auto& note = *m.model.add_metadata_props();
    note.set_key("normalize");
    note.set_value("0.5/0.25");
    m.node("LSTM", {"x"}, {"unused"}); // leads nowhere, so it does not matter
    const auto network = m.read();
    REQUIRE(network.nodes().size() == 5);
    CHECK(network.nodes()[1].name == "conv");
    CHECK(network.output_shape() == image_shape{1, 1, 3});
    CHECK(network.metadata.at("normalize") == "0.5/0.25");
    CHECK_THAT(network.source(), contains("model.onnx"));
}

TEST_CASE("old files list initializers among the inputs") {
    small_network m;
    m.model.mutable_graph()->add_input()->set_name("w");
    CHECK(m.read().nodes().size() == 5);
    m.model.mutable_graph()->add_input()->set_name("second");
    CHECK(problem_of(m) == "graph.input");
}

TEST_CASE("weights in every type and encoding") {
    const auto scale_of = [](auto fill) {
        model_builder m({2, 1, 1});
        fill(m, m.tensor("s", {1, 2, 1, 1}, proto::FLOAT));
        m.node("Mul", {"x", "s"}, {"y"});
        return last<op::scale_channels>(m.read()).scale;
    };
    const std::vector<float> expected{1.5F, -2};
    CHECK(scale_of([](auto&, auto& t) { t.set_raw_data(std::string("\0\0\xC0\x3F\0\0\0\xC0", 8)); }) ==
          expected);
    CHECK(scale_of([](auto&, auto& t) {
              t.set_data_type(proto::DOUBLE);
              t.add_double_data(1.5);
              t.add_double_data(-2);
          }) == expected);
    CHECK(scale_of([](auto&, auto& t) {
              t.set_data_type(proto::FLOAT16);
              t.add_int32_data(0x3E00);
              t.add_int32_data(0xC000);
          }) == expected);
    CHECK(scale_of([](auto&, auto& t) {
              t.set_data_type(proto::BFLOAT16);
              t.set_raw_data(std::string("\xC0\x3F\0\xC0", 4));
          }) == expected);
    CHECK(scale_of([](auto& m, auto& t) { // beside the model
              m.folder.write("weights.bin", std::string("1234\0\0\xC0\x3F\0\0\0\xC0more", 16));
              t.set_data_location(proto::EXTERNAL);
              for (const auto& [key, value] : std::array<std::pair<const char*, const char*>, 3>{
                       {{"location", "weights.bin"}, {"offset", "4"}, {"length", "8"}}}) {
                  auto& entry = *t.add_external_data();
                  entry.set_key(key);
                  entry.set_value(value);
              }
          }) == expected);
    CHECK(alwann::detail::from_float16(0x0001) == std::ldexp(1.0F, -24));
    CHECK(alwann::detail::from_float16(0x7BFF) == 65504);
    CHECK(alwann::detail::from_float16(0xFC00) == -std::numeric_limits<float>::infinity());
    CHECK(std::isnan(alwann::detail::from_float16(0x7E00)));
}

TEST_CASE("external weights stay in the model's folder") {
    const auto read = [](const std::string& location, const std::string& offset = "0") {
        model_builder m({2, 1, 1});
        m.folder.write("short.bin", "1234567");
        auto& t = m.tensor("s", {1, 2, 1, 1}, proto::FLOAT);
        t.set_data_location(proto::EXTERNAL);
        auto& entry = *t.add_external_data();
        entry.set_key("location");
        entry.set_value(location);
        auto& from = *t.add_external_data();
        from.set_key("offset");
        from.set_value(offset);
        std::error_code ignored;
        std::filesystem::create_symlink("/etc/passwd", m.folder.path() / "link", ignored);
        m.node("Mul", {"x", "s"}, {"y"});
        return m.read();
    };
    for (const char* location : {"", "/etc/passwd", "../model.onnx", "a/../../b", "link"}) {
        CHECK_THROWS_AS(read(location), alwann::format_error);
    }
    CHECK_THROWS_AS(read("short.bin"), alwann::format_error);
    for (const char* offset : {"x", "-1", "1e3", "99999999999999999999", "4000"}) {
        CHECK_THROWS_AS(read("short.bin", offset), alwann::format_error);
    }
    CHECK_THROWS_AS(read("missing.bin"), alwann::io_error);
}

TEST_CASE("an operator without a counterpart is named") {
    small_network m;
    m.model.mutable_graph()->mutable_node(1)->set_op_type("LSTM");
    CHECK(problem_of(m) == "unsupported: relu, LSTM");
    m.model.mutable_graph()->mutable_node(1)->set_op_type("Relu");
    m.model.mutable_graph()->mutable_node(1)->set_domain("com.example");
    CHECK(problem_of(m) == "unsupported: relu, com.example::Relu");
    m.model.mutable_graph()->mutable_node(1)->set_domain("ai.onnx");
    CHECK(problem_of(m) == "none");
    CHECK_THROWS_WITH(
        [&] {
            m.model.mutable_graph()->mutable_node(1)->set_op_type("Mish");
            static_cast<void>(m.read());
        }(),
        contains("model.onnx") && contains("relu") && contains("Mish"));
}

TEST_CASE("what is wrong with a file is named") {
    const auto after = [](auto change) {
        small_network m;
        change(*m.model.mutable_graph(), m);
        return problem_of(m);
    };
    using graph_proto = ::onnx::GraphProto;
    CHECK(after([](graph_proto&, auto& m) { m.model.clear_graph(); }) == "content");
    CHECK(after([](graph_proto&, auto& m) { m.model.clear_opset_import(); }) == "opset_import");
    CHECK(after([](graph_proto&, auto& m) { m.model.mutable_opset_import(0)->set_version(6); }) ==
          "opset_import");
    CHECK(after([](graph_proto&, auto& m) { m.model.mutable_opset_import(0)->set_version(19); }) ==
          "opset_import");
    CHECK(after([](graph_proto& g, auto&) { g.clear_input(); }) == "graph.input");
    CHECK(after([](graph_proto& g, auto&) { g.clear_output(); }) == "graph.output");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_output(0)->set_name("z"); }) == "output 'z'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_output(0)->set_name("w"); }) == "output 'w'");
    CHECK(after([](graph_proto&, auto& m) { m.input_dims().clear_dim(); }) == "input 'x' shape");
    CHECK(after([](graph_proto&, auto& m) { m.input_dims().mutable_dim(2)->set_dim_param("height"); }) ==
          "input 'x' dimension 2");
    CHECK(after([](graph_proto&, auto& m) { m.input_dims().mutable_dim(1)->set_dim_value(0); }) ==
          "input 'x' dimension 1");
    CHECK(after([](graph_proto&, auto& m) { m.input_dims().mutable_dim(3)->set_dim_value(-4); }) ==
          "input 'x' dimension 3");
    CHECK(after([](graph_proto&, auto& m) {
              for (int i = 1; i < 4; ++i) {
                  m.input_dims().mutable_dim(i)->set_dim_value(1 << 24);
              }
          }) == "input 'x' shape");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(proto::STRING);
          }) == "input 'x' type");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_initializer()->DeleteSubrange(0, 1); }) ==
          "node 'conv' (Conv) input 'w'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_initializer(1)->set_name("w"); }) == "tensor 'w'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_initializer(0)->set_dims(0, 3); }) == "tensor 'w'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_initializer(0)->set_raw_data("abc"); }) ==
          "tensor 'w' raw_data");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_initializer(0)->set_dims(0, -1); }) ==
          "tensor 'w' dims");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62);
              g.mutable_initializer(0)->set_dims(1, 4);
          }) == "tensor 'w' dims");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_initializer(0)->set_data_type(proto::STRING); }) ==
          "tensor 'w' data_type");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_initializer(0)->set_dims(0, 0);
              g.mutable_initializer(0)->clear_float_data();
          }) == "node 'conv' (Conv) weights");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(0)->set_input(1, "target"); }) ==
          "node 'conv' (Conv) input 'target'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(0)->set_input(1, ""); }) ==
          "node 'conv' (Conv) input 1");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(0)->set_input(1, "x"); }) ==
          "unsupported: conv, Conv");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_node(0)->mutable_attribute(0)->set_type(::onnx::AttributeProto::FLOAT);
          }) == "node 'conv' (Conv) attribute 'pads'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(0)->mutable_attribute(0)->add_ints(1); }) ==
          "node 'conv' (Conv) attribute 'pads'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(0)->mutable_attribute(0)->set_ints(0, -1); }) ==
          "unsupported: conv, Conv");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_node(0)->mutable_attribute(0)->set_ints(0, std::numeric_limits<std::int64_t>::max());
          }) == "node 'conv' (Conv) attribute 'pads'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node()->SwapElements(0, 1); }) ==
          "node 'relu' (Relu) input 'c'");
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(0)->set_input(0, "r"); }) ==
          "node 'conv' (Conv) input 'r'"); // a cycle
    CHECK(after([](graph_proto& g, auto&) { g.mutable_node(1)->set_output(0, "c"); }) ==
          "node 'pool' (GlobalAveragePool) input 'r'");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_node(1)->set_output(0, "c");
              g.mutable_node(2)->set_input(0, "c");
          }) == "node 'relu' (Relu) output 'c'");
    CHECK(after([](graph_proto& g, auto&) {
              g.mutable_initializer(2)->set_dims(1, 3), g.mutable_initializer(2)->set_dims(0, 2);
          }) == "node 'dense' (Gemm) weights");
    CHECK_THAT(after([](graph_proto& g, auto&) {
                   g.mutable_initializer(0)->set_float_data(4, std::numeric_limits<float>::quiet_NaN());
               }),
               contains("conv") && contains("weights"));
    CHECK_THAT(after([](graph_proto& g, auto&) {
                   g.mutable_initializer(2)->set_float_data(1, -std::numeric_limits<float>::infinity());
               }),
               contains("model.onnx") && contains("dense") && contains("weights") && contains("inf"));
    CHECK(after([](graph_proto& g, auto&) { // 8 GiB of weights that are not there: nothing is allocated
              g.mutable_initializer(0)->set_dims(0, std::int64_t{1} << 31);
              g.mutable_initializer(0)->set_dims(2, 1);
              g.mutable_initializer(0)->set_dims(3, 1);
          }) == "tensor 'w'");
    CHECK(after([](graph_proto& g, auto& m) { // and none of constants that a few bytes ask for
              m.integers("shape", {1 << 14, 1 << 14});
              m.node("ConstantOfShape", {"shape"}, {"large"}, "large");
              g.mutable_node(0)->set_input(1, "large");
              for (int i = 5; i > 0; --i) {
                  g.mutable_node()->SwapElements(i, i - 1);
              }
          }) == "node 'large' (ConstantOfShape) result");
}

namespace {

/// QuantizeLinear, a convolution of codes, QuantizeLinear.
struct quantised_network : model_builder {
    quantised_network() : model_builder({2, 3, 3}) {
        floats("s", {}, {0.125F});
        floats("sw", {2}, {0.25F, 0.5F});
        tensor("z", {}, proto::UINT8).add_int32_data(128);
        tensor("zw", {2}, proto::INT8).mutable_int32_data()->Resize(2, 0);
        auto& codes = tensor("w", {2, 2, 1, 1}, proto::INT8);
        for (const int code : {1, -2, 3, 127}) {
            codes.add_int32_data(code);
        }
        tensor("b", {2}, proto::INT32).mutable_int32_data()->Resize(2, 7);
        node("QuantizeLinear", {"x", "s", "z"}, {"xq"}, "quantise");
        node("QLinearConv", {"xq", "s", "z", "w", "sw", "zw", "s", "z", "b"}, {"yq"}, "conv");
        node("DequantizeLinear", {"yq", "s", "z"}, {"y"}, "last");
    }
};

/// What is wrong with a changed one.
template <class Change>
std::string problem_after(Change change) {
    quantised_network m;
    change(*m.model.mutable_graph(), m);
    try {
        static_cast<void>(alwann::read_quantized_onnx(m.folder.write("model.onnx", m.bytes())));
    } catch (const alwann::format_error& problem) {
        CHECK_THAT(problem.what(), contains("model.onnx"));
        return problem.field();
    } catch (const alwann::unsupported_error& problem) {
        CHECK_THAT(problem.what(), contains("model.onnx"));
        return "unsupported: " + problem.node() + ", " + problem.operation();
    } catch (const alwann::error& problem) {
        return problem.what();
    }
    return "none";
}

} // namespace

TEST_CASE("a name of two lines, and a locale of its own, change nothing in what is written and read back") {
    quantised_network m;
    m.model.mutable_graph()->mutable_node(1)->set_name("conv\nof two lines \\n");
    auto network = alwann::read_quantized_onnx(m.folder.write("model.onnx", m.bytes()));
    REQUIRE(network.convolutions().size() == 1);
    struct decimal_comma : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\1"; }
    };
    auto nodes = network.nodes();
    nodes.back().scale.lowest = 13; // something to take note of
    std::get<alwann::quantized_convolution>(nodes.back().what).output.lowest = 13;
    const alwann::network noted(std::move(nodes), "noted");
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new decimal_comma));
    const auto file = m.folder.path() / "written.onnx";
    alwann::write_onnx(noted, file);
    std::locale::global(before);
    const auto again = alwann::read_quantized_onnx(file);
    CHECK(again == noted);
    CHECK(again.convolutions().size() == 1);
}

TEST_CASE("constant weights in codes of ONNX Runtime's own domain are read") {
    const auto read = [](bool own_domain) {
        model_builder m({2, 3, 3});
        m.floats("s", {}, {0.125F});
        m.tensor("z", {}, proto::UINT8).add_int32_data(128);
        m.floats("sw", {}, {0.25F});
        m.tensor("zw", {}, proto::INT8).add_int32_data(0);
        auto& codes = m.tensor("w", {2, 2, 1, 1}, proto::INT8);
        for (const int code : {1, -2, 3, 127}) {
            codes.add_int32_data(code);
        }
        const auto add = [&](const char* operation, const names& inputs, const names& outputs) {
            const auto made = m.node(operation, inputs, outputs, outputs.front());
            if (own_domain) {
                made.proto.set_domain("com.microsoft");
            }
        };
        add("QuantizeLinear", {"x", "s", "z"}, {"xq"});
        add("DequantizeLinear", {"xq", "s", "z"}, {"xd"});
        add("DequantizeLinear", {"w", "sw", "zw"}, {"wd"});
        m.node("Conv", {"xd", "wd"}, {"c"}, "conv");
        add("QuantizeLinear", {"c", "s", "z"}, {"cq"});
        add("DequantizeLinear", {"cq", "s", "z"}, {"y"});
        return alwann::read_quantized_onnx(m.folder.write("model.onnx", m.bytes()));
    };
    CHECK(read(true) == read(false));
}

TEST_CASE("what is wrong with a quantised file is named") {
    using graph_proto = ::onnx::GraphProto;
    CHECK(problem_after([](graph_proto&, auto&) {}) == "none");
    for (const float scale :
         {0.0F, -1.0F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        CHECK(problem_after([&](graph_proto& g, auto&) {
                  g.mutable_initializer(0)->set_float_data(0, scale);
              }) == "node 'quantise' (QuantizeLinear) scale 's'");
        CHECK(problem_after([&](graph_proto& g, auto&) {
                  g.mutable_initializer(1)->set_float_data(1, scale);
              }) == "node 'conv' (DequantizeLinear) scale 'sw'");
    }
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_initializer(2)->set_data_type(proto::INT32);
          }) == "node 'quantise' (QuantizeLinear) zero point 'z'"); // of a type, and not 0
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_initializer(2)->set_data_type(proto::INT64);
          }) == "tensor 'z'");
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_initializer(3)->set_data_type(proto::UINT8);
          }) == "node 'conv' (DequantizeLinear) zero point"); // that of the codes
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_initializer(1)->set_dims(0, 1);
              g.mutable_initializer(1)->mutable_float_data()->Truncate(1);
          }) == "node 'conv' (DequantizeLinear) zero point 'zw'"); // one scale, two zero points
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_initializer(1)->set_dims(0, 3);
              g.mutable_initializer(1)->add_float_data(1);
              g.mutable_initializer(3)->set_dims(0, 3);
              g.mutable_initializer(3)->add_int32_data(0);
          }) == "node 'conv' (QLinearConv) bias 'b'"); // three outputs
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_initializer(5)->set_data_type(proto::INT64);
          }) == "tensor 'b'");
    CHECK(problem_after([](graph_proto& g, auto&) { g.mutable_node(1)->set_input(8, "s"); }) ==
          "node 'conv' (QLinearConv) input 's'"); // a bias of floats
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_node(1)->mutable_input()->DeleteSubrange(7, 2);
          }) == "node 'conv' (QLinearConv) inputs");
    CHECK(problem_after([](graph_proto& g, auto&) { g.mutable_node(1)->set_input(1, "sw"); }) ==
          "node 'conv' (QLinearConv) bias 'b'"); // several scales of an activation
    CHECK(problem_after([](graph_proto& g, auto& m) {
              m.floats("other", {}, {0.5F});
              g.mutable_node(2)->set_input(1, "other");
          }) == "unsupported: last, DequantizeLinear"); // other codes than there are
    CHECK(problem_after([](graph_proto& g, auto&) { g.mutable_node(2)->set_input(0, "x"); }) ==
          "node 'last' (DequantizeLinear) input 'x'"); // no codes
    CHECK(problem_after([](graph_proto& g, auto&) {
              g.mutable_node(2)->set_op_type("Relu");
              g.mutable_node(2)->mutable_input()->DeleteSubrange(1, 2);
          }) == "unsupported: last, Relu"); // of codes
    CHECK(problem_after([](graph_proto& g, auto& m) {
              g.mutable_node()->DeleteSubrange(0, 3);
              m.node("Relu", {"x"}, {"y"}, "relu");
          }) == "unsupported: input, input"); // nothing is quantised
    CHECK(problem_after([](graph_proto& g, auto& m) {
              g.mutable_node(2)->set_output(0, "d");
              m.floats("real", {2, 2, 1, 1}, counting(4));
              m.node("Conv", {"d", "real"}, {"y"}, "floats");
          }) == "unsupported: floats, conv2d 1x1"); // weights without codes
    CHECK(problem_after([](graph_proto& g, auto& m) {
              g.mutable_node(2)->set_output(0, "d");
              m.node("GlobalAveragePool", {"d"}, {"y"}, "mean");
          }) == "unsupported: mean, global average pool"); // nothing behind it
    CHECK(problem_after([](graph_proto& g, auto& m) {
              g.mutable_node(2)->set_output(0, "d");
              m.node("GlobalAveragePool", {"d"}, {"p"}, "mean");
              m.node("Sigmoid", {"p"}, {"f"}, "function");
              m.node("QuantizeLinear", {"f", "s", "z"}, {"q"}, "behind");
              m.node("DequantizeLinear", {"q", "s", "z"}, {"y"});
          }) == "unsupported: function, sigmoid"); // nothing between
    CHECK(problem_after([](graph_proto&, auto& m) {
              auto& note = *m.model.add_metadata_props();
              note.set_key("alwann.scales");
              note.set_value("0 255 0 255 0 -1 conv");
          }) == "metadata 'alwann.scales'");
    const quantised_network m;
    const auto load_codes = [](const auto& path) { return alwann::read_quantized_onnx(path); };
    CHECK(accepted_prefixes(m.folder, m.bytes(), load_codes) == 0);
    CHECK(fuzz(m.folder, m.bytes(), load_codes, 5, std::chrono::milliseconds(1000)) > 0);
}

TEST_CASE("models that cannot be read") {
    const temporary_directory folder;
    CHECK_THROWS_AS(alwann::read_onnx(folder.path() / "missing.onnx"), alwann::io_error);
    CHECK_THROWS_AS(alwann::read_onnx(folder.path()), alwann::io_error);
    CHECK_THROWS_AS(alwann::read_onnx(folder.write("empty.onnx", "")), alwann::format_error);
    CHECK_THROWS_AS(alwann::read_onnx(folder.write("text.onnx", "not a model\n")), alwann::format_error);
}

TEST_CASE("damaged ONNX files break nothing") {
    const small_network m;
    CHECK(accepted_prefixes(m.folder, m.bytes(), load_onnx) == 0);
    CHECK(fuzz(m.folder, m.bytes(), load_onnx, 3, std::chrono::milliseconds(2000)) > 0);
}

TEST_CASE("thousands of nodes in a row need no deep stack") {
    model_builder m({1, 1, 1});
    std::string from = "x";
    for (int i = 0; i < 20000; ++i) {
        const std::string to = "t" + std::to_string(i);
        m.node("Relu", {from}, {to});
        from = to;
    }
    m.model.mutable_graph()->mutable_output(0)->set_name(from);
    CHECK(m.read().nodes().size() == 20001);
}
