// SPDX-License-Identifier: MIT
#include <alwann/library/library.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/multiplier/concept.hpp>
#include <alwann/multiplier/metrics.hpp>
#include <alwann/multiplier/table_file.hpp>
#include <alwann/multiplier/tabulate.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace aw = alwann;

/// Multiplies without the last `Cut` bits of the activation, in place of which it takes their middle.
template <int Cut>
struct rounded_cut {
    [[nodiscard]] std::string_view name() const { return label; }
    [[nodiscard]] std::uint32_t operator()(std::uint8_t x, std::uint8_t w) const {
        const std::uint32_t kept = std::uint32_t{x} >> Cut << Cut;
        return kept == 0 ? 0 : kept * w + ((std::uint32_t{w} << Cut) >> 1);
    }
    std::string label = "rounded_cut_" + std::to_string(Cut);
};
static_assert(aw::multiplier<rounded_cut<3>>); // says what is missing

int main() {
    // Everything about a multiplier follows from its 65,536 products.
    const rounded_cut<3> mine;
    const aw::table products = aw::tabulate(mine);
    const auto errors = aw::measure_errors(products);
    std::printf("%s: 200 * 100 = %u; mean absolute error %.3f %%, mean error %.1f, worst %.0f\n",
                products.name().c_str(), products(200, 100), errors.mae_percent, errors.bias, errors.wce);

    // Its cost is what you know of it: power in mW decides energies. These figures are made up.
    const auto parts = aw::make_library(aw::priced(mine, {.power_mw = 0.25, .area_um2 = 500}),
                                        rounded_cut<4>{}) // without a price: not for a search of energies
                           .with(aw::standard());
    std::printf("%zu multipliers; a share of %.2f of the exact one's power\n", parts.size(),
                parts.find("rounded_cut_3").price.power_mw / parts.exact().price.power_mw);

    // For the program: alwann evaluate --library rounded_cut_3.bin --multiplier rounded_cut_3 ...
    aw::write_table(products, "rounded_cut_3.bin");
    return aw::read_table("rounded_cut_3.bin").hash() == products.hash() ? 0 : 1;
}
