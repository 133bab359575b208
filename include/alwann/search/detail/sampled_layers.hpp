// SPDX-License-Identifier: MIT
/// @file
/// Each layer alone with each multiplier: what whole designs are predicted from.
#pragma once

#include <alwann/core/executor.hpp>
#include <alwann/search/kept_activations.hpp>
#include <alwann/search/layered.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace alwann::inline ALWANN_ABI::detail {

/// Losses: the logit error on the evaluator's sample of images, the other layers exact. Costs: the share of
/// the energy, by `macs` multiplications a layer.
template <class Evaluator, executor Executor>
layered_model sampled_layers(const Evaluator& evaluator, const std::vector<std::uint64_t>& macs,
                             const Executor& workers) {
    const auto& parts = evaluator.parts();
    std::size_t exact = 0;
    while (parts[exact].hash != parts.exact().hash) {
        ++exact;
    }
    std::vector<layer_choice> designs;
    for (std::size_t l = 0; l < macs.size(); ++l) {
        for (std::size_t part = 0; part < parts.size(); ++part) {
            designs.emplace_back(macs.size(), exact)[l] = part;
        }
    }
    const auto found = evaluator.sample_all(std::span<const layer_choice>(designs), workers);
    layered_model model;
    const auto all = static_cast<double>(std::accumulate(macs.begin(), macs.end(), std::uint64_t{0}));
    for (std::size_t l = 0; l < macs.size(); ++l) {
        auto& losses = model.losses.emplace_back();
        auto& costs = model.costs.emplace_back();
        for (std::size_t part = 0; part < parts.size(); ++part) {
            losses.push_back(found[l * parts.size() + part].logit_mse);
            costs.push_back(static_cast<double>(macs[l]) / all * parts[part].price.power_mw /
                            parts.exact().price.power_mw);
        }
    }
    return model;
}

} // namespace alwann::inline ALWANN_ABI::detail
