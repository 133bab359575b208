// SPDX-License-Identifier: MIT
/// @file
/// Designs whose layers are compensated together, each on what the layers before it really give.
#pragma once

#include <alwann/accelerator/mac_count.hpp>
#include <alwann/compensation/compensation_data.hpp>
#include <alwann/core/executor.hpp>
#include <alwann/core/fingerprint.hpp>
#include <alwann/library/library.hpp>
#include <alwann/nn/network_fingerprint.hpp>
#include <alwann/search/archive.hpp>
#include <alwann/search/block_job.hpp>
#include <alwann/search/evaluator_options.hpp>
#include <alwann/search/layer_noise.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Compensates designs in the order of their layers and measures them: better than layers that are each
/// compensated alone (lone_settings), and as much work again for every design. May be used by several threads
/// at once.
template <compensation Compensation>
class ordered_designs {
public:
    /// `variant` tells the compensation from others of its name. The images are those of the search. All
    /// arguments but the compensation must outlive this object.
    ordered_designs(const network& network, const library& parts, const compensation_data& calibration,
                    Compensation how, std::string variant, const benchmark_images& images)
        : network_(network),
          parts_(parts),
          calibration_(&calibration),
          how_(std::move(how)),
          variant_(std::move(variant)),
          images_(images),
          network_hash_(hash_of(network)),
          calibration_hash_(calibration.hash()) {}

    /// Another compensation; null: with the calibration as it is.
    void use(Compensation how, std::string variant, const compensation_data* calibration) {
        how_ = std::move(how);
        variant_ = std::move(variant);
        if (calibration != nullptr) {
            calibration_ = calibration;
            calibration_hash_ = calibration->hash();
        }
    }

    /// Whether the order of the layers matters to the compensation.
    [[nodiscard]] bool needs_samples() const { return how_.needs_samples(); }
    /// What it does, for people.
    [[nodiscard]] std::string description() const {
        return how_.name() + (variant_.empty() ? "" : " (" + variant_ + ")") +
               (how_.needs_samples() ? ", in order, sums as wholes" : "");
    }

    /// A design's layers. Throws value_error for an unknown multiplier, shape_error for a wrong number of
    /// them.
    [[nodiscard]] design_setting setting(const std::vector<std::size_t>& multipliers) const {
        std::vector<table> tables;
        for (const auto index : multipliers) {
            tables.push_back(parts_.at(index).products);
        }
        return calibration_->compensate(tables, how_);
    }

    /// Does what a job still lacks.
    void run(design_job& job) const {
        job.found.resize(job.images.size());
        if (job.complete()) {
            return;
        }
        const auto start = std::chrono::steady_clock::now();
        const auto design = setting(job.multipliers);
        for (std::size_t i = 0; i < job.images.size(); ++i) {
            if (job.found[i].images() == 0) {
                job.found[i] = job.images[i]->measure(design);
            }
        }
        if (job.noise && job.layer_snr_db.empty()) {
            for (const auto& power : layer_noise(network_, design, images_.codes())) {
                job.layer_snr_db.push_back(static_cast<float>(power.decibels())); // as an archive keeps it
            }
        }
        job.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    /// Does what jobs lack, here or where options.runner says, and keeps it in options.archive, which may
    /// know some of it already. Calls count(products) and observe(how many are complete) after each, on any
    /// thread, one call at a time. Throws interrupted_error if it was told to stop; what was done by then is
    /// complete.
    template <class Count>
    void run_all(std::span<design_job> jobs, executor_ref workers, const evaluator_options& options,
                 Count&& count, const std::function<void(std::size_t)>& observe) const {
        std::vector<design_job*> lacking;
        for (auto& job : jobs) {
            job.found.resize(job.images.size());
            if (options.archive != nullptr) {
                find(job, *options.archive);
            }
            if (!job.complete()) {
                lacking.push_back(&job);
            }
        }
        const auto macs = macs_of(network_);
        const auto image_products =
            static_cast<double>(std::accumulate(macs.begin(), macs.end(), std::uint64_t{0}));
        for (auto* job : lacking) {
            job->emulated = 0;
            for (std::size_t i = 0; i < job->images.size(); ++i) {
                if (job->found[i].images() == 0) {
                    job->emulated += image_products * static_cast<double>(job->images[i]->size());
                }
            }
        }
        std::mutex observing;
        std::size_t complete = jobs.size() - lacking.size();
        const auto done = [&](design_job& job) {
            if (options.archive != nullptr) {
                keep(job, *options.archive, {{}, options.engine, options.seed, 0});
            }
            const std::lock_guard lock(observing);
            count(job.emulated);
            ++complete;
            if (observe) {
                observe(complete);
            }
        };
        if (options.runner.run_designs) {
            options.runner.run_designs(lacking, done);
            return;
        }
        workers.for_each(lacking.size(), [&](std::size_t i) {
            if (options.interrupted && options.interrupted()) {
                throw interrupted_error();
            }
            run(*lacking[i]);
            done(*lacking[i]);
        });
    }

private:
    /// Fills in what an archive knows of a job.
    void find(design_job& job, search_archive& archive) const {
        job.found.resize(job.images.size());
        for (std::size_t i = 0; i < job.images.size(); ++i) {
            if (auto known = archive.find(key(job.multipliers, *job.images[i]));
                known && known->images() == job.images[i]->size()) {
                job.found[i] = std::move(*known);
            }
        }
        if (job.noise && job.layer_snr_db.empty()) {
            if (const auto known = archive.find(noise_key(job.multipliers));
                known && known->images() == job.multipliers.size()) {
                job.layer_snr_db.assign(known->logit_errors.begin(), known->logit_errors.end());
            }
        }
    }
    /// Gives an archive what came of a job; `note` lacks the description and the seconds.
    void keep(const design_job& job, search_archive& archive, evaluation_note note) const {
        note.compensation = description();
        note.seconds = job.seconds / static_cast<double>(job.images.size());
        std::vector<archive_entry> entries;
        for (std::size_t i = 0; i < job.images.size(); ++i) {
            entries.push_back({key(job.multipliers, *job.images[i]), &job.found[i], note});
        }
        // The noise of layers has the form of a measurement, a layer in the place of an image.
        measurement noise;
        if (!job.layer_snr_db.empty()) {
            noise.hits.assign(job.layer_snr_db.size(), false);
            for (const double each : job.layer_snr_db) {
                noise.logit_errors.push_back(static_cast<float>(each));
            }
            entries.push_back({noise_key(job.multipliers), &noise, note});
        }
        archive.store(entries);
    }

    [[nodiscard]] evaluation_key key(const std::vector<std::size_t>& multipliers,
                                     const benchmark_images& images) const {
        fingerprint how;
        how.add(description());
        evaluation_key result{network_hash_,
                              images.hash(),
                              (how_.needs_samples() ? how.add(calibration_hash_) : how).value(),
                              {}};
        for (const auto index : multipliers) {
            result.tables.push_back(parts_.at(index).hash);
        }
        return result;
    }

    [[nodiscard]] evaluation_key noise_key(const std::vector<std::size_t>& multipliers) const {
        auto result = key(multipliers, images_);
        result.images = fingerprint().add("noise of layers").add(result.images).value();
        return result;
    }

    const network& network_;
    const library& parts_;
    const compensation_data* calibration_;
    Compensation how_;
    std::string variant_;
    const benchmark_images& images_;
    std::uint64_t network_hash_, calibration_hash_;
};

} // namespace alwann::inline ALWANN_ABI
