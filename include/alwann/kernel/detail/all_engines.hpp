// SPDX-License-Identifier: MIT
/// @file
/// Every engine: what takes a compiler most of its time.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/columns.hpp>
#include <alwann/kernel/detail/exact_amx.hpp>
#include <alwann/kernel/detail/exact_avx2.hpp>
#include <alwann/kernel/detail/exact_portable.hpp>
#include <alwann/kernel/detail/exact_vnni.hpp>
#include <alwann/kernel/detail/gather_rows_avx2.hpp>
#include <alwann/kernel/detail/gather_rows_avx512.hpp>
#include <alwann/kernel/detail/gather_rows_vbmi.hpp>
#include <alwann/kernel/detail/prepare_engine.hpp>
#include <alwann/kernel/detail/rows_avx2.hpp>
#include <alwann/kernel/detail/rows_avx512.hpp>
#include <alwann/kernel/detail/rows_portable.hpp>
#include <alwann/kernel/error_rows.hpp>
#include <alwann/kernel/exact.hpp>
#include <alwann/kernel/lookup.hpp>
#include <alwann/kernel/reference.hpp>
#include <alwann/kernel/rows.hpp>
#include <alwann/kernel/selection.hpp>

#include <memory>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Whether AMX is here and predicted to be faster than the exact engine without it.
inline bool faster_with_amx(const convolution_shape& shape, const low_rank& products) {
    table_analysis what;
    what.exact_terms = products;
    return is_available(engine::exact_amx) && predicted_cycles(engine::exact_amx, shape, what) <
                                                  predicted_cycles(engine::exact_vnni, shape, what);
}

ALWANN_SEPARABLE std::unique_ptr<const prepared_engine>
prepare_engine(engine which, const convolution_shape& shape, const chunk_layout& layout,
               const table& multiplier, const table_analysis& analysis, const std::uint8_t* weights) {
    switch (which) {
    case engine::lookup:
        return std::make_unique<lookup_engine>(shape, layout, multiplier, weights);
    case engine::rows_portable:
        return std::make_unique<rows_engine<rows_portable>>(shape, layout, multiplier, weights);
    case engine::exact_portable:
        return std::make_unique<exact_engine<exact_portable>>(shape, layout, weights, *analysis.exact_terms);
#if defined(__x86_64__)
    case engine::rows_avx2:
        return std::make_unique<rows_engine<rows_avx2, gather_rows_avx2>>(shape, layout, multiplier, weights);
    case engine::rows_avx512:
        if (is_available(engine::columns) && !detect_cpu().split_permutes) {
            return std::make_unique<rows_engine<rows_avx512, gather_rows_vbmi>>(shape, layout, multiplier,
                                                                                weights);
        }
        return std::make_unique<rows_engine<rows_avx512, gather_rows_avx512>>(shape, layout, multiplier,
                                                                              weights);
    case engine::columns:
        return std::make_unique<columns_engine>(shape, layout, multiplier, weights);
    case engine::exact_avx2:
        return std::make_unique<exact_engine<exact_avx2>>(shape, layout, weights, *analysis.exact_terms);
    case engine::exact_vnni:
        return std::make_unique<exact_engine<exact_vnni>>(shape, layout, weights, *analysis.exact_terms);
    case engine::exact_amx:
        return std::make_unique<exact_engine<exact_amx>>(shape, layout, weights, *analysis.exact_terms);
    case engine::error_rows:
        if (const low_rank exact = error_rows_engine::exact_part(*analysis.error8);
            faster_with_amx(shape, exact)) {
            return std::make_unique<error_rows_engine>(
                shape, layout, weights, *analysis.error8,
                std::make_unique<exact_engine<exact_amx>>(shape, layout, weights, exact));
        }
        return std::make_unique<error_rows_engine>(shape, layout, weights, *analysis.error8);
#endif
    default: // reference; what this processor lacks was refused before
        return std::make_unique<reference_plan>(shape, layout, multiplier, weights);
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
