// SPDX-License-Identifier: MIT
#include <alwann/circuit/detail/disguised_xors.hpp>
#include <alwann/library/detail/evolved_circuits.hpp>
#include <alwann/library/standard.hpp>

#include "catch.hpp"

#include <string>

using namespace alwann;

TEST_CASE("The evolved circuits of the standard library keep what their names say") {
    const std::string prefix = "evo_mae";
    CHECK(detail::evolved_codes.size() >= 12);
    double before = 1; // mW
    for (const auto& [name, code] : detail::evolved_codes) {
        CAPTURE(name);
        REQUIRE(name.substr(0, prefix.size()) == prefix);
        const double limit = std::stod(std::string(name.substr(prefix.size())));
        const netlist circuit = detail::evolved_netlist(code);
        CHECK(circuit == circuit.cleaned());
        CHECK(circuit.outputs().size() == 16);
        CHECK(detail::disguised_xors{}.count(16, circuit.gates()) == 0);
        const component& part = standard().find(name);
        CHECK(part.products == simulate(circuit, "circuit"));
        CHECK(part.price.power_mw == estimate_cost(circuit).power_mw);
        CHECK(part.errors.mae_percent <= limit);
        CHECK(part.errors.mae_percent > 0.8 * limit); // else a dearer circuit than need be
        CHECK(part.errors.wce_percent <= 5 * limit * (1 + 1e-12));
        CHECK(part.errors.zero_preserving);
        CHECK(part.price.power_mw < before);
        before = part.price.power_mw;
        // No design of the families has less error for less power and area.
        for (const component& other : standard()) {
            if (other.name.substr(0, prefix.size()) != prefix) {
                CAPTURE(other.name);
                CHECK_FALSE((other.errors.mae <= part.errors.mae &&
                             other.price.power_mw <= part.price.power_mw &&
                             other.price.area_um2 <= part.price.area_um2));
            }
        }
    }
}
