// SPDX-License-Identifier: MIT
// Quantised TensorFlow graphs, and the reference runs of the ALWANN authors' one.
#include <alwann/compensation/batch_tuning.hpp>
#include <alwann/io/bytes.hpp>
#include <alwann/io/detail/little_endian.hpp>
#include <alwann/io/detail/npy_header.hpp>
#include <alwann/io/npy.hpp>
#include <alwann/io/tensorflow_quantised.hpp>
#include <alwann/multiplier/table_file.hpp>
#include <alwann/nn/batch_inference.hpp>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "catch.hpp"
#include "io/graph_def_builder.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace aw = alwann;
using aw::image_shape;

namespace {

/// What the quantisation tool writes for: scaling, convolution, batch normalisation, ReLU, mean, dense, bias.
struct quantised_graph : graph_def_builder {
    explicit quantised_graph(const std::string& convolution = "AxConv2D") {
        placeholder("x", {-1, 4, 4, 1});
        constant("half", float_tensor({}, {0.5F}));
        node("RealDiv", "scaled", {"x:0", "half"});
        quantise("scaled");
        constant("w", code_tensor({3, 3, 1, 2},
                                  {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 9, 5, 100, 200, 255, 1}));
        constant("w_min", float_tensor({}, {-1}));
        constant("w_max", float_tensor({}, {2}));
        node(convolution, "c", {"scaled/q:0", "w", "scaled/q:1", "scaled/q:2", "w_min", "w_max"})
            .set("strides", dims{1, 2, 2, 1})
            .set("padding", "SAME");
        requantise("c");
        decode("c/r", "cf");
        constant("gamma", float_tensor({2}, {2, 3}));
        constant("beta", float_tensor({2}, {0.5F, -1}));
        constant("none", float_tensor({0}, {}));
        node("FusedBatchNorm", "n", {"cf", "gamma", "beta", "none", "none"})
            .set("is_training", true)
            .set("epsilon", 0.001F);
        quantise("n");
        node("QuantizedRelu", "relu", {"n/q:0", "n/q:1", "n/q:2"});
        decode("relu", "rf");
        constant("axes", integer_tensor({2}, {1, 2}));
        node("Mean", "m", {"rf", "axes"});
        quantise("m");
        constant("d", float_tensor({2, 3}, {1, -2, 3, -4, 5, 6}));
        quantise("d");
        node("QuantizedMatMul", "product", {"m/q:0", "d/q:0", "m/q:1", "m/q:2", "d/q:1", "d/q:2"});
        requantise("product");
        constant("b", float_tensor({3}, {1, -1, 2}));
        quantise("b");
        node("QuantizedBiasAdd", "biased",
             {"product/r:0", "b/q", "product/r:1", "product/r:2", "b/q:1", "b/q:2"});
        requantise("biased");
        decode("biased/r", "y");
    }

    void quantise(const std::string& of) {
        constant(of + "/all", integer_tensor({1}, {-1}));
        constant(of + "/axis", integer_tensor({1}, {0}));
        node("Reshape", of + "/flat", {of, of + "/all"});
        node("Min", of + "/min", {of + "/flat", of + "/axis"});
        node("Max", of + "/max", {of + "/flat", of + "/axis"});
        node("QuantizeV2", of + "/q", {of, of + "/min", of + "/max"}).type("T", 12).set("mode", "MIN_FIRST");
    }
    void requantise(const std::string& of) {
        node("RequantizationRange", of + "/range", {of + ":0", of + ":1", of + ":2"});
        node("Requantize", of + "/r", {of + ":0", of + ":1", of + ":2", of + "/range:0", of + "/range:1"});
    }
    void decode(const std::string& of, const std::string& name) {
        node("Dequantize", name, {of + ":0", of + ":1", of + ":2"}).type("T", 12).set("mode", "MIN_FIRST");
    }
};

std::string quantised_problem_of(const graph_def_builder& b, const std::string& output) {
    try {
        (void)aw::read_tensorflow_quantised(b.write(), output);
    } catch (const aw::unsupported_error& problem) {
        return "unsupported: " + problem.node() + ", " + problem.operation();
    } catch (const aw::format_error& problem) {
        return problem.field();
    } catch (const aw::error& problem) {
        return problem.what();
    }
    return "none";
}

/// The data that the reference runs lie in; none: not there.
std::optional<std::filesystem::path> reference_data() {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr) {
        WARN("skipped: ALWANN_TEST_DATA is not set");
        return std::nullopt;
    }
    return std::filesystem::path(data);
}

template <class Number>
std::vector<Number> read_integers(const std::filesystem::path& path) {
    return std::get<std::vector<Number>>(aw::read_npy(path).values);
}

std::vector<float> read_floats(const std::filesystem::path& path) {
    const std::string bytes = aw::read_file(path);
    const auto header = aw::detail::read_npy_header(path.string(), bytes);
    REQUIRE(header.type == "<f4");
    std::vector<float> values;
    for (std::size_t i = 0; i < header.count; ++i) {
        values.push_back(aw::detail::load_little_endian<float>(bytes.data() + header.length + 4 * i));
    }
    return values;
}

/// The authors' network on the accurate multiplier, weights tuned (which changes none), and 64 images.
struct reference_run {
    std::filesystem::path folder;
    aw::batch_network network;
    aw::batch_design design;
    std::vector<std::uint8_t> images;

    explicit reference_run(const std::filesystem::path& data, const std::string& file)
        : folder(data / "alwann2019"),
          network(aw::read_tensorflow_quantised(data / "networks" / file)),
          design(aw::tuned_design(
              network,
              std::vector<aw::table>(network.convolutions().size(),
                                     aw::read_table(data / "evoapprox" / "tables" / "mul8u_1JFF.bin")))),
          images(read_integers<std::uint8_t>(folder / "golden_1JFF" / "images64_u8_nhwc.npy")) {}
};

/// Whether the result's codes and logits are those of the files.
void check_result(const aw::batch_result& result, const std::filesystem::path& codes,
                  const std::filesystem::path& logits) {
    const auto expected_codes = read_integers<std::uint8_t>(codes);
    CHECK(std::vector<std::uint8_t>(result.codes->begin(), result.codes->end()) == expected_codes);
    const auto reals = result.reals();
    CHECK(std::vector<float>(reals.begin(), reals.end()) == read_floats(logits));
}

/// The frozen statistics of the reference run, which names them after what they belong to.
aw::batch_statistics read_statistics(const aw::batch_network& network, const nlohmann::json& file) {
    aw::batch_statistics result(network.nodes().size());
    const auto range = [&](const std::string& name) {
        return aw::code_interval{file.at(name).at(0).get<float>(), file.at(name).at(1).get<float>()};
    };
    std::vector<std::string> names(network.nodes().size()); // "conv3", passed on by nodes between
    int convolutions = 0, sums = 0, paddings = 0, shortcuts = 0;
    for (std::size_t i = 1; i < names.size(); ++i) {
        const auto& node = network.nodes()[i];
        names[i] = names[node.inputs[0]];
        if (const auto* layer = std::get_if<aw::batch_op::convolution>(&node.what)) {
            names[i] = layer->approximable ? "conv" + std::to_string(convolutions++) : "dense";
        } else if (std::holds_alternative<aw::batch_op::add>(node.what)) {
            names[i] = "add" + std::to_string(sums++);
        } else if (std::holds_alternative<aw::batch_op::add_bias>(node.what)) {
            names[i] = "bias";
        } else if (const auto* pad = std::get_if<aw::batch_op::pad>(&node.what)) {
            names[i] = pad->amounts.before[0] > 0 ? "pad" + std::to_string(++paddings)
                                                  : "short" + std::to_string(++shortcuts);
        } else if (std::holds_alternative<aw::batch_op::mean>(node.what)) {
            names[i] = "pooled";
        } else if (std::holds_alternative<aw::batch_op::arithmetic>(node.what)) {
            names[i] = "input";
        } else if (std::holds_alternative<aw::batch_op::requantise>(node.what)) {
            result[i].range = range(names[i] + "/requant_range");
        } else if (std::holds_alternative<aw::batch_op::normalise>(node.what)) {
            result[i].moments = {file.at(names[i] + "/bn_mean").get<std::vector<float>>(),
                                 file.at(names[i] + "/bn_var").get<std::vector<float>>()};
        } else if (std::holds_alternative<aw::batch_op::encode>(node.what)) {
            const bool normalised =
                std::holds_alternative<aw::batch_op::normalise>(network.nodes()[node.inputs[0]].what);
            result[i].range = range(names[i] + (normalised ? "/bn_out_range" : "/range"));
        }
    }
    return result;
}

nlohmann::json read_json(const std::filesystem::path& path) {
    std::ifstream file(path);
    return nlohmann::json::parse(file);
}

} // namespace

TEST_CASE("a whole quantised TensorFlow network") {
    for (const std::string convolution : {"AxConv2D", "QuantizedConv2D"}) {
        const quantised_graph b(convolution);
        const auto graph = aw::read_graph_def(b.write());
        CHECK(aw::is_quantised(graph));
        const auto network = aw::read_tensorflow_quantised(graph);
        CHECK(network.input_shape() == image_shape{4, 4, 1});
        CHECK(network.classes() == 3);
        REQUIRE(network.convolutions().size() == 1);
        const auto& layer = network.convolution(0);
        CHECK(layer.weights[1] == 20); // the second position of the first output
        CHECK(layer.range == aw::code_interval{-1, 2});
        CHECK(network.shape_of(network.convolutions()[0], 5).positions() == 20);
        CHECK(network.nodes().size() == 17);
        const std::vector<std::uint8_t> images(32, 77);
        const auto logits = aw::run(network, aw::uniform_design(network, aw::tabulate(aw::exact{})), images);
        CHECK(logits.size() == 6);
    }
}

TEST_CASE("what is wrong in a quantised TensorFlow graph is named") {
    CHECK(quantised_problem_of(quantised_graph(), "y") == "none");
    CHECK(quantised_problem_of(quantised_graph(), "biased") == "result 'biased'");
    CHECK(quantised_problem_of(quantised_graph(), "w") == "graph");
    const auto with = [](const std::string& operation, const names& inputs, bool min_first = true) {
        quantised_graph b;
        b.node(operation, "bad", inputs);
        if (min_first) {
            b.set("mode", "MIN_FIRST");
        }
        return quantised_problem_of(b, "bad");
    };
    CHECK(with("Relu", {"x"}) == "unsupported: bad, Relu");
    CHECK(with("QuantizeV2", {"n", "n/min", "n/max"}, false) == "unsupported: bad, QuantizeV2");
    CHECK(with("QuantizeV2", {"n", "n/max", "n/min"}) == "unsupported: bad, QuantizeV2");
    CHECK(with("QuantizeV2", {"n", "scaled/min", "scaled/max"}) == "unsupported: bad, QuantizeV2");
    CHECK(with("QuantizeV2", {"n", "w_min", "w_max"}) == "unsupported: bad, QuantizeV2");
    CHECK(with("QuantizeV2", {"n"}) == "node 'bad' (QuantizeV2) inputs");
    CHECK(with("Dequantize", {"relu:0", "n/q:1", "n/q:2"}) == "unsupported: bad, Dequantize");
    CHECK(with("Dequantize", {"relu:0", "relu:2", "relu:1"}) == "unsupported: bad, Dequantize");
    CHECK(with("Requantize", {"c:0", "c:1", "c:2", "product/range:0", "product/range:1"}) ==
          "unsupported: bad, Requantize");
    CHECK(with("Identity", {"n/q:1"}) == "unsupported: bad, Identity");
    CHECK(with("Identity", {"n:1"}) == "unsupported: bad, Identity");
    CHECK(with("Max", {"n", "n/axis"}) == "unsupported: bad, Max");
    CHECK(with("Reshape", {"n", "axes"}) == "unsupported: bad, Reshape");
    CHECK(with("QuantizedAvgPool", {"relu:0", "relu:1", "relu:2"}) ==
          "node 'bad' (QuantizedAvgPool) attribute 'padding'");
    CHECK_THAT(with("QuantizedRelu", {"c:0", "c:1", "c:2"}), contains("expected codes, found sums"));
    CHECK_THAT(with("QuantizedAdd", {"relu:0", "m/q:0", "relu:1", "relu:2", "m/q:1", "m/q:2"}),
               contains("cannot add"));
    CHECK(with("AxConv2D", {"relu:0", "w", "relu:1", "relu:2", "w_min", "w_max"}) ==
          "node 'bad' (AxConv2D) weights");
    CHECK(with("AxConv2D", {"scaled/q:0", "gamma", "scaled/q:1", "scaled/q:2", "w_min", "w_max"}) ==
          "node 'bad' (AxConv2D) input 1");
    CHECK(with("AxConv2D", {"scaled/q:0", "w", "scaled/q:1", "scaled/q:2", "gamma", "w_max"}) ==
          "node 'bad' (AxConv2D) lowest value");
}

TEST_CASE("truncated and damaged quantised networks") {
    const quantised_graph b;
    const temporary_directory folder;
    const auto load = [](const auto& path) { return aw::read_tensorflow_quantised(path, "y"); };
    CHECK(accepted_prefixes(folder, b.bytes(), load, b.bytes().size() - 500) == 1); // without the versions
    CHECK(fuzz(folder, b.bytes(), load) > 0);
}

TEST_CASE("batch statistics, every accumulator and code as in the reference run") {
    const auto data = reference_data();
    if (!data) {
        return;
    }
    for (const std::string file : {"resnet_8_quant_ax.pb", "resnet_8_quant.pb"}) {
        const reference_run run(*data, file);
        REQUIRE(run.network.convolutions().size() == 7);
        for (std::size_t which = 0; which < aw::engine_names.size(); ++which) {
            aw::batch_options options;
            options.request = static_cast<aw::engine>(which);
            options.sums = aw::summation::double_precision;
            const bool also_plain = options.request == aw::engine::automatic;
            if (!aw::is_available(options.request) || (!also_plain && file == "resnet_8_quant.pb")) {
                continue;
            }
#if defined(ALWANN_TEST_SANITIZED) // seconds of each engine, which the tests of the engines sanitize already
            if (!also_plain) {
                continue;
            }
#endif
            INFO(file << ", engine " << to_string(options.request));
            std::size_t layer = 0;
            (void)aw::run_batch(
                run.network, run.design, run.images, options,
                [&](std::size_t node, const aw::batch_result& result) {
                    if (layer < 7 && node == run.network.convolutions()[layer]) {
                        const auto expected = read_integers<std::int32_t>(
                            run.folder / "golden_1JFF" /
                            ("acc4_1JFF_conv" + std::to_string(layer++) + "_int32.npy"));
                        REQUIRE(result.sums->size() == 16 * expected.size());
                        CHECK(std::equal(expected.begin(), expected.end(), result.sums->begin()));
                    }
                    if (node + 1 == run.network.nodes().size()) {
                        check_result(result, run.folder / "golden_1JFF" / "out_codes64_1JFF_tuned.npy",
                                     run.folder / "golden_1JFF" / "logits64_1JFF_tuned.npy");
                    }
                });
            CHECK(layer == 7);
        }
    }
}

TEST_CASE("frozen statistics, every checksum and code as in the reference run, in any batch") {
    const auto data = reference_data();
    if (!data) {
        return;
    }
    const reference_run run(*data, "resnet_8_quant_ax.pb");
    const auto folder = run.folder / "static_1JFF";
    const auto frozen = read_statistics(run.network, read_json(folder / "calibration_1JFF_train1000.json"));
    const auto expected = read_json(folder / "acc_1JFF.json");
    aw::batch_options options;
    options.frozen = &frozen;
    options.sums = aw::summation::double_precision; // of the mean over an image, which is not frozen
    std::size_t layer = 0;
    (void)aw::run_batch(
        run.network, run.design, run.images, options, [&](std::size_t node, const aw::batch_result& result) {
            if (layer < 7 && node == run.network.convolutions()[layer]) {
                const std::size_t size = result.shape.size();
                for (std::size_t image = 0; image < 4; ++image) {
                    const auto* sums = result.sums->data() + image * size;
                    std::int64_t total = 0;
                    std::string bytes; // little-endian
                    for (std::size_t i = 0; i < size; ++i) {
                        total += sums[i];
                        for (int shift = 0; shift < 32; shift += 8) {
                            bytes += static_cast<char>((static_cast<std::uint32_t>(sums[i]) >> shift) & 255);
                        }
                    }
                    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),
                                           static_cast<uInt>(bytes.size()));
                    char text[16];
                    std::snprintf(text, sizeof text, "%08lx", static_cast<unsigned long>(crc));
                    CHECK(expected.at("acc_crc32_le_int32_hwc").at(layer).at(image) == std::string(text));
                    CHECK(expected.at("acc_sum").at(layer).at(image) == total);
                }
                ++layer;
            }
            if (node + 1 == run.network.nodes().size()) {
                check_result(result, folder / "out_codes64_1JFF_tuned_static.npy",
                             folder / "logits64_1JFF_tuned_static.npy");
            }
        });
    CHECK(layer == 7);
    options.batch = 7;
    CHECK(aw::run(run.network, run.design, run.images, options) ==
          read_floats(folder / "logits64_1JFF_tuned_static.npy"));
}
