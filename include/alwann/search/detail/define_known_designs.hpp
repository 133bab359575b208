// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/known_designs.hpp.
#pragma once

#include <alwann/search/image_stages.hpp>
#include <alwann/search/known_designs.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE known_designs::known_designs(const library& parts, task what)
    : parts_(parts), task_(std::move(what)), stages_(growing_stages(task_.images, task_.block)) {
    for (std::size_t index = 0; index < parts.size(); ++index) {
        std::size_t first = 0;
        while (parts[first].hash != parts[index].hash) {
            ++first;
        }
        twins_.push_back(first);
    }
}

ALWANN_SEPARABLE std::vector<design_progress> known_designs::open(std::span<const design_request> designs) {
    std::map<layer_choice, design_progress> jobs; // sorted: neighbours begin alike
    for (const auto& design : designs) {
        if (design.multipliers.size() != task_.layers) {
            throw shape_error(task_.network + ": expected a multiplier for each of " +
                              std::to_string(task_.layers) + " convolutions, found " +
                              std::to_string(design.multipliers.size()));
        }
        if (design.rival != nullptr && design.rival->images() != task_.images) {
            throw shape_error(task_.network + ": expected a rival that was measured on all " +
                              std::to_string(task_.images) + " images, found one on " +
                              std::to_string(design.rival->images()));
        }
        auto chosen = key(design.multipliers);
        const std::lock_guard lock(access_);
        ++counts_.requested;
        const auto old = finished_.find(chosen);
        // One that was dropped stays so only if this rival, too, beats it: prices may differ.
        const bool complete =
            old != finished_.end() &&
            (old->second.images() == task_.images ||
             (design.rival != nullptr && surely_worse(old->second, *design.rival, level())));
        const auto repeated = jobs.find(chosen);
        if (complete || repeated != jobs.end()) {
            ++counts_.known;
            counts_.saved_by_known += task_.image_products * static_cast<double>(task_.images);
            if (repeated != jobs.end()) { // all have to beat it; some request may have none
                auto& rivals = repeated->second.rivals;
                if (design.rival == nullptr) {
                    rivals.clear();
                } else if (!rivals.empty()) {
                    rivals.push_back(design.rival);
                }
            }
            continue;
        }
        design_progress job{chosen};
        if (design.rival != nullptr) {
            job.rivals.push_back(design.rival);
        }
        job.seen = old != finished_.end() ? old->second : recall(chosen);
        jobs.emplace(std::move(chosen), std::move(job));
    }
    std::vector<design_progress> result;
    for (auto& [chosen, job] : jobs) {
        result.push_back(std::move(job));
    }
    return result;
}

ALWANN_SEPARABLE measurement known_designs::recall(const layer_choice& multipliers) {
    const auto sampled = sampled_.find(multipliers);
    if (sampled != sampled_.end()) {
        return sampled->second;
    }
    if (task_.archive == nullptr) {
        return {};
    }
    const auto kept = task_.archive->find(archive_key(multipliers));
    if (!kept) {
        return {};
    }
    // Another run may have had other blocks: what it has beyond a stage of ours is left.
    const auto stage = std::upper_bound(stages_.begin(), stages_.end(), kept->images());
    auto result = kept->first(stage == stages_.begin() ? 0 : *std::prev(stage));
    counts_.archived += result.images() > 0 ? 1u : 0u;
    counts_.saved_by_archive += task_.image_products * static_cast<double>(result.images());
    return result;
}

ALWANN_SEPARABLE bool known_designs::may_drop(std::span<const design_progress> designs) const {
    return task_.drop_level > 0 && std::any_of(designs.begin(), designs.end(), [](const auto& design) {
               return !design.finished && !design.rivals.empty();
           });
}

ALWANN_SEPARABLE void known_designs::judge(design_progress& design, std::size_t stage) {
    const std::size_t end = stages_[stage];
    const bool complete = stage + 1 == stages_.size();
    if (!complete && (design.rivals.empty() || !(task_.drop_level > 0))) {
        return;
    }
    auto seen = design.seen.first(end);
    const auto beats = [&](const measurement* rival) { return surely_worse(seen, *rival, level()); };
    if (!complete && !std::all_of(design.rivals.begin(), design.rivals.end(), beats)) {
        return;
    }
    design.finished = true;
    const std::lock_guard lock(access_);
    if (!complete) {
        ++counts_.dropped;
        counts_.saved_by_drops +=
            task_.image_products * static_cast<double>(task_.images - std::max(end, design.seen.images()));
    }
    if (auto& known = finished_[design.multipliers]; known.images() < seen.images()) {
        known = std::move(seen); // another thread may know more
    }
}

ALWANN_SEPARABLE void known_designs::keep_samples(std::vector<design_progress> designs) {
    const std::lock_guard lock(access_);
    for (auto& design : designs) {
        sampled_[design.multipliers] = std::move(design.seen);
    }
}

ALWANN_SEPARABLE void known_designs::store(std::span<design_progress* const> designs, double seconds) const {
    if (task_.archive == nullptr) {
        return;
    }
    auto note = task_.note;
    note.seconds = seconds;
    std::vector<archive_entry> entries;
    for (const auto* design : designs) {
        entries.push_back({archive_key(design->multipliers), &design->seen, note});
    }
    task_.archive->store(entries);
}

ALWANN_SEPARABLE std::optional<measurement> known_designs::complete(const layer_choice& multipliers) const {
    const auto chosen = key(multipliers);
    const std::lock_guard lock(access_);
    const auto known = finished_.find(chosen);
    return known != finished_.end() && known->second.images() == task_.images ? std::optional(known->second)
                                                                              : std::nullopt;
}

ALWANN_SEPARABLE measurement known_designs::found(const layer_choice& multipliers) const {
    const auto chosen = key(multipliers);
    const std::lock_guard lock(access_);
    return finished_.at(chosen);
}

ALWANN_SEPARABLE measurement known_designs::sample(const layer_choice& multipliers) const {
    const auto chosen = key(multipliers);
    const std::lock_guard lock(access_);
    const auto known = finished_.find(chosen);
    return (known != finished_.end() ? known->second : sampled_.at(chosen)).first(stages_.front());
}

ALWANN_SEPARABLE void known_designs::count(double emulated, double skipped) {
    const std::lock_guard lock(access_);
    counts_.emulated += emulated;
    counts_.saved_by_prefixes += skipped;
}

ALWANN_SEPARABLE evaluation_counts known_designs::counts() const {
    const std::lock_guard lock(access_);
    return counts_;
}

ALWANN_SEPARABLE std::size_t known_designs::size() const {
    const std::lock_guard lock(access_);
    return finished_.size();
}

ALWANN_SEPARABLE layer_choice known_designs::key(layer_choice multipliers) const {
    for (auto& index : multipliers) {
        (void)parts_.at(index);
        index = twins_[index];
    }
    return multipliers;
}

ALWANN_SEPARABLE evaluation_key known_designs::archive_key(const layer_choice& multipliers) const {
    auto result = task_.key;
    for (const auto index : multipliers) {
        result.tables.push_back(parts_.at(index).hash);
    }
    return result;
}

ALWANN_SEPARABLE double known_designs::level() const {
    // Each look may be wrong; together they may be as often as the options say.
    return task_.drop_level / static_cast<double>(std::max<std::size_t>(2, stages_.size()) - 1);
}

} // namespace alwann::inline ALWANN_ABI
