// SPDX-License-Identifier: MIT
/// @file
/// The definitions of search/layered.hpp.
#pragma once

#include <alwann/search/layered.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// The best choices for loss + weight * cost among those of a set, each layer by itself.
inline layered_choice cheapest_free(const layered_model& model, const std::vector<std::size_t>& set,
                                    double weight) {
    layered_choice found;
    for (std::size_t l = 0; l < model.losses.size(); ++l) {
        std::size_t best = set.front();
        double least = std::numeric_limits<double>::infinity();
        for (const auto choice : set) {
            const double price = model.losses[l][choice] + weight * model.costs[l][choice];
            if (price < least) {
                best = choice;
                least = price;
            }
        }
        found.choices.push_back(best);
        found.cost += model.costs[l][best];
        found.loss += model.losses[l][best];
    }
    return found;
}

/// The best choices for loss + weight * cost in at most `kinds` runs of layers: dynamic programming over
/// (layer, run, choice), O(layers * kinds * choices).
inline layered_choice cheapest_runs(const layered_model& model, const std::vector<std::size_t>& set,
                                    double weight) {
    const std::size_t layers = model.losses.size();
    const std::size_t states = model.kinds * set.size();
    std::vector<double> price(states, std::numeric_limits<double>::infinity());
    std::vector<std::vector<std::size_t>> from(layers, std::vector<std::size_t>(states, 0));
    const auto own = [&](std::size_t l, std::size_t c) {
        return model.losses[l][set[c]] + weight * model.costs[l][set[c]];
    };
    for (std::size_t c = 0; c < set.size(); ++c) {
        price[c] = own(0, c);
    }
    for (std::size_t l = 1; l < layers; ++l) {
        std::vector<double> next(states, std::numeric_limits<double>::infinity());
        for (std::size_t run = 0; run < model.kinds; ++run) {
            std::size_t best = 0; // end of the run before
            for (std::size_t c = 1; run > 0 && c < set.size(); ++c) {
                best = price[(run - 1) * set.size() + c] < price[(run - 1) * set.size() + best] ? c : best;
            }
            for (std::size_t c = 0; c < set.size(); ++c) {
                const std::size_t state = run * set.size() + c;
                const bool starts = run > 0 && price[(run - 1) * set.size() + best] < price[state];
                from[l][state] = starts ? (run - 1) * set.size() + best : state;
                next[state] = price[from[l][state]] + own(l, c);
            }
        }
        price = std::move(next);
    }
    auto state = static_cast<std::size_t>(std::min_element(price.begin(), price.end()) - price.begin());
    layered_choice found;
    found.choices.resize(layers);
    for (std::size_t l = layers; l-- > 0;) {
        const auto choice = set[state % set.size()];
        found.choices[l] = choice;
        found.cost += model.costs[l][choice];
        found.loss += model.losses[l][choice];
        state = from[l][state];
    }
    return found;
}

/// Sorts by cost and leaves out what costs more for the same loss or more.
inline void keep_front(std::vector<layered_choice>& points) {
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
        return a.cost != b.cost   ? a.cost < b.cost
               : a.loss != b.loss ? a.loss < b.loss
                                  : a.choices < b.choices;
    });
    std::vector<layered_choice> front;
    for (auto& point : points) {
        if (front.empty() || point.loss < front.back().loss) {
            front.push_back(std::move(point));
        }
    }
    points = std::move(front);
}

/// Choices that some other one beats nowhere: in at least one layer no choice is as cheap and as good.
inline std::vector<std::size_t> useful_choices(const layered_model& model) {
    std::vector<std::size_t> useful;
    for (std::size_t c = 0; c < model.losses.front().size(); ++c) {
        for (std::size_t l = 0; l < model.losses.size(); ++l) {
            bool beaten = false;
            for (std::size_t d = 0; d < model.losses[l].size() && !beaten; ++d) {
                const bool no_worse =
                    model.losses[l][d] <= model.losses[l][c] && model.costs[l][d] <= model.costs[l][c];
                const bool better =
                    model.losses[l][d] < model.losses[l][c] || model.costs[l][d] < model.costs[l][c];
                beaten = d != c && no_worse && (better || d < c);
            }
            if (!beaten) {
                useful.push_back(c);
                break;
            }
        }
    }
    return useful;
}

} // namespace detail

ALWANN_SEPARABLE double saturated_loss(const layered_model& model, double loss) {
    return model.saturation > 0 ? 1 - 1 / (1 + std::sqrt(loss / model.saturation)) : loss;
}

ALWANN_SEPARABLE std::pair<double, double> predict(const layered_model& model,
                                                   const std::vector<std::size_t>& choices) {
    double cost = 0, loss = 0;
    for (std::size_t l = 0; l < choices.size(); ++l) {
        cost += model.costs[l][choices[l]];
        loss += model.losses[l][choices[l]];
    }
    return {cost, loss};
}

ALWANN_SEPARABLE std::vector<layered_choice> predicted_front(const layered_model& model, std::size_t weights,
                                                             double effort) {
    if (weights < 2) {
        throw value_error("predicted front: expected at least 2 prices of cost, found " +
                          std::to_string(weights));
    }
    const auto useful = detail::useful_choices(model);
    double dearest = 0, cheapest = std::numeric_limits<double>::infinity(), worst = 0;
    for (std::size_t l = 0; l < model.losses.size(); ++l) {
        for (const auto c : useful) {
            worst = std::max(worst, model.losses[l][c]);
        }
        const auto [low, high] = std::minmax_element(model.costs[l].begin(), model.costs[l].end());
        dearest = std::max(dearest, *high - *low);
        cheapest = std::min(cheapest, *low);
    }
    // Prices of cost from where only the loss counts to where only the cost does, evenly in the exponent.
    std::vector<double> prices;
    const double top = std::max(worst, 1e-9) / std::max(dearest, 1e-12) * 100;
    for (std::size_t i = 0; i < weights; ++i) {
        prices.push_back(top * std::pow(1e-9, static_cast<double>(i) / static_cast<double>(weights - 1)));
    }
    std::vector<layered_choice> points;
    if (model.contiguous) {
        for (const double price : prices) {
            points.push_back(detail::cheapest_runs(model, useful, price));
        }
        detail::keep_front(points);
        return points;
    }
    const std::size_t kinds = std::min(model.kinds, useful.size());
    double sets = 1;
    for (std::size_t k = 0; k < kinds; ++k) {
        sets *= static_cast<double>(useful.size() - k) / static_cast<double>(k + 1);
    }
    const double steps = sets * static_cast<double>(weights * model.losses.size() * kinds);
    const auto add = [&](const std::vector<std::size_t>& set) {
        for (const double price : prices) {
            points.push_back(detail::cheapest_free(model, set, price));
        }
        if (points.size() > 100'000) {
            detail::keep_front(points);
        }
    };
    if (steps <= effort) {
        std::vector<std::size_t> chosen(kinds); // indices into `useful`, ascending
        std::iota(chosen.begin(), chosen.end(), std::size_t{0});
        while (true) {
            std::vector<std::size_t> set;
            for (const auto i : chosen) {
                set.push_back(useful[i]);
            }
            add(set);
            std::size_t k = kinds;
            while (k > 0 && chosen[k - 1] == useful.size() - kinds + k - 1) {
                --k;
            }
            if (k == 0) {
                break;
            }
            ++chosen[k - 1];
            for (; k < kinds; ++k) {
                chosen[k] = chosen[k - 1] + 1;
            }
        }
    } else {
        // Greedy: for each price the set grows by what lowers its total most.
        for (const double price : prices) {
            std::vector<std::size_t> set;
            for (std::size_t k = 0; k < kinds; ++k) {
                std::size_t best = useful.front();
                double least = std::numeric_limits<double>::infinity();
                for (const auto candidate : useful) {
                    set.push_back(candidate);
                    const auto found = detail::cheapest_free(model, set, price);
                    set.pop_back();
                    if (found.loss + price * found.cost < least) {
                        least = found.loss + price * found.cost;
                        best = candidate;
                    }
                }
                set.push_back(best);
            }
            add(set);
        }
    }
    detail::keep_front(points);
    return points;
}

} // namespace alwann::inline ALWANN_ABI
