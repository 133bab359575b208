// SPDX-License-Identifier: MIT
/// @file
/// Quantised networks from TensorFlow 1's frozen graphs.
///
/// Belongs to the component tensorflow: needs protobuf.
#pragma once

#include <alwann/io/graph_def.hpp>
#include <alwann/nn/batch_network.hpp>

#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// Whether a graph was quantised, and so is for read_tensorflow_quantised().
[[nodiscard]] ALWANN_SEPARABLE bool is_quantised(const graph_def& file);

/// The network of a graph that TensorFlow 1's quantisation tool made (mode MIN_FIRST, 8 bits), also where its
/// convolutions were replaced by the approximate AxConv2D of tf-approximate. `output` names the node that is
/// the result; by default it is the one that no other node takes.
///
/// Throws as read_tensorflow() does; what batch_network::add throws, too.
[[nodiscard]] ALWANN_SEPARABLE batch_network read_tensorflow_quantised(const graph_def& file,
                                                                       const std::string& output = {});

/// The same of a file. Throws what read_graph_def() does, too.
[[nodiscard]] ALWANN_SEPARABLE batch_network read_tensorflow_quantised(const std::filesystem::path& path,
                                                                       const std::string& output = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_tensorflow_quantised.hpp>
#endif
