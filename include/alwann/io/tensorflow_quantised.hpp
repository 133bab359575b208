// SPDX-License-Identifier: MIT
/// @file
/// Quantised networks from TensorFlow 1's frozen graphs.
///
/// Belongs to the component tensorflow: needs protobuf.
#pragma once

#include <alwann/io/detail/tensorflow_quantised.hpp>
#include <alwann/io/graph_def.hpp>
#include <alwann/nn/batch_network.hpp>

#include <algorithm>
#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Whether a graph was quantised, and so is for read_tensorflow_quantised().
[[nodiscard]] inline bool is_quantised(const graph_def& file) {
    return std::any_of(file.nodes.begin(), file.nodes.end(),
                       [](const auto& node) { return node.operation == "QuantizeV2"; });
}

/// The network of a graph that TensorFlow 1's quantisation tool made (mode MIN_FIRST, 8 bits), also where its
/// convolutions were replaced by the approximate AxConv2D of tf-approximate. `output` names the node that is
/// the result; by default it is the one that no other node takes.
///
/// Throws as read_tensorflow() does; what batch_network::add throws, too.
[[nodiscard]] inline batch_network read_tensorflow_quantised(const graph_def& file,
                                                             const std::string& output = {}) {
    return detail::tensorflow_quantised_import(file, output).run();
}

/// The same of a file. Throws what read_graph_def() does, too.
[[nodiscard]] inline batch_network read_tensorflow_quantised(const std::filesystem::path& path,
                                                             const std::string& output = {}) {
    return read_tensorflow_quantised(read_graph_def(path), output);
}

} // namespace alwann::inline ALWANN_ABI
