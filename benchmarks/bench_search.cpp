// SPDX-License-Identifier: MIT
/// How good the fronts of the optimisers are, and what they cost.
///
///     bench_search [--json] [--quick] [--seeds N] [--images N] [--threads N] [--part search|problems]
///
/// The search is that of the example network (ResNet-8, Fashion-MNIST) with three power-gated tiles and the
/// 36 multipliers of the standard library; the budget is the paper's, 50 designs in 31 generations, and a
/// tenth of it. Hypervolume: of (error on the search images, relative energy), up to error 0.9 and energy 1.
/// Every run starts from nothing, so products and seconds are those of a single search. The other problems
/// are compared with pagmo2's NSGA-II at equal evaluations.
#include "networks.hpp"
#include "test_problems.hpp"

#include <alwann/core/tbb_executor.hpp>
#include <alwann/report/json.hpp>
#include <alwann/search/pagmo_optimizer.hpp>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <pagmo/algorithms/nsga2.hpp>
#include <string>
#include <vector>

namespace {

namespace aw = alwann;
using tensors = aw::plain_tensors;

struct settings {
    bool json = false, quick = false;
    std::size_t seeds = 10, images = 1000, threads = 0, population = 50, generations = 30;
    std::string part;
};

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The state of a search after a generation.
struct moment {
    std::size_t evaluations = 0;
    double products = 0, seconds = 0, hypervolume = 0;
};

/// Everything that searches of the example network start from.
class example_task {
public:
    explicit example_task(const settings& chosen)
        : workers_(chosen.threads),
          trained_(aw::read_onnx(file())),
          network_(quantise()),
          calibration_(network_, observed_),
          images_(take(chosen.images)) {}

    /// One search from nothing. The moments end with the last one.
    template <class Optimizer>
    std::vector<moment> run(const Optimizer& optimizer) const {
        const double start = now();
        const aw::design_evaluator evaluator(network_, aw::standard(), calibration_,
                                             aw::compensation_from_string("default"), images_);
        const aw::assignment problem(evaluator, aw::any_architecture(aw::power_gated{3}));
        std::vector<moment> moments;
        (void)optimizer.minimise(
            aw::problem_ref(problem), aw::executor_ref(workers_), [&](const aw::search_progress& progress) {
                moments.push_back({progress.evaluations, evaluator.counts().emulated, now() - start,
                                   aw::hypervolume(progress.front, problem.reference())});
            });
        const auto& counts = evaluator.counts();
        std::fprintf(
            stderr,
            "  %zu evaluations, hypervolume %.4f, %.0f G products, %.1f s; not emulated: known %.0f, "
            "shared %.0f, dropped %.0f G\n",
            moments.back().evaluations, moments.back().hypervolume, moments.back().products / 1e9,
            moments.back().seconds, counts.saved_by_known / 1e9, counts.saved_by_prefixes / 1e9,
            counts.saved_by_drops / 1e9);
        return moments;
    }

    [[nodiscard]] double uniform() const {
        const aw::design_evaluator evaluator(network_, aw::standard(), calibration_,
                                             aw::compensation_from_string("default"), images_);
        const aw::assignment problem(evaluator, aw::any_architecture(aw::power_gated{3}));
        std::vector<aw::genome> all;
        for (std::size_t i = 0; i < aw::standard().size(); ++i) {
            all.push_back(problem.encode(problem.uniform(i)));
        }
        (void)problem.evaluate_fully(std::span<const aw::genome>(all), workers_);
        return aw::hypervolume(problem.front(), problem.reference());
    }

private:
    static std::filesystem::path file() {
        return std::filesystem::path(__FILE__).parent_path().parent_path() / "examples" / "networks" /
               "resnet8_fashion_mnist.onnx";
    }
    aw::network quantise() {
        how_ = aw::normalisation_from_string(trained_.metadata.at("normalize"));
        train_ = aw::read_fashion_mnist(aw::dataset_part::train);
        const auto pixels = aw::normalise<tensors>(train_, how_, 0, 200);
        auto result = aw::quantize(trained_, tensors::view(pixels));
        observed_ = aw::encode_images(result, tensors::view(pixels));
        return result;
    }
    [[nodiscard]] aw::benchmark_images take(std::size_t count) const {
        const auto pixels = aw::normalise<tensors>(train_, how_, 200, count);
        const auto first = train_.labels.begin() + 200;
        return {network_,
                {aw::encode_images(network_, tensors::view(pixels)),
                 {first, first + static_cast<std::ptrdiff_t>(count)}},
                workers_};
    }

    aw::tbb_executor workers_;
    aw::graph trained_;
    aw::normalisation how_;
    aw::dataset train_;
    aw::coded_images observed_;
    aw::network network_;
    aw::compensation_data calibration_;
    aw::benchmark_images images_;
};

double mean_of(const std::vector<double>& values) {
    return aw::mean(values);
}

aw::json bench_searches(const settings& chosen) {
    const example_task task(chosen);
    const std::size_t budget = chosen.population * (chosen.generations + 1);
    std::map<std::string, std::vector<double>> volumes;
    std::vector<double> ratios, paper_seconds, match_seconds, paper_products, default_products;
    std::size_t unmatched = 0;
    volumes["uniform"] = {task.uniform()};
    for (std::uint64_t seed = 1; seed <= chosen.seeds; ++seed) {
        auto paper = aw::nsga2::paper();
        paper.population = chosen.population;
        paper.generations = chosen.generations;
        paper.seed = seed;
        const auto guided = [&](std::size_t evaluations) {
            return aw::guided_search{
                .evaluations = evaluations, .population = chosen.population, .seed = seed};
        };
        std::fprintf(stderr, "seed %zu: paper, default, random\n", static_cast<std::size_t>(seed));
        const auto published = task.run(paper);
        const auto ours = task.run(guided(budget));
        const auto random = task.run(aw::random_search{.evaluations = budget, .seed = seed});
        const auto tenth = task.run(guided(budget / 10));
        volumes["paper"].push_back(published.back().hypervolume);
        volumes["default"].push_back(ours.back().hypervolume);
        volumes["random"].push_back(random.back().hypervolume);
        volumes["default_tenth"].push_back(tenth.back().hypervolume);
        const auto at = [&](const std::vector<moment>& of, std::size_t evaluations) {
            double volume = 0;
            for (const auto& each : of) {
                volume = each.evaluations <= evaluations ? each.hypervolume : volume;
            }
            return volume;
        };
        volumes["paper_tenth"].push_back(at(published, budget / 10));
        volumes["random_tenth"].push_back(at(random, budget / 10));
        paper_seconds.push_back(published.back().seconds);
        paper_products.push_back(published.back().products);
        default_products.push_back(ours.back().products);
        std::optional<moment> match;
        for (const auto& each : ours) {
            if (!match && each.hypervolume >= published.back().hypervolume) {
                match = each;
            }
        }
        unmatched += match ? 0 : 1;
        const moment& reached = match ? *match : ours.back();
        ratios.push_back(reached.products / published.back().products);
        match_seconds.push_back(reached.seconds);
    }
    aw::json volume;
    for (const auto& [name, values] : volumes) {
        volume[name] = mean_of(values);
    }
    return {{"hypervolume", volume},
            {"products_ratio_to_match_paper", mean_of(ratios)},
            {"seeds_that_did_not_match", unmatched},
            {"paper_search_seconds", mean_of(paper_seconds)},
            {"default_seconds_to_match", mean_of(match_seconds)},
            {"paper_products", mean_of(paper_products)},
            {"default_products", mean_of(default_products)},
            {"budget", budget},
            {"images", chosen.images},
            {"seeds", chosen.seeds}};
}

/// The mean hypervolume of nsga2 over that of pagmo2's.
template <class Problem>
double compare(const Problem& problem, const settings& chosen) {
    const std::size_t population = 100;
    const unsigned generations = chosen.quick ? 100 : 249;
    std::vector<double> ours, theirs;
    for (unsigned seed = 1; seed <= chosen.seeds; ++seed) {
        ours.push_back(
            aw::hypervolume(aw::nsga2{.population = population, .generations = generations, .seed = seed}
                                .minimise(problem)
                                .front,
                            problem.reference()));
        const aw::pagmo_optimizer foreign{pagmo::algorithm(pagmo::nsga2(generations)), population, seed};
        theirs.push_back(aw::hypervolume(foreign.minimise(problem).front, problem.reference()));
    }
    std::fprintf(stderr, "%s: %.5f, pagmo2 %.5f, ratio %.4f\n", problem.name().c_str(), mean_of(ours),
                 mean_of(theirs), mean_of(ours) / mean_of(theirs));
    return mean_of(ours) / mean_of(theirs);
}

aw::json bench_problems(const settings& chosen) {
    aw::json ratios;
    double least = 1e300;
    const auto add = [&](const auto& problem) {
        const double ratio = compare(problem, chosen);
        ratios[problem.name()] = ratio;
        least = std::min(least, ratio);
    };
    for (const int which : {1, 2, 3, 4, 6}) {
        add(bench::zdt{which});
    }
    add(bench::dtlz2{});
    add(bench::knapsack{});
    return {{"zdt_hypervolume_vs_pagmo", least}, {"problems", ratios}};
}

settings parse(int argc, char** argv) {
    settings chosen;
    for (int i = 1; i < argc; ++i) {
        const std::string text = argv[i];
        const auto value = [&]() -> std::string {
            if (i + 1 == argc) {
                throw std::runtime_error(text + ": a value is missing");
            }
            return argv[++i];
        };
        if (text == "--json") {
            chosen.json = true;
        } else if (text == "--quick") {
            chosen.quick = true;
            chosen.seeds = 2;
            chosen.images = 250;
            chosen.population = 20;
            chosen.generations = 9;
        } else if (text == "--seeds") {
            chosen.seeds = std::stoul(value());
        } else if (text == "--images") {
            chosen.images = std::stoul(value());
        } else if (text == "--threads") {
            chosen.threads = std::stoul(value());
        } else if (text == "--part") {
            chosen.part = value();
        } else {
            throw std::runtime_error("usage: bench_search [--json] [--quick] [--seeds N] [--images N] "
                                     "[--threads N] [--part search|problems]");
        }
    }
    return chosen;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto chosen = parse(argc, argv);
        aw::json document;
        if (chosen.part != "problems") {
            document.update(bench_searches(chosen));
        }
        if (chosen.part != "search") {
            document.update(bench_problems(chosen));
        }
        if (chosen.json) {
            std::printf("%s\n", document.dump(2).c_str());
        } else {
            for (const auto& [key, value] : document.items()) {
                std::printf("%-32s %s\n", key.c_str(), value.dump().c_str());
            }
        }
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "bench_search: %s\n", problem.what());
        return 1;
    }
}
