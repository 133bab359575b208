// SPDX-License-Identifier: MIT
#include <alwann/io/detail/graph_def_parser.hpp>
#include <alwann/io/tensorflow.hpp>
#include <alwann/io/tensorflow_quantised.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

// A graph is read both as a float network and as one with codes: what is neither is refused twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto file =
            alwann::detail::parse_graph_def({reinterpret_cast<const char*>(data), size}, "input");
        try {
            (void)alwann::read_tensorflow(file);
        } catch (const alwann::error&) {
        }
        (void)alwann::read_tensorflow_quantised(file);
    } catch (const alwann::error&) { // the only way to refuse a file
    }
    return 0;
}
