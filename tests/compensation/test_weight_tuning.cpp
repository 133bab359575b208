// SPDX-License-Identifier: MIT
#include "layers.hpp"

#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/multiplier/table_file.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace compensation_test;

namespace {

// distance[w][u] = sum over a of |a * w - M[a][u]|.
std::vector<std::vector<std::int64_t>> distances(const aw::table& multiplier) {
    std::vector<std::vector<std::int64_t>> all(256, std::vector<std::int64_t>(256, 0));
    const auto products = multiplier.products();
    for (std::int64_t a = 0; a < 256; ++a) {
        for (std::size_t u = 0; u < 256; ++u) {
            const std::int64_t product = products[static_cast<std::size_t>(a) * 256 + u];
            for (std::int64_t w = 0; w < 256; ++w) {
                all[static_cast<std::size_t>(w)][u] += std::abs(a * w - product);
            }
        }
    }
    return all;
}

void check_map(const aw::table& multiplier) {
    const auto map = aw::tuned_weights(multiplier);
    const auto all = distances(multiplier);
    for (std::size_t w = 0; w < 256; ++w) {
        const auto least = *std::min_element(all[w].begin(), all[w].end());
        const auto smallest =
            static_cast<std::size_t>(std::find(all[w].begin(), all[w].end(), least) - all[w].begin());
        CAPTURE(multiplier.name(), w);
        REQUIRE(std::size_t{map[w]} == (all[w][w] == least ? w : smallest));
    }
}

bool is_identity(const aw::weight_map& map) {
    for (std::size_t w = 0; w < 256; ++w) {
        if (map[w] != w) {
            return false;
        }
    }
    return true;
}

} // namespace

TEST_CASE("Maps are the best weights, itself or the smallest on a tie") {
    aw::random_generator random(1);
    check_map(kernel_test::random_table(random));
    check_map(truncated_table(7));
    check_map(faulty_table(0.9, 0));
    check_map(faulty_table(1, 300));
    check_map(
        kernel_test::make_table("few weights", [](std::size_t x, std::size_t w) { return x * (w & 0xE0); }));
    check_map(kernel_test::make_table("order", [](std::size_t x, std::size_t w) { return (x & 0xF0) * w; }));
}

TEST_CASE("The exact multiplier and one that knows a single product keep all weights") {
    CHECK(is_identity(aw::tuned_weights(aw::exact_table())));
    // All weights are as good as each other, so each keeps its own.
    CHECK(is_identity(aw::tuned_weights(faulty_table(0, 0))));
    CHECK(is_identity(aw::tuned_weights(faulty_table(0, 12345))));
}

TEST_CASE("A tie that the weight itself has no part in goes to the smallest") {
    // Weights 4 and above act like w - 4, so that 3 and lower have a twin; 252 and above have none left.
    const auto shifted =
        kernel_test::make_table("shifted", [](std::size_t x, std::size_t w) { return x * (w % 8); });
    const auto map = aw::tuned_weights(shifted);
    for (std::size_t w = 0; w < 8; ++w) {
        CHECK(map[w] == w); // exact itself, however many twins there are
    }
    for (std::size_t w = 8; w < 256; ++w) {
        CHECK(int{map[w]} == (w % 8 == 7 ? static_cast<int>(w) : 7)); // 7, 15, 23, ... are equally near
    }
}

TEST_CASE("The map is applied to the weights, and to nothing else") {
    aw::random_generator random(2);
    const problem p(chain_of_convolutions(random), 8, random);
    const auto multiplier = truncated_table(8);
    const aw::compensation_data data(p.net, p.coded);
    const aw::weight_tuning tuning;
    const auto design = data.compensate(p.tables(multiplier), tuning);
    const auto map = aw::tuned_weights(multiplier);
    REQUIRE(design.size() == 4);
    for (std::size_t l = 0; l < design.size(); ++l) {
        const auto& layer = p.net.convolution(l);
        REQUIRE(design[l].weights.size() == layer.weights.size());
        for (std::size_t k = 0; k < layer.weights.size(); ++k) {
            REQUIRE(design[l].weights[k] == map[layer.weights[k]]);
        }
        CHECK(design[l].corrections == std::vector<aw::channel_correction>(layer.outputs));
        CHECK(design[l].multiplier == multiplier);
    }
    CHECK_FALSE(aw::weight_tuning::needs_samples());
}

TEST_CASE("Maps are remembered per table and shared by copies") {
    const aw::weight_tuning tuning;
    const auto copy = tuning;
    const auto a = truncated_table(8), b = truncated_table(9);
    const auto* first = &tuning.map_of(a);
    CHECK(first == &copy.map_of(a));
    CHECK(first == &tuning.map_of(truncated_table(8))); // the same products in another table
    CHECK(first != &tuning.map_of(b));
    CHECK(*first == aw::tuned_weights(a));
    CHECK(tuning.map_of(b) == aw::tuned_weights(b));
}

TEST_CASE("Of the paper's 36 multipliers 17 gain nothing from weight tuning") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    if (data == nullptr) {
        WARN("skipped: ALWANN_TEST_DATA is not set");
        return;
    }
    const auto folder = std::filesystem::path(data) / "evoapprox" / "tables";
    if (!std::filesystem::is_directory(folder)) {
        WARN("skipped: ALWANN_TEST_DATA has no folder evoapprox/tables");
        return;
    }
    std::size_t tables = 0, always_smallest = 0;
    std::set<std::string> identities;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const auto multiplier = aw::read_table(entry.path());
        ++tables;
        check_map(multiplier);
        if (is_identity(aw::tuned_weights(multiplier))) {
            identities.insert(multiplier.name());
        }
        // Without the preference for the weight itself.
        const auto all = distances(multiplier);
        std::size_t kept = 0;
        for (std::size_t w = 0; w < 256; ++w) {
            const auto least = std::min_element(all[w].begin(), all[w].end());
            kept += static_cast<std::size_t>(least - all[w].begin()) == w ? 1 : 0;
        }
        always_smallest += kept == 256 ? 1 : 0;
    }
    CHECK(tables == 36);
    std::set<std::string> expected;
    for (const char* name : {"125K", "1446", "14VP", "150Q", "199Z", "1JFF", "2AC", "2HH", "2P7", "CK5",
                             "DM1", "EXZ", "KEM", "NGR", "QJD", "Y48", "ZFB"}) {
        expected.insert(std::string("mul8u_") + name);
    }
    CHECK(identities == expected);
    // All products of 199Z are 0: only the tie rule keeps its weights.
    CHECK(always_smallest == 16);
}
