// SPDX-License-Identifier: MIT
/// @file
/// The ALWANN problem: a multiplier for each tile, a tile for each layer.
#pragma once

#include <alwann/accelerator/architecture.hpp>
#include <alwann/accelerator/energy.hpp>
#include <alwann/accelerator/mac_count.hpp>
#include <alwann/search/evaluator.hpp>
#include <alwann/search/pareto.hpp>
#include <alwann/search/problem.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Chromosome: T multipliers of the library, then the tiles of L layers. Objectives, both minimised: share of
/// search images classified wrongly, and relative energy (executed multiplications unless told otherwise).
template <architecture Architecture, compensation Compensation>
class assignment {
public:
    /// The evaluator must outlive this object. Throws value_error for a number of tiles that does not suit
    /// the network, for an empty library, and for a component without power.
    assignment(const design_evaluator<Compensation>& evaluator, Architecture accelerator,
               mac_count count = mac_count::executed)
        : evaluator_(evaluator),
          accelerator_(std::move(accelerator)),
          macs_(macs_of(evaluator.target(), count)) {
        check_tiles(accelerator_.tiles, layers());
        for (std::size_t index = 0; index < evaluator.parts().size(); ++index) {
            (void)energy(std::vector<std::size_t>(layers(), index));
        }
        (void)evaluator.parts().exact();
    }

    [[nodiscard]] std::size_t layers() const noexcept { return macs_.size(); }
    [[nodiscard]] const std::vector<std::uint64_t>& macs() const noexcept { return macs_; }
    [[nodiscard]] const Architecture& accelerator() const noexcept { return accelerator_; }
    [[nodiscard]] static constexpr std::size_t objectives() noexcept { return 2; }

    [[nodiscard]] gene_space genes() const {
        const auto highest = [](std::size_t count) { return static_cast<std::int64_t>(count) - 1; };
        gene_space space;
        space.integers.assign(accelerator_.tiles, {0, highest(evaluator_.parts().size())});
        space.integers.insert(space.integers.end(), layers(), {0, highest(accelerator_.tiles)});
        return space;
    }

    [[nodiscard]] design decode(const genome& candidate) const {
        design result;
        const auto first_layer = candidate.integers.begin() + static_cast<std::ptrdiff_t>(accelerator_.tiles);
        std::transform(candidate.integers.begin(), first_layer, std::back_inserter(result.tiles),
                       [](std::int64_t gene) { return static_cast<std::size_t>(gene); });
        std::transform(first_layer, candidate.integers.end(), std::back_inserter(result.mapping),
                       [](std::int64_t gene) { return static_cast<std::size_t>(gene); });
        return result;
    }
    [[nodiscard]] genome encode(const design& what) const {
        genome result;
        for (const auto& part : {what.tiles, what.mapping}) {
            for (const auto value : part) {
                result.integers.push_back(static_cast<std::int64_t>(value));
            }
        }
        return result;
    }

    void repair(genome& candidate) const {
        auto what = decode(candidate);
        accelerator_.repair(what.mapping);
        candidate = encode(what);
    }

    [[nodiscard]] double energy(const std::vector<std::size_t>& multipliers) const {
        return relative_energy(multipliers, macs_, evaluator_.parts());
    }

    [[nodiscard]] evaluation evaluate(const genome& candidate) const {
        return evaluate_all(std::span<const genome>(&candidate, 1), serial_executor{}).front();
    }
    template <executor Executor>
    [[nodiscard]] std::vector<evaluation> evaluate_all(std::span<const genome> candidates,
                                                       const Executor& workers) const {
        std::vector<std::vector<std::size_t>> designs;
        std::vector<bool> feasible;
        for (const auto& candidate : candidates) {
            const auto what = decode(candidate);
            feasible.push_back(accelerator_.feasible(what.mapping));
            designs.push_back(what.multipliers());
        }
        const auto found = evaluator_.measure_all(designs, workers);
        std::vector<evaluation> result;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            result.push_back({{1 - found[i].accuracy(), energy(designs[i])}, feasible[i] ? 0.0 : 1.0});
        }
        return result;
    }

    /// A design with one multiplier in all tiles. Its mapping spreads the layers over the tiles by their
    /// multiplications, so that mixing two such designs gives something new.
    [[nodiscard]] design uniform(std::size_t multiplier) const {
        design result{std::vector<std::size_t>(accelerator_.tiles, multiplier), {}};
        std::uint64_t all = 0;
        for (const auto count : macs_) {
            all += count;
        }
        std::uint64_t before = 0;
        for (const auto count : macs_) {
            result.mapping.push_back(
                static_cast<std::size_t>(before * accelerator_.tiles / std::max<std::uint64_t>(all, 1)));
            before += count;
        }
        accelerator_.repair(result.mapping);
        return result;
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
                return uniforms[a].value.objectives[1] > uniforms[b].value.objectives[1];
            });
            for (const auto index : ordered) {
                result.push_back(uniforms[index].genes);
            }
        }
        return result;
    }

private:
    const design_evaluator<Compensation>& evaluator_;
    Architecture accelerator_;
    std::vector<std::uint64_t> macs_;
};

} // namespace alwann::inline ALWANN_ABI
