// SPDX-License-Identifier: MIT
#include <alwann/io/onnx.hpp>
#include <alwann/io/onnx_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

// Runs on one image of zeros would cost the time that searching needs: sizes only.
std::size_t work_of(const alwann::graph& network) {
    std::size_t work = 0;
    for (const auto& node : network.nodes()) {
        work += node.shape.size();
    }
    return work;
}

} // namespace

// What is accepted has shapes. A quantised network that can be written is read back as itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const std::string_view bytes(reinterpret_cast<const char*>(data), size);
        const auto imported = alwann::parse_onnx(bytes, "input");
        if (imported.network.output_shape().size() == 0) {
            std::abort();
        }
        if (!has_codes(imported.network) || work_of(imported.network) > 1000000) {
            return 0;
        }
        const auto network = alwann::quantized_network(imported);
        const auto again = alwann::quantized_network(alwann::parse_onnx(alwann::to_onnx(network), "again"));
        if (again.nodes().size() != network.nodes().size()) {
            std::abort();
        }
    } catch (const alwann::error&) { // the only way to refuse a file
    }
    return 0;
}
