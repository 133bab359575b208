// SPDX-License-Identifier: MIT
/// Evaluates the designs that were published with ALWANN for ResNet-8 on the authors' own graph, and
/// compares.
///
///     ALWANN_TEST_DATA=DIR bench_published [uniform | all] [images] [double]
///
/// Uniform designs only unless asked for all; 1,000 images, as one batch; sums of float32, or of doubles.
#include <alwann/accelerator/mac_count.hpp>
#include <alwann/compensation/batch_tuning.hpp>
#include <alwann/core/csv.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/cifar10.hpp>
#include <alwann/io/tensorflow_quantised.hpp>
#include <alwann/library/table_directory.hpp>
#include <alwann/nn/batch_designs.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

namespace aw = alwann;

namespace {

struct published_design {
    std::vector<std::size_t> multipliers; ///< of the library
    double accuracy = 0, power_mw = 0;

    [[nodiscard]] bool is_uniform() const {
        return std::count(multipliers.begin(), multipliers.end(), multipliers[0]) ==
               static_cast<std::ptrdiff_t>(multipliers.size());
    }
};

/// Columns: tiles, conv0 to conv6, accuracy, power.
std::vector<published_design> read_published(const std::filesystem::path& path, const aw::library& parts) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    std::vector<published_design> designs;
    while (std::getline(file, line)) {
        const auto fields = aw::csv_fields(line).value();
        published_design design;
        for (std::size_t l = 1; l < 8; ++l) {
            design.multipliers.push_back(parts.index_of(fields.at(l)));
        }
        design.accuracy = std::stod(fields.at(8));
        design.power_mw = std::stod(fields.at(9));
        designs.push_back(design);
    }
    return designs;
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
    const double n = static_cast<double>(a.size());
    const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
    const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return ab / std::sqrt(aa * bb);
}

void compare(const char* name, const std::vector<double>& found, const std::vector<double>& published) {
    double difference = 0;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        difference += std::abs(found[i] - published[i]);
        equal += std::abs(found[i] - published[i]) < 1e-6 ? 1 : 0;
    }
    std::printf("%s: %zu designs, mean absolute difference %.4f, Pearson %.4f, %zu equal\n", name,
                found.size(), difference / static_cast<double>(found.size()), pearson(found, published),
                equal);
}

int run(const std::filesystem::path& folder, bool all, std::size_t images, aw::summation sums) {
    const auto parts = aw::read_table_library(folder / "evoapprox");
    const auto network = aw::read_tensorflow_quantised(folder / "networks" / "resnet_8_quant_ax.pb");
    const auto data = aw::read_cifar10({folder / "cifar10" / "test_batch_first1017.bin.xz"});
    auto published = read_published(folder / "alwann2019" / "resnet8_published.csv", parts);
    if (!all) {
        std::erase_if(published, [](const auto& design) { return !design.is_uniform(); });
    }
    std::vector<std::uint64_t> macs;
    for (const auto node : network.convolutions()) {
        macs.push_back(aw::macs_of(network.shape_of(node, 1), aw::mac_count::paper));
    }
    const double all_macs = static_cast<double>(std::accumulate(macs.begin(), macs.end(), std::uint64_t{0}));
    const aw::weight_tuning tuning;
    std::vector<aw::batch_design> designs;
    double worst_power = 0;
    for (const auto& design : published) {
        std::vector<aw::table> tables;
        double power = 0;
        for (std::size_t l = 0; l < macs.size(); ++l) {
            const auto& part = parts[design.multipliers[l]];
            tables.push_back(part.products);
            power += part.price.power_mw * static_cast<double>(macs[l]) / all_macs;
        }
        worst_power = std::max(worst_power, std::abs(power - design.power_mw));
        designs.push_back(aw::tuned_design(network, tables, tuning));
    }
    aw::batch_options options;
    options.batch = images;
    options.sums = sums;
    const auto start = std::chrono::steady_clock::now();
    const auto logits =
        aw::run_designs(network, designs, data.images(0, images), options, aw::tbb_executor{});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::vector<double> found[2], given[2]; // of all designs, of the uniform ones
    for (std::size_t d = 0; d < published.size(); ++d) {
        std::size_t correct = 0;
        for (std::size_t i = 0; i < images; ++i) {
            const auto first = logits[d].begin() + static_cast<std::ptrdiff_t>(i * network.classes());
            const auto best =
                std::max_element(first, first + static_cast<std::ptrdiff_t>(network.classes())) - first;
            correct += best == data.labels[i] ? 1 : 0;
        }
        const double accuracy = static_cast<double>(correct) / static_cast<double>(images);
        for (std::size_t set = 0; set < (published[d].is_uniform() ? 2u : 1u); ++set) {
            found[set].push_back(accuracy);
            given[set].push_back(published[d].accuracy);
        }
        std::printf("%.3f published %.3f", accuracy, published[d].accuracy);
        for (const auto part : published[d].multipliers) {
            std::printf(" %s", parts[part].name.c_str());
        }
        std::printf("\n");
    }
    std::printf("%zu images, sums in %s\n", images, std::string(to_string(sums)).c_str());
    compare("all", found[0], given[0]);
    compare("uniform", found[1], given[1]);
    std::printf("power with paper MACs: at most %.2g mW from the published\n", worst_power);
    std::printf("%.1f s, %.2f s a design\n", seconds.count(),
                seconds.count() / static_cast<double>(designs.size()));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const char* folder = std::getenv("ALWANN_TEST_DATA");
    if (folder == nullptr) {
        std::fprintf(stderr, "bench_published: the environment variable ALWANN_TEST_DATA is not set\n");
        return 1;
    }
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool all = !arguments.empty() && arguments[0] == "all";
    const std::size_t images = arguments.size() > 1 ? std::strtoul(arguments[1].c_str(), nullptr, 10) : 1000;
    const bool in_double = arguments.size() > 2 && arguments[2] == "double";
    try {
        return run(folder, all, images,
                   in_double ? aw::summation::double_precision : aw::summation::sequential_float);
    } catch (const aw::error& problem) {
        std::fprintf(stderr, "bench_published: %s\n", problem.what());
        return 1;
    }
}
