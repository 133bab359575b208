// SPDX-License-Identifier: MIT
/// @file
/// Results as JSON (CMake component `json`).
#pragma once

#include <alwann/library/library.hpp>
#include <alwann/search/exploration.hpp>

#include <nlohmann/json.hpp>

namespace alwann::inline ALWANN_ABI {

/// Keys in the order they were written in.
using json = nlohmann::ordered_json;

/// A document as text, `indent` blanks a level (-1: in one line). Names come from files: what of them is not
/// UTF-8 becomes U+FFFD.
[[nodiscard]] inline std::string to_text(const json& document, int indent = 2) {
    return document.dump(indent, ' ', false, json::error_handler_t::replace);
}

/// A multiplier with its cost and errors. Unknown costs are null.
[[nodiscard]] ALWANN_SEPARABLE json to_json(const component& part);

/// A design; `tiles` and `layers` hold multiplier names, `mapping` the tile of each layer. A signal without
/// noise is null.
[[nodiscard]] ALWANN_SEPARABLE json to_json(const explored_design& d, const library& parts);

/// What an evaluator did not have to emulate, and how often.
[[nodiscard]] ALWANN_SEPARABLE json to_json(const evaluation_counts& counts);

/// A whole exploration, without the settings it was run with.
[[nodiscard]] ALWANN_SEPARABLE json to_json(const exploration& found, const library& parts);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/report/detail/define_json.hpp>
#endif
