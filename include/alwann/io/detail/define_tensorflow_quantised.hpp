// SPDX-License-Identifier: MIT
/// @file
/// The definitions of io/tensorflow_quantised.hpp.
#pragma once

#include <alwann/io/detail/tensorflow_quantised.hpp>
#include <alwann/io/tensorflow_quantised.hpp>

#include <algorithm>
#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE bool is_quantised(const graph_def& file) {
    return std::any_of(file.nodes.begin(), file.nodes.end(),
                       [](const auto& node) { return node.operation == "QuantizeV2"; });
}

ALWANN_SEPARABLE batch_network read_tensorflow_quantised(const graph_def& file, const std::string& output) {
    return detail::tensorflow_quantised_import(file, output).run();
}

ALWANN_SEPARABLE batch_network read_tensorflow_quantised(const std::filesystem::path& path,
                                                         const std::string& output) {
    return read_tensorflow_quantised(read_graph_def(path), output);
}

} // namespace alwann::inline ALWANN_ABI
