// SPDX-License-Identifier: MIT
/// @file
/// The one entry to all engines: chooses by processor, shape and request.
#pragma once

#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/rows_avx2.hpp>
#include <alwann/kernel/detail/rows_avx512.hpp>
#include <alwann/kernel/detail/rows_portable.hpp>
#include <alwann/kernel/lookup.hpp>
#include <alwann/kernel/reference.hpp>
#include <alwann/kernel/rows.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

/// The ways to sum products. All give the same bits; `automatic` takes the fastest for the task at hand.
enum class engine { automatic, reference, lookup, rows_portable, rows_avx2, rows_avx512 };

/// Every engine with its name, in the order of the enumeration.
inline constexpr std::array<std::string_view, 6> engine_names = {"automatic",     "reference", "lookup",
                                                                 "rows-portable", "rows-avx2", "rows-avx512"};

[[nodiscard]] constexpr std::string_view to_string(engine which) noexcept {
    return engine_names[static_cast<std::size_t>(which)];
}

/// The engine of that name. Throws name_error listing the names.
[[nodiscard]] inline engine engine_from_string(std::string_view name) {
    const auto found = std::find(engine_names.begin(), engine_names.end(), name);
    if (found == engine_names.end()) {
        std::string known;
        for (const auto each : engine_names) {
            known += (known.empty() ? "" : ", ") + std::string(each);
        }
        throw name_error("engine '" + std::string(name) + "': expected one of " + known);
    }
    return static_cast<engine>(found - engine_names.begin());
}

/// Whether this processor can run an engine.
[[nodiscard]] inline bool is_available(engine which) noexcept {
    static const cpu_features features = detect_cpu();
    switch (which) {
    case engine::rows_avx2:
        return features.avx2;
    case engine::rows_avx512:
        return features.avx512bw && features.avx2;
    default:
        return true;
    }
}

/// The engine that ALWANN_ENGINE asks for, read once; automatic if it is not set.
[[nodiscard]] inline engine requested_engine() {
    static const engine requested = [] {
        const char* name = std::getenv("ALWANN_ENGINE");
        return name == nullptr ? engine::automatic : engine_from_string(name);
    }();
    return requested;
}

/// The engine that will run a convolution of this shape, and thereby its reason: the fastest rows engine of
/// the processor, unless positions or output channels are too few to pay for laying out the rows.
///
/// A request other than automatic is honoured or, if the processor cannot, refused with value_error.
[[nodiscard]] inline engine active_engine(const convolution_shape& shape,
                                          engine request = requested_engine()) {
    if (request != engine::automatic) {
        if (!is_available(request)) {
            throw value_error("engine '" + std::string(to_string(request)) +
                              "' needs instructions that this processor does not have");
        }
        return request;
    }
    // Measured: laying out 16 rows of 16 codes costs about as much as 1,000 positions of adding them,
    // and a look-up about 12 times as much as its share of a vector.
    const std::size_t outputs = shape.group_outputs();
    const std::size_t width = outputs > 16 ? 32 : 16;
    const std::size_t rows_cost = (outputs + width - 1) / width * width * (shape.positions() + 1000);
    const std::size_t lookup_cost = outputs * shape.positions() * 12;
    if (lookup_cost <= rows_cost) {
        return engine::lookup;
    }
    return is_available(engine::rows_avx512) ? engine::rows_avx512
           : is_available(engine::rows_avx2) ? engine::rows_avx2
                                             : engine::rows_portable;
}

/// Sums the products of a convolution: sums[position][output] = sum over k of M[x_k][w_k].
///
/// Throws shape_error for a shape that does not fit (see check()). Scratch memory is bounded: the batch is
/// processed in parts of about 16,384 positions.
inline void product_sums(const convolution_task& task, engine request = requested_engine()) {
    check(task.shape);
    const auto in = task.shape.input.size();
    const auto out = task.shape.output();
    const std::size_t part =
        std::max<std::size_t>(1, 16384 / std::max<std::size_t>(1, out.height * out.width));
    for (std::size_t begin = 0; begin < task.shape.images; begin += part) {
        convolution_task piece = task;
        piece.shape.images = std::min(part, task.shape.images - begin);
        piece.activations += begin * in;
        piece.sums += begin * out.size();
        switch (active_engine(piece.shape, request)) {
        case engine::automatic:
            break; // active_engine() never answers this
        case engine::reference:
            reference_engine::run(piece);
            break;
        case engine::lookup:
            lookup_engine::run(piece);
            break;
        case engine::rows_portable:
            rows_engine<detail::rows_portable>::run(piece);
            break;
#if defined(__x86_64__)
        case engine::rows_avx2:
            rows_engine<detail::rows_avx2>::run(piece);
            break;
        case engine::rows_avx512:
            rows_engine<detail::rows_avx512>::run(piece);
            break;
#else
        case engine::rows_avx2:
        case engine::rows_avx512:
            break; // refused above
#endif
        }
    }
}

} // namespace alwann::inline ALWANN_ABI
