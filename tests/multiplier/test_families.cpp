// SPDX-License-Identifier: MIT
#include <alwann/circuit/families.hpp>
#include <alwann/circuit/simulate.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include "catch.hpp"

#include <string>
#include <utility>

using namespace alwann;

namespace {

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
    check_one_parameter(std::make_integer_sequence<unsigned, 16>{});
}

TEST_CASE("Functions of the families equal their netlists: bits and rows") {
    check_two_parameters(std::make_integer_sequence<unsigned, 9>{});
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
}

TEST_CASE("Families work in constant expressions") {
    static_assert(families::truncation<2, 2>{}(7, 7) == 16);
    static_assert(families::lowor<2>{}(3, 3) == 7);
    static_assert(families::kulkarni<16>{}(3, 3) == 7);
    static_assert(families::bamvc<0, 1>{}(1, 1) == 2);
    SUCCEED();
}
