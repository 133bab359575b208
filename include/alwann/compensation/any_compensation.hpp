// SPDX-License-Identifier: MIT
/// @file
/// A compensation chosen at run time.
#pragma once

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/channel_bias.hpp>
#include <alwann/compensation/channel_ls3.hpp>
#include <alwann/compensation/closed_form.hpp>
#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/default_compensation.hpp>
#include <alwann/compensation/histogram_map.hpp>
#include <alwann/compensation/table_coordinate_descent.hpp>
#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/core/parse_number.hpp>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Any compensation behind one type. The indirection is one call per layer and design.
class any_compensation {
public:
    /// Holds a copy of a compensation.
    template <class C>
        requires(!std::same_as<C, any_compensation> && compensation<C>)
    explicit any_compensation(C how)
        : name_(how.name()),
          needs_samples_(how.needs_samples()),
          compensate_([how = std::move(how)](const layer_context& context, layer_setting& setting) {
              how.compensate(context, setting);
          }) {}

    /// The name in listings and messages.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] bool needs_samples() const noexcept { return needs_samples_; }
    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context& context, layer_setting& setting) const {
        compensate_(context, setting);
    }

private:
    std::string name_;
    bool needs_samples_;
    std::function<void(const layer_context&, layer_setting&)> compensate_;
};
static_assert(compensation<any_compensation>);

namespace detail {

/// A compensation as users of the program call it.
struct named_compensation {
    std::string_view name;
    std::string_view short_name; ///< that of the literature; may be empty
    any_compensation (*make)();
};

template <compensation C>
any_compensation make_any() {
    return any_compensation(C{});
}

inline constexpr std::array<named_compensation, 10> named_compensations{{
    {"none", "", make_any<no_compensation>},
    {"weight-tuning", "", make_any<weight_tuning>},
    {"histogram-map", "", make_any<histogram_map>},
    {"centred-map", "sqc", make_any<centred_map>},
    {"closed-bias", "", make_any<closed_bias>},
    {"control-variate", "cv", make_any<control_variate>},
    {"channel-bias", "bias", make_any<channel_bias>},
    {"channel-affine", "affine", make_any<channel_affine>},
    {"channel-ls3", "ls3", make_any<channel_ls3>},
    {"tcd", "", make_any<table_coordinate_descent>},
}};

} // namespace detail

/// The compensation of a name: `none`, `weight-tuning`, `histogram-map`, `centred-map` (`sqc`),
/// `closed-bias`, `control-variate` (`cv`), `channel-bias` (`bias`), `channel-affine` (`affine`),
/// `channel-ls3` (`ls3`), `tcd`, joined with `+` in the order they are applied; or `default`, the best within
/// a budget of seconds for a design, see default_compensation: `default:SECONDS` for another budget than
/// `budget_seconds`. Throws name_error for another name.
[[nodiscard]] inline any_compensation compensation_from_string(std::string_view text,
                                                               double budget_seconds = final_budget) {
    const auto plus = text.rfind('+');
    if (plus != std::string_view::npos) {
        return any_compensation(compensation_from_string(text.substr(0, plus), budget_seconds) +
                                compensation_from_string(text.substr(plus + 1), budget_seconds));
    }
    for (const auto& known : detail::named_compensations) {
        if (text == known.name || (!known.short_name.empty() && text == known.short_name)) {
            return known.make();
        }
    }
    constexpr std::string_view best = "default";
    if (text == best) {
        return any_compensation(default_compensation{budget_seconds});
    }
    if (text.starts_with(best) && text.substr(best.size()).starts_with(':')) {
        const auto seconds = parse_number<double>(text.substr(best.size() + 1));
        if (seconds && *seconds >= 0) {
            return any_compensation(default_compensation{*seconds});
        }
        throw name_error("compensation '" + std::string(text) +
                         "': expected seconds after default:, such as default:0.5");
    }
    std::string names;
    for (const auto& known : detail::named_compensations) {
        names += std::string(known.name) + ", ";
    }
    throw name_error("compensation '" + std::string(text) + "': expected " + names +
                     "default, default:SECONDS, or several joined with +");
}

} // namespace alwann::inline ALWANN_ABI
