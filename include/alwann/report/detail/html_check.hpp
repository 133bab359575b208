// SPDX-License-Identifier: MIT
/// @file
/// Whether a document of results has what the scripts of an HTML report read.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/report/json.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace alwann::inline ALWANN_ABI {
namespace detail {

/// Throws value_error that names the first key with another kind of value than scripts expect, and what
/// at() throws for one that lacks.
inline void check_for_html(const json& results) {
    const auto require = [](bool holds, const std::string& key, const char* expected) {
        if (!holds) {
            throw value_error("report: expected '" + key + "' in the results to be " + expected);
        }
    };
    const json& network = results.at("network");
    const json& macs = network.at("macs");
    require(macs.is_array(), "network.macs", "a list");
    require(!network.contains("layers") || network["layers"].is_null() ||
                (network["layers"].is_array() && network["layers"].size() == macs.size()),
            "network.layers", "a list as long as network.macs");
    for (const char* key :
         {"exact_accuracy", "test_images", "evaluations", "search_images", "emulated_products"}) {
        require(results.at(key).is_number(), key, "a number");
    }
    require(results.at("exact_interval").is_array() && results["exact_interval"].size() == 2,
            "exact_interval", "two numbers");
    for (const char* key : {"architecture", "compensation"}) {
        require(results.at("settings").at(key).is_string(), std::string("settings.") + key, "a string");
    }
    for (const char* kind : {"front", "uniform"}) {
        const json& designs = results.at(kind);
        require(designs.is_array(), kind, "a list");
        for (std::size_t i = 0; i < designs.size(); ++i) {
            const std::string name = std::string(kind) + "[" + std::to_string(i) + "].";
            const json& tiles = designs[i].at("tiles");
            require(designs[i].at("relative_energy").is_number(), name + "relative_energy", "a number");
            require(tiles.is_array(), name + "tiles", "a list");
            for (const char* list : {"mapping", "layers"}) {
                require(designs[i].at(list).is_array() && designs[i][list].size() == macs.size(), name + list,
                        "a list as long as network.macs");
            }
            for (const json& tile : designs[i]["mapping"]) {
                require(tile.is_number_integer() && tile.get<std::int64_t>() >= 0 &&
                            tile.get<std::size_t>() < tiles.size(),
                        name + "mapping", "of tiles that the design has");
            }
            const bool tested =
                designs[i].contains("test_accuracy") && designs[i]["test_accuracy"].is_number();
            for (const char* key : {"test_interval", "test_loss_interval"}) {
                require(!tested || (designs[i].at(key).is_array() && designs[i][key].size() == 2), name + key,
                        "two numbers");
            }
            require(designs[i].at(tested ? "test_loss" : "search_accuracy").is_number(),
                    name + (tested ? "test_loss" : "search_accuracy"), "a number");
        }
    }
}

} // namespace detail
} // namespace alwann::inline ALWANN_ABI
