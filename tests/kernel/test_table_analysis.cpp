// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/kernel/detail/analyse.hpp>
#include <alwann/kernel/table_analysis.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/library/table_directory.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
namespace families = alwann::families;
using namespace kernel_test;

namespace {

constexpr std::size_t none = 99;

std::size_t terms_of(const aw::table_analysis& found) {
    return found.exact_terms ? found.exact_terms->terms.size() : none;
}

// Everything an analysis says that can be compared with the products one by one.
aw::table_analysis checked(const aw::table& products) {
    CAPTURE(products.name());
    auto found = aw::analyse(products);
    const auto all = products.products();
    std::int32_t low = 70000, high = -70000;
    std::size_t wrong_terms = 0, wrong_rows = 0;
    for (std::size_t i = 0; i < aw::operand_pairs; ++i) {
        const std::size_t x = i / 256, w = i % 256;
        const auto product = std::int32_t{all[i]};
        low = std::min(low, product - static_cast<std::int32_t>(x * w));
        high = std::max(high, product - static_cast<std::int32_t>(x * w));
        if (found.exact_terms) {
            std::int32_t sum = found.exact_terms->per_weight[w];
            for (const auto& term : found.exact_terms->terms) {
                sum += term.activation[x] * term.weight[w];
            }
            wrong_terms += sum != product ? 1 : 0;
        }
        if (found.error8) {
            const auto& rows = *found.error8;
            const auto exact = static_cast<std::int32_t>(x) - 128;
            const std::int32_t line = exact * rows.term.weight[w] + rows.per_weight[w];
            wrong_rows += line + rows.residual[256 * w + x] != product || rows.term.activation[x] != exact;
        }
    }
    CHECK(wrong_terms == 0);
    CHECK(wrong_rows == 0);
    CHECK((!found.exact_terms || found.exact_terms->terms.size() <= aw::most_terms));
    CHECK(found.error_low == low);
    CHECK(found.error_high == high);
    CHECK(found.smallest == *std::min_element(all.begin(), all.end()));
    CHECK(found.greatest == *std::max_element(all.begin(), all.end()));
    CHECK(found.zero == (found.greatest == 0));
    // Bits outside the masks make no difference.
    for (std::size_t i = 0; i < aw::operand_pairs; ++i) {
        const std::size_t masked = 256 * (i / 256 & found.activation_mask) + (i % 256 & found.weight_mask);
        if (all[i] != all[masked]) {
            FAIL("masks do not keep the product of " << i / 256 << " and " << i % 256);
        }
    }
    CHECK_FALSE(found.terms_reason.empty());
    CHECK_FALSE(found.error8_reason.empty());
    return found;
}

template <class Function>
aw::table_analysis checked(const std::string& name, const Function& f) {
    return checked(make_table(name, f));
}

// A sum of products of factors that `draw_a` and `draw_b` supply, plus a random function of the weight.
template <class DrawA, class DrawB>
aw::table sum_of_products(std::size_t count, aw::random_generator& random, const DrawA& draw_a,
                          const DrawB& draw_b) {
    std::vector<std::size_t> a(count * 256), b(count * 256), per_weight(256);
    for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t i = 0; i < 256; ++i) {
            a[256 * k + i] = draw_a(k, i);
            b[256 * k + i] = draw_b(k, i);
        }
    }
    for (auto& value : per_weight) {
        value = draw(random, 0, 1000);
    }
    return make_table("sum of " + std::to_string(count), [&](std::size_t x, std::size_t w) {
        std::size_t sum = per_weight[w];
        for (std::size_t k = 0; k < count; ++k) {
            sum += a[256 * k + x] * b[256 * k + w];
        }
        REQUIRE(sum <= 0xFFFF);
        return sum;
    });
}

} // namespace

TEST_CASE("The exact product is one term") {
    const auto found = checked(aw::tabulate(aw::exact{}));
    REQUIRE(terms_of(found) == 1);
    const auto& term = found.exact_terms->terms[0];
    REQUIRE(found.error8);
    for (std::size_t code = 0; code < 256; ++code) {
        const auto whole = static_cast<std::int32_t>(code);
        CHECK(term.activation[code] == whole - 128);
        CHECK(term.weight[code] == whole);
        CHECK(found.exact_terms->per_weight[code] == 128 * whole);
        CHECK(found.error8->term.weight[code] == whole);
    }
    const auto& residual = found.error8->residual;
    CHECK(std::count(residual.begin(), residual.end(), 0) == 65536);
    CHECK(found.error_rank == 0);
    CHECK(found.activation_mask == 255);
    CHECK(found.weight_mask == 255);
    CHECK(found.terms_reason == "one product of 8-bit factors");
}

TEST_CASE("Tables of the weight alone need no term") {
    const auto zero = checked("zero", [](std::size_t, std::size_t) { return 0; });
    CHECK(zero.zero);
    CHECK(terms_of(zero) == 0);
    CHECK(zero.error8);
    CHECK(zero.error_rank == 1);
    CHECK(zero.activation_mask == 0);
    CHECK(zero.weight_mask == 0);
    const auto greatest = checked("max", [](std::size_t, std::size_t) { return 65535; });
    CHECK_FALSE(greatest.zero);
    CHECK(terms_of(greatest) == 0);
    CHECK(greatest.error8);
    const auto mixed = checked("mixed", [](std::size_t, std::size_t w) { return w * w % 61 * 1000; });
    CHECK(terms_of(mixed) == 0);
    CHECK(mixed.activation_mask == 0);
    // The mirror image depends on the activation, which needs a factor.
    const auto mirrored = checked("mirrored", [](std::size_t x, std::size_t) { return x * x % 61 * 1000; });
    CHECK(terms_of(mirrored) != 0);
    CHECK(mirrored.weight_mask == 0);
}

TEST_CASE("Products of mapped operands are one term") {
    const auto masked =
        checked("masked", [](std::size_t x, std::size_t w) { return (x & 0xF0) * (w & 0xFC); });
    CHECK(terms_of(masked) == 1);
    CHECK(masked.activation_mask == 0xF0);
    CHECK(masked.weight_mask == 0xFC);
    CHECK(terms_of(checked(aw::tabulate(families::truncation<3, 2>{}))) == 1);
    CHECK(terms_of(checked(aw::tabulate(families::truncation<8, 8>{}))) == 0);
    CHECK(terms_of(checked(aw::tabulate(families::truncation_or<4, 3>{}))) == 1);
    CHECK(terms_of(checked(aw::tabulate(families::perforation<2, 3>{}))) == 1);
    // Falling, with scales on the wrong side, or an offset on the activation's side.
    CHECK(terms_of(checked("falling", [](std::size_t x, std::size_t w) { return (255 - x) * w; })) == 1);
    CHECK(terms_of(checked("both", [](std::size_t x, std::size_t w) { return (255 - x) * (255 - w); })) == 1);
    CHECK(terms_of(checked("scale", [](std::size_t x, std::size_t w) { return x / 4 * 8 * (w / 2); })) == 1);
    CHECK(terms_of(checked("steps", [](std::size_t x, std::size_t w) { return x / 128 * (w * w); })) >= 1);
    CHECK(terms_of(checked("offset", [](std::size_t x, std::size_t w) { return (x + 1) * w; })) == 1);
    aw::random_generator random(11);
    for (int i = 0; i < 20; ++i) {
        const auto code = [&](std::size_t, std::size_t) { return draw(random, 0, 253); };
        CHECK(terms_of(checked(sum_of_products(1, random, code, code))) <= 1);
    }
}

TEST_CASE("Factors that do not fit 8 bits are taken apart") {
    CHECK(terms_of(checked("weight 256", [](std::size_t x, std::size_t w) { return x * (w + 1); })) == 2);
    const auto signed_product = [](std::size_t x, std::size_t w) {
        return (static_cast<int>(x) - 128) * (static_cast<int>(w) - 128) + 32768;
    };
    CHECK(terms_of(checked("signed", signed_product)) == 2);
    CHECK(terms_of(checked("wide weight", [](std::size_t x, std::size_t w) { return x / 32 * (w * 33); })) <=
          2);
    CHECK(terms_of(checked("wide activation", [](std::size_t x, std::size_t w) {
              return (x * 15 + x * x % 7) * (w / 32);
          })) == 2);
    // 65534 = 2 * 7 * 31 * 151 is no product of two factors up to 255.
    CHECK(terms_of(checked("no divisor",
                           [](std::size_t x, std::size_t w) { return x == 3 && w == 5 ? 65534 : 0; })) <= 3);
}

TEST_CASE("Families have the terms of their construction") {
    CHECK(terms_of(checked(aw::tabulate(families::kulkarni<16>{}))) == 2);
    CHECK(terms_of(checked(aw::tabulate(families::kulkarni<12>{}))) <= 4);
    CHECK(terms_of(checked(aw::tabulate(families::kulkarni<8>{}))) <= 5);
    CHECK(terms_of(checked(aw::tabulate(families::kulkarni<4>{}))) <= 3);
    CHECK(terms_of(checked(aw::tabulate(families::broken_array<0, 1>{}))) <= 2);
    CHECK(terms_of(checked(aw::tabulate(families::broken_array<0, 3>{}))) <= 4);
    CHECK(terms_of(checked(aw::tabulate(families::broken_array<0, 5>{}))) <= 6);
    CHECK(terms_of(checked(aw::tabulate(families::broken_array<3, 7>{}))) <= 6);
    CHECK(terms_of(checked(aw::tabulate(families::broken_array<0, 15>{}))) <= 6);
    CHECK(terms_of(checked(aw::tabulate(families::bamvc<0, 4>{}))) <= 6);
    CHECK(terms_of(checked(aw::tabulate(families::bamvc<0, 12>{}))) <= 6);
    CHECK(terms_of(checked(aw::tabulate(families::lowor<2>{}))) == 2);
    CHECK(terms_of(checked(aw::tabulate(families::lowor<5>{}))) == none);
}

TEST_CASE("The standard library is analysed correctly") {
    for (const auto& part : aw::standard()) {
        const auto found = checked(part.products);
        CAPTURE(part.name);
        if (part.name.starts_with("trunc") || part.is_exact()) {
            CHECK(terms_of(found) == 1);
        }
        CHECK((!part.is_exact() || found.error_rank == 0));
    }
}

TEST_CASE("Sums of masks times powers of two are found again") {
    aw::random_generator random(21);
    for (std::size_t count = 1; count <= 4; ++count) {
        for (int i = 0; i < 12; ++i) {
            const auto fixed = random_codes(2 * count, random); // the power of each factor
            const auto mask_a = [&](std::size_t k, std::size_t) {
                return draw(random, 0, 1) << fixed[2 * k] % 6;
            };
            const auto mask_b = [&](std::size_t k, std::size_t) {
                return draw(random, 0, 1) << fixed[2 * k + 1] % 8;
            };
            CHECK(terms_of(checked(sum_of_products(count, random, mask_a, mask_b))) <= count);
            const auto power = [&](std::size_t, std::size_t) {
                return draw(random, 0, 1) << draw(random, 0, 6);
            };
            CHECK(terms_of(checked(sum_of_products(count, random, power, power))) <= count);
        }
    }
}

TEST_CASE("Errors of few masks beside the exact product are found") {
    aw::random_generator random(22);
    for (std::size_t count = 2; count <= 5; ++count) {
        for (int i = 0; i < 6; ++i) {
            const auto shift = random_codes(2 * count, random);
            const auto a = [&](std::size_t k, std::size_t x) {
                return k == 0 ? x : draw(random, 0, 1) << shift[2 * k] % 4;
            };
            const auto b = [&](std::size_t k, std::size_t w) {
                return k == 0 ? w - w / 4 : draw(random, 0, 1) << shift[2 * k + 1] % 8;
            };
            const auto found = checked(sum_of_products(count, random, a, b));
            CHECK(terms_of(found) <= aw::most_terms);
            CHECK(terms_of(found) <= count + 1);
        }
    }
}

TEST_CASE("Sums of up to six products of arbitrary factors are found again") {
    // Of more, those of circuits mostly are: see the published ones below.
    aw::random_generator random(23);
    for (std::size_t count = 1; count <= 6; ++count) {
        for (int i = 0; i < 4; ++i) {
            const auto factor = [&](std::size_t, std::size_t) { return draw(random, 0, 100); };
            CHECK(terms_of(checked(sum_of_products(count, random, factor, factor))) <= count);
        }
    }
}

TEST_CASE("Tables without structure are left to general engines") {
    aw::random_generator random(24);
    for (int i = 0; i < 5; ++i) {
        const auto found = checked(random_table(random));
        CHECK(terms_of(found) == none);
        CHECK_FALSE(found.error8);
        CHECK(found.error_rank == aw::largest_rank + 1);
    }
    const auto factor = [&](std::size_t, std::size_t) { return draw(random, 0, 60); };
    const auto found = checked(sum_of_products(aw::most_terms + 1, random, factor, factor));
    CHECK(terms_of(found) == none);
    CHECK(found.error_rank == aw::most_terms + 3); // with the function of the weight and the exact product
    // Products modulo 2^16: signs that wrap around.
    checked("wrapped", [](std::size_t x, std::size_t w) {
        return static_cast<std::int8_t>(x) * static_cast<std::int8_t>(w);
    });
}

TEST_CASE("One odd product among structured ones") {
    for (const int error : {1, -1, 255, 256, 4000, -9999}) {
        const auto found =
            checked("exact but for " + std::to_string(error), [&](std::size_t x, std::size_t w) {
                return static_cast<int>(x * w) + (x == 100 && w == 200 ? error : 0);
            });
        CHECK(terms_of(found) >= 2);
        CHECK(terms_of(found) <= 4);
        CHECK(found.error_rank == 1);
        CHECK(found.error8.has_value() == (std::abs(error) <= 255));
    }
    const auto mapped = checked("mapped", [](std::size_t x, std::size_t w) {
        return (x & 0xF0) * (w & 0xFC) + (x == 255 && w == 0 ? 1 : 0);
    });
    CHECK(terms_of(mapped) == 2);
    CHECK(mapped.activation_mask == 255);
    CHECK(mapped.weight_mask == 255);
    const auto zero = checked("zero", [](std::size_t x, std::size_t w) { return x == 0 && w == 0 ? 1 : 0; });
    CHECK_FALSE(zero.zero);
    CHECK(terms_of(zero) == 1);
}

TEST_CASE("Errors of 8 bits beside a line for each weight") {
    aw::random_generator random(25);
    for (const std::size_t spread : {1u, 200u, 255u}) {
        const auto slopes = random_codes(256, random);
        const auto found = checked("lines", [&](std::size_t x, std::size_t w) {
            const std::size_t line = x * (slopes[w] / 2) + 3 * w;
            return line + (x == 0 ? 0 : x == 1 ? spread : draw(random, 0, spread));
        });
        CHECK(found.error8);
        CHECK(terms_of(found) == none);
    }
    // Too much for a byte with any slope: the spread of every line is at least 256.
    const auto odd = checked("odd", [&](std::size_t x, std::size_t w) {
        return x * w / 2 + (w == 77 ? (x % 2) * 256 + draw(random, 0, 1) : draw(random, 0, 9));
    });
    CHECK_FALSE(odd.error8);
    CHECK(odd.error8_reason.find("weight 77") != std::string::npos);
}

TEST_CASE("The slope of a weight spreads its products least") {
    aw::random_generator random(26);
    for (int i = 0; i < 20; ++i) {
        const auto slope = draw(random, 0, 300);
        const auto noise = draw(random, 1, 3000);
        const auto products = make_table("slopes", [&](std::size_t x, std::size_t) {
            return std::min<std::size_t>(65535, slope * x / 2 + draw(random, 0, noise));
        });
        const auto found = aw::detail::best_line(products.of_weight(0));
        for (std::int32_t other = 0; other < 256; ++other) {
            REQUIRE(aw::detail::line_fit(products.of_weight(0), other).spread >= found.spread);
        }
    }
}

TEST_CASE("Ranks are those over the rationals") {
    using aw::detail::integer_vector;
    aw::random_generator random(27);
    // A prime of the algorithm on the diagonal vanishes modulo it.
    const auto prime = static_cast<std::int32_t>(aw::detail::rank_primes[0]);
    const std::vector<integer_vector> diagonal = {{prime, 0, 0}, {0, prime, 0}, {0, 0, 1}};
    CHECK(aw::detail::rational_rank(diagonal, 16) == 3);
    CHECK(aw::detail::rational_rank(diagonal, 2) == 3);
    CHECK(aw::detail::rational_rank(diagonal, 1) == 2);
    for (std::size_t rank = 0; rank <= 18; ++rank) {
        const auto factor = [&](std::size_t, std::size_t) { return draw(random, 0, 60); };
        const auto errors = sum_of_products(rank, random, factor, factor);
        auto columns = aw::detail::columns_of([&](std::uint8_t x, std::uint8_t w) {
            return static_cast<std::int32_t>(errors(x, w) - errors(0, w));
        });
        CHECK(aw::detail::rational_rank(columns, 16) == std::min<std::size_t>(rank, 17));
    }
}

TEST_CASE("Lattices generate what was added to them") {
    using aw::detail::integer_lattice;
    using aw::detail::integer_vector;
    aw::random_generator random(28);
    for (int i = 0; i < 50; ++i) {
        const std::size_t rank = draw(random, 1, 6), length = draw(random, 8, 40);
        std::vector<integer_vector> generators(rank, integer_vector(length)),
            vectors(30, integer_vector(length));
        for (auto& vector : generators) {
            for (std::size_t k = 1; k < length; ++k) { // place 0 stays 0, so that no combination is constant
                vector[k] = static_cast<std::int32_t>(draw(random, 0, 40)) - 20;
            }
        }
        for (auto& vector : vectors) {
            for (const auto& generator : generators) {
                aw::detail::subtract(vector, static_cast<std::int32_t>(draw(random, 0, 200)) - 100,
                                     generator);
            }
        }
        aw::detail::modular_span span;
        std::vector<integer_vector> independent;
        for (const auto& vector : vectors) {
            if (span.add(vector)) {
                independent.push_back(vector);
            }
        }
        for (const auto measure : {integer_lattice::length::plain, integer_lattice::length::without_mean}) {
            integer_lattice lattice(independent, measure);
            for (const auto& vector : vectors) {
                REQUIRE(lattice.add(vector));
            }
            const auto shares = aw::detail::coordinates(vectors, lattice.basis(), span.pivots());
            REQUIRE(shares.size() == span.rank());
            for (std::size_t v = 0; v < vectors.size(); ++v) {
                integer_vector rest = vectors[v];
                for (std::size_t k = 0; k < span.rank(); ++k) {
                    aw::detail::subtract(rest, shares[k][v], lattice.basis()[k]);
                }
                REQUIRE(rest == integer_vector(length));
            }
        }
    }
}

TEST_CASE("Structure of the published circuits") {
    const char* data = std::getenv("ALWANN_TEST_DATA");
    const auto folder = std::filesystem::path(data == nullptr ? "" : data) / "evoapprox" / "tables";
    if (data == nullptr || !std::filesystem::is_directory(folder)) {
        WARN("skipped: ALWANN_TEST_DATA has no folder evoapprox/tables");
        return;
    }
    // Terms found when this test was written: more of them would make emulation slower.
    const std::map<std::string, std::size_t> terms = {
        {"1JFF", 1},  {"199Z", 0}, {"Y48", 2},  {"1446", 2},  {"125K", 5}, {"EXZ", 5},   {"JQQ", 4},
        {"17C8", 3},  {"17QU", 4}, {"18DU", 5}, {"13QR", 5},  {"2P7", 8},  {"GS2", 8},   {"7C1", 9},
        {"150Q", 10}, {"2AC", 12}, {"QJD", 12}, {"14VP", 13}, {"CK5", 13}, {"1AGV", 16}, {"KEM", 16}};
    const std::vector<std::string> byte_errors = {"1JFF", "199Z", "Y48", "1446", "125K", "EXZ", "2P7",
                                                  "150Q", "CK5",  "2AC", "14VP", "QJD",  "KEM", "2HH"};
    std::size_t tables = 0;
    for (const auto& part : aw::read_table_library(folder)) {
        const auto found = checked(part.products);
        const std::string name = part.name.substr(part.name.rfind('_') + 1);
        CAPTURE(name, found.terms_reason, found.error8_reason);
        const auto known = terms.find(name);
        CHECK(terms_of(found) == (known == terms.end() ? none : known->second));
        CHECK(found.error8.has_value() ==
              (std::find(byte_errors.begin(), byte_errors.end(), name) != byte_errors.end()));
        ++tables;
    }
    CHECK(tables == 36);
}

TEST_CASE("Analyses are the same every time") {
    const auto products = aw::tabulate(families::bamvc<2, 9>{}); // one that takes a search
    const auto first = aw::analyse(products), second = aw::analyse(products);
    REQUIRE(terms_of(first) == 6);
    REQUIRE(terms_of(second) == 6);
    for (std::size_t k = 0; k < 6; ++k) {
        CHECK(first.exact_terms->terms[k].activation == second.exact_terms->terms[k].activation);
        CHECK(first.exact_terms->terms[k].weight == second.exact_terms->terms[k].weight);
    }
}

TEST_CASE("A table is analysed once, whatever its name") {
    const auto products = aw::tabulate(families::truncation<2, 1>{});
    const auto first = aw::analysis_of(products);
    CHECK(terms_of(*first) == 1);
    CHECK(aw::analysis_of(products) == first);
    CHECK(aw::analysis_of(aw::table("another name", products.products())) == first);
    CHECK(aw::analysis_of(aw::tabulate(families::truncation<1, 2>{})) != first);
    std::vector<std::shared_ptr<const aw::table_analysis>> found(4);
    std::vector<std::thread> threads;
    const auto shared = aw::tabulate(families::kulkarni<6>{});
    for (auto& each : found) {
        threads.emplace_back([&] { each = aw::analysis_of(shared); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(std::count(found.begin(), found.end(), found[0]) == 4);
}

TEST_CASE("The cache is bounded and compares products") {
    const auto constant = [](int value) {
        return make_table("constant", [&](std::size_t, std::size_t) { return value; });
    };
    int made = 0;
    const auto first_product = [&](const aw::table& products) {
        ++made;
        return products(0, 0);
    };
    aw::detail::table_cache<std::uint32_t> cache(2);
    // All tables under one hash.
    CHECK(*cache.get(constant(1), 7, first_product) == 1);
    CHECK(*cache.get(constant(2), 7, first_product) == 2);
    CHECK(*cache.get(constant(1), 7, first_product) == 1);
    CHECK(made == 2);
    const auto kept = cache.get(constant(2), 7, first_product);
    CHECK(*cache.get(constant(3), 7, first_product) == 3); // in place of 1, the least recently used
    CHECK(made == 3);
    CHECK(cache.get(constant(2), 7, first_product) == kept);
    CHECK(made == 3);
    CHECK(*cache.get(constant(1), 7, first_product) == 1);
    CHECK(*cache.get(constant(3), 7, first_product) == 3);
    CHECK(*kept == 2); // although it had to go
    // An attempt that fails leaves nothing behind.
    const auto fail = [](const aw::table&) -> std::uint32_t { throw aw::value_error("none"); };
    CHECK_THROWS_AS(cache.get(constant(9), fail), aw::value_error);
    CHECK(*cache.get(constant(9), first_product) == 9);
}
