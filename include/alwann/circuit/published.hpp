// SPDX-License-Identifier: MIT
/// @file
/// Figures that circuit files state about themselves in comments: `// PDK45_PWR = 0.302 mW`, `// MAE% = 0.19
/// %`.
#pragma once

#include <alwann/circuit/cost.hpp>
#include <alwann/multiplier/metrics.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A number as it is printed: what it says, and how exactly it says it.
struct printed_figure {
    std::string text;     ///< `72829.102e2`
    double value = 0;     ///< 7282910.2
    double precision = 0; ///< half a unit of the last printed digit: 5

    /// Whether a number rounds to what is printed.
    [[nodiscard]] bool agrees_with(double exact) const noexcept {
        // Halves may have been rounded either way, also in binary.
        return std::abs(exact - value) <= precision * (1 + 1e-6) + 1e-9 * std::abs(exact);
    }
};

/// Reads digits with an optional point and exponent; nothing else may be there.
[[nodiscard]] ALWANN_SEPARABLE std::optional<printed_figure> read_figure(std::string_view text);

/// An error metric that files may state: its name there and its place here.
struct metric_name {
    std::string_view name;        ///< as files print it
    double error_metrics::*value; ///< where it is kept
};

/// All of them, named as EvoApproxLib does.
inline constexpr std::array<metric_name, 8> metric_names = {{{"MAE%", &error_metrics::mae_percent},
                                                             {"MAE", &error_metrics::mae},
                                                             {"WCE%", &error_metrics::wce_percent},
                                                             {"WCE", &error_metrics::wce},
                                                             {"WCRE%", &error_metrics::wcre_percent},
                                                             {"EP%", &error_metrics::ep_percent},
                                                             {"MRE%", &error_metrics::mre_percent},
                                                             {"MSE", &error_metrics::mse}}};

/// A stated error metric.
struct published_metric {
    metric_name metric;    ///< which one
    printed_figure figure; ///< its figure
    std::size_t line = 0;  ///< of the file
};

/// What a file states about its circuit.
struct published_figures {
    cost price;                            ///< tagged published if there is any figure
    std::vector<published_metric> metrics; ///< those that the file prints
    std::vector<std::string> problems;     ///< lines that look like a figure and are none, at most 8
};

/// Collects the figures of a text's comment lines. Of two lines for one figure the first counts.
[[nodiscard]] ALWANN_SEPARABLE published_figures read_published(std::string_view text);

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/circuit/detail/define_published.hpp>
#endif
