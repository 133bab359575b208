// SPDX-License-Identifier: MIT
#include <alwann/accelerator/energy.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/multiplier/exact.hpp>
#include <alwann/multiplier/families.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <catch.hpp>

namespace aw = alwann;

namespace {

aw::cost price(double power, double area) {
    aw::cost result;
    result.power_mw = power;
    result.area_um2 = area;
    result.source = aw::provenance::published;
    return result;
}

// exact at 0.4 mW, two cheaper ones and one without a price.
aw::library parts() {
    aw::library result;
    result.add(aw::make_component(aw::exact{}, price(0.4, 700)));
    result.add(aw::make_component(aw::families::lowor<6>{}, price(0.3, 500)));
    result.add(aw::make_component(aw::families::lowor<9>{}, price(0.1, 200)));
    result.add(aw::make_component(aw::families::lowor<4>{}));
    return result;
}

using layers = std::vector<std::size_t>;
using counts = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("Relative energy is the mean power of the multiplications over the exact one's") {
    const auto library = parts();
    CHECK(aw::relative_energy(layers{0, 0, 0}, counts{5, 7, 11}, library) == 1.0);
    CHECK(aw::relative_energy(layers{1, 1}, counts{5, 7}, library) == Approx(0.75));
    CHECK(aw::relative_energy(layers{2}, counts{1000000}, library) == Approx(0.25));
    // (100 * 0.4 + 300 * 0.3 + 600 * 0.1) / (1000 * 0.4)
    CHECK(aw::relative_energy(layers{0, 1, 2}, counts{100, 300, 600}, library) == Approx(0.475));
    CHECK(aw::relative_energy(layers{0, 2}, counts{0, 5}, library) == Approx(0.25));
}

TEST_CASE("A design without multiplications costs what the exact one does") {
    CHECK(aw::relative_energy(layers{2}, counts{0}, parts()) == 1.0);
    CHECK(aw::relative_energy(layers{}, counts{}, parts()) == 1.0);
}

TEST_CASE("Energies need known powers and an exact multiplier with one") {
    const auto library = parts();
    CHECK_THROWS_AS(aw::relative_energy(layers{0, 3}, counts{1, 1}, library), aw::value_error);
    CHECK_THROWS_WITH(aw::relative_energy(layers{3}, counts{1}, library), contains(library[3].name));
    CHECK_THROWS_AS(aw::relative_energy(layers{4}, counts{1}, library), aw::value_error);
    aw::library without;
    without.add(aw::make_component(aw::families::lowor<6>{}, price(0.3, 500)));
    CHECK_THROWS_AS(aw::relative_energy(layers{0}, counts{1}, without), aw::name_error);
    aw::library unknown;
    unknown.add(aw::make_component(aw::exact{}));
    CHECK_THROWS_AS(aw::relative_energy(layers{0}, counts{1}, unknown), aw::value_error);
    aw::library free;
    free.add(aw::make_component(aw::exact{}, price(0, 0)));
    CHECK_THROWS_AS(aw::relative_energy(layers{0}, counts{1}, free), aw::value_error);
    CHECK_THROWS_AS(aw::relative_energy(layers{0}, counts{1}, aw::library{}), aw::value_error);
}

TEST_CASE("Energies are relative to the exact multiplier of least power") {
    auto library = parts();
    aw::component cheap = aw::make_component(aw::exact{}, price(0.2, 400));
    cheap.name = "cheap";
    library.add(cheap);
    CHECK(aw::relative_energy(layers{4}, counts{9}, library) == 1.0);
    CHECK(aw::relative_energy(layers{0}, counts{9}, library) == Approx(2.0));
}

TEST_CASE("The area is that of one multiplier per tile") {
    const auto library = parts();
    CHECK(aw::tile_area(layers{0, 2, 2}, library) == 1100);
    CHECK(aw::tile_area(layers{}, library) == 0);
    CHECK(std::isnan(aw::tile_area(layers{0, 3}, library)));
    CHECK_THROWS_AS(aw::tile_area(layers{9}, library), aw::value_error);
}

TEST_CASE("Energies need a multiplier for each layer") {
    const std::vector<std::uint64_t> macs{1, 2, 3};
    const std::vector<std::size_t> more{0, 0, 0, 0};
    CHECK_THROWS_AS(aw::relative_energy(more, macs, aw::standard()), aw::shape_error);
}
