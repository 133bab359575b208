// SPDX-License-Identifier: MIT
/// Networks that files hold as codes, and making them.
#pragma once

#include "inputs.hpp"

#include <alwann/nn/quantized_graph.hpp>

#include <optional>

namespace program {

/// The network of an ONNX file that is quantised already; nothing for any other file.
///
/// Throws value_error if options ask for another quantisation than the file's.
std::optional<alwann::quantized_graph> read_coded_network(const common_options& options);

/// Declares `network quantize`.
void add_network_quantize(CLI::App& network);

} // namespace program
