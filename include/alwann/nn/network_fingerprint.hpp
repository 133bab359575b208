// SPDX-License-Identifier: MIT
/// @file
/// What tells one quantised network from another.
#pragma once

#include <alwann/core/fingerprint.hpp>
#include <alwann/nn/inference.hpp>

#include <cstdint>

namespace alwann::inline ALWANN_ABI {

/// A hash of coded images in their order.
[[nodiscard]] ALWANN_SEPARABLE std::uint64_t hash_of(const coded_images& images);

/// A hash of an operation with its weights and tables.
[[nodiscard]] ALWANN_SEPARABLE std::uint64_t hash_of(const code_operation& operation);

/// A hash of a network's structure, weights, scales and biases. The file it came from does not count.
[[nodiscard]] ALWANN_SEPARABLE std::uint64_t hash_of(const network& network);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_network_fingerprint.hpp>
#endif
