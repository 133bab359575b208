// SPDX-License-Identifier: MIT
/// @file
/// Evaluations carried out by other processes.
#pragma once

#include <alwann/core/packing.hpp>
#include <alwann/search/evaluator.hpp>

#include <cstddef>
#include <cstdint>
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

} // namespace detail

/// Splits the work of a design_evaluator among the ranks of `Workers`, such as mpi_workers. All ranks make
/// the same evaluator; rank 0 searches with the runner() of this object in its options, the others serve().
///
/// A layer compensated alone is worked out once, by whichever rank, and sent to those that need it.
template <class Evaluator, class Workers>
class remote_evaluation {
public:
    /// The workers must outlive this object.
    explicit remote_evaluation(Workers& workers)
        : workers_(workers), sent_(static_cast<std::size_t>(workers.size())) {}
    remote_evaluation(const remote_evaluation&) = delete;
    remote_evaluation& operator=(const remote_evaluation&) = delete;

    /// For evaluator_options::runner; refers to this object.
    [[nodiscard]] block_runner runner() {
        return {[this](std::span<block_job> jobs) { run(jobs); }, static_cast<std::size_t>(workers_.size())};
    }
    /// The evaluator that the runner works for, before it is used.
    void attach(const Evaluator& evaluator) { evaluator_ = &evaluator; }

    /// Ranks other than 0: works until rank 0 lets go.
    static void serve(const Evaluator& evaluator, Workers& workers) {
        workers.serve([&](const byte_vector& message) { return answer(evaluator, message); });
    }

private:
    enum class kind : std::uint8_t { setting, block };
    using layer_part = std::pair<std::size_t, std::size_t>;

    void run(std::span<block_job> jobs) {
        // What no rank has worked out yet comes first; a wave of designs lacks little of it.
        std::set<layer_part> needed;
        for (const auto& job : jobs) {
            for (const auto& design : job.designs) {
                for (std::size_t l = 0; l < design.size(); ++l) {
                    needed.emplace(l, design[l]);
                }
            }
        }
        std::vector<layer_part> missing;
        for (const auto& [layer, part] : needed) {
            if (!evaluator_->settings().load(layer, part)) {
                missing.emplace_back(layer, part);
            }
        }
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
        workers_.run(
            jobs.size(),
            [&](std::size_t i, int rank) { return pack(jobs[i], static_cast<std::size_t>(rank)); },
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
            measurement found;
            for (const auto hit : from.get_all<std::vector<std::uint8_t>>()) {
                found.hits.push_back(hit != 0);
            }
            found.logit_errors = from.get_all<std::vector<float>>();
            job.found.push_back(found.first(found.images()));
        }
    }

    static byte_vector answer(const Evaluator& evaluator, const byte_vector& message) {
        unpacker from(message);
        packer to;
        if (from.get<kind>() == kind::setting) {
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
            to.put_all(std::vector<std::uint8_t>(found.hits.begin(), found.hits.end()));
            to.put_all(found.logit_errors);
        }
        return to.take();
    }

    Workers& workers_;
    const Evaluator* evaluator_ = nullptr;
    std::vector<std::set<layer_part>> sent_; // what each rank has
};

} // namespace alwann::inline ALWANN_ABI
