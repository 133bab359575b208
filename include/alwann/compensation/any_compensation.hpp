// SPDX-License-Identifier: MIT
/// @file
/// A compensation chosen at run time.
#pragma once

#include <alwann/compensation/channel_affine.hpp>
#include <alwann/compensation/concept.hpp>
#include <alwann/compensation/weight_tuning.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// Any compensation behind one type. The indirection is one call per layer and design.
class any_compensation {
public:
    template <class C>
        requires(!std::same_as<C, any_compensation> && compensation<C>)
    explicit any_compensation(C how)
        : name_(how.name()),
          needs_samples_(how.needs_samples()),
          compensate_([how = std::move(how)](const layer_context& context, layer_setting& setting) {
              how.compensate(context, setting);
          }) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool needs_samples() const noexcept { return needs_samples_; }
    void compensate(const layer_context& context, layer_setting& setting) const {
        compensate_(context, setting);
    }

private:
    std::string name_;
    bool needs_samples_;
    std::function<void(const layer_context&, layer_setting&)> compensate_;
};
static_assert(compensation<any_compensation>);

/// The compensation of a name: `none`, `weight-tuning`, `channel-affine`, joined with `+` in the order they
/// are applied; `default` is the best known. Throws name_error for another name.
[[nodiscard]] inline any_compensation compensation_from_string(std::string_view text) {
    if (text == "default") {
        return any_compensation(weight_tuning{} + channel_affine{});
    }
    const auto plus = text.rfind('+');
    if (plus != std::string_view::npos) {
        return any_compensation(compensation_from_string(text.substr(0, plus)) +
                                compensation_from_string(text.substr(plus + 1)));
    }
    if (text == "none") {
        return any_compensation(no_compensation{});
    }
    if (text == "weight-tuning") {
        return any_compensation(weight_tuning{});
    }
    if (text == "channel-affine") {
        return any_compensation(channel_affine{});
    }
    throw name_error("compensation '" + std::string(text) +
                     "': expected none, weight-tuning, channel-affine, default, or several joined with +");
}

} // namespace alwann::inline ALWANN_ABI
