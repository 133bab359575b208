// SPDX-License-Identifier: MIT
/// A library made of models, each with its own type, joined with the circuits that come with alwann.
///
/// The models stand in a Boost.Hana tuple: code that visits one is compiled for its very type. The rest of
/// the library, known at run time only, is reached through the same interface as truth tables.
#include <alwann/library/library.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>
#include <alwann/multiplier/functional.hpp>

#include <cstdio>
#include <string>
#include <type_traits>

namespace aw = alwann;

int main() {
    // A function has no circuit to estimate a cost from: whoever knows the cost says it. These are made up.
    const auto drop3 = aw::functional<"drop3">([](auto x, auto w) { return (x & 0xF8u) * w; });
    const auto models =
        aw::make_library(aw::priced(aw::exact{}, {.power_mw = 0.40, .area_um2 = 700, .delay_ns = 1.4}),
                         aw::priced(drop3, {.power_mw = 0.22, .area_um2 = 430, .delay_ns = 1.2}),
                         aw::families::lowor<7>{}, aw::families::truncation<1, 1>{});
    // lowor_7 and trunc_1_1 are in standard() too, with a price: equal tables of one name become one entry.
    const auto parts = models.with(aw::standard());
    std::printf("%zu models, %zu multipliers together\n\n", models.size(), parts.size());

    std::printf("%-12s %9s %9s %9s  %s\n", "name", "power mW", "MAE %", "bias", "cost from");
    for (std::size_t i = 0; i < models.size(); ++i) {
        const auto& part = parts[i];
        std::printf("%-12s %9.4f %9.4f %9.2f  %s\n", part.name.c_str(), part.price.power_mw,
                    part.errors.mae_percent, part.errors.bias,
                    std::string(to_string(part.price.source)).c_str());
    }

    // Instantiated once for each model and once for tables.
    std::printf("\n7 * 9, by models and by a table:");
    for (const char* name : {"exact", "drop3", "lowor_7", "c42yang_10"}) {
        parts.visit(parts.index_of(name), [&](const auto& model) {
            constexpr bool is_table = std::is_same_v<std::decay_t<decltype(model)>, aw::table>;
            std::printf(" %s%s %u", name, is_table ? " (table)" : "", model(7, 9));
        });
    }

    // Nothing else is both cheaper and more precise than these.
    const auto front = parts.filter([](const aw::component& part) { return part.errors.zero_preserving; })
                           .pareto(&aw::error_metrics::mae);
    std::printf("\n\n%zu multipliers are on the front of power and mean error; the cheapest five:\n",
                front.size());
    auto cheap = front.filter([](const aw::component& part) { return part.price.power_mw < 0.1; });
    for (std::size_t i = 0; i < std::min<std::size_t>(cheap.size(), 5); ++i) {
        std::printf("  %-14s %.4f mW, MAE %.3f %%\n", cheap[i].name.c_str(), cheap[i].price.power_mw,
                    cheap[i].errors.mae_percent);
    }

    // A name that is not there is answered with those most like it.
    try {
        static_cast<void>(parts.find("lower_7"));
    } catch (const aw::name_error& problem) {
        std::printf("%s\n", problem.what());
    }
    return 0;
}
