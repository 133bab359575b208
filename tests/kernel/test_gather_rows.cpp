// SPDX-License-Identifier: MIT
#include "tasks.hpp"

#include <alwann/core/aligned.hpp>
#include <alwann/core/cpu.hpp>
#include <alwann/kernel/detail/gather_rows.hpp>
#include <alwann/kernel/detail/gather_rows_avx2.hpp>
#include <alwann/kernel/detail/gather_rows_avx512.hpp>
#include <alwann/kernel/detail/gather_rows_vbmi.hpp>

#include <cstddef>
#include <cstdint>

#include <catch.hpp>

namespace aw = alwann;
using namespace kernel_test;

namespace {

// Rows of `count` products, and zeros up to the next multiple of four, each product of the table as it is.
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
        gather.template operator()<Width>(codes.data(), count, all, tables.data());
        for (std::size_t k = 0; k < all; ++k) {
            const auto* rows =
                reinterpret_cast<const std::uint16_t*>(tables.data() + k * layout::table_bytes);
            bool same = true;
            for (std::size_t x = 0; x < 256; ++x) {
                for (std::size_t f = 0; f < Width; ++f) {
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

} // namespace

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
