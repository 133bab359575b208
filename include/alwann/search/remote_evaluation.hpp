// SPDX-License-Identifier: MIT
/// @file
/// Evaluations carried out by other processes.
#pragma once

#include <alwann/core/packing.hpp>
#include <alwann/search/evaluator.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

inline void pack(packer& to, const stored_setting& setting) {
    to.put_all(setting.weights).put_all(setting.corrections);
}
inline stored_setting unpack_setting(unpacker& from) {
    stored_setting setting;
    setting.weights = from.get_all<std::vector<std::uint8_t>>();
    setting.corrections = from.get_all<std::vector<channel_correction>>();
    return setting;
}

inline void pack(packer& to, const measurement& found) {
    to.put_all(std::vector<std::uint8_t>(found.hits.begin(), found.hits.end()));
    to.put_all(found.logit_errors);
}
inline measurement unpack_measurement(unpacker& from) {
    measurement found;
    for (const auto hit : from.get_all<std::vector<std::uint8_t>>()) {
        found.hits.push_back(hit != 0);
    }
    found.logit_errors = from.get_all<std::vector<float>>();
    return found.first(found.images());
}

} // namespace detail

/// Splits the work of a design_evaluator among the ranks of `Workers`, such as mpi_workers. All ranks make
/// the same evaluator; rank 0 searches with the runner() of this object in its options, the others serve().
///
/// A layer compensated alone is worked out once, by whichever rank, and sent to those that need it. Designs
/// compensated in the order of their layers are work for one rank each, if it has the images: they are
/// named by their place in a list that all ranks give in the same order.
template <class Evaluator, class Workers>
class remote_evaluation {
public:
    /// What designs may be measured on.
    using image_sets = std::vector<const benchmark_images*>;

    /// The workers must outlive this object.
    explicit remote_evaluation(Workers& workers)
        : workers_(workers), sent_(static_cast<std::size_t>(workers.size())) {}
    remote_evaluation(const remote_evaluation&) = delete;
    remote_evaluation& operator=(const remote_evaluation&) = delete;

    /// For evaluator_options::runner; refers to this object.
    [[nodiscard]] block_runner runner() {
        return {[this](std::span<block_job> jobs) { run(jobs); }, static_cast<std::size_t>(workers_.size()),
                [this](std::span<design_job* const> jobs, const auto& done) { run_designs(jobs, done); }};
    }
    /// The evaluator that the runner works for, before it is used, and the sets of images that ranks have.
    void attach(const Evaluator& evaluator, image_sets images = {}) {
        evaluator_ = &evaluator;
        images_ = std::move(images);
    }

    /// Ranks other than 0: works until rank 0 lets go.
    static void serve(const Evaluator& evaluator, Workers& workers, const image_sets& images = {}) {
        workers.serve([&](const byte_vector& message) { return answer(evaluator, images, message); });
    }

private:
    enum class kind : std::uint8_t { setting, block, design };
    using layer_part = std::pair<std::size_t, std::size_t>;

    void run(std::span<block_job> jobs) {
        // What no rank has worked out yet comes first; a wave of designs lacks little of it.
        const auto missing = evaluator_->settings().lacking(jobs);
        workers_.run(
            missing.size(),
            [&](std::size_t i, int rank) {
                sent_[static_cast<std::size_t>(rank)].insert(missing[i]);
                return packer()
                    .put(kind::setting)
                    .put(std::uint64_t{missing[i].first})
                    .put(std::uint64_t{missing[i].second})
                    .take();
            },
            [&](std::size_t i) { (void)evaluator_->settings().setting(missing[i].first, missing[i].second); },
            [&](std::size_t i, const byte_vector& reply) {
                unpacker from(reply);
                evaluator_->settings().put(missing[i].first, missing[i].second, detail::unpack_setting(from));
            });
        std::vector<std::size_t> blocks; // a rank has activations of those that it worked on
        for (const auto& job : jobs) {
            blocks.push_back(job.block);
        }
        workers_.run(
            blocks, [&](std::size_t i, int rank) { return pack(jobs[i], static_cast<std::size_t>(rank)); },
            [&](std::size_t i) { evaluator_->run(jobs[i]); },
            [&](std::size_t i, const byte_vector& reply) { unpack(reply, jobs[i]); });
    }

    [[nodiscard]] byte_vector pack(const block_job& job, std::size_t rank) {
        packer to;
        to.put(kind::block).put(std::uint64_t{job.block});
        std::set<layer_part> fresh;
        to.put(std::uint64_t{job.designs.size()});
        for (const auto& design : job.designs) {
            to.put_all(design);
            for (std::size_t l = 0; l < design.size(); ++l) {
                if (sent_[rank].emplace(l, design[l]).second) {
                    fresh.emplace(l, design[l]);
                }
            }
        }
        to.put(std::uint64_t{fresh.size()});
        for (const auto& [layer, part] : fresh) {
            const auto& setting = evaluator_->settings().setting(layer, part);
            to.put(std::uint64_t{layer}).put(std::uint64_t{part});
            detail::pack(to, {setting.weights, setting.corrections});
        }
        return to.take();
    }

    static void unpack(const byte_vector& reply, block_job& job) {
        unpacker from(reply);
        job.emulated = from.get<double>();
        job.skipped = from.get<double>();
        for (std::size_t i = 0; i < job.designs.size(); ++i) {
            job.found.push_back(detail::unpack_measurement(from));
        }
    }

    void run_designs(std::span<design_job* const> jobs, const std::function<void(design_job&)>& done) {
        const auto go_on = [this] {
            const auto& interrupted = evaluator_->options().interrupted;
            if (interrupted && interrupted()) {
                throw interrupted_error();
            }
        };
        const auto index_of = [this](const benchmark_images* set) {
            return static_cast<std::size_t>(std::find(images_.begin(), images_.end(), set) - images_.begin());
        };
        std::vector<design_job*> spread;
        for (auto* job : jobs) {
            const bool everywhere = std::all_of(job->images.begin(), job->images.end(), [&](const auto* set) {
                return index_of(set) < images_.size();
            });
            if (everywhere) {
                spread.push_back(job);
                continue;
            }
            go_on();
            evaluator_->run(*job);
            done(*job);
        }
        workers_.run(
            spread.size(),
            [&](std::size_t i, int) {
                go_on();
                const auto& job = *spread[i];
                packer to;
                to.put(kind::design).put_all(job.multipliers);
                to.put(static_cast<std::uint8_t>(job.noise && job.layer_snr_db.empty() ? 1 : 0));
                std::vector<std::size_t> sets;
                for (std::size_t s = 0; s < job.images.size(); ++s) {
                    if (job.found[s].images() == 0) {
                        sets.push_back(index_of(job.images[s]));
                    }
                }
                return to.put_all(sets).take();
            },
            [&](std::size_t i) {
                go_on();
                evaluator_->run(*spread[i]);
                done(*spread[i]);
            },
            [&](std::size_t i, const byte_vector& reply) {
                auto& job = *spread[i];
                unpacker from(reply);
                job.seconds = from.get<double>();
                if (auto noise = from.get_all<std::vector<double>>(); !noise.empty()) {
                    job.layer_snr_db = std::move(noise);
                }
                for (auto& found : job.found) {
                    if (found.images() == 0) {
                        found = detail::unpack_measurement(from);
                    }
                }
                done(job);
            });
    }

    static byte_vector answer_design(const Evaluator& evaluator, const image_sets& images, unpacker& from) {
        design_job job;
        job.multipliers = from.get_all<layer_choice>();
        job.noise = from.get<std::uint8_t>() != 0;
        for (const auto set : from.get_all<std::vector<std::size_t>>()) {
            job.images.push_back(images.at(set));
        }
        evaluator.run(job);
        packer to;
        to.put(job.seconds).put_all(job.layer_snr_db);
        for (const auto& found : job.found) {
            detail::pack(to, found);
        }
        return to.take();
    }

    static byte_vector answer(const Evaluator& evaluator, const image_sets& images,
                              const byte_vector& message) {
        unpacker from(message);
        packer to;
        const auto what = from.get<kind>();
        if (what == kind::design) {
            return answer_design(evaluator, images, from);
        }
        if (what == kind::setting) {
            const auto layer = static_cast<std::size_t>(from.get<std::uint64_t>());
            const auto part = static_cast<std::size_t>(from.get<std::uint64_t>());
            const auto& setting = evaluator.settings().setting(layer, part);
            detail::pack(to, {setting.weights, setting.corrections});
            return to.take();
        }
        block_job job;
        job.block = static_cast<std::size_t>(from.get<std::uint64_t>());
        const auto designs = from.get<std::uint64_t>();
        for (std::uint64_t i = 0; i < designs; ++i) {
            job.designs.push_back(from.get_all<layer_choice>());
        }
        const auto settings = from.get<std::uint64_t>();
        for (std::uint64_t i = 0; i < settings; ++i) {
            const auto layer = static_cast<std::size_t>(from.get<std::uint64_t>());
            const auto part = static_cast<std::size_t>(from.get<std::uint64_t>());
            evaluator.settings().put(layer, part, detail::unpack_setting(from));
        }
        evaluator.run(job);
        to.put(job.emulated).put(job.skipped);
        for (const auto& found : job.found) {
            detail::pack(to, found);
        }
        return to.take();
    }

    Workers& workers_;
    const Evaluator* evaluator_ = nullptr;
    image_sets images_;
    std::vector<std::set<layer_part>> sent_; // what each rank has
};

} // namespace alwann::inline ALWANN_ABI
