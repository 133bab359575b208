// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/core/aligned.hpp>
#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/gather_rows.hpp>
#include <alwann/kernel/detail/gather_rows_avx2.hpp>
#include <alwann/kernel/detail/gather_rows_avx512.hpp>
#include <alwann/kernel/detail/gather_rows_vbmi.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

// Rows of `count` products, and zeros up to the next multiple of four, each product of the table as it is
// where its activation code is said to be used.
template <std::size_t Width, class Gather>
void check_rows(const aw::table& products, aw::random_generator& random) {
    using layout = aw::detail::rows_layout<Width>;
    const Gather gather(products);
    for (std::size_t count = 1; count <= aw::detail::rows_depth; ++count) {
        const std::size_t all = (count + 3) / 4 * 4;
        aw::aligned_vector<std::uint8_t> codes(aw::detail::rows_depth * Width),
            tables(all * layout::table_bytes, 0xEE);
        for (auto& code : codes) {
            code = static_cast<std::uint8_t>(draw(random, 0, 255));
        }
        std::array<aw::detail::used_codes, aw::detail::rows_depth> used{};
        for (auto& blocks : used) {
            blocks = count % 3 == 0 ? aw::detail::all_used
                                    : static_cast<aw::detail::used_codes>(random() & random() & 0xFFFFFFFF);
        }
        gather.template operator()<Width>(codes.data(), used.data(), count, all, tables.data());
        for (std::size_t k = 0; k < all; ++k) {
            const auto* rows =
                reinterpret_cast<const std::uint16_t*>(tables.data() + k * layout::table_bytes);
            bool same = true;
            for (std::size_t x = 0; x < 256; ++x) {
                const auto blocks =
                    used[std::min(k, count - 1)]; // sums read zeros by the last product's codes
                for (std::size_t f = 0; aw::detail::is_used(blocks, x) && f < Width; ++f) {
                    const std::uint32_t right =
                        k < count ? products(static_cast<std::uint8_t>(x), codes[k * Width + f]) : 0u;
                    same = same && rows[x * Width + f] == right;
                }
            }
            CAPTURE(Width, k, count);
            CHECK(same);
        }
    }
}

template <class Gather>
void check_gather() {
    aw::random_generator random(31);
    const auto products = random_table(random);
    check_rows<16, Gather>(products, random);
    check_rows<32, Gather>(products, random);
}

template <class Mark>
void check_marks() {
    aw::random_generator random(8);
    std::vector<std::uint8_t> codes(5000);
    for (auto& code : codes) {
        code = static_cast<std::uint8_t>(draw(random, 0, 255));
    }
    for (const std::size_t positions : {0u, 1u, 2u, 63u, 196u}) {
        std::vector<std::uint32_t> first(positions);
        for (auto& each : first) {
            each = static_cast<std::uint32_t>(draw(random, 0, 3000));
        }
        // Runs of 1 to 70 neighbours, as rows of pixels with few and with many channels have.
        for (const std::size_t run : {1u, 3u, 7u, 8u, 9u, 15u, 16u, 27u, 31u, 32u, 48u, 70u}) {
            std::vector<std::uint32_t> step;
            for (std::size_t k = 0; k < 100; ++k) {
                step.push_back(static_cast<std::uint32_t>(k / run * 90 % 1500 + k % run));
            }
            std::vector<aw::detail::used_codes> used(step.size(), 0xABCDu);
            Mark::run(codes.data(), first.data(), positions, step.data(), step.size(), used.data());
            bool same = true;
            for (std::size_t k = 0; k < step.size(); ++k) {
                std::set<std::size_t> blocks;
                for (const auto at : first) {
                    blocks.insert(codes[at + step[k]] / aw::detail::used_block);
                }
                for (std::size_t x = 0; x < 256; ++x) {
                    same = same && aw::detail::is_used(used[k], x) == blocks.contains(x / 8);
                }
            }
            CAPTURE(positions, run);
            CHECK(same);
        }
    }
}

} // namespace

TEST_CASE("Activation codes that occur are found alike with any instructions") {
    check_marks<aw::detail::mark_used_portable>();
#if defined(__x86_64__)
    if (aw::detect_cpu().avx2) {
        check_marks<aw::detail::mark_used_avx2>();
    } else {
        WARN("skipped: codes found with AVX2");
    }
#endif
}

TEST_CASE("Rows are laid out alike with any instructions") {
    check_gather<aw::detail::gather_rows_portable>();
#if defined(__x86_64__)
    const auto cpu = aw::detect_cpu();
    if (cpu.avx2) {
        check_gather<aw::detail::gather_rows_avx2>();
    } else {
        WARN("skipped: rows laid out with AVX2");
    }
    if (cpu.avx2 && cpu.avx512bw) {
        check_gather<aw::detail::gather_rows_avx512>();
    } else {
        WARN("skipped: rows laid out with AVX-512");
    }
    if (cpu.avx2 && cpu.avx512vbmi) {
        check_gather<aw::detail::gather_rows_vbmi>();
    } else {
        WARN("skipped: rows laid out with AVX-512 VBMI");
    }
#endif
}
