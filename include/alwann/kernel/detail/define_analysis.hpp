// SPDX-License-Identifier: MIT
/// @file
/// The definitions of kernel/table_analysis.hpp.
#pragma once

#include <alwann/kernel/detail/analyse.hpp>
#include <alwann/kernel/detail/table_cache.hpp>
#include <alwann/kernel/table_analysis.hpp>

#include <memory>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE table_analysis analyse(const table& products) {
    return detail::make_analysis(products);
}

ALWANN_SEPARABLE std::shared_ptr<const table_analysis> analysis_of(const table& products) {
    static detail::table_cache<table_analysis> cache(64);
    return cache.get(products, detail::make_analysis);
}

} // namespace alwann::inline ALWANN_ABI
