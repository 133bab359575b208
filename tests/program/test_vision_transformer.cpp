// SPDX-License-Identifier: MIT
// The program on the vision transformer that make_vision_transformer.py trained.
#include "program.hpp"

#include <alwann/library/standard.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace program_test;

namespace vision_transformer_test {
namespace {

/// The network's file; empty where it, or the program, is not there.
std::string transformer() {
    const char* folder = std::getenv("ALWANN_VISION_TRANSFORMER");
    const auto file = std::filesystem::path(folder == nullptr ? "" : folder) / "vit.onnx";
    if (program().empty() || !std::filesystem::exists(file)) {
        WARN("skipped: the program was not built, or make_vision_transformer.py has not made its network "
             "(python3-torch, python3-onnx, dataset-fashion-mnist)");
        return "";
    }
    return file.string();
}

/// One JSON document of a call that has to succeed.
json document_of(const std::vector<std::string>& arguments) {
    const auto found = run(arguments);
    CAPTURE(arguments, found.err);
    REQUIRE(found.status == 0);
    return found.document();
}

} // namespace

TEST_CASE("network show lists products of activations as layers that designs decide about") {
    const auto file = transformer();
    if (file.empty()) {
        return;
    }
    std::size_t products = 0, norms = 0, approximable = 0;
    const auto shown = document_of({"network", "show", file, "--json"});
    for (const auto& layer : shown.at("layers")) {
        const bool product = layer.at("kind") == "matrix product";
        products += product ? 1U : 0U;
        norms += layer.at("kind") == "layer norm" ? 1U : 0U;
        approximable += layer.at("approximable").get<bool>() ? 1U : 0U;
        CHECK((!product || layer.at("approximable").get<bool>()));
        if (product) {
            CHECK(layer.at("macs") == 17 * 17 * 32); // heads times channels of a head: all channels
            CHECK(layer.at("parameters") == 0);
        }
    }
    CHECK(products == 4);
    CHECK(norms == 5);
    CHECK(approximable == 13); // patches; in two blocks two products and four dense layers
}

TEST_CASE(
    "evaluate runs designs with multipliers in the products of attention; quantize writes the network") {
    const auto file = transformer();
    if (file.empty()) {
        return;
    }
    const auto evaluate = [](const std::string& network, const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"evaluate",      "--network",     network, "--dataset",
                                           "fashion-mnist", "--calibration", "100",   "--images",
                                           "100",           "--samples",     "256",   "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return document_of(arguments);
    };
    const auto exact = evaluate(file, {"--multiplier", "exact_dadda", "--compensation", "none"});
    CHECK(exact.at("layers").size() == 13);
    CHECK(exact.at("accuracy").get<double>() > 0.7);
    const auto rough = evaluate(file, {"--multiplier", "lowor_7"}); // with the default compensation
    CHECK(rough.at("layers") == std::vector<std::string>(13, "lowor_7"));
    CHECK(rough.at("logit_mse") > 0);
    CHECK(rough.at("relative_energy") < 1);

    const temporary_directory folder;
    const auto written = (folder.path() / "int8.onnx").string();
    CHECK(document_of({"network", "quantize", file, "-o", written, "--dataset", "fashion-mnist",
                       "--calibration", "100", "--json"})
              .at("identical") == true);
    const auto again = evaluate(written, {"--multiplier", "exact_dadda", "--compensation", "none"});
    CHECK(again.at("accuracy") == exact.at("accuracy"));
    CHECK(again.at("layers") == exact.at("layers"));
}

} // namespace vision_transformer_test
