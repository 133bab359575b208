// SPDX-License-Identifier: MIT
/// @file
/// Measures designs on images, and does no work twice.
#pragma once

#include <alwann/accelerator/mac_count.hpp>
#include <alwann/compensation/compensation_data.hpp>
#include <alwann/library/library.hpp>
#include <alwann/nn/accuracy.hpp>
#include <alwann/search/archive.hpp>
#include <alwann/search/block_job.hpp>
#include <alwann/search/block_passes.hpp>
#include <alwann/search/evaluator_options.hpp>
#include <alwann/search/image_stages.hpp>
#include <alwann/search/kept_activations.hpp>
#include <alwann/search/lone_settings.hpp>
#include <alwann/search/ordered_designs.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Measures designs whose layers are each compensated alone (see lone_settings), and single designs that are
/// compensated in the order of their layers. Designs that differ only in how tiles are numbered, or in
/// components with equal tables, are one. May be used by several threads at once.
template <compensation Compensation>
class design_evaluator {
public:
    /// All arguments but the compensation and the options must outlive this object.
    design_evaluator(const network& network, const library& parts, const compensation_data& calibration,
                     Compensation how, const benchmark_images& images, evaluator_options options = {})
        : network_(network),
          parts_(parts),
          calibration_(calibration),
          how_(std::move(how)),
          images_(images),
          options_(std::move(options)),
          macs_(macs_of(network)),
          stages_(growing_stages(images.size(), options_.block)),
          network_hash_(hash_of(network)),
          calibration_hash_(calibration.hash()),
          settings_(network, parts, calibration, how_, std::min(options_.block, images.size()), network_hash_,
                    hash_of_compensation(), options_.archive),
          passes_(network, images, settings_, macs_, options_.block),
          ordered_(network, parts, calibration, how_, options_.variant, images),
          kept_(bytes_before_convolutions(network), products_before(), options_.memory) {
        for (std::size_t index = 0; index < parts.size(); ++index) {
            std::size_t first = 0;
            while (parts[first].hash != parts[index].hash) {
                ++first;
            }
            twins_.push_back(first);
        }
    }

    /// Each design's measurement, in order. One that was dropped has fewer images than images().size().
    ///
    /// The same for any executor. Throws value_error for an unknown multiplier, shape_error for a wrong
    /// number of them, interrupted_error if it was told to stop.
    template <executor Executor>
    [[nodiscard]] std::vector<measurement> measure_all(std::span<const design_request> designs,
                                                       const Executor& workers) const {
        auto jobs = open_jobs(designs);
        std::unique_lock keeping(keeping_,
                                 std::try_to_lock); // of several calls at a time one shares activations
        for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
            run_stage(jobs, stage, workers, keeping.owns_lock());
        }
        std::vector<measurement> result;
        const std::lock_guard lock(access_);
        for (const auto& design : designs) {
            result.push_back(known_.at(key(design.multipliers)));
        }
        return result;
    }
    /// The same without rivals: each design on all images.
    template <executor Executor>
    [[nodiscard]] std::vector<measurement> measure_all(std::span<const layer_choice> designs,
                                                       const Executor& workers) const {
        std::vector<design_request> requests;
        for (const auto& multipliers : designs) {
            requests.push_back({multipliers, nullptr});
        }
        return measure_all(std::span<const design_request>(requests), workers);
    }

    /// Each design's measurement on the images of the first stage: cheap, and enough for its logit error.
    /// They count as measured once they are measured on all images.
    template <executor Executor>
    [[nodiscard]] std::vector<measurement> sample_all(std::span<const layer_choice> designs,
                                                      const Executor& workers) const {
        std::vector<design_request> requests;
        for (const auto& multipliers : designs) {
            requests.push_back({multipliers, nullptr});
        }
        auto jobs = open_jobs(requests);
        std::unique_lock keeping(keeping_, std::try_to_lock);
        run_stage(jobs, 0, workers, keeping.owns_lock());
        const std::lock_guard lock(access_);
        for (auto& job : jobs) {
            sampled_[job.multipliers] = std::move(job.seen);
        }
        std::vector<measurement> result;
        for (const auto& design : designs) {
            const auto chosen = key(design);
            const auto known = known_.find(chosen);
            result.push_back(
                (known != known_.end() ? known->second : sampled_.at(chosen)).first(stages_.front()));
        }
        return result;
    }
    /// How many images sample_all() takes.
    [[nodiscard]] std::size_t sample_size() const noexcept { return stages_.front(); }

    /// One design's measurement on all images.
    [[nodiscard]] measurement measure(const layer_choice& multipliers) const {
        const design_request one{multipliers, nullptr};
        return measure_all(std::span<const design_request>(&one, 1), serial_executor{}).front();
    }

    /// Designs compensated in the order of their layers, on any sets of images: what `found` lacks. Not among
    /// the measured ones, but kept in the archive, each when it is done.
    ///
    /// Throws interrupted_error if it was told to stop; the jobs that were done by then are complete.
    void compute_all(std::span<design_job> jobs, executor_ref workers) const {
        std::vector<design_job*> lacking;
        for (auto& job : jobs) {
            job.found.resize(job.images.size());
            if (options_.archive != nullptr) {
                ordered_.find(job, *options_.archive);
            }
            if (!job.complete()) {
                lacking.push_back(&job);
            }
        }
        for (auto* job : lacking) {
            job->emulated = 0;
            for (std::size_t i = 0; i < job->images.size(); ++i) {
                if (job->found[i].images() == 0) {
                    job->emulated += image_products() * static_cast<double>(job->images[i]->size());
                }
            }
        }
        const auto done = [this](design_job& job) {
            if (options_.archive != nullptr) {
                ordered_.keep(job, *options_.archive, {{}, options_.engine, options_.seed, 0});
            }
            const std::lock_guard lock(access_);
            counts_.emulated += job.emulated;
        };
        if (options_.runner.run_designs) {
            options_.runner.run_designs(lacking, done);
            return;
        }
        workers.for_each(lacking.size(), [&](std::size_t i) {
            if (options_.interrupted && options_.interrupted()) {
                throw interrupted_error();
            }
            ordered_.run(*lacking[i]);
            done(*lacking[i]);
        });
    }
    /// One of them.
    [[nodiscard]] measurement compute(const layer_choice& multipliers, const benchmark_images& images) const {
        design_job job{multipliers, {&images}};
        compute_all(std::span<design_job>(&job, 1), serial_executor{});
        return std::move(job.found.front());
    }
    /// A design compensated in the order of its layers, as compute_all() measures it.
    [[nodiscard]] design_setting compensated(const layer_choice& multipliers) const {
        return ordered_.setting(multipliers);
    }

    /// Another compensation for compute_all(), one that takes more time for a design, from `calibration`
    /// (which must outlive this object; null: that of the search); `variant` as in the options. To be called
    /// before anything else.
    void use_finally(Compensation how, std::string variant, const compensation_data* calibration = nullptr) {
        final_ = true;
        ordered_.use(std::move(how), std::move(variant), calibration);
    }

    /// Whether compute_all() may give something else than measure(): without samples, the order of layers
    /// does not matter.
    [[nodiscard]] bool order_matters() const { return final_ || how_.needs_samples(); }

    /// Works on a job; what block_runner calls where the work is done.
    void run(block_job& job) const { passes_.run(job, nullptr); }
    /// The same of a whole design.
    void run(design_job& job) const { ordered_.run(job); }

    /// What designs are measured on.
    [[nodiscard]] const benchmark_images& images() const noexcept { return images_; }
    /// The multipliers.
    [[nodiscard]] const library& parts() const noexcept { return parts_; }
    /// The network.
    [[nodiscard]] const class network& target() const noexcept { return network_; }
    /// The compensation of the search.
    [[nodiscard]] const Compensation& how() const noexcept { return how_; }
    /// The compensated layers, each by itself.
    [[nodiscard]] const lone_settings<Compensation>& settings() const noexcept { return settings_; }
    /// How it goes about its work.
    [[nodiscard]] const evaluator_options& options() const noexcept { return options_; }
    /// Of everything in the network that matters to results.
    [[nodiscard]] std::uint64_t network_hash() const noexcept { return network_hash_; }

    /// Products of one image.
    [[nodiscard]] double image_products() const {
        return static_cast<double>(std::accumulate(macs_.begin(), macs_.end(), std::uint64_t{0}));
    }
    /// Calls visit(multipliers, measurement) for each design measured so far, dropped ones included, in the
    /// order of their multipliers. Nothing else may be measured meanwhile.
    template <class Visit>
    void visit_measured(Visit&& visit) const {
        const std::lock_guard lock(access_);
        for (const auto& [multipliers, found] : known_) {
            visit(multipliers, found);
        }
    }
    /// Different designs measured so far, dropped ones included.
    [[nodiscard]] std::size_t measured() const {
        const std::lock_guard lock(access_);
        return known_.size();
    }
    /// What was done and saved so far.
    [[nodiscard]] evaluation_counts counts() const {
        const std::lock_guard lock(access_);
        return counts_;
    }

private:
    /// One different design of a batch.
    struct measuring {
        layer_choice multipliers;
        const measurement* rival = nullptr;
        measurement seen = {}; // may be more than the stages so far have asked for
        bool finished = false;
    };

    /// Components with equal tables compute the same: the first of them stands for all.
    [[nodiscard]] layer_choice key(layer_choice multipliers) const {
        for (auto& index : multipliers) {
            (void)parts_.at(index);
            index = twins_[index];
        }
        return multipliers;
    }

    [[nodiscard]] std::vector<measuring> open_jobs(std::span<const design_request> designs) const {
        std::map<layer_choice, measuring> jobs; // sorted: neighbours begin alike
        for (const auto& design : designs) {
            if (design.multipliers.size() != macs_.size()) {
                throw shape_error(network_.source() + ": expected a multiplier for each of " +
                                  std::to_string(macs_.size()) + " convolutions, found " +
                                  std::to_string(design.multipliers.size()));
            }
            auto chosen = key(design.multipliers);
            const std::lock_guard lock(access_);
            ++counts_.requested;
            const auto old = known_.find(chosen);
            // One that was dropped stays so only if this rival, too, beats it: prices may differ.
            const bool complete =
                old != known_.end() &&
                (old->second.images() == images_.size() ||
                 (design.rival != nullptr && surely_worse(old->second, *design.rival, level())));
            const auto repeated = jobs.find(chosen);
            if (complete || repeated != jobs.end()) {
                ++counts_.known;
                counts_.saved_by_known += image_products() * static_cast<double>(images_.size());
                if (repeated != jobs.end() && design.rival == nullptr) {
                    repeated->second.rival = nullptr;
                }
                continue;
            }
            measuring job{chosen, design.rival};
            const auto sampled = sampled_.find(chosen);
            if (old != known_.end()) {
                job.seen = old->second;
            } else if (sampled != sampled_.end()) {
                job.seen = sampled->second;
            } else if (options_.archive != nullptr) {
                if (auto found = options_.archive->find(archive_key(chosen))) {
                    // Another run may have had other blocks: what it has beyond a stage of ours is left.
                    const auto stage = std::upper_bound(stages_.begin(), stages_.end(), found->images());
                    job.seen = found->first(stage == stages_.begin() ? 0 : *std::prev(stage));
                    counts_.archived += job.seen.images() > 0 ? 1u : 0u;
                    counts_.saved_by_archive += image_products() * static_cast<double>(job.seen.images());
                }
            }
            jobs.emplace(std::move(chosen), std::move(job));
        }
        std::vector<measuring> result;
        for (auto& [chosen, job] : jobs) {
            result.push_back(std::move(job));
        }
        return result;
    }

    /// Brings all unfinished designs to the end of a stage, and finishes those for which that is enough.
    void run_stage(std::vector<measuring>& jobs, std::size_t stage, executor_ref workers,
                   bool keeping) const {
        const std::size_t begin = stage == 0 ? 0 : stages_[stage - 1];
        const std::size_t end = stages_[stage];
        std::vector<measuring*> lacking;
        for (auto& job : jobs) {
            if (job.finished) {
                continue;
            }
            if (job.seen.images() < end) {
                lacking.push_back(&job);
            } else {
                judge(job, stage);
            }
        }
        const std::size_t first_block = begin / options_.block;
        const std::size_t last_block = (end + options_.block - 1) / options_.block;
        if (keeping && options_.memory > 0 && !options_.runner) {
            std::vector<const layer_choice*> designs;
            for (const auto* job : lacking) {
                designs.push_back(&job->multipliers);
            }
            kept_.open(designs, first_block, last_block, end - begin, images_.size());
        } else {
            keeping = false;
        }
        // Parts of neighbours, each with all blocks of the stage; of few designs they are small, so that
        // there is work for all. A wave is what a power cut can take. Processes get longer waves: at the end
        // of each they wait for the last. What threads share must not depend on how many there are.
        const std::size_t blocks = last_block - first_block;
        const bool elsewhere = static_cast<bool>(options_.runner);
        const std::size_t tasks = (elsewhere ? 8 : 4) * concurrency(workers);
        const std::size_t pieces = elsewhere ? tasks / 2 : 16;
        const std::size_t part = std::clamp<std::size_t>(lacking.size() * blocks / pieces, 1, 8);
        const std::size_t wave = part * std::max<std::size_t>(1, (tasks + blocks - 1) / blocks);
        for (std::size_t done = 0; done < lacking.size(); done += wave) {
            const auto now = std::span(lacking).subspan(done, std::min(wave, lacking.size() - done));
            run_wave(now, part, first_block, last_block, workers, keeping);
            for (auto* job : now) {
                judge(*job, stage);
            }
            if (options_.interrupted && options_.interrupted()) {
                throw interrupted_error();
            }
        }
    }

    [[nodiscard]] std::size_t concurrency(executor_ref workers) const {
        return std::max<std::size_t>(1,
                                     options_.runner ? options_.runner.concurrency : workers.concurrency());
    }

    void run_wave(std::span<measuring* const> designs, std::size_t part, std::size_t first_block,
                  std::size_t last_block, executor_ref workers, bool keeping) const {
        std::vector<block_job> work;
        for (std::size_t begin = 0; begin < designs.size(); begin += part) {
            for (std::size_t block = first_block; block < last_block; ++block) {
                auto& job = work.emplace_back();
                job.block = block;
                for (std::size_t i = begin; i < std::min(begin + part, designs.size()); ++i) {
                    // An archived design may lack only some blocks of a stage.
                    if (designs[i]->seen.images() <= block * options_.block) {
                        job.designs.push_back(designs[i]->multipliers);
                    }
                }
            }
        }
        const auto start = std::chrono::steady_clock::now();
        if (options_.runner) {
            options_.runner.run(std::span<block_job>(work));
        } else {
            // Settings first: workers would wait for each other where several need one.
            const auto lacking = settings_.lacking(work);
            workers.for_each(lacking.size(), [&](std::size_t i) {
                if (options_.interrupted && options_.interrupted()) {
                    throw interrupted_error(); // what is made is kept
                }
                (void)settings_.setting(lacking[i].first, lacking[i].second);
            });
            auto* const kept = keeping ? &kept_ : nullptr;
            workers.for_each(work.size(), [&](std::size_t i) { passes_.run(work[i], kept); });
        }
        const double seconds = seconds_since(start) * static_cast<double>(concurrency(workers)) /
                               static_cast<double>(designs.size());
        for (std::size_t begin = 0, next = 0; begin < designs.size(); begin += part) {
            for (std::size_t block = first_block; block < last_block; ++block, ++next) {
                std::size_t result = 0;
                for (std::size_t i = begin; i < std::min(begin + part, designs.size()); ++i) {
                    if (designs[i]->seen.images() <= block * options_.block) {
                        designs[i]->seen.append(work[next].found[result++]);
                    }
                }
                const std::lock_guard lock(access_);
                counts_.emulated += work[next].emulated;
                counts_.saved_by_prefixes += work[next].skipped;
            }
        }
        if (options_.archive != nullptr) {
            std::vector<archive_entry> entries;
            for (const auto* design : designs) {
                entries.push_back({archive_key(design->multipliers), &design->seen, note(seconds)});
            }
            options_.archive->store(entries);
        }
    }

    /// The level of one look: each may be wrong, together they may be as often as the options say.
    [[nodiscard]] double level() const {
        return options_.drop_level / static_cast<double>(std::max<std::size_t>(2, stages_.size()) - 1);
    }

    /// Finishes a design that has seen all images, or enough of them.
    void judge(measuring& job, std::size_t stage) const {
        const std::size_t end = stages_[stage];
        const bool complete = stage + 1 == stages_.size();
        if (!complete && (job.rival == nullptr || !(options_.drop_level > 0))) {
            return;
        }
        auto seen = job.seen.first(end);
        if (!complete) {
            if (!surely_worse(seen, *job.rival, level())) {
                return;
            }
        }
        job.finished = true;
        const std::lock_guard lock(access_);
        if (!complete) {
            ++counts_.dropped;
            counts_.saved_by_drops +=
                image_products() * static_cast<double>(images_.size() - std::max(end, job.seen.images()));
        }
        known_.insert_or_assign(job.multipliers, std::move(seen));
    }

    [[nodiscard]] std::vector<double> products_before() const {
        std::vector<double> sums;
        double sum = 0;
        for (const auto count : macs_) {
            sums.push_back(sum);
            sum += static_cast<double>(count);
        }
        return sums;
    }

    [[nodiscard]] std::string describe() const {
        return how_.name() + (options_.variant.empty() ? "" : " (" + options_.variant + ")") +
               (how_.needs_samples() ? ", each layer alone" : "");
    }
    [[nodiscard]] std::uint64_t hash_of_compensation() const {
        fingerprint found;
        found.add(describe());
        return (how_.needs_samples() ? found.add(calibration_hash_) : found).value();
    }
    [[nodiscard]] evaluation_key archive_key(const layer_choice& multipliers) const {
        evaluation_key result{network_hash_, images_.hash(), hash_of_compensation(), {}};
        for (const auto index : multipliers) {
            result.tables.push_back(parts_.at(index).hash);
        }
        return result;
    }
    [[nodiscard]] evaluation_note note(double seconds) const {
        return {describe(), options_.engine, options_.seed, seconds};
    }
    [[nodiscard]] static double seconds_since(std::chrono::steady_clock::time_point start) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    const class network& network_;
    const library& parts_;
    const compensation_data& calibration_;
    Compensation how_;
    bool final_ = false; // another compensation for whole designs
    const benchmark_images& images_;
    evaluator_options options_;
    std::vector<std::uint64_t> macs_;
    std::vector<std::size_t> stages_;
    std::uint64_t network_hash_, calibration_hash_;
    lone_settings<Compensation> settings_;
    block_passes<Compensation> passes_;
    ordered_designs<Compensation> ordered_;
    std::vector<std::size_t> twins_;
    mutable kept_activations kept_;
    mutable std::mutex keeping_, access_;
    mutable std::map<layer_choice, measurement> known_;   // measured on all images, or dropped
    mutable std::map<layer_choice, measurement> sampled_; // on some, with more to come
    mutable evaluation_counts counts_;
};

} // namespace alwann::inline ALWANN_ABI
