// SPDX-License-Identifier: MIT
// What exporters write for transformers: tokens, heads, composites.
#include <alwann/io/onnx.hpp>

#include "catch.hpp"
#include "io/onnx_model.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace op = alwann::op;

namespace onnx_transformers_test {
namespace {

/// A file whose tensor "t" has tokens [images][count][channels], in the order of ours.
struct token_builder : model_builder {
    token_builder(std::int64_t count, std::int64_t channels, std::int64_t opset = 13)
        : model_builder({channels, 1, count}, opset) {
        integers("tokens", {0, channels, -1});
        node("Reshape", {"x", "tokens"}, {"r"});
        node("Transpose", {"r"}, {"t"}).set("perm", ints{0, 2, 1});
    }
    /// [images][heads][tokens][channels of the head] of `from`, or the last two exchanged.
    void heads(const std::string& from, const std::string& to, std::int64_t count, bool turned = false) {
        integers(to + "_shape", {0, 0, count, -1});
        node("Reshape", {from, to + "_shape"}, {to + "_split"});
        node("Transpose", {to + "_split"}, {to}).set("perm", turned ? ints{0, 2, 3, 1} : ints{0, 2, 1, 3});
    }
};

std::vector<float> some_values(std::size_t count) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<float>(static_cast<double>(i * 7919 % 97) / 40 - 1.2));
    }
    return values;
}

/// The message of the error that reading ends in.
std::string problem_of(const model_builder& m) {
    try {
        static_cast<void>(m.read());
    } catch (const alwann::unsupported_error& problem) {
        return problem.what();
    } catch (const alwann::error& problem) {
        return std::string("another: ") + problem.what();
    }
    return "none";
}

void layer_norm_nodes(token_builder& m, const std::string& of, bool power = true) {
    m.floats("two", {}, {2});
    m.floats("epsilon", {1}, {0.01F});
    m.node("ReduceMean", {of}, {"mean"}).set("axes", ints{-1});
    m.node("Sub", {of, "mean"}, {"d"});
    power ? m.node("Pow", {"d", "two"}, {"square"}) : m.node("Mul", {"d", "d"}, {"square"});
    m.node("ReduceMean", {"square"}, {"variance"}).set("axes", ints{-1});
    m.node("Add", {"variance", "epsilon"}, {"more"});
    m.node("Sqrt", {"more"}, {"deviation"});
    m.node("Div", {"d", "deviation"}, {"normal"}, "norm");
}

} // namespace

TEST_CASE("layer normalisation is read as one layer, also from the nodes it consists of") {
    const std::vector<float> gamma{1, 2, 3, 4}, beta{5, 6, 7, 8};
    for (const int form : {0, 1, 2}) {
        token_builder m(3, 4, form == 2 ? 17 : 13);
        m.floats("gamma", {4}, gamma);
        m.floats("beta", {4}, beta);
        if (form == 2) {
            m.node("LayerNormalization", {"t", "gamma", "beta"}, {"y"}).set("epsilon", 0.01F);
        } else {
            layer_norm_nodes(m, "t", form == 1);
            m.node("Mul", {"gamma", "normal"}, {"large"});
            m.node("Add", {"large", "beta"}, {"y"});
        }
        const auto network = m.read();
        CHECK(network.nodes().size() == 2);
        const auto& norm = last<op::layer_norm>(network);
        CHECK((norm.gamma == gamma && norm.beta == beta && norm.epsilon == 0.01F));
        CHECK(network.output_shape() == alwann::image_shape{1, 3, 4});
    }
    token_builder used(3, 4); // somebody else looks at the difference from the mean
    layer_norm_nodes(used, "t");
    used.node("Add", {"normal", "d"}, {"y"});
    CHECK_THAT(problem_of(used), contains("ReduceMean"));
    token_builder cube(3, 4);
    layer_norm_nodes(cube, "t");
    cube.model.mutable_graph()->mutable_initializer(1)->set_float_data(0, 3);
    cube.node("Relu", {"normal"}, {"y"});
    CHECK_THAT(problem_of(cube), contains("not supported"));
    token_builder tokens(3, 4, 17);
    tokens.floats("gamma", {3, 4}, std::vector<float>(12, 1));
    tokens.node("LayerNormalization", {"t", "gamma"}, {"y"}).set("axis", std::int64_t{1});
    CHECK_THAT(problem_of(tokens), contains("all channels"));
    token_builder wrong(3, 4, 17);
    wrong.floats("gamma", {3}, {1, 1, 1});
    wrong.node("LayerNormalization", {"t", "gamma"}, {"y"});
    CHECK_THAT(problem_of(wrong), contains("another") && contains("Scale"));
}

TEST_CASE("GELU is read as one function from any order of its factors; erf is one by itself") {
    const auto values = some_values(12);
    for (const int form : {0, 1, 2, 3}) {
        token_builder m(3, 4);
        m.floats("root", {}, {form == 3 ? 0.5F : std::sqrt(2.0F)});
        m.floats("inverse", {}, {std::sqrt(0.5F)});
        m.floats("half", {}, {0.5F});
        m.floats("one", {1}, {1});
        form == 2 ? m.node("Mul", {"t", "inverse"}, {"scaled"}) : m.node("Div", {"t", "root"}, {"scaled"});
        m.node("Erf", {"scaled"}, {"e"});
        m.node("Add", {"e", "one"}, {"sum"});
        if (form == 1) { // (x / 2) * (1 + erf)
            m.node("Mul", {"t", "half"}, {"h"});
            m.node("Mul", {"h", "sum"}, {"y"});
        } else {
            m.node("Mul", {"t", "sum"}, {"p"});
            m.node("Mul", {"p", "half"}, {"y"});
        }
        const auto network = m.read();
        CHECK(network.nodes().size() == (form == 3 ? 6 : 2));
        const auto found = evaluate(network, values);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double x = values[i];
            CHECK(found[i] ==
                  Approx(x / 2 * (1 + std::erf(form == 3 ? 2 * x : x / std::sqrt(2.0)))).margin(1e-6));
        }
    }
}

TEST_CASE("products of activations: rows, columns, factors before and after") {
    constexpr std::size_t tokens = 3, heads = 2, width = 2, channels = heads * width;
    const auto x = some_values(tokens * channels);
    token_builder m(tokens, channels);
    m.floats("quarter", {}, {0.25F});
    m.floats("two", {}, {2});
    m.heads("t", "q", heads);
    m.heads("t", "k", heads, true);
    m.heads("t", "v", heads);
    m.node("Mul", {"q", "quarter"}, {"smaller"});
    m.node("MatMul", {"smaller", "k"}, {"scores"}, "scores");
    m.node("Div", {"scores", "two"}, {"scaled"});
    m.node("MatMul", {"scaled", "v"}, {"mixed"}, "mixed");
    m.node("Transpose", {"mixed"}, {"turned"}).set("perm", ints{0, 2, 1, 3});
    m.integers("joined", {0, 0, -1});
    m.node("Reshape", {"turned", "joined"}, {"y"});
    const auto network = m.read();
    REQUIRE(network.nodes().size() == 3);
    const auto& scores = std::get<op::matrix_product>(network.nodes()[1].what);
    CHECK((scores.groups == heads && scores.second == alwann::weight_source::rows));
    CHECK(scores.factor == 0.125F);
    CHECK(last<op::matrix_product>(network).second == alwann::weight_source::columns);
    const auto found = evaluate(network, x);
    REQUIRE(found.size() == x.size());
    const auto at = [&](std::size_t t, std::size_t h, std::size_t i) {
        return double{x[(t * heads + h) * width + i]};
    };
    for (std::size_t t = 0; t < tokens; ++t) {
        for (std::size_t h = 0; h < heads; ++h) {
            for (std::size_t i = 0; i < width; ++i) {
                double sum = 0;
                for (std::size_t s = 0; s < tokens; ++s) {
                    sum += (at(t, h, 0) * at(s, h, 0) + at(t, h, 1) * at(s, h, 1)) / 8 * at(s, h, i);
                }
                CHECK(found[(t * heads + h) * width + i] == Approx(sum).margin(1e-6));
            }
        }
    }
}

TEST_CASE("parts of joined projections are slices, whichever operator takes them") {
    constexpr std::int64_t tokens = 3;
    const auto x = some_values(tokens * 12);
    for (const int form : {0, 1, 2, 3}) {
        token_builder m(tokens, 12);
        m.integers("shape", {0, 0, 3, 2, 2}); // which, head, channel of the head
        m.node("Reshape", {"t", "shape"}, {"split"});
        m.node("Transpose", {"split"}, {"parts"}).set("perm", ints{2, 0, 3, 1, 4});
        m.integers("axis", {0});
        if (form == 0) {
            m.node("Split", {"parts"}, {"a", "b", "c"}).set("axis", std::int64_t{0});
            m.node("Squeeze", {"b", "axis"}, {"one"});
        } else if (form == 1) {
            m.integers("index", {}, {-2});
            m.node("Gather", {"parts", "index"}, {"one"}).set("axis", std::int64_t{0});
        } else if (form == 2) {
            m.integers("first", {1});
            m.integers("last", {2});
            m.node("Slice", {"parts", "first", "last", "axis"}, {"b"});
            m.node("Squeeze", {"b", "axis"}, {"one"});
        } else {
            m.integers("sizes", {4, 4, 4});
            m.node("Split", {"t", "sizes"}, {"a", "flat", "c"}).set("axis", std::int64_t{-1});
            m.heads("flat", "one", 2);
        }
        m.node("Transpose", {"one"}, {"turned"}).set("perm", ints{0, 2, 1, 3});
        m.integers("joined", {0, 0, -1});
        m.node("Reshape", {"turned", "joined"}, {"y"});
        const auto network = m.read();
        CHECK(network.nodes().size() == 2);
        const auto found = evaluate(network, x);
        REQUIRE(found.size() == tokens * 4);
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(found[i] == x[i / 4 * 12 + 4 + i % 4]);
        }
    }
}

TEST_CASE("dense layers of tokens and of patches are convolutions") {
    const auto x = some_values(16); // 4 x 4, one channel
    for (const bool rows_first : {true, false}) {
        model_builder m({1, 4, 4});
        m.integers("patches", {-1, 2, 2, 2, 2});
        m.integers("rows", {-1, 4, 4});
        m.floats("w", {4, 1}, {1, 10, 100, 1000});
        m.floats("b", {1}, {0.5F});
        m.node("Reshape", {"x", "patches"}, {"split"});
        m.node("Transpose", {"split"}, {"near"})
            .set("perm", rows_first ? ints{0, 1, 3, 2, 4} : ints{0, 1, 3, 4, 2});
        m.node("Reshape", {"near", "rows"}, {"t"});
        m.node("MatMul", {"t", "w"}, {"p"});
        m.node("Add", {"b", "p"}, {"y"});
        const auto network = m.read();
        REQUIRE(network.nodes().size() == 2);
        CHECK(last<op::conv2d>(network).geometry.stride_height == 2);
        CHECK(last<op::conv2d>(network).bias == std::vector<float>{0.5F});
        const auto found = evaluate(network, x);
        for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t at = i / 2 * 8 + i % 2 * 2;
            const float right = x[at + 1], below = x[at + 4];
            CHECK(found[i] == Approx(0.5 + x[at] + 10 * (rows_first ? right : below) +
                                     100 * (rows_first ? below : right) + 1000 * x[at + 5])
                                  .epsilon(1e-5));
        }
    }
    token_builder m(3, 4);
    m.floats("w", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    m.node("MatMul", {"t", "w"}, {"y"});
    const auto tokens = some_values(12);
    const auto found = evaluate(m.read(), tokens);
    for (std::size_t i = 0; i < 6; ++i) {
        double sum = 0;
        for (std::size_t c = 0; c < 4; ++c) {
            sum += static_cast<double>(2 * c + i % 2 + 1) * tokens[i / 2 * 4 + c];
        }
        CHECK(found[i] == Approx(sum).margin(1e-5));
    }
}

TEST_CASE("a class token is joined with tokens; means of tokens, and one of them") {
    const auto x = some_values(12);
    token_builder m(3, 4);
    m.floats("token", {1, 1, 4}, {1, 2, 3, 4});
    m.floats("places", {1, 4, 4}, counting(16));
    m.node("Shape", {"t"}, {"shape"});
    m.integers("zero", {}, {0});
    m.integers("axis", {0});
    m.integers("rest", {-1, -1});
    m.node("Gather", {"shape", "zero"}, {"images"});
    m.node("Unsqueeze", {"images", "axis"}, {"list"});
    m.node("Concat", {"list", "rest"}, {"asked"}).set("axis", std::int64_t{0});
    m.integers("minus", {-1, -1, -1});
    m.integers("ones", {1, 1, 1});
    m.node("Equal", {"asked", "minus"}, {"open"});
    m.node("Where", {"open", "ones", "asked"}, {"target"});
    m.node("Expand", {"token", "target"}, {"repeated"});
    m.node("Concat", {"repeated", "t"}, {"all"}).set("axis", std::int64_t{1});
    m.node("Add", {"all", "places"}, {"placed"});
    m.integers("index", {}, {2});
    m.node("Gather", {"placed", "index"}, {"y"}).set("axis", std::int64_t{1});
    const std::vector<float> expected{x[4] + 8, x[5] + 9, x[6] + 10, x[7] + 11};
    CHECK(evaluate(m.read(), x) == expected);

    m.node("ReduceMean", {"placed"}, {"z"}).set("axes", ints{1}).set("keepdims", std::int64_t{0});
    m.model.mutable_graph()->mutable_output(0)->set_name("z");
    const auto means = evaluate(m.read(), x);
    for (std::size_t c = 0; c < 4; ++c) {
        const float token = static_cast<float>(c) + 1, places = 24 + 4 * static_cast<float>(c);
        CHECK(means[c] == Approx((token + x[c] + x[c + 4] + x[c + 8] + places) / 4).margin(1e-5));
    }
}

TEST_CASE("shapes with multiples of the number of images, as attention of PyTorch has them") {
    // [tokens][images][channels] -> [tokens][images * heads][width] -> [images * heads][tokens][width]
    token_builder m(3, 4);
    m.node("Transpose", {"t"}, {"s"}).set("perm", ints{1, 0, 2});
    m.node("Shape", {"s"}, {"shape"});
    m.integers("one", {}, {1});
    m.integers("two", {}, {2});
    m.integers("axis", {0});
    m.integers("tokens_list", {3});
    m.integers("width", {2});
    m.node("Gather", {"shape", "one"}, {"images"});
    m.node("Mul", {"images", "two"}, {"heads"});
    m.node("Unsqueeze", {"heads", "axis"}, {"heads_list"});
    m.node("Concat", {"tokens_list", "heads_list", "width"}, {"target"}).set("axis", std::int64_t{0});
    m.node("Reshape", {"s", "target"}, {"split"});
    m.node("Transpose", {"split"}, {"q"}).set("perm", ints{1, 0, 2});
    m.node("Transpose", {"split"}, {"k"}).set("perm", ints{1, 2, 0});
    m.node("MatMul", {"q", "k"}, {"scores"});
    m.node("Softmax", {"scores"}, {"y"}).set("axis", std::int64_t{-1});
    const auto network = m.read();
    REQUIRE(network.nodes().size() == 3);
    CHECK(std::get<op::matrix_product>(network.nodes()[1].what).groups == 2);
    CHECK(last<op::softmax>(network).groups == 2);
    const auto found = evaluate(network, some_values(2 * 12)); // two images
    REQUIRE(found.size() == 2 * 3 * 6);
    for (std::size_t i = 0; i < found.size(); i += 3) {
        CHECK(found[i] + found[i + 1] + found[i + 2] == Approx(1).epsilon(1e-6));
    }
}

TEST_CASE("what is not understood of transformers is named") {
    const auto with_heads = [](const std::string& operation, const ints& axes = {}) {
        token_builder m(3, 4);
        m.heads("t", "h", 2);
        auto node = m.node(operation, {"h"}, {"y"}, "the node");
        if (!axes.empty()) {
            node.set("axes", axes);
        }
        return problem_of(m);
    };
    CHECK_THAT(with_heads("GlobalAveragePool"), contains("the node") && contains("heads"));
    CHECK_THAT(with_heads("ReduceMean", {-1}), contains("the node") && contains("heads"));
    CHECK_THAT(with_heads("Flatten"), contains("the node") && contains("heads"));
    CHECK_THAT(with_heads("Sqrt"), contains("the node") && contains("Sqrt"));

    token_builder tokens(3, 4); // tokens with tokens, not channels with channels
    tokens.heads("t", "h", 2);
    tokens.node("MatMul", {"h", "h"}, {"y"}, "the node");
    CHECK_THAT(problem_of(tokens), contains("the node") && contains("rows and columns"));

    token_builder over(3, 4);
    over.heads("t", "h", 2);
    over.node("Softmax", {"h"}, {"y"}, "the node").set("axis", std::int64_t{1});
    CHECK_THAT(problem_of(over), contains("the node") && contains("side by side"));

    token_builder inner(3, 12); // [heads][which][width]: no range of channels
    inner.integers("shape", {0, 0, 2, 3, 2});
    inner.node("Reshape", {"t", "shape"}, {"split"});
    inner.integers("index", {}, {1});
    inner.node("Gather", {"split", "index"}, {"y"}, "the node").set("axis", std::int64_t{3});
    CHECK_THAT(problem_of(inner), contains("the node") && contains("parts of dimension 3"));

    token_builder mixed(3, 4); // tokens and channels in one dimension
    mixed.integers("shape", {0, 6, 2});
    mixed.node("Transpose", {"t"}, {"c"}).set("perm", ints{0, 2, 1});
    mixed.node("Reshape", {"c", "shape"}, {"y"}, "the node");
    CHECK_THAT(problem_of(mixed), contains("the node") && contains("[") && contains("6,2"));

    token_builder image(3, 4);
    image.integers("index", {}, {0});
    image.node("Gather", {"t", "index"}, {"y"}, "the node").set("axis", std::int64_t{0});
    CHECK_THAT(problem_of(image), contains("the node"));

    token_builder joined(3, 4);
    joined.floats("token", {1, 1, 3}, {1, 2, 3});
    joined.node("Concat", {"token", "t"}, {"y"}, "the node").set("axis", std::int64_t{1});
    CHECK_THAT(problem_of(joined), contains("the node") && contains("4 channels"));
}

} // namespace onnx_transformers_test
