// SPDX-License-Identifier: MIT
// Models that make_onnx_models.py made, against what PyTorch and plain arithmetic say.
#include <alwann/io/detail/plain_file.hpp>
#include <alwann/io/onnx.hpp>
#include <alwann/io/onnx_writer.hpp>
#include <alwann/nn/inference.hpp>
#include <alwann/nn/quantize.hpp>

#include "catch.hpp"
#include "io/onnx_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

/// Values of a binary file.
template <class T>
std::vector<T> load_values(const std::filesystem::path& path) {
    const auto bytes = alwann::detail::read_plain_file(path, std::uintmax_t{1} << 30);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
}

struct example {
    std::filesystem::path model;
    std::size_t count = 0;
    std::vector<float> images, expected;
    std::vector<std::uint8_t> ties;

    alwann::tensor_view<const float, 4> view(const alwann::image_shape& shape) const {
        return {images.data(), {count, shape.height, shape.width, shape.channels}};
    }
};

std::filesystem::path models_folder() {
    const char* folder = std::getenv("ALWANN_ONNX_MODELS");
    return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

/// Calls visit(example, kind) for the models of some kinds. False if there are none.
template <class Visit>
std::size_t for_each_model(const std::string& kinds, Visit visit) {
    std::ifstream list(models_folder() / "models");
    std::string kind, name;
    std::size_t count = 0, found = 0;
    while (list >> kind >> name >> count) {
        if (kinds.find(kind) == std::string::npos) {
            continue;
        }
        const auto file = [&](const char* ending) { return models_folder() / (name + ending); };
        example one{file(".onnx"),
                    count,
                    load_values<float>(file(".input")),
                    load_values<float>(file(".expected")),
                    {}};
        if (std::filesystem::exists(file(".ties"))) {
            one.ties = load_values<std::uint8_t>(file(".ties"));
        }
        CAPTURE(name);
        visit(one, kind);
        ++found;
    }
    if (found == 0) {
        WARN("skipped: make_onnx_models.py has not made its models (python3-torch, python3-onnx)");
    }
    return found;
}

std::vector<float> results(const alwann::network& network, const example& one) {
    return alwann::run(network, alwann::exact_setting(network),
                       alwann::encode_images(network, one.view(network.input_shape())));
}

float largest(const std::vector<float>& values) {
    float result = 0;
    for (const float value : values) {
        result = std::max(result, std::abs(value));
    }
    return result;
}

/// The largest relative error; values below a hundredth of the largest count as that.
double relative_error(const std::vector<float>& found, const std::vector<float>& expected) {
    double worst = found.size() == expected.size() ? 0 : 1;
    const float least = largest(expected) / 100;
    for (std::size_t i = 0; i < expected.size() && worst < 1; ++i) {
        worst = std::max(worst, std::abs(double{found[i]} - expected[i]) /
                                    std::max({std::abs(expected[i]), least, 1e-30F}));
    }
    return worst;
}

} // namespace

TEST_CASE("float models compute what PyTorch does, to 1e-4") {
    for_each_model("float", [](const example& one, const std::string&) {
        const auto network = alwann::read_onnx(one.model);
        REQUIRE_FALSE(alwann::has_codes(network));
        CHECK(relative_error(alwann::run_float(network, one.view(network.input_shape())), one.expected) <=
              1e-4);
    });
}

TEST_CASE(
    "quantised models compute what ONNX defines: the same codes, wherever rounding is no matter of taste") {
    std::size_t codes = 0, ties = 0, differing = 0;
    for_each_model("quantized", [&](const example& one, const std::string&) {
        const auto network = alwann::read_quantized_onnx(one.model);
        const auto found = results(network, one);
        REQUIRE(found.size() == one.expected.size());
        REQUIRE(one.ties.size() == found.size());
        const auto step = static_cast<float>(network.nodes().back().scale.scale);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const bool differs = found[i] != one.expected[i];
            wrong += differs && one.ties[i] == 0 ? 1U : 0U;
            differing += differs ? 1U : 0U;
            CHECK(std::abs(found[i] - one.expected[i]) <= 1.001F * step);
        }
        CHECK(wrong == 0);
        codes += found.size();
        ties += static_cast<std::size_t>(std::count(one.ties.begin(), one.ties.end(), 1));

        const auto floats = alwann::read_onnx(one.model); // sums in another order: now and then another code
        const auto reals = alwann::run_float(floats, one.view(floats.input_shape()));
        std::size_t other = 0;
        for (std::size_t i = 0; i < reals.size(); ++i) {
            CHECK(std::abs(reals[i] - one.expected[i]) <= 1.001F * step);
            other += std::abs(reals[i] - one.expected[i]) > 0.5F * step ? 1U : 0U;
        }
        CHECK(other <= one.expected.size() / 200);
    });
    CAPTURE(codes, ties, differing);
    CHECK(differing <= ties);
    if (std::getenv("ALWANN_ONNX_VERBOSE") != nullptr) {
        WARN(codes << " codes, " << ties << " ties, " << differing << " differ");
    }
}

TEST_CASE("accumulators of quantised models are exact: real results equal to the last bit") {
    for_each_model("exact", [](const example& one, const std::string&) {
        const auto network = alwann::read_quantized_onnx(one.model);
        CHECK(results(network, one) == one.expected);
    });
}

TEST_CASE("networks of quantisation-aware training compute what PyTorch does") {
    for_each_model("training", [](const example& one, const std::string&) {
        const auto floats = alwann::read_onnx(one.model);
        CHECK(relative_error(alwann::run_float(floats, one.view(floats.input_shape())), one.expected) <=
              1e-4);
        const auto network = alwann::read_quantized_onnx(one.model);
        CHECK(network.convolutions().size() == 3);
        CHECK(relative_error(results(network, one), one.expected) <= 0.01);
    });
}

TEST_CASE("quantised models are written and read back as the same networks, bit for bit") {
    const auto folder = models_folder() / "written";
    for_each_model("quantized exact training", [&](const example& one, const std::string&) {
        std::filesystem::create_directories(folder);
        const auto network = alwann::read_quantized_onnx(one.model);
        if (std::any_of(network.nodes().begin(), network.nodes().end(), [](const auto& node) {
                return std::holds_alternative<alwann::code_op::channel_lookup>(node.what);
            })) {
            CHECK_THROWS_AS(alwann::to_onnx(network), alwann::unsupported_error);
            return;
        }
        const auto file = folder / one.model.filename();
        alwann::write_onnx(network, file);
        const auto again = alwann::read_quantized_onnx(file);
        CHECK(again == network);
        CHECK(results(again, one) == results(network, one));
    });
}

TEST_CASE("float models are quantised, written and read back as the same networks") {
    const auto folder = models_folder() / "written";
    for_each_model("float", [&](const example& one, const std::string&) {
        std::filesystem::create_directories(folder);
        const auto trained = alwann::read_onnx(one.model);
        const auto network = alwann::quantize(trained, one.view(trained.input_shape()));
        const auto file = folder / one.model.filename();
        alwann::write_onnx(network, file);
        const auto again = alwann::read_quantized_onnx(file);
        CHECK(again == network);
        CHECK(results(again, one) == results(network, one));
    });
}
