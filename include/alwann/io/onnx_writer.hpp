// SPDX-License-Identifier: MIT
/// @file
/// Writes quantised networks as ONNX: QuantizeLinear and DequantizeLinear around ordinary layers.
///
/// Belongs to the component onnx.
#pragma once

#include <alwann/nn/network.hpp>

#include <filesystem>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// The ONNX model (operator set 13) of a quantised network, as bytes. Each layer has DequantizeLinear before
/// and QuantizeLinear after it; weights are unsigned bytes with a scale for each output channel, biases
/// 32-bit integers; look-ups are Gather.
///
/// read_quantized_onnx makes the same network of it: equal, and so with the same results, bit for bit, on any
/// multiplier and with any compensation. What ONNX does not express is kept in its metadata.
///
/// Throws unsupported_error for a layer that has no such form, naming it, and value_error for nodes without a
/// name of their own and for scales that are not single-precision numbers.
[[nodiscard]] ALWANN_SEPARABLE std::string to_onnx(const network& what);

/// Writes to_onnx() to a file, which is there as a whole or stays what it was. Throws io_error, too.
ALWANN_SEPARABLE void write_onnx(const network& what, const std::filesystem::path& path);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/io/detail/define_onnx_writer.hpp>
#endif
