// SPDX-License-Identifier: MIT
/// @file
/// The definitions of report/json.hpp.
#pragma once

#include <alwann/report/json.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE json to_json(const component& part) {
    const auto& e = part.errors;
    return {{"name", part.name},
            {"power_mw", part.price.power_mw}, // the JSON library writes NaN as null
            {"area_um2", part.price.area_um2},
            {"delay_ns", part.price.delay_ns},
            {"cost_source", to_string(part.price.source)},
            {"mae", e.mae},
            {"mae_percent", e.mae_percent},
            {"wce", e.wce},
            {"wce_percent", e.wce_percent},
            {"wcre_percent", e.wcre_percent},
            {"ep_percent", e.ep_percent},
            {"mre_percent", e.mre_percent},
            {"mse", e.mse},
            {"bias", e.bias},
            {"zero_preserving", e.zero_preserving},
            {"hash", hash_text(part.hash)}};
}

ALWANN_SEPARABLE json to_json(const explored_design& d, const library& parts) {
    const auto names = [&](const std::vector<std::size_t>& indices) {
        json list = json::array();
        for (const auto index : indices) {
            list.push_back(parts.at(index).name);
        }
        return list;
    };
    const auto tested = [&](const json& value) { return d.test_images > 0 ? value : json(nullptr); };
    json result{{"tiles", names(d.what.tiles)},
                {"mapping", d.what.mapping},
                {"layers", names(d.what.multipliers())},
                {"relative_energy", d.energy},
                {"relative_energy_paper_macs", d.paper_energy},
                {"search_accuracy", d.search_accuracy},
                {"test_accuracy", tested(d.test_accuracy)},
                {"test_interval", tested({d.test_interval.low, d.test_interval.high})},
                {"test_loss", tested(d.test_loss)},
                {"test_loss_interval", tested({d.loss_interval.low, d.loss_interval.high})},
                {"mcnemar_p", tested(d.mcnemar)},
                {"test_images", d.test_images},
                {"logit_mse", tested(d.logit_mse)},
                {"area_um2", d.area_um2},
                {"cycles", d.cycles}};
    if (!d.layer_snr_db.empty()) {
        json& decibels = result["layer_snr_db"] = json::array();
        for (const double each : d.layer_snr_db) {
            decibels.push_back(std::isfinite(each) ? json(each) : json(nullptr));
        }
    }
    return result;
}

ALWANN_SEPARABLE json to_json(const evaluation_counts& counts) {
    return {{"known_designs", counts.saved_by_known},
            {"shared_prefixes", counts.saved_by_prefixes},
            {"dropped_designs", counts.saved_by_drops},
            {"archive", counts.saved_by_archive},
            {"requests", counts.requested},
            {"known", counts.known},
            {"archived", counts.archived},
            {"dropped", counts.dropped}};
}

ALWANN_SEPARABLE json to_json(const exploration& found, const library& parts) {
    const auto designs = [&](const std::vector<explored_design>& from) {
        json list = json::array();
        for (const auto& each : from) {
            list.push_back(to_json(each, parts));
        }
        return list;
    };
    json evaluated = json::array();
    for (const auto& each : found.evaluated) {
        evaluated.push_back({{"multipliers", each.multipliers},
                             {"relative_energy", each.energy},
                             {"search_accuracy", each.search_accuracy},
                             {"search_images", each.images}});
    }
    return {{"exact_accuracy", found.exact_accuracy},
            {"exact_interval", {found.exact_interval.low, found.exact_interval.high}},
            {"exact_search_accuracy", found.exact_search_accuracy},
            {"search_images", found.search_images},
            {"test_images", found.test_images},
            {"evaluations", found.evaluations},
            {"hypervolume", found.hypervolume},
            {"emulated_products", found.emulated_products},
            {"saved_products", to_json(found.counts)},
            {"interrupted", found.interrupted},
            {"front", designs(found.front)},
            {"uniform", designs(found.uniform)},
            {"evaluated", std::move(evaluated)}};
}

} // namespace alwann::inline ALWANN_ABI
