// SPDX-License-Identifier: MIT
#include <alwann/circuit/published.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Any text has figures or none; those that are there are numbers that agree with themselves.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const alwann::published_figures figures =
        alwann::read_published({reinterpret_cast<const char*>(data), size});
    for (const auto& stated : figures.metrics) {
        const auto again = alwann::read_figure(stated.figure.text);
        if (!again || again->value != stated.figure.value || !(stated.figure.value >= 0) ||
            !stated.figure.agrees_with(stated.figure.value)) {
            std::abort();
        }
    }
    const alwann::cost& price = figures.price;
    for (const double figure : {price.power_mw, price.area_um2, price.delay_ns}) {
        if (!std::isnan(figure) && (!(figure >= 0) || price.source != alwann::provenance::published)) {
            std::abort();
        }
    }
    return 0;
}
