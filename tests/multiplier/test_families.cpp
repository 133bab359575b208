// SPDX-License-Identifier: MIT
#include <alwann/circuit/families.hpp>
#include <alwann/circuit/leading_one_families.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/leading_one_families.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "catch.hpp"

#include <string>
#include <utility>

using namespace alwann;

namespace {

// Every parameter has functions of its own, which take a compiler minutes to instrument: sanitizers see some.
#if defined(ALWANN_TEST_SANITIZED)
template <unsigned Count>
using parameters = std::integer_sequence<unsigned, 0, Count / 2, Count - 1>;
#else
template <unsigned Count>
using parameters = std::make_integer_sequence<unsigned, Count>;
#endif

// All 65,536 pairs, as batches (tabulate) and one by one, against the netlist.
template <class Family>
void check_equal(const netlist& circuit) {
    const Family family;
    CAPTURE(std::string(family.name()));
    const table by_circuit = simulate(circuit, std::string(family.name()));
    CHECK(tabulate(family) == by_circuit);
    std::size_t wrong = 0;
    for (std::size_t x = 0; x < operand_codes; ++x) {
        for (std::size_t w = 0; w < operand_codes; ++w) {
            const auto a = static_cast<std::uint8_t>(x), b = static_cast<std::uint8_t>(w);
            wrong += family(a, b) != by_circuit(a, b) ? 1u : 0u;
        }
    }
    CHECK(wrong == 0);
}

template <unsigned... N>
void check_one_parameter(std::integer_sequence<unsigned, N...>) {
    (check_equal<families::lowor<N>>(circuits::lowor(N)), ...);
    (check_equal<families::lowor<N, N / 3, N / 2>>(circuits::lowor(N, N / 3, N / 2)), ...);
    (check_equal<families::broken_array<0, N>>(circuits::broken_array(0, N)), ...);
    (check_equal<families::broken_array<N / 2, N>>(circuits::broken_array(N / 2, N)), ...);
    (check_equal<families::bamvc<0, N>>(circuits::bamvc(0, N)), ...);
    (check_equal<families::bamvc<N / 4, N>>(circuits::bamvc(N / 4, N)), ...);
    (check_equal<families::kulkarni<N>>(circuits::kulkarni(N)), ...);
    (check_equal<families::bamc<N / 3, N>>(circuits::bamc(N / 3, N)), ...);
    (check_equal<families::bamc<0, N, true>>(circuits::bamc(0, N, true)), ...);
}

template <unsigned... N>
void check_leading_ones(std::integer_sequence<unsigned, N...>) {
    (check_equal<families::drum<N + 2>>(circuits::drum(N + 2)), ...);
    (check_equal<families::mitchell<N + 1>>(circuits::mitchell(N + 1)), ...);
    (check_equal<families::mitchell_set_one<N + 1>>(circuits::mitchell_set_one(N + 1)), ...);
}

template <unsigned... N>
void check_two_parameters(std::integer_sequence<unsigned, N...>) {
    (check_equal<families::truncation<N, 8 - N>>(circuits::truncation(N, 8 - N)), ...);
    (check_equal<families::truncation<N, N / 2>>(circuits::truncation(N, N / 2)), ...);
    (check_equal<families::truncation_or<N, 8 - N>>(circuits::truncation_or(N, 8 - N)), ...);
    (check_equal<families::truncation_or<N / 2, N>>(circuits::truncation_or(N / 2, N)), ...);
    (check_equal<families::perforation<N, 8 - N>>(circuits::perforation(N, 8 - N)), ...);
    (check_equal<families::perforation<N / 2, N / 2>>(circuits::perforation(N / 2, N / 2)), ...);
}

} // namespace

TEST_CASE("Functions of the families equal their netlists: columns") {
    check_one_parameter(parameters<16>{});
}

TEST_CASE("Functions of the families equal their netlists: bits and rows") {
    check_two_parameters(parameters<9>{});
}

TEST_CASE("Functions of the families equal their netlists: leading ones") {
    using namespace families;
    check_leading_ones(parameters<7>{});
    check_equal<static_segment<4>>(circuits::static_segment(4));
    check_equal<static_segment<5>>(circuits::static_segment(5));
    check_equal<static_segment<6>>(circuits::static_segment(6));
    check_equal<static_segment<7>>(circuits::static_segment(7));
    check_equal<static_segment<8>>(circuits::static_segment(8));
    check_equal<roba>(circuits::roba());
    check_equal<error_tolerant>(circuits::error_tolerant());
    check_equal<zero_kept<error_tolerant>>(circuits::zero_kept(circuits::error_tolerant()));
    check_equal<zero_kept<bamc<0, 6>>>(circuits::zero_kept(circuits::bamc(0, 6)));
}

TEST_CASE("Leading-one families do what their papers say") {
    // Definitions by loops and divisions, as nobody would build them.
    const auto exponent = [](unsigned code) {
        unsigned t = 0;
        while (code >> t > 1) {
            ++t;
        }
        return t;
    };
    const auto segment = [&](unsigned code) { // of four bits
        const unsigned t = exponent(code);
        return t < 4 ? code : ((code >> (t - 3)) | 1u) << (t - 3);
    };
    const auto rounded = [&](unsigned code) {
        const unsigned power = 1u << exponent(code);
        return code == 0 ? 0 : 2 * code >= 3 * power && power > 1 ? 2 * power : power;
    };
    std::size_t wrong = 0;
    for (unsigned x = 0; x < 256; ++x) {
        for (unsigned w = 0; w < 256; ++w) {
            const auto a = static_cast<std::uint8_t>(x), b = static_cast<std::uint8_t>(w);
            wrong += families::drum<4>{}(a, b) != segment(x) * segment(w) ? 1u : 0u;
            const unsigned s = rounded(x), t = rounded(w);
            wrong += families::roba{}(a, b) != s * w + t * x - s * t ? 1u : 0u;
            const unsigned p = exponent(x), q = exponent(w);
            const double sum = static_cast<double>(x) / (1u << p) + static_cast<double>(w) / (1u << q) - 2;
            const double scale = 1u << (p + q);
            const double product = x * w == 0 ? 0 : sum < 1 ? scale * (1 + sum) : 2 * scale * sum;
            wrong += families::mitchell<7>{}(a, b) != static_cast<unsigned>(product) ? 1u : 0u;
            const unsigned u = x >= 32 ? x & 0xF8 : x, v = w >= 32 ? w & 0xF8 : w;
            wrong += families::static_segment<5>{}(a, b) != u * v ? 1u : 0u;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("Re-weighted columns stay within 16 bits and below") {
    // The netlist has no column 16: its equality with the function would break silently for both if it
    // overflowed.
    for (std::size_t h = 0; h <= 8; ++h) {
        for (std::size_t v = 0; v <= 15; ++v) {
            CAPTURE(h, v);
            std::uint64_t most = 0; // all bits set: the functions grow with each bit
            for (std::size_t j = h; j < 8; ++j) {
                for (std::size_t i = 0; i < 8; ++i) {
                    most += i + j >= v       ? std::uint64_t{1} << (i + j)
                            : i + j + 1 == v ? std::uint64_t{1} << v
                                             : 0;
                }
            }
            CHECK(most <= 0xFFFF);
        }
    }
}

TEST_CASE("Families are named after their parameters") {
    CHECK(families::truncation<2, 3>::name() == "trunc_2_3");
    CHECK(families::truncation_or<3, 3>::name() == "truncor_3_3");
    CHECK(families::broken_array<1, 10>::name() == "bam_1_10");
    CHECK(families::bamvc<0, 9>::name() == "bamvc_0_9");
    CHECK(families::lowor<7>::name() == "lowor_7");
    CHECK(families::lowor<6, 1>::name() == "lowor_6_h1");
    CHECK(families::lowor<10, 0, 6>::name() == "lowor_10_drop6");
    CHECK(families::perforation<0, 2>::name() == "perf_0_2");
    CHECK(families::kulkarni<6>::name() == "kulk_6");
    CHECK(families::bamc<0, 6>::name() == "bamc_0_6");
    CHECK(families::bamc<0, 9, true>::name() == "bamcz_0_9");
    CHECK(families::drum<4>::name() == "drum_4");
    CHECK(families::mitchell<7>::name() == "mitch_7");
    CHECK(families::mitchell_set_one<5>::name() == "mitch1_5");
    CHECK(families::static_segment<5>::name() == "ssm_5");
    CHECK(families::roba::name() == "roba");
    CHECK(families::zero_kept<families::error_tolerant>::name() == "etm_zp");
}

TEST_CASE("Families work in constant expressions") {
    static_assert(families::truncation<2, 2>{}(7, 7) == 16);
    static_assert(families::lowor<2>{}(3, 3) == 7);
    static_assert(families::kulkarni<16>{}(3, 3) == 7);
    static_assert(families::bamvc<0, 1>{}(1, 1) == 2);
    static_assert(families::drum<3>{}(255, 1) == 224);
    static_assert(families::mitchell<7>{}(3, 3) == 8);
    static_assert(families::roba{}(3, 3) == 8);
    SUCCEED();
}
