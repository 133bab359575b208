// SPDX-License-Identifier: MIT
/// @file
/// Makes the engine that was chosen.
#pragma once

#include <alwann/kernel/detail/prepared_engine.hpp>
#include <alwann/kernel/engine.hpp>
#include <alwann/kernel/table_analysis.hpp>

#include <memory>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// An engine that the processor and the table allow, with the weights laid out for it.
[[nodiscard]] ALWANN_SEPARABLE std::unique_ptr<const prepared_engine>
prepare_engine(engine which, const convolution_shape& shape, const chunk_layout& layout,
               const table& multiplier, const table_analysis& analysis, const std::uint8_t* weights);

} // namespace detail
} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/kernel/detail/all_engines.hpp>
#endif
