// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <alwann/io/onnx.hpp>

#include <string>

#include <catch.hpp>
#include <onnx/onnx_pb.h>

using namespace program_test;

TEST_CASE("A name that means two convolutions, by its number and in the file, is refused") {
    if (program().empty()) {
        WARN("skipped: the program alwann was not built");
        return;
    }
    ::onnx::ModelProto model;
    REQUIRE(model.ParseFromString(read_text(network)));
    std::size_t convolutions = 0;
    for (auto& node : *model.mutable_graph()->mutable_node()) {
        if (node.op_type() == "Conv" && convolutions++ == 1) {
            node.set_name("conv3");
        }
    }
    REQUIRE(convolutions > 3);
    const image_files images(40);
    const auto file = images.folder().write("named.onnx", model.SerializeAsString()).string();
    const auto out = (images.folder().path() / "operands.txt").string();
    const auto count = [&](const std::string& layer) {
        return run({"network", "histogram", "--network", file, "--dataset", images.specification(),
                    "--calibration", "20", "--images", "10", "--layers", layer, "--out", out, "--json"});
    };
    const auto both = count("conv3");
    CHECK(both.status == 1);
    CHECK_THAT(both.err, contains("'conv3'"));
    CHECK_FALSE(std::filesystem::exists(out));
    const auto one = count("conv1");
    CHECK(one.status == 0);
    CHECK(one.document().at("layers") == json{"conv1"});
}
