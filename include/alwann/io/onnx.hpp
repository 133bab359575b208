// SPDX-License-Identifier: MIT
/// @file
/// Networks from ONNX files.
///
/// Belongs to the component onnx: needs libonnx (its generated protobuf classes) and protobuf.
#pragma once

#include <alwann/nn/quantized_graph.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// The network of a model in memory, together with the codes of its weights, where they are codes. `file` is
/// for messages; tensors beside the model are looked for in its folder. See read_onnx().
[[nodiscard]] ALWANN_SEPARABLE quantized_graph parse_onnx(std::string_view bytes, const std::string& file);

/// The same of a file. has_codes() tells whether the network is quantised.
[[nodiscard]] ALWANN_SEPARABLE quantized_graph read_onnx_codes(const std::filesystem::path& path);

/// Reads a network: operator sets 7 to 18, one input, one output (of floats), images of a fixed size.
///
/// Convolutions, batch normalisation (as op::scale_channels), activation functions, pooling, Gemm and MatMul
/// with constant weights, additions and products, arithmetic with one constant for each channel,
/// concatenation of channels, softmax over channels, Pad, Slice, and what merely rearranges dimensions. Of
/// transformers, tokens are pixels and heads groups of channels: MatMul of tokens (op::conv2d) and of two
/// activations (op::matrix_product), layer normalisation, also as the nodes it consists of, GELU, constants
/// added to or joined with tokens, and parts of dimensions.
/// Arithmetic on shapes and other constants is evaluated. The file's metadata are kept.
///
/// Quantised tensors are read, too: QuantizeLinear and DequantizeLinear around layers, per tensor and for
/// weights per output channel, with unsigned and signed bytes; QLinearConv, QLinearMatMul and, of the domain
/// com.microsoft, QLinearAdd, QLinearMul, QLinearConcat, QLinearAveragePool, QLinearGlobalAveragePool,
/// QLinearSigmoid, QLinearLeakyRelu and QGemm. In the float network they are op::requantise, and weights are
/// the numbers that their codes mean: it computes what the file defines, in floats. read_quantized_onnx makes
/// integers of it.
///
/// Throws io_error where a file cannot be read, format_error for a damaged or contradictory one,
/// unsupported_error for an operator or variant without a counterpart, naming the node, and what graph::add
/// throws.
[[nodiscard]] ALWANN_SEPARABLE graph read_onnx(const std::filesystem::path& path);

/// The integer network of a quantised one: to_network(), without a final softmax. What write_onnx noted is
/// restored, and which layers are approximable: convolutions are unless the file says otherwise.
[[nodiscard]] ALWANN_SEPARABLE network quantized_network(quantized_graph from);

/// Reads a quantised network: QuantizeLinear, DequantizeLinear and their like take the place of calibration.
/// Throws what read_onnx does, and unsupported_error naming the node where the file leaves something between
/// two layers unquantised, or everything.
[[nodiscard]] ALWANN_SEPARABLE network read_quantized_onnx(const std::filesystem::path& path);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_onnx.hpp>
#endif
