// SPDX-License-Identifier: MIT
// A tiny ALWANN task: three convolutions on 6x6 images, four multipliers, labels that the network mostly
// meets.
#pragma once

#include "../nn/networks.hpp"

#include <alwann/compensation/weight_tuning.hpp>
#include <alwann/library/standard.hpp>
#include <alwann/search/evaluator.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace search_test {

namespace aw = alwann;

struct tiny_task {
    aw::random_generator random{17};
    aw::graph trained = make_graph(random);
    nn_test::image_batch images = nn_test::random_images(70, trained.input_shape(), random);
    aw::network net = aw::quantize(trained, images.view().rows(0, 20));
    aw::coded_images calibration_images = aw::encode_images(net, images.view().rows(0, 20));
    aw::library parts = make_parts();
    aw::compensation_data calibration{net, calibration_images, 200};
    aw::benchmark_images search_images = labelled(0, 40);
    aw::benchmark_images test_images = labelled(40, 30);
    aw::benchmark_images uniform_images = labelled(40, 20);

    tiny_task() = default;
    tiny_task(const tiny_task&) = delete; // members refer to each other

    template <aw::compensation How = aw::weight_tuning>
    aw::design_evaluator<How> evaluator(How how = {}) const {
        return {net, parts, calibration, std::move(how), search_images};
    }

    // The exact network's classes on a part of the images, every fifth one changed.
    aw::labelled_images with_labels(std::size_t first, std::size_t count) const {
        const auto coded = aw::encode_images(net, images.view().rows(first, count));
        const auto results = aw::run(net, aw::exact_setting(net), coded);
        const auto best = aw::top_classes(results, net.classes());
        aw::labelled_images data{coded, {}};
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t label = i % 5 == 0 ? (best[i] + 1) % net.classes() : best[i];
            data.labels.push_back(static_cast<int>(label));
        }
        return data;
    }

private:
    static aw::graph make_graph(aw::random_generator& random) {
        using namespace nn_test;
        aw::graph graph({6, 6, 2}, "tiny");
        auto node = graph.add("one", random_conv(2, 4, square(3, 1, 1), random), {0});
        node = graph.add("relu1", relu(), {node});
        node = graph.add("two", random_conv(4, 6, square(3, 2, 1), random), {node});
        node = graph.add("relu2", relu(), {node});
        node = graph.add("three", random_conv(6, 6, square(1), random), {node});
        node = graph.add("relu3", relu(), {node});
        node = graph.add("flat", op::flatten{}, {node});
        graph.add("dense", random_dense(54, 5, random), {node});
        return graph;
    }

    static aw::library make_parts() {
        aw::library chosen;
        for (const char* name : {"exact_dadda", "lowor_8", "bamvc_0_11", "evo_mae2"}) {
            chosen.add(aw::standard().find(name));
        }
        return chosen;
    }

    aw::benchmark_images labelled(std::size_t first, std::size_t count) const {
        return {net, with_labels(first, count)};
    }
};

} // namespace search_test
