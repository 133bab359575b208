// SPDX-License-Identifier: MIT
/// How good the fronts of the optimisers are, and what they cost.
///
///     bench_search [--json] [--quick] [--seeds N] [--first-seed N] [--images N] [--threads N]
///                  [--part search|problems] [--network authors|fashion-mnist]
///
/// The search has three power-gated tiles. Its network is the ResNet-8 of ALWANN's authors with the paper's
/// 36 multipliers where ALWANN_TEST_DATA names a folder with them and CIFAR-10, else the example network with
/// the standard library. The budget is the paper's, 50 designs in 31 generations, and a tenth of it.
/// Hypervolume: of (error on the search images, relative energy), up to error 0.9 and energy 1. Every run
/// starts from nothing, so products and seconds are those of a single search. Seeds may be spread over
/// several runs (`--first-seed`): `each` holds what the means are of. The other problems are compared with
/// pagmo2's NSGA-II at equal evaluations.
///
/// `--quick` is the same in a minute: one seed, 125 images, compensation from 2,048 positions, multipliers of
/// the front of MAE and power, 20 designs in 6 generations, and one seed for the other problems. Its figures
/// say that all works, and little more.
#include "networks.hpp"
#include "test_problems.hpp"

#include <alwann/core/parse_number.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/tensorflow.hpp>
#include <alwann/library/table_directory.hpp>
#include <alwann/report/json.hpp>
#include <alwann/search/pagmo_optimizer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <map>
#include <optional>
#include <pagmo/algorithms/nsga2.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace aw = alwann;
using tensors = aw::plain_tensors;

struct settings {
    bool json = false, quick = false;
    std::size_t seeds = 10, first_seed = 1, images = 1000, threads = 0, population = 50, generations = 30;
    std::string part, network;
};

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The state of a search after a generation.
struct moment {
    std::size_t evaluations = 0;
    double products = 0, seconds = 0, hypervolume = 0;
};

/// A trained network, images to search on and multipliers to choose from.
struct search_inputs {
    std::string name;
    aw::graph trained;
    aw::normalisation how;
    aw::dataset images;
    aw::library parts;
};

constexpr std::size_t calibration_images = 200;

/// The graph as the paper's authors released it, with the moments of the calibration images.
search_inputs authors_inputs() {
    const auto graph = aw::read_tensorflow(bench::test_data("networks/resnet_8.pb"));
    const auto how = aw::normalisation_from_string(graph.network.metadata.at("normalize"));
    auto images = aw::read_cifar10({bench::test_data("cifar10/data_batch_1.bin.xz")});
    const auto pixels = aw::normalise<tensors>(images, how, 0, calibration_images);
    return {"ResNet-8 of ALWANN's authors", aw::freeze(graph, tensors::view(pixels)), how, std::move(images),
            aw::read_table_library(bench::test_data("evoapprox"))};
}

search_inputs fashion_mnist_inputs() {
    const auto file = std::filesystem::path(__FILE__).parent_path().parent_path() / "examples" / "networks" /
                      "resnet8_fashion_mnist.onnx";
    auto trained = aw::read_onnx(file);
    const auto how = aw::normalisation_from_string(trained.metadata.at("normalize"));
    return {"ResNet-8 for Fashion-MNIST", std::move(trained), how,
            aw::read_fashion_mnist(aw::dataset_part::train), aw::standard()};
}

search_inputs inputs_of(const std::string& which) {
    if (which == "fashion-mnist") {
        return fashion_mnist_inputs();
    }
    try {
        (void)bench::test_data("networks/resnet_8.pb");
    } catch (const std::runtime_error& missing) {
        if (which == "authors") {
            throw;
        }
        std::fprintf(stderr, "the example network is searched: %s\n", missing.what());
        return fashion_mnist_inputs();
    }
    return authors_inputs();
}

search_inputs read_inputs(const settings& chosen) {
    auto result = inputs_of(chosen.network);
    if (chosen.quick) {
        result.parts = result.parts.pareto();
    }
    return result;
}

/// Everything that searches of a network start from.
class search_task {
public:
    explicit search_task(const settings& chosen)
        : workers_(chosen.threads),
          inputs_(read_inputs(chosen)),
          network_(quantise()),
          calibration_(network_, observed_, chosen.quick ? 2048 : 8192),
          images_(take(chosen.images)) {}

    [[nodiscard]] const search_inputs& inputs() const { return inputs_; }

    /// One search from nothing. The moments end with the last one.
    template <class Optimizer>
    std::vector<moment> run(const Optimizer& optimizer) const {
        const double start = now();
        const aw::design_evaluator evaluator(network_, inputs_.parts, calibration_,
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
        const aw::design_evaluator evaluator(network_, inputs_.parts, calibration_,
                                             aw::compensation_from_string("default"), images_);
        const aw::assignment problem(evaluator, aw::any_architecture(aw::power_gated{3}));
        std::vector<aw::genome> all;
        for (std::size_t i = 0; i < inputs_.parts.size(); ++i) {
            all.push_back(problem.encode(problem.uniform(i)));
        }
        (void)problem.evaluate_fully(std::span<const aw::genome>(all), workers_);
        return aw::hypervolume(problem.front(), problem.reference());
    }

private:
    aw::network quantise() {
        const auto pixels = aw::normalise<tensors>(inputs_.images, inputs_.how, 0, calibration_images);
        auto result = aw::quantize(inputs_.trained, tensors::view(pixels));
        observed_ = aw::encode_images(result, tensors::view(pixels));
        return result;
    }
    [[nodiscard]] aw::benchmark_images take(std::size_t count) const {
        const auto pixels = aw::normalise<tensors>(inputs_.images, inputs_.how, calibration_images, count);
        const auto first = inputs_.images.labels.begin() + static_cast<std::ptrdiff_t>(calibration_images);
        return {network_,
                {aw::encode_images(network_, tensors::view(pixels)),
                 {first, first + static_cast<std::ptrdiff_t>(count)}},
                workers_};
    }

    aw::tbb_executor workers_;
    search_inputs inputs_;
    aw::coded_images observed_;
    aw::network network_;
    aw::compensation_data calibration_;
    aw::benchmark_images images_;
};

double mean_of(const std::vector<double>& values) {
    return aw::mean(values);
}

aw::json bench_searches(const settings& chosen) {
    const search_task task(chosen);
    const std::size_t budget = chosen.population * (chosen.generations + 1);
    std::map<std::string, std::vector<double>> volumes;
    std::vector<double> ratios, paper_seconds, match_seconds, paper_products, default_products;
    std::size_t unmatched = 0;
    volumes["uniform"] = {task.uniform()};
    for (std::uint64_t seed = chosen.first_seed; seed < chosen.first_seed + chosen.seeds; ++seed) {
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
    return {{"network", task.inputs().name},
            {"hypervolume", volume},
            {"products_ratio_to_match_paper", mean_of(ratios)},
            {"seeds_that_did_not_match", unmatched},
            {"paper_search_seconds", mean_of(paper_seconds)},
            {"default_seconds_to_match", mean_of(match_seconds)},
            {"paper_products", mean_of(paper_products)},
            {"default_products", mean_of(default_products)},
            {"budget", budget},
            {"images", chosen.images},
            {"seeds", chosen.seeds},
            {"first_seed", chosen.first_seed},
            {"each",
             {{"hypervolume", volumes},
              {"products_ratio_to_match_paper", ratios},
              {"paper_search_seconds", paper_seconds},
              {"default_seconds_to_match", match_seconds}}}};
}

/// The mean hypervolume of nsga2 over that of pagmo2's.
template <class Problem>
double compare(const Problem& problem, std::size_t seeds, const aw::tbb_executor& workers) {
    const std::size_t population = 100;
    const unsigned generations = 249;
    std::vector<double> ours(seeds), theirs(seeds);
    workers.for_each(seeds, [&](std::size_t i) {
        const auto seed = static_cast<unsigned>(i + 1);
        const aw::nsga2 own{.population = population, .generations = generations, .seed = seed};
        ours[i] = aw::hypervolume(own.minimise(problem).front, problem.reference());
        const aw::pagmo_optimizer foreign{pagmo::algorithm(pagmo::nsga2(generations)), population, seed};
        theirs[i] = aw::hypervolume(foreign.minimise(problem).front, problem.reference());
    });
    std::fprintf(stderr, "%s: %.5f, pagmo2 %.5f, ratio %.4f\n", problem.name().c_str(), mean_of(ours),
                 mean_of(theirs), mean_of(ours) / mean_of(theirs));
    return mean_of(ours) / mean_of(theirs);
}

aw::json bench_problems(const settings& chosen) {
    const aw::tbb_executor workers(chosen.threads);
    const std::size_t seeds = chosen.quick ? 1 : chosen.seeds;
    aw::json ratios;
    double least = 1e300;
    const auto add = [&](const auto& problem) {
        const double ratio = compare(problem, seeds, workers);
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

std::size_t number(const std::string& option, const std::string& text) {
    const auto value = aw::parse_number<std::size_t>(text);
    if (!value) {
        throw std::runtime_error(option + ": expected a whole number, got '" + text + "'");
    }
    if (*value == 0 && option != "--threads") {
        throw std::runtime_error(option + ": expected at least 1");
    }
    return *value;
}

std::string one_of(const std::string& option, const std::string& text,
                   std::initializer_list<const char*> allowed) {
    if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
        throw std::runtime_error(option + ": unknown '" + text + "'");
    }
    return text;
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
            chosen.seeds = 1;
            chosen.images = 125;
            chosen.population = 20;
            chosen.generations = 5;
        } else if (text == "--seeds") {
            chosen.seeds = number(text, value());
        } else if (text == "--first-seed") {
            chosen.first_seed = number(text, value());
        } else if (text == "--images") {
            chosen.images = number(text, value());
        } else if (text == "--threads") {
            chosen.threads = number(text, value());
        } else if (text == "--part") {
            chosen.part = one_of(text, value(), {"search", "problems"});
        } else if (text == "--network") {
            chosen.network = one_of(text, value(), {"authors", "fashion-mnist"});
        } else {
            throw std::runtime_error("usage: bench_search [--json] [--quick] [--seeds N] [--first-seed N] "
                                     "[--images N] [--threads N] [--part search|problems] "
                                     "[--network authors|fashion-mnist]");
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
