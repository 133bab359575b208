// SPDX-License-Identifier: MIT
// Catch2 in version 2 (Debian 12) or 3, under the same names.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp> // Approx is a global name here
namespace Catch {
using Detail::Approx;
}
#endif

#include <string>

// For CHECK_THROWS_WITH(expression, contains("text")).
inline auto contains(const std::string& text) {
#if __has_include(<catch2/catch_all.hpp>)
    return Catch::Matchers::ContainsSubstring(text);
#else
    return Catch::Matchers::Contains(text);
#endif
}
