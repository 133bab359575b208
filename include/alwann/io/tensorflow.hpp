// SPDX-License-Identifier: MIT
/// @file
/// Float networks from TensorFlow's frozen graphs.
///
/// Belongs to the component tensorflow: needs protobuf.
#pragma once

#include <alwann/io/graph_def.hpp>
#include <alwann/nn/unfrozen_graph.hpp>

#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// The float network of a graph. `output` names the node that is the result; by default it is the one that no
/// other node takes.
///
/// Convolutions, batch normalisation, ReLU and ReLU6, pooling, padding, additions, arithmetic with constants
/// for all or each of the channels, the mean over rows and columns, dense layers; images are ordered as row,
/// column, channel. A final Softmax is left out and noted as metadata "softmax": "dropped"; a network that
/// scales its input itself gets "normalize": "raw". Batch normalisation in training mode is kept apart for
/// freeze().
///
/// Throws format_error for a contradictory file, unsupported_error for an operator or variant without a
/// counterpart, both naming the node, name_error for an output that is not there, and what graph::add throws.
[[nodiscard]] ALWANN_SEPARABLE unfrozen_graph read_tensorflow(const graph_def& file,
                                                              const std::string& output = {});

/// The same of a file. Throws what read_graph_def() does, too.
[[nodiscard]] ALWANN_SEPARABLE unfrozen_graph read_tensorflow(const std::filesystem::path& path,
                                                              const std::string& output = {});

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_tensorflow.hpp>
#endif
