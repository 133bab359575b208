// SPDX-License-Identifier: MIT
/// @file
/// The whole method: uniform designs, search, and the front measured again on images that chose nothing.
#pragma once

#include <alwann/search/detail/explore_run.hpp>
#include <alwann/search/disjoint.hpp>
#include <alwann/search/exploration.hpp>

#include <functional>

namespace alwann::inline ALWANN_ABI {

/// Searches the front of an assignment problem and measures it on test images. The uniform designs, which are
/// there for comparison, are measured on `uniform_images`: the same, or fewer where time matters.
///
/// The search compensates each layer alone; what it finds best, `tested.front` designs of it if there are
/// more, is compensated in the order of the layers, measured on the search images again, and what is then
/// still not dominated is the front. `observe(progress)` is called now and then, on any thread, one call at a
/// time. The front is that of all designs evaluated, uniform ones included, on the search images; the test
/// images choose nothing.
///
/// Told to stop (evaluator_options::interrupted), it returns the front so far. Throws value_error for test
/// images that are among the search images, see require_disjoint().
template <architecture Architecture, compensation Compensation, optimizer Optimizer, executor Executor,
          class Observer>
[[nodiscard]] exploration explore(const assignment<Architecture, Compensation>& problem,
                                  const design_evaluator<Compensation>& evaluator,
                                  const benchmark_images& test_images, const benchmark_images& uniform_images,
                                  const Optimizer& optimizer, const Executor& workers, Observer&& observe,
                                  const tested_designs& tested = {}) {
    if (tested.front == 0) {
        throw value_error("explore: expected at least one design to be tested");
    }
    require_disjoint(evaluator.images().codes(), test_images.codes(), "search", "test");
    require_disjoint(evaluator.images().codes(), uniform_images.codes(), "search", "test");
    detail::explore_run<Architecture, Compensation> run(problem, evaluator, test_images, uniform_images,
                                                        tested, std::ref(observe));
    return run(optimizer, workers);
}

} // namespace alwann::inline ALWANN_ABI
