// SPDX-License-Identifier: MIT
/// @file
/// How well a design classifies, and how far its results are from the exact network's.
#pragma once

#include <alwann/nn/inference.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Images and what they show.
struct labelled_images {
    coded_images images;
    std::vector<int> labels; ///< class of each image, from 0
};

/// A design on some images.
struct measurement {
    std::vector<bool> hits; ///< per image, whether the top class is the label
    std::size_t correct = 0;
    double logit_mse = 0; ///< mean squared difference of the results from the exact network's

    [[nodiscard]] std::size_t images() const noexcept { return hits.size(); }
    [[nodiscard]] double accuracy() const noexcept {
        return static_cast<double>(correct) / static_cast<double>(hits.size());
    }
};

/// Scores results [image][class] against labels and against the exact network's results (none: no logit_mse).
///
/// Throws shape_error if counts do not fit and value_error for a label that is no class or for no images.
[[nodiscard]] inline measurement score(const std::vector<float>& results, std::size_t classes,
                                       const std::vector<int>& labels,
                                       const std::vector<float>& exact_results = {}) {
    if (labels.empty()) {
        throw value_error("accuracy: expected at least one image");
    }
    if (results.size() != labels.size() * classes ||
        (!exact_results.empty() && exact_results.size() != results.size())) {
        throw shape_error("accuracy: " + std::to_string(labels.size()) + " labels, " +
                          std::to_string(classes) + " classes, but " + std::to_string(results.size()) +
                          " results");
    }
    measurement found;
    const auto best = top_classes(results, classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes) {
            throw value_error("accuracy: image " + std::to_string(i) + ": label " +
                              std::to_string(labels[i]) + ", but the network has " + std::to_string(classes) +
                              " classes");
        }
        const bool hit = best[i] == static_cast<std::size_t>(labels[i]);
        found.hits.push_back(hit);
        found.correct += hit ? 1u : 0u;
    }
    double squares = 0;
    for (std::size_t i = 0; i < exact_results.size(); ++i) {
        const double difference = static_cast<double>(results[i]) - static_cast<double>(exact_results[i]);
        squares += difference * difference;
    }
    found.logit_mse = squares / static_cast<double>(results.size());
    return found;
}

/// Labelled images with the exact network's results on them, for measuring designs.
class benchmark_images {
public:
    /// Runs the exact network once. The network must outlive this object.
    template <executor Executor = serial_executor>
    benchmark_images(const network& network, labelled_images images, const Executor& workers = {})
        : network_(network),
          data_(std::move(images)),
          exact_results_(run(network, exact_setting(network), data_.images, workers)),
          exact_(score(exact_results_, network.classes(), data_.labels, exact_results_)) {}

    /// The exact 8-bit network.
    [[nodiscard]] const measurement& exact() const noexcept { return exact_; }
    [[nodiscard]] std::size_t size() const noexcept { return data_.labels.size(); }

    /// A design; the same for any executor.
    template <executor Executor = serial_executor>
    [[nodiscard]] measurement measure(const design_setting& design, const Executor& workers = {}) const {
        return score(run(network_, design, data_.images, workers), network_.classes(), data_.labels,
                     exact_results_);
    }

private:
    const network& network_;
    labelled_images data_;
    std::vector<float> exact_results_;
    measurement exact_;
};

} // namespace alwann::inline ALWANN_ABI
