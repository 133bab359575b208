// SPDX-License-Identifier: MIT
/// @file
/// The ALWANN problem: a multiplier for each tile, a tile for each layer.
#pragma once

#include <alwann/accelerator/architecture.hpp>
#include <alwann/accelerator/assembly.hpp>
#include <alwann/accelerator/energy.hpp>
#include <alwann/accelerator/mac_count.hpp>
#include <alwann/search/detail/rival_front.hpp>
#include <alwann/search/detail/sampled_layers.hpp>
#include <alwann/search/evaluator.hpp>
#include <alwann/search/layered.hpp>
#include <alwann/search/objectives.hpp>
#include <alwann/search/pareto.hpp>
#include <alwann/search/problem.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Chromosome: T multipliers of the library, then the tiles of L layers. Objectives, all minimised: share of
/// search images classified wrongly and relative energy (executed multiplications) unless told otherwise.
///
/// A design that the architecture or a limit forbids is not measured if that is known before; its loss is 1
/// and its logit error infinite. evaluate_all() compares each design with the front of what it evaluated
/// before, and drops those that cannot enter it (see evaluator_options::drop_level).
template <architecture Architecture, compensation Compensation>
class assignment {
public:
    /// The evaluator must outlive this object. Throws value_error for a number of tiles that does not suit
    /// the network, for an empty library, for goals without objectives or with one twice, and for a component
    /// without power (or area, if that is a goal).
    assignment(const design_evaluator<Compensation>& evaluator, Architecture accelerator,
               mac_count count = mac_count::executed, search_goals goals = {})
        : evaluator_(evaluator),
          accelerator_(std::move(accelerator)),
          macs_(macs_of(evaluator.target(), count)),
          executed_(macs_of(evaluator.target())),
          goals_(std::move(goals)) {
        check_tiles(accelerator_.tiles, layers());
        for (std::size_t index = 0; index < evaluator.parts().size(); ++index) {
            (void)energy(layer_choice(layers(), index));
        }
        (void)evaluator.parts().exact();
        goals_.check();
        for (const auto& part : evaluator.parts()) {
            if (goals_.speak_of(objective::area) && !std::isfinite(part.price.area_um2)) {
                throw value_error("multiplier '" + part.name + "': its area is unknown, and a goal needs it");
            }
        }
        if (goals_.speak_of(objective::area) && !(evaluator.parts().exact().price.area_um2 > 0)) {
            throw value_error("multiplier '" + evaluator.parts().exact().name +
                              "': expected an exact multiplier with an area above 0");
        }
    }

    /// How many a design decides about.
    [[nodiscard]] std::size_t layers() const noexcept { return macs_.size(); }
    /// Multiplications of each layer, an image.
    [[nodiscard]] const std::vector<std::uint64_t>& macs() const noexcept { return macs_; }
    /// What runs the layers.
    [[nodiscard]] const Architecture& accelerator() const noexcept { return accelerator_; }
    /// What is minimised under which limits.
    [[nodiscard]] const search_goals& goals() const noexcept { return goals_; }
    /// How many there are.
    [[nodiscard]] std::size_t objectives() const noexcept { return goals_.objectives.size(); }
    /// Where the hypervolume is measured to.
    [[nodiscard]] std::vector<double> reference() const { return goals_.reference(accelerator_.tiles); }

    /// First the multiplier of each tile, then the tile of each layer.
    [[nodiscard]] gene_space genes() const {
        const auto highest = [](std::size_t count) { return static_cast<std::int64_t>(count) - 1; };
        gene_space space;
        space.integers.assign(accelerator_.tiles, {0, highest(evaluator_.parts().size())});
        space.integers.insert(space.integers.end(), layers(), {0, highest(accelerator_.tiles)});
        return space;
    }

    /// The design of a genome. Throws what validate() does for one of another length.
    [[nodiscard]] design decode(const genome& candidate) const {
        if (candidate.integers.size() != accelerator_.tiles + layers()) {
            validate(candidate, genes());
        }
        design result;
        const auto first_layer = candidate.integers.begin() + static_cast<std::ptrdiff_t>(accelerator_.tiles);
        std::transform(candidate.integers.begin(), first_layer, std::back_inserter(result.tiles),
                       [](std::int64_t gene) { return static_cast<std::size_t>(gene); });
        std::transform(first_layer, candidate.integers.end(), std::back_inserter(result.mapping),
                       [](std::int64_t gene) { return static_cast<std::size_t>(gene); });
        return result;
    }
    /// The genome of a design.
    [[nodiscard]] genome encode(const design& what) const {
        genome result;
        for (const auto& part : {what.tiles, what.mapping}) {
            for (const auto value : part) {
                result.integers.push_back(static_cast<std::int64_t>(value));
            }
        }
        return result;
    }

    /// Makes the mapping one that the accelerator can run.
    void repair(genome& candidate) const {
        auto what = decode(candidate);
        accelerator_.repair(what.mapping);
        candidate = encode(what);
    }

    /// Relative energy of a design, by the multiplier of each layer.
    [[nodiscard]] double energy(const layer_choice& multipliers) const {
        return relative_energy(multipliers, macs_, evaluator_.parts());
    }

    /// One objective of a design; loss and logit error come from `found`.
    [[nodiscard]] double value_of(objective what, const design& design, const measurement* found) const {
        const auto all =
            static_cast<double>(std::accumulate(executed_.begin(), executed_.end(), std::uint64_t{0}));
        switch (what) {
        case objective::loss:
            return found == nullptr ? 1 : 1 - found->accuracy();
        case objective::logit_error:
            return found == nullptr ? std::numeric_limits<double>::infinity() : found->logit_mse;
        case objective::energy:
            return energy(design.multipliers());
        case objective::area:
            return tile_area(design.tiles, evaluator_.parts()) /
                   (static_cast<double>(design.tiles.size()) * evaluator_.parts().exact().price.area_um2);
        case objective::latency:
            return static_cast<double>(accelerator_.latency(design.mapping, executed_)) / all;
        case objective::interval:
            return static_cast<double>(accelerator_.cycles(design.mapping, executed_)) / all;
        case objective::multipliers: {
            const auto used = design.multipliers();
            return static_cast<double>(std::set<std::size_t>(used.begin(), used.end()).size());
        }
        }
        return 0;
    }

    /// What a design that was measured in any way is worth.
    [[nodiscard]] evaluation assess(const design& what, const measurement& found) const {
        return judge(what, &found);
    }

    /// On all images, whatever is known of others.
    [[nodiscard]] evaluation evaluate(const genome& candidate) const {
        return evaluate(std::span<const genome>(&candidate, 1), serial_executor{}, false).front();
    }
    /// What evaluate() gives for each, with shared work.
    template <executor Executor>
    [[nodiscard]] std::vector<evaluation> evaluate_all(std::span<const genome> candidates,
                                                       const Executor& workers) const {
        return evaluate(candidates, workers, true);
    }
    /// All of them on all images.
    template <executor Executor>
    [[nodiscard]] std::vector<evaluation> evaluate_fully(std::span<const genome> candidates,
                                                         const Executor& workers) const {
        return evaluate(candidates, workers, false);
    }

    /// What has been evaluated and is not dominated; in an interrupted search, what there is so far.
    [[nodiscard]] std::vector<individual> front() const { return front_.members(); }

    /// A design with one multiplier in all tiles, see spread_design().
    [[nodiscard]] design uniform(std::size_t multiplier) const {
        return spread_design(multiplier, macs_, accelerator_);
    }

    /// The uniform designs, those first that no other uniform design dominates, from the most to the least
    /// power. Measures them.
    [[nodiscard]] std::vector<genome> seeds() const {
        std::vector<individual> uniforms;
        for (std::size_t index = 0; index < evaluator_.parts().size(); ++index) {
            const auto genes = encode(uniform(index));
            uniforms.push_back({genes, evaluate(genes)});
        }
        std::vector<genome> result;
        for (const auto& front : non_dominated_sort(uniforms)) {
            auto ordered = front;
            std::stable_sort(ordered.begin(), ordered.end(), [&](std::size_t a, std::size_t b) {
                return energy_of(uniforms[a]) > energy_of(uniforms[b]);
            });
            for (const auto index : ordered) {
                result.push_back(uniforms[index].genes);
            }
        }
        return result;
    }

    /// Each layer alone with each multiplier, the others exact: its logit error on some images, and its share
    /// of the energy. The sum of logit errors orders whole designs well. std::nullopt if loss (or logit
    /// error) and energy are not the first two objectives, or if it took more than `most` evaluations' worth
    /// of products; what is known already counts too, so that a resumed search goes the same way.
    template <executor Executor>
    [[nodiscard]] std::optional<layered_model>
    layered(const Executor& workers, double most = std::numeric_limits<double>::infinity()) const {
        const double spent = layered_evaluations();
        if (spent > most || !has_layered_goals()) {
            return std::nullopt;
        }
        auto model = detail::sampled_layers(evaluator_, macs_, workers);
        model.kinds = accelerator_.tiles;
        model.contiguous = accelerator_.contiguous();
        model.spent = spent;
        model.saturation =
            goals_.objectives.front() == objective::logit_error ? evaluator_.images().logit_variance() : 0;
        return model;
    }

    /// What layered() costs, in evaluations' worth of products: each layer and those after it, with each
    /// multiplier. 0 for goals that it does not speak of.
    [[nodiscard]] double layered_evaluations() const {
        if (!has_layered_goals()) {
            return 0;
        }
        double behind = evaluator_.image_products();
        double products = 0;
        for (const auto executed : executed_) {
            products += behind * static_cast<double>(evaluator_.parts().size());
            behind -= static_cast<double>(executed);
        }
        return products / evaluator_.image_products() * static_cast<double>(evaluator_.sample_size()) /
               static_cast<double>(evaluator_.images().size());
    }

    /// The multiplier of each layer.
    [[nodiscard]] layer_choice choices(const genome& candidate) const {
        return decode(candidate).multipliers();
    }

    /// A design that gives each layer this multiplier, see assemble_design().
    [[nodiscard]] genome assemble(const layer_choice& multipliers) const {
        return encode(assemble_design(multipliers, accelerator_));
    }

private:
    /// Whether layered() speaks of the goals.
    [[nodiscard]] bool has_layered_goals() const {
        const auto& goals = goals_.objectives;
        return goals.size() >= 2 && is_measured(goals[0]) && goals[1] == objective::energy;
    }

    /// How far limits are exceeded, relative to them; those on what is measured only with a measurement.
    [[nodiscard]] double violation(const design& what, const measurement* found) const {
        double sum = accelerator_.feasible(what.mapping) ? 0 : 1;
        for (const auto& limit : goals_.limits) {
            if (found != nullptr || !is_measured(limit.what)) {
                const double excess = value_of(limit.what, what, found) - limit.at_most;
                sum += excess > 0 ? excess / std::max(std::abs(limit.at_most), 1e-9) : 0;
            }
        }
        return sum;
    }

    [[nodiscard]] evaluation judge(const design& what, const measurement* found) const {
        evaluation result;
        for (const auto goal : goals_.objectives) {
            result.objectives.push_back(value_of(goal, what, found));
        }
        result.violation = violation(what, found);
        return result;
    }

    template <executor Executor>
    [[nodiscard]] std::vector<evaluation> evaluate(std::span<const genome> candidates,
                                                   const Executor& workers, bool may_drop) const {
        std::vector<evaluation> result(candidates.size());
        std::vector<design> designs;
        std::vector<design_request> requests;
        std::vector<std::shared_ptr<const measurement>> against; // keeps rivals while others change the front
        std::vector<std::size_t> whose;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            designs.push_back(decode(candidates[i]));
            result[i] = judge(designs[i], nullptr);
            if (result[i].violation > 0) {
                continue;
            }
            whose.push_back(i);
            against.push_back(may_drop ? find_rival(result[i]) : nullptr);
            requests.push_back({designs[i].multipliers(), against.back().get()});
        }
        const auto found = evaluator_.measure_all(std::span<const design_request>(requests), workers);
        for (std::size_t r = 0; r < whose.size(); ++r) {
            const std::size_t i = whose[r];
            if (found[r].images() < evaluator_.images().size() && against[r] != nullptr) {
                result[i].dropped = true;
                result[i].objectives[loss_place()] = estimate(found[r], *against[r]);
            } else {
                result[i] = judge(designs[i], &found[r]);
                front_.join({candidates[i], result[i]}, found[r]);
            }
        }
        return result;
    }

    [[nodiscard]] std::size_t loss_place() const {
        return static_cast<std::size_t>(
            std::find(goals_.objectives.begin(), goals_.objectives.end(), objective::loss) -
            goals_.objectives.begin());
    }

    /// The most accurate design of the front that is no worse in all that is known without measuring.
    [[nodiscard]] std::shared_ptr<const measurement> find_rival(const evaluation& what) const {
        const std::size_t loss = loss_place();
        const bool only_loss = std::none_of(goals_.objectives.begin(), goals_.objectives.end(),
                                            [](objective o) { return o == objective::logit_error; });
        if (loss == objectives() || !only_loss) {
            return nullptr;
        }
        return front_.find(what, loss);
    }

    /// The loss of a dropped design: its rival's on all images and the difference on those that both have
    /// seen.
    [[nodiscard]] static double estimate(const measurement& found, const measurement& rival) {
        const auto seen = rival.first(found.images());
        const double least = 1.0 / static_cast<double>(rival.images());
        return 1 - rival.accuracy() + std::max(least, seen.accuracy() - found.accuracy());
    }

    [[nodiscard]] double energy_of(const individual& who) const {
        return energy(decode(who.genes).multipliers());
    }

    const design_evaluator<Compensation>& evaluator_;
    Architecture accelerator_;
    std::vector<std::uint64_t> macs_, executed_;
    search_goals goals_;
    mutable detail::rival_front front_;
};

} // namespace alwann::inline ALWANN_ABI
