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
#include <alwann/search/detail/wave_jobs.hpp>
#include <alwann/search/evaluator_options.hpp>
#include <alwann/search/image_stages.hpp>
#include <alwann/search/kept_activations.hpp>
#include <alwann/search/known_designs.hpp>
#include <alwann/search/lone_settings.hpp>
#include <alwann/search/ordered_designs.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Measures designs whose layers are each compensated alone (see lone_settings), and single designs that are
/// compensated in the order of their layers. Designs that differ only in how tiles are numbered, or in
/// components with equal tables, are one. May be used by several threads at once, unless jobs are carried out
/// by a runner that may not (mpi_workers is for the thread that started MPI).
template <compensation Compensation>
class design_evaluator {
public:
    /// All arguments but the compensation and the options must outlive this object. Throws value_error for a
    /// drop_level out of range.
    design_evaluator(const network& network, const library& parts, const compensation_data& calibration,
                     Compensation how, const benchmark_images& images, evaluator_options options = {})
        : network_(network),
          parts_(parts),
          calibration_(calibration),
          how_(std::move(how)),
          images_(images),
          options_(with_block(std::move(options), images.size())),
          macs_(macs_of(network)),
          network_hash_(hash_of(network)),
          calibration_hash_(calibration.hash()),
          settings_(network, parts, calibration, how_, std::min(options_.block, images.size()), network_hash_,
                    hash_of_compensation(), options_.archive),
          passes_(network, images, settings_, macs_, options_.block),
          ordered_(network, parts, calibration, how_, options_.variant, images),
          kept_(bytes_before_convolutions(network), products_before(), options_.memory),
          known_(parts, {.network = network.source(),
                         .layers = macs_.size(),
                         .image_products = image_products(),
                         .images = images.size(),
                         .block = options_.block,
                         .drop_level = options_.drop_level,
                         .key = {network_hash_, images.hash(), hash_of_compensation(), {}},
                         .note = {describe(), options_.engine, options_.seed, 0},
                         .archive = options_.archive}) {}

    /// Each design's measurement, in order. One that was dropped has fewer images than images().size().
    ///
    /// The same for any executor. Throws value_error for an unknown multiplier, shape_error for a wrong
    /// number of them, interrupted_error if it was told to stop.
    template <executor Executor>
    [[nodiscard]] std::vector<measurement> measure_all(std::span<const design_request> designs,
                                                       const Executor& workers) const {
        auto jobs = known_.open(designs);
        const auto keeping = keep_here();
        const std::size_t stages = known_.stages().size();
        for (std::size_t first = 0, stage = 0; first < stages; first = stage + 1) {
            // Where nothing can be dropped, all that is left is one stage: the end of each is waited for.
            stage = known_.may_drop(jobs) ? first : stages - 1;
            run_stages(jobs, first, stage, workers, keeping.owns_lock());
        }
        std::vector<measurement> result;
        for (const auto& design : designs) {
            result.push_back(known_.found(design.multipliers));
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
        auto jobs = known_.open(requests);
        const auto keeping = keep_here();
        run_stages(jobs, 0, 0, workers, keeping.owns_lock());
        known_.keep_samples(std::move(jobs));
        std::vector<measurement> result;
        for (const auto& design : designs) {
            result.push_back(known_.sample(design));
        }
        return result;
    }
    /// How many images sample_all() takes.
    [[nodiscard]] std::size_t sample_size() const noexcept { return known_.stages().front(); }

    /// One design's measurement on all images. One that is known does not count as asked for.
    [[nodiscard]] measurement measure(const layer_choice& multipliers) const {
        if (auto known = known_.complete(multipliers)) {
            return *std::move(known);
        }
        const design_request one{multipliers, nullptr};
        return measure_all(std::span<const design_request>(&one, 1), serial_executor{}).front();
    }

    /// Designs compensated in the order of their layers, on any sets of images: what `found` lacks. Not among
    /// the measured ones, but kept in the archive, each when it is done. Calls observe(how many are complete)
    /// after each, on any thread, one call at a time.
    ///
    /// Throws interrupted_error if it was told to stop; the jobs that were done by then are complete.
    void compute_all(std::span<design_job> jobs, executor_ref workers,
                     const std::function<void(std::size_t)>& observe = {}) const {
        ordered_.run_all(
            jobs, workers, options_, [&](double products) { known_.count(products, 0); }, observe);
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
    /// (which must outlive this object; null: that of the search); `variant` as in the options. `images`: the
    /// search images judged by other results, if whole designs aim at these. To be called before anything
    /// else.
    void use_finally(Compensation how, std::string variant, const compensation_data* calibration = nullptr,
                     const benchmark_images* images = nullptr) {
        final_ = true;
        final_images_ = images != nullptr ? images : final_images_;
        ordered_.use(std::move(how), std::move(variant), calibration);
    }
    /// What whole designs are measured on before one of them is chosen: images(), or those of use_finally().
    [[nodiscard]] const benchmark_images& final_images() const noexcept { return *final_images_; }

    /// Whether compute_all() may give something else than measure(): without samples, the order of layers
    /// does not matter.
    [[nodiscard]] bool order_matters() const { return final_ || how_.needs_samples(); }

    /// Works on a job; what block_runner calls where the work is done. Keeps activations for later jobs on
    /// the same block.
    void run(block_job& job) const {
        const std::unique_lock keeping(keeping_, std::try_to_lock);
        if (keeping && options_.memory > 0) {
            std::vector<const layer_choice*> designs;
            for (const auto& design : job.designs) {
                designs.push_back(&design);
            }
            const std::size_t begin = job.block * options_.block;
            kept_.open(designs, job.block, job.block + 1, std::min(options_.block, images_.size() - begin),
                       images_.size());
            passes_.run(job, &kept_);
        } else {
            passes_.run(job, nullptr);
        }
    }
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
        known_.visit(visit);
    }
    /// Different designs measured so far, dropped ones included.
    [[nodiscard]] std::size_t measured() const { return known_.size(); }
    /// What was done and saved so far.
    [[nodiscard]] evaluation_counts counts() const { return known_.counts(); }

private:
    static evaluator_options with_block(evaluator_options options, std::size_t images) {
        if (!(options.drop_level >= 0 && options.drop_level <= 0.5)) {
            throw value_error("evaluator: expected a drop_level from 0 to 0.5, found " +
                              std::to_string(options.drop_level));
        }
        options.block = std::min(options.block > 0 ? options.block : default_block(images), images);
        return options;
    }

    /// Brings all unfinished designs through the stages from `first` to `last`, and finishes those for which
    /// that is enough.
    void run_stages(std::vector<design_progress>& jobs, std::size_t first, std::size_t last,
                    executor_ref workers, bool keeping) const {
        const std::size_t begin = first == 0 ? 0 : known_.stages()[first - 1];
        const std::size_t end = known_.stages()[last];
        std::vector<design_progress*> lacking;
        for (auto& job : jobs) {
            if (job.finished) {
                continue;
            }
            if (job.seen.images() < end) {
                lacking.push_back(&job);
            } else {
                known_.judge(job, last);
            }
        }
        const detail::block_range blocks{begin / options_.block, (end + options_.block - 1) / options_.block,
                                         options_.block};
        if (keeping) {
            std::vector<const layer_choice*> designs;
            for (const auto* job : lacking) {
                designs.push_back(&job->multipliers);
            }
            kept_.open(designs, blocks.first, blocks.last, end - begin, images_.size());
        }
        const detail::stage_division size(lacking.size(), blocks.size(), concurrency(workers),
                                          static_cast<bool>(options_.runner));
        for (std::size_t done = 0; done < lacking.size(); done += size.wave) {
            const auto now = std::span(lacking).subspan(done, std::min(size.wave, lacking.size() - done));
            run_wave(now, size.part, blocks, workers, keeping);
            for (auto* job : now) {
                known_.judge(*job, last);
            }
            if (options_.interrupted && options_.interrupted()) {
                throw interrupted_error();
            }
        }
    }

    /// Of several calls at a time one shares activations; none does whose work is done elsewhere.
    [[nodiscard]] std::unique_lock<std::mutex> keep_here() const {
        return options_.runner || options_.memory == 0 ? std::unique_lock<std::mutex>()
                                                       : std::unique_lock(keeping_, std::try_to_lock);
    }

    [[nodiscard]] std::size_t concurrency(executor_ref workers) const {
        return std::max<std::size_t>(1,
                                     options_.runner ? options_.runner.concurrency : workers.concurrency());
    }

    void run_wave(std::span<design_progress* const> designs, std::size_t part, detail::block_range blocks,
                  executor_ref workers, bool keeping) const {
        detail::wave_jobs wave(designs, part, blocks);
        const std::span<block_job> work(wave.jobs);
        const auto start = std::chrono::steady_clock::now();
        if (options_.runner) {
            options_.runner.run(work);
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
        wave.collect();
        for (const auto& job : work) {
            known_.count(job.emulated, job.skipped);
        }
        known_.store(designs, seconds);
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
    [[nodiscard]] static double seconds_since(std::chrono::steady_clock::time_point start) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    const class network& network_;
    const library& parts_;
    const compensation_data& calibration_;
    Compensation how_;
    bool final_ = false; // another compensation for whole designs
    const benchmark_images& images_;
    const benchmark_images* final_images_ = &images_;
    evaluator_options options_;
    std::vector<std::uint64_t> macs_;
    std::uint64_t network_hash_, calibration_hash_;
    lone_settings<Compensation> settings_;
    block_passes<Compensation> passes_;
    ordered_designs<Compensation> ordered_;
    mutable kept_activations kept_;
    mutable std::mutex keeping_;
    mutable known_designs known_;
};

} // namespace alwann::inline ALWANN_ABI
