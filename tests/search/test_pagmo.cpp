// SPDX-License-Identifier: MIT
#include "problems.hpp"

#include <alwann/search/hypervolume.hpp>
#include <alwann/search/pagmo_optimizer.hpp>

#include <pagmo/algorithms/nsga2.hpp>

#include <catch.hpp>

namespace aw = alwann;

TEST_CASE("An algorithm of pagmo2 is an optimiser like any other") {
    static_assert(aw::optimizer<aw::pagmo_optimizer>);
    const aw::pagmo_optimizer search{pagmo::algorithm(pagmo::nsga2(20)), 20, 7};
    const auto found = search.minimise(search_test::assignment{});
    CHECK(found.front == aw::pareto_front(found.evaluated));
    CHECK(found.evaluations <= 420);
    CHECK(found.evaluations > 100);
    CHECK(found.evaluated == search.minimise(search_test::assignment{}).evaluated);
    for (const auto& each : search.minimise(search_test::knapsack{}).front) {
        CHECK(each.value.feasible());
    }
    const auto stopped =
        search.minimise(search_test::zdt1{}, aw::serial_executor{},
                        [](const aw::search_progress& progress) { return progress.generation < 3; });
    CHECK(stopped.evaluations <= 80);
    CHECK_THROWS_AS(search.minimise(search_test::hopeless{}), aw::infeasible_error);
}
