// SPDX-License-Identifier: MIT
/// @file
/// The memory of evaluations that outlives a search: what was paid for once is never paid for again.
#pragma once

#include <alwann/nn/accuracy.hpp>
#include <alwann/nn/setting.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// What an evaluation's result depends on, and nothing else. Engines, threads and seeds do not change it.
struct evaluation_key {
    std::uint64_t network = 0;      ///< hash_of() the quantised network
    std::uint64_t images = 0;       ///< benchmark_images::hash()
    std::uint64_t compensation = 0; ///< hash of its description, calibration images and samples included
    std::vector<std::uint64_t> tables = {}; ///< hash of each convolution's table

    friend auto operator<=>(const evaluation_key&, const evaluation_key&) = default;
};

/// What is worth knowing about an evaluation beside its result.
struct evaluation_note {
    std::string compensation; ///< in words
    std::string engine;       ///< asked for; "auto": the fastest
    std::uint64_t seed = 0;   ///< of the search
    double seconds = 0;       ///< share of the processor time of its batch
};

/// A measurement to be kept; refers to it.
struct archive_entry {
    evaluation_key key;                 ///< what was measured on what
    const measurement* found = nullptr; ///< what came of it
    evaluation_note note = {};          ///< how it was computed
};

/// What the compensation of one layer by itself depends on.
struct setting_key {
    std::uint64_t network = 0;      ///< hash of the network
    std::uint64_t compensation = 0; ///< hash of the compensation and its samples
    std::uint64_t layer = 0;        ///< which convolution
    std::uint64_t table = 0;        ///< hash of the multiplier

    friend auto operator<=>(const setting_key&, const setting_key&) = default;
};

/// Compensated weights and corrections of one layer.
struct stored_setting {
    std::vector<std::uint8_t> weights;           ///< codes given to the multiplier
    std::vector<channel_correction> corrections; ///< one for each output channel

    friend bool operator==(const stored_setting&, const stored_setting&) = default;
};

/// Where evaluations are kept. A measurement on fewer images than the whole set is that of the first ones; it
/// replaces a shorter one of the same key and never a longer one.
///
/// All functions may be called by several threads at once. What store() has returned from survives the
/// process, as far as the archive is one that can.
class search_archive {
public:
    search_archive() = default;
    search_archive(const search_archive&) = delete;
    search_archive& operator=(const search_archive&) = delete;
    virtual ~search_archive() = default;

    /// What is known under a key; nothing if there is none.
    [[nodiscard]] virtual std::optional<measurement> find(const evaluation_key& key) = 0;
    virtual void store(std::span<const archive_entry> entries) = 0; ///< all or none of them

    /// The setting that is kept under a key; nothing if there is none.
    [[nodiscard]] virtual std::optional<stored_setting> find_setting(const setting_key& key) = 0;
    /// Keeps a setting under a key.
    virtual void store_setting(const setting_key& key, const stored_setting& setting) = 0;
};

/// An archive that ends with the process.
class memory_archive final : public search_archive {
public:
    /// What is known under a key; nothing if there is none.
    [[nodiscard]] std::optional<measurement> find(const evaluation_key& key) override {
        const std::lock_guard lock(access_);
        const auto known = evaluations_.find(key);
        return known == evaluations_.end() ? std::nullopt : std::optional(known->second);
    }
    void store(std::span<const archive_entry> entries) override {
        const std::lock_guard lock(access_);
        for (const auto& entry : entries) {
            auto& known = evaluations_[entry.key];
            if (entry.found->images() > known.images()) {
                known = *entry.found;
            }
        }
    }
    /// The setting that is kept under a key; nothing if there is none.
    [[nodiscard]] std::optional<stored_setting> find_setting(const setting_key& key) override {
        const std::lock_guard lock(access_);
        const auto known = settings_.find(key);
        return known == settings_.end() ? std::nullopt : std::optional(known->second);
    }
    /// Keeps a setting under a key.
    void store_setting(const setting_key& key, const stored_setting& setting) override {
        const std::lock_guard lock(access_);
        settings_[key] = setting;
    }

    /// How many evaluations it holds.
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(access_);
        return evaluations_.size();
    }

private:
    mutable std::mutex access_;
    std::map<evaluation_key, measurement> evaluations_;
    std::map<setting_key, stored_setting> settings_;
};

} // namespace alwann::inline ALWANN_ABI
