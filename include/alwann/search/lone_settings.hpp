// SPDX-License-Identifier: MIT
/// @file
/// Each convolution on each multiplier, compensated by itself once.
#pragma once

#include <alwann/compensation/compensation_data.hpp>
#include <alwann/library/library.hpp>
#include <alwann/nn/layer_plan.hpp>
#include <alwann/search/archive.hpp>
#include <alwann/search/block_job.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Settings and plans of (convolution, multiplier) pairs, made on first use, on any thread. A search that
/// puts designs together from them pays for layers * multipliers compensations, not for one per layer and
/// design.
template <compensation Compensation>
class lone_settings {
public:
    /// Plans are for passes of `images` images. All arguments but the compensation must outlive this object.
    /// `hash` stands for the compensation with all it depends on.
    lone_settings(const network& network, const library& parts, const compensation_data& calibration,
                  Compensation how, std::size_t images, std::uint64_t network_hash, std::uint64_t hash,
                  search_archive* archive)
        : network_(network),
          parts_(parts),
          calibration_(calibration),
          how_(std::move(how)),
          images_(images),
          network_hash_(network_hash),
          hash_(hash),
          archive_(archive),
          pairs_(network.convolutions().size() * parts.size()),
          exact_(network.nodes().size()) {}

    /// Layer `layer` on component `part`, computed where it is not there yet.
    [[nodiscard]] const layer_setting& setting(std::size_t layer, std::size_t part) const {
        return finish(layer, part, [&] { return make(layer, part); });
    }

    /// Whether it is made already or in the archive, and so at hand without work.
    [[nodiscard]] bool load(std::size_t layer, std::size_t part) const {
        if (pair(layer, part).ready) {
            return true;
        }
        auto known = archived(layer, part);
        if (known) {
            finish(layer, part, [&] { return std::move(*known); });
        }
        return known.has_value();
    }

    /// The layers and components that jobs need and that are not at hand, see load(); the largest layers
    /// first.
    [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>>
    lacking(std::span<const block_job> jobs) const {
        std::set<std::pair<std::size_t, std::size_t>> needed;
        for (const auto& job : jobs) {
            for (const auto& design : job.designs) {
                for (std::size_t layer = 0; layer < design.size(); ++layer) {
                    needed.emplace(layer, design[layer]);
                }
            }
        }
        std::vector<std::pair<std::size_t, std::size_t>> result;
        for (const auto& [layer, part] : needed) {
            if (!load(layer, part)) {
                result.emplace_back(layer, part);
            }
        }
        const auto weights = [this](const auto& of) { return network_.convolution(of.first).weights.size(); };
        std::stable_sort(result.begin(), result.end(),
                         [&](const auto& a, const auto& b) { return weights(a) > weights(b); });
        return result;
    }

    /// Takes one that was made elsewhere, by an object of the same arguments. Throws shape_error for weights
    /// or corrections that do not fit.
    void put(std::size_t layer, std::size_t part, stored_setting given) const {
        finish(layer, part, [&] {
            auto setting = restore(layer, part, std::move(given));
            if (!setting) {
                throw shape_error("compensation: a setting does not fit its layer");
            }
            keep(layer, part, *setting);
            return std::move(*setting);
        });
    }

    /// The same, prepared to run.
    [[nodiscard]] const layer_plan& plan(std::size_t layer, std::size_t part) const {
        (void)setting(layer, part);
        return *pair(layer, part).plan;
    }

    /// The plan of a convolution that no design decides about.
    [[nodiscard]] const layer_plan& exact_plan(std::size_t node) const {
        auto& found = exact_[node];
        std::call_once(found.made, [&] {
            found.plan = std::make_unique<const layer_plan>(network_, node, images_, nullptr);
        });
        return *found.plan;
    }

private:
    struct prepared {
        std::once_flag made;
        std::atomic<bool> ready = false;
        std::optional<layer_setting> setting;
        std::unique_ptr<const layer_plan> plan;
    };

    [[nodiscard]] prepared& pair(std::size_t layer, std::size_t part) const {
        return pairs_[layer * parts_.size() + part];
    }

    template <class Make>
    const layer_setting& finish(std::size_t layer, std::size_t part, const Make& make_setting) const {
        auto& found = pair(layer, part);
        std::call_once(found.made, [&] {
            found.setting.emplace(make_setting());
            found.plan = std::make_unique<const layer_plan>(network_, network_.convolutions()[layer], images_,
                                                            &*found.setting);
            found.ready = true;
        });
        return *found.setting;
    }

    [[nodiscard]] layer_setting make(std::size_t layer, std::size_t part) const {
        if (auto known = archived(layer, part)) {
            return std::move(*known);
        }
        auto setting = calibration_.compensate_alone(layer, parts_.at(part).products, how_);
        keep(layer, part, setting);
        return setting;
    }

    [[nodiscard]] setting_key key(std::size_t layer, std::size_t part) const {
        return {network_hash_, hash_, layer, parts_.at(part).hash};
    }
    [[nodiscard]] std::optional<layer_setting> archived(std::size_t layer, std::size_t part) const {
        auto known = archive_ == nullptr ? std::nullopt : archive_->find_setting(key(layer, part));
        return known ? restore(layer, part, std::move(*known)) : std::nullopt;
    }
    void keep(std::size_t layer, std::size_t part, const layer_setting& setting) const {
        if (archive_ != nullptr && how_.needs_samples() && !setting.weights.empty()) {
            archive_->store_setting(key(layer, part), {setting.weights, setting.corrections});
        }
    }
    [[nodiscard]] std::optional<layer_setting> restore(std::size_t layer, std::size_t part,
                                                       stored_setting stored) const {
        layer_setting setting(parts_.at(part).products, network_.convolution(layer));
        if (stored.weights.size() != setting.weights.size() ||
            stored.corrections.size() != setting.corrections.size()) {
            return std::nullopt;
        }
        setting.weights = std::move(stored.weights);
        setting.corrections = std::move(stored.corrections);
        return setting;
    }

    const network& network_;
    const library& parts_;
    const compensation_data& calibration_;
    Compensation how_;
    std::size_t images_;
    std::uint64_t network_hash_, hash_;
    search_archive* archive_;
    mutable std::deque<prepared> pairs_; // nodes never move
    mutable std::deque<prepared> exact_;
};

} // namespace alwann::inline ALWANN_ABI
