// SPDX-License-Identifier: MIT
/// How well what a search sees of a design predicts what the design is worth in the end.
///
///     bench_prediction [--designs N] [--images N] [--tiles T] [--compensation NAME] [--threads N]
///
/// ResNet-20 on CIFAR-10 with the multipliers of the ALWANN paper (ALWANN_TEST_DATA). Two sets of designs,
/// random ones and some along the front that the sensitivities of the layers predict. Of each: the sum of its
/// layers' sensitivities (each layer alone on its multiplier), its cached score (all layers, each compensated
/// alone, by NAME), both as squared logit errors on search images; and the same error on test images,
/// compensated in the order of the layers by tcd. Spearman's rank correlations of the first two with the
/// last.
#include "networks.hpp"

#include <alwann/core/parse_number.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/report/json.hpp>

#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

namespace {

namespace aw = alwann;
using tensors = aw::plain_tensors;

struct settings {
    std::size_t designs = 30, images = 250, tiles = 3, threads = 0;
    std::string compensation = "default";
};

/// ResNet-20, quantised, with calibration, search and test images.
struct example {
    aw::tbb_executor workers;
    aw::normalisation how = aw::normalisation_from_string("imagenet");
    aw::dataset train = aw::read_cifar10({bench::test_data("cifar10/data_batch_1.bin.xz")});
    aw::dataset test = aw::read_cifar10({bench::test_data("cifar10/test_batch_first1017.bin.xz")});
    aw::library parts = aw::read_table_library(bench::test_data("evoapprox"), [](const std::string&) {});
    aw::network network = quantise();
    aw::coded_images observed = encode(train, 0, calibration_images);
    aw::compensation_data calibration{network, observed, 8192, 1, workers};
    aw::benchmark_images search, tested;

    explicit example(const settings& chosen)
        : workers(chosen.threads),
          search(network, take(train, calibration_images, chosen.images), workers),
          tested(network, take(test, 0, test.size()), workers) {}

private:
    static constexpr std::size_t calibration_images = 500;

    [[nodiscard]] aw::network quantise() const {
        const auto trained = aw::read_onnx(bench::test_data("networks/resnet20_cifar10.onnx"));
        return aw::quantize(trained,
                            tensors::view(aw::normalise<tensors>(train, how, 0, calibration_images)));
    }
    [[nodiscard]] aw::coded_images encode(const aw::dataset& from, std::size_t first,
                                          std::size_t count) const {
        return aw::encode_images(network, tensors::view(aw::normalise<tensors>(from, how, first, count)));
    }
    [[nodiscard]] aw::labelled_images take(const aw::dataset& from, std::size_t first,
                                           std::size_t count) const {
        const auto begin = from.labels.begin() + static_cast<std::ptrdiff_t>(first);
        return {encode(from, first, count), {begin, begin + static_cast<std::ptrdiff_t>(count)}};
    }
};

aw::json measure(const std::string& kind, const std::vector<aw::layer_choice>& designs,
                 const aw::layered_model& model, const example& on,
                 const aw::design_evaluator<aw::any_compensation>& evaluator) {
    const auto seen = evaluator.measure_all(std::span<const aw::layer_choice>(designs), on.workers);
    std::vector<double> sums, scores, worth;
    std::printf("%s designs: relative energy, sum of sensitivities, cached score, final, points lost\n",
                kind.c_str());
    const auto macs = aw::macs_of(on.network);
    for (std::size_t i = 0; i < designs.size(); ++i) {
        double sum = 0;
        std::vector<aw::table> tables;
        for (std::size_t l = 0; l < designs[i].size(); ++l) {
            sum += model.losses[l][designs[i][l]];
            tables.push_back(on.parts[designs[i][l]].products);
        }
        const auto design = on.calibration.compensate(
            tables, aw::any_compensation(aw::table_coordinate_descent{}), on.workers);
        const auto found = on.tested.measure(design, on.workers);
        sums.push_back(sum);
        scores.push_back(seen[i].logit_mse);
        worth.push_back(found.logit_mse);
        std::printf("  %.3f  %8.3f  %8.3f  %8.3f  %5.1f\n", aw::relative_energy(designs[i], macs, on.parts),
                    sum, seen[i].logit_mse, found.logit_mse,
                    100 * (on.tested.exact().accuracy() - found.accuracy()));
    }
    return {{"designs", designs.size()},
            {"sum_against_final", aw::spearman(sums, worth)},
            {"score_against_final", aw::spearman(scores, worth)}};
}

int run(const settings& chosen) {
    const example on(chosen);
    const aw::design_evaluator<aw::any_compensation> evaluator(
        on.network, on.parts, on.calibration,
        aw::compensation_from_string(chosen.compensation, aw::search_budget), on.search);
    const aw::assignment problem(evaluator, aw::power_gated{chosen.tiles});
    const auto model = problem.layered(on.workers).value();

    aw::random_generator random(1);
    const auto space = problem.genes();
    std::vector<aw::layer_choice> any, front;
    while (any.size() < chosen.designs) {
        auto genes = aw::random_genome(space, random);
        problem.repair(genes);
        any.push_back(problem.choices(genes));
    }
    const auto predicted = aw::predicted_front(model);
    const std::size_t count = std::min(chosen.designs, predicted.size());
    for (std::size_t i = 0; i < count; ++i) {
        front.push_back(predicted[i * predicted.size() / count].choices);
    }
    aw::json result = {{"random", measure("random", any, model, on, evaluator)},
                       {"predicted_front", measure("predicted front", front, model, on, evaluator)}};
    std::printf("%s\n", result.dump(2).c_str());
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    try {
        settings chosen;
        for (int i = 1; i < count; i += 2) {
            const std::string name = arguments[i];
            const std::string value = i + 1 < count ? arguments[i + 1] : "";
            const auto number = [&] {
                const auto found = aw::parse_number<std::size_t>(value);
                if (!found) {
                    throw aw::value_error(name + ": expected a whole number, found '" + value + "'");
                }
                return *found;
            };
            if (name == "--designs") {
                chosen.designs = number();
            } else if (name == "--images") {
                chosen.images = number();
            } else if (name == "--tiles") {
                chosen.tiles = number();
            } else if (name == "--threads") {
                chosen.threads = number();
            } else if (name == "--compensation") {
                chosen.compensation = value;
            } else {
                throw aw::value_error("unknown option " + name);
            }
        }
        return run(chosen);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "bench_prediction: %s\n", problem.what());
        return 1;
    }
}
