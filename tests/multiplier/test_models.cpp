// SPDX-License-Identifier: MIT
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/functional.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/table.hpp>
#include <alwann/multiplier/table_file.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace alwann;
namespace fs = std::filesystem;

namespace {

// A folder that vanishes with the test.
struct scratch_folder {
    fs::path path;
    scratch_folder() {
        std::string name = (fs::temp_directory_path() / "alwann_models_XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~scratch_folder() { fs::remove_all(path); }
};

void write_bytes(const fs::path& path, std::size_t count) {
    std::ofstream(path, std::ios::binary) << std::string(count, '\1');
}

// A multiplier of a type of the user's own, on scalars only.
struct ones_when_odd {
    static constexpr std::string_view name() { return "ones_when_odd"; }
    std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const {
        return x % 2 == 1 ? x * 1u * w : w * 1u;
    }
};

template <class F>
void for_all_pairs(F&& f) {
    for (std::uint32_t x = 0; x < operand_codes; ++x) {
        for (std::uint32_t w = 0; w < operand_codes; ++w) {
            f(x, w, static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(w));
        }
    }
}

} // namespace

TEST_CASE("The exact multiplier on all pairs") {
    const table products = tabulate(exact{});
    CHECK(products.name() == "exact");
    std::size_t wrong = 0;
    for_all_pairs([&](std::uint32_t x, std::uint32_t w, std::uint8_t a, std::uint8_t b) {
        wrong += products(a, b) != x * w ? 1u : 0u;
        wrong += products.products()[256 * x + w] != x * w ? 1u : 0u;
        wrong += products.of_weight(b)[x] != x * w ? 1u : 0u;
    });
    CHECK(wrong == 0);
}

TEST_CASE("Callables as multipliers, batched and scalar, on all pairs") {
    const auto generic = functional<"drop3">([](auto x, auto w) { return (x & 0xF8) * w; });
    const auto scalar = functional<"drop3s">([](std::uint8_t x, std::uint8_t w) { return (x & 0xF8) * w; });
    const auto branching = functional<"lopsided">(
        [](std::uint32_t x, std::uint32_t w) { return w > 127 ? x * w : x * (w & 0xFEu); });
    CHECK(decltype(generic)::vectorised);
    CHECK_FALSE(decltype(scalar)::vectorised);
    CHECK(generic.name() == "drop3");
    const table by_batch = tabulate(generic), by_scalar = tabulate(scalar), lopsided = tabulate(branching);
    const table own = tabulate(ones_when_odd{});
    CHECK(by_batch == by_scalar);
    CHECK(by_batch.hash() == by_scalar.hash());
    CHECK(by_batch.hash() != lopsided.hash());
    std::size_t wrong = 0;
    for_all_pairs([&](std::uint32_t x, std::uint32_t w, std::uint8_t a, std::uint8_t b) {
        wrong += by_batch(a, b) != (x & 0xF8u) * w ? 1u : 0u;
        wrong += generic(a, b) != by_batch(a, b) ? 1u : 0u;
        wrong += lopsided(a, b) != (w > 127 ? x * w : x * (w & 0xFEu)) ? 1u : 0u; // not commutative
        wrong += own(a, b) != (x % 2 == 1 ? x * w : w) ? 1u : 0u;
    });
    CHECK(wrong == 0);
}

TEST_CASE("Products beyond 16 bits are refused, by batch and by scalar") {
    const auto batched = functional<"large">([](auto x, auto w) { return x * w + 1000; });
    CHECK_THROWS_AS(tabulate(batched), value_error);
    CHECK_THROWS_WITH(tabulate(batched), contains("large") && contains("65535"));
    const auto scalar = functional<"one_too_large">(
        [](std::uint8_t x, std::uint8_t w) { return x == 255 && w == 254 ? 65536u : 0u; });
    CHECK_THROWS_WITH(tabulate(scalar), contains("255 and 254 is 65536"));
    const auto wide = functional<"wide">(
        [](std::uint8_t x, std::uint8_t w) { return (std::uint64_t{1} << 32) + std::uint64_t{x} * w; });
    CHECK_THROWS_AS(tabulate(wide), value_error);
    const auto negative = functional<"negative">([](std::uint8_t x, std::uint8_t w) { return x * w - 1.5; });
    CHECK_THROWS_AS(tabulate(negative), value_error);
    const auto real = functional<"real">([](std::uint8_t x, std::uint8_t w) { return x * w + 0.5; });
    CHECK(tabulate(real)(3, 5) == 15);
    const auto fits = functional<"fits">([](std::uint8_t, std::uint8_t) { return 65535u; });
    CHECK(tabulate(fits)(0, 0) == 65535);
}

TEST_CASE("A table needs 65,536 products") {
    CHECK_THROWS_AS(table("short", std::vector<std::uint16_t>(65535)), value_error);
    CHECK_THROWS_AS(table("long", std::vector<std::uint16_t>(65537)), value_error);
    const table products("zeros", std::vector<std::uint16_t>(65536));
    const table copy = products;
    CHECK(copy == products);
    CHECK(copy.products().data() == products.products().data()); // shared, not copied
    CHECK(table("other name", std::vector<std::uint16_t>(65536)) == products);
    CHECK(tabulate(products).products().data() == products.products().data());
    std::vector<std::uint16_t> one_off(65536);
    one_off[65535] = 1;
    CHECK_FALSE(table("zeros", one_off) == products);
}

TEST_CASE("Error metrics worked out by hand") {
    SECTION("exact") {
        const error_metrics errors = measure_errors(tabulate(exact{}));
        CHECK(errors.mae == 0);
        CHECK(errors.wce == 0);
        CHECK(errors.ep_percent == 0);
        CHECK(errors.mre_percent == 0);
        CHECK(errors.zero_preserving);
    }
    SECTION("always zero") {
        const error_metrics errors = measure_errors(table("zero", std::vector<std::uint16_t>(65536)));
        CHECK(errors.mae == Approx(127.5 * 127.5));
        CHECK(errors.bias == Approx(-127.5 * 127.5));
        CHECK(errors.wce == 65025);
        CHECK(errors.wce_percent == Approx(100 * 65025.0 / 65536));
        CHECK(errors.ep_percent == Approx(100 * 65025.0 / 65536));
        CHECK(errors.mre_percent == Approx(100)); // over the pairs whose product is not zero
        CHECK(errors.wcre_percent == Approx(100));
        CHECK(errors.zero_preserving);
    }
    SECTION("wrong at two pairs, once where the product is zero") {
        std::vector<std::uint16_t> products(65536);
        for (std::size_t i = 0; i < products.size(); ++i) {
            products[i] = static_cast<std::uint16_t>((i / 256) * (i % 256));
        }
        products[256 * 2 + 5] = 13; // + 3
        products[256 * 0 + 9] = 4;  // + 4, not in the relative errors
        const error_metrics errors = measure_errors(table("two", products));
        CHECK(errors.mae == Approx(7.0 / 65536));
        CHECK(errors.bias == Approx(7.0 / 65536));
        CHECK(errors.mse == Approx(25.0 / 65536));
        CHECK(errors.wce == 4);
        CHECK(errors.wcre_percent == Approx(30));
        CHECK(errors.mre_percent == Approx(30.0 / 65025));
        CHECK(errors.ep_percent == Approx(200.0 / 65536));
        CHECK_FALSE(errors.zero_preserving);
    }
}

TEST_CASE("Table files: round trip and damage") {
    const scratch_folder scratch;
    const table products = tabulate(functional<"drop3">([](auto x, auto w) { return (x & 0xF8) * w; }));
    const fs::path path = scratch.path / "mine.bin";
    write_table(products, path);
    CHECK(fs::file_size(path) == table_file_bytes);
    const table back = read_table(path);
    CHECK(back == products);
    CHECK(back.hash() == products.hash());
    CHECK(back.name() == "mine");
    { // little-endian, weight fastest
        std::ifstream file(path, std::ios::binary);
        file.seekg(2 * (256 * 200 + 3));
        const int low = file.get(), high = file.get();
        CHECK(low + 256 * high == 600);
    }
    write_bytes(scratch.path / "short.bin", table_file_bytes - 1);
    write_bytes(scratch.path / "long.bin", table_file_bytes + 1);
    write_bytes(scratch.path / "empty.bin", 0);
    CHECK_THROWS_WITH(read_table(scratch.path / "short.bin"),
                      contains("short.bin") && contains("131071 bytes"));
    CHECK_THROWS_AS(read_table(scratch.path / "short.bin"), format_error);
    CHECK_THROWS_WITH(read_table(scratch.path / "long.bin"), contains("131072") && contains("more"));
    CHECK_THROWS_AS(read_table(scratch.path / "empty.bin"), format_error);
    CHECK_THROWS_AS(read_table(scratch.path / "missing.bin"), io_error);
    CHECK_THROWS_AS(write_table(products, scratch.path / "no folder" / "x.bin"), io_error);
    if (fs::exists("/dev/full")) {
        CHECK_THROWS_AS(write_table(products, "/dev/full"), io_error);
    }
}

TEST_CASE("Recomputed metrics equal the published ones") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    const fs::path folder = data == nullptr ? fs::path() : fs::path(data) / "evoapprox";
    std::ifstream list(folder / "costs.csv");
    if (data == nullptr || !list) {
        WARN("skipped: ALWANN_TEST_DATA names no folder with evoapprox/costs.csv");
        return;
    }
    const auto next_line = [&](std::string& line) {
        const bool read = static_cast<bool>(std::getline(list, line));
        std::erase(line, '\r');
        return read;
    };
    std::string line;
    REQUIRE(next_line(line));
    REQUIRE(line == "name,power_mW,area_um2,delay_ns,MAE_pct,MAE,WCE_pct,WCE,WCRE_pct,EP_pct,MRE_pct,MSE");
    std::size_t circuits = 0;
    while (next_line(line)) {
        std::istringstream row(line);
        std::vector<std::string> fields;
        for (std::string field; std::getline(row, field, ',');) {
            fields.push_back(field);
        }
        REQUIRE(fields.size() == 12);
        CAPTURE(fields[0]);
        const error_metrics errors = measure_errors(read_table(folder / "tables" / (fields[0] + ".bin")));
        // To the last printed digit; a few are cut off rather than rounded. The form "33959.043e2" occurs.
        const auto agrees = [&](double value, std::size_t field) {
            const std::string& text = fields[field];
            const std::size_t mantissa = std::min(text.find('e'), text.size());
            const std::size_t point = std::min(text.find('.'), mantissa - 1);
            const double exponent = mantissa < text.size() ? std::stod(text.substr(mantissa + 1)) : 0;
            const double place = std::pow(10.0, exponent - static_cast<double>(mantissa - point - 1));
            CAPTURE(field, value, text);
            CHECK(std::abs(value - std::stod(text)) <= 1.001 * place);
        };
        agrees(errors.mae_percent, 4);
        agrees(errors.mae, 5);
        agrees(errors.wce_percent, 6);
        agrees(errors.wce, 7);
        agrees(errors.wcre_percent, 8);
        agrees(errors.ep_percent, 9);
        agrees(errors.mre_percent, 10);
        agrees(errors.mse, 11);
        ++circuits;
    }
    CHECK(circuits == 36);
}
