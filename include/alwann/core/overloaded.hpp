// SPDX-License-Identifier: MIT
/// @file
/// One visitor made of several lambdas.
#pragma once

#include <alwann/core/config.hpp>

namespace alwann::inline ALWANN_ABI {

/// For std::visit: overload resolution chooses among the cases.
template <class... Cases>
struct overloaded : Cases... {
    using Cases::operator()...;
};
/// For overloaded{lambda, ...}.
template <class... Cases>
overloaded(Cases...) -> overloaded<Cases...>;

} // namespace alwann::inline ALWANN_ABI
