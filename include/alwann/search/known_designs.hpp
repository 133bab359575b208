// SPDX-License-Identifier: MIT
/// @file
/// What was found out about designs so far, and which images they still lack.
#pragma once

#include <alwann/library/library.hpp>
#include <alwann/search/archive.hpp>
#include <alwann/search/evaluator_options.hpp>

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// A design on its way through the stages of images.
struct design_progress {
    layer_choice multipliers;                    ///< of each layer; of components with equal tables the first
    std::vector<const measurement*> rivals = {}; ///< of all requests for it; empty: never to be dropped
    measurement seen = {};                       ///< may be more than the stages so far have asked for
    bool finished = false;                       ///< measured on all images, or dropped
};

/// The designs that an evaluator has measured, and those of its archive. Designs are known by the tables that
/// their layers imply. May be used by several threads at once.
class known_designs {
public:
    /// What does not change from design to design.
    struct task {
        std::string network;               ///< its name, for complaints
        std::size_t layers = 0;            ///< whose multipliers designs choose
        double image_products = 0;         ///< of one image
        std::size_t images = 0;            ///< that designs are measured on
        std::size_t block = 0;             ///< images that go through the network together
        double drop_level = 0;             ///< as in evaluator_options
        evaluation_key key = {};           ///< of all evaluations, without the tables
        evaluation_note note = {};         ///< of all evaluations, without the time
        search_archive* archive = nullptr; ///< may be null
    };

    /// The library must outlive this object.
    ALWANN_SEPARABLE known_designs(const library& parts, task what);

    /// The different ones among `designs` that have not seen all images they have to see; neighbours begin
    /// alike. Throws value_error for an unknown multiplier, shape_error for a wrong number of them or a rival
    /// that was not measured on all images.
    [[nodiscard]] ALWANN_SEPARABLE std::vector<design_progress> open(std::span<const design_request> designs);

    /// How many images a design has seen after each stage.
    [[nodiscard]] const std::vector<std::size_t>& stages() const noexcept { return stages_; }

    /// Whether judge() may drop one of the unfinished designs.
    [[nodiscard]] ALWANN_SEPARABLE bool may_drop(std::span<const design_progress> designs) const;
    /// Finishes a design at the end of a stage if it has seen all images, or enough of them.
    ALWANN_SEPARABLE void judge(design_progress& design, std::size_t stage);

    /// Takes designs that are measured on the first stage's images and are no further.
    ALWANN_SEPARABLE void keep_samples(std::vector<design_progress> designs);

    /// Keeps in the archive what designs have seen; `seconds`: processor time of one.
    ALWANN_SEPARABLE void store(std::span<design_progress* const> designs, double seconds) const;

    /// What a design has been measured to be on all images; nothing if it was not.
    [[nodiscard]] ALWANN_SEPARABLE std::optional<measurement> complete(const layer_choice& multipliers) const;
    /// What a design has been measured to be, which must be finished.
    [[nodiscard]] ALWANN_SEPARABLE measurement found(const layer_choice& multipliers) const;
    /// The same on the images of the first stage alone, of a design that was finished or sampled.
    [[nodiscard]] ALWANN_SEPARABLE measurement sample(const layer_choice& multipliers) const;

    /// Adds to the counts: products emulated, and not emulated since activations were shared.
    ALWANN_SEPARABLE void count(double emulated, double skipped);
    /// What was done and saved so far.
    [[nodiscard]] ALWANN_SEPARABLE evaluation_counts counts() const;
    /// Different designs that are finished.
    [[nodiscard]] ALWANN_SEPARABLE std::size_t size() const;
    /// Calls visit(multipliers, measurement) for each of them, dropped ones included, in the order of their
    /// multipliers.
    template <class Visit>
    void visit(Visit&& each) const {
        const std::lock_guard lock(access_);
        for (const auto& [multipliers, found] : finished_) {
            each(multipliers, found);
        }
    }

private:
    /// Components with equal tables compute the same: the first of them stands for all.
    [[nodiscard]] layer_choice key(layer_choice multipliers) const;
    /// What samples or the archive know of a design that is not finished. To be called with the lock held.
    [[nodiscard]] measurement recall(const layer_choice& multipliers);
    [[nodiscard]] evaluation_key archive_key(const layer_choice& multipliers) const;
    /// Of one look at a design.
    [[nodiscard]] double level() const;

    const library& parts_;
    task task_;
    std::vector<std::size_t> stages_;
    std::vector<std::size_t> twins_; ///< of each component, the first with its table
    mutable std::mutex access_;
    std::map<layer_choice, measurement> finished_; ///< on all images, or dropped
    std::map<layer_choice, measurement> sampled_;  ///< on some, with more to come
    evaluation_counts counts_;
};

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/search/detail/define_known_designs.hpp>
#endif
