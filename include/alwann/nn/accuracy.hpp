// SPDX-License-Identifier: MIT
/// @file
/// How well a design classifies, and how far its results are from the exact network's.
#pragma once

#include <alwann/nn/inference.hpp>
#include <alwann/nn/network_fingerprint.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// Images and what they show.
struct labelled_images {
    coded_images images;     ///< as codes
    std::vector<int> labels; ///< class of each image, from 0
};

/// A design on some images.
struct measurement {
    std::vector<bool> hits;               ///< per image, whether the top class is the label
    std::size_t correct = 0;              ///< images whose class is right
    double logit_mse = 0;                 ///< mean squared difference of the results from the exact network's
    std::vector<float> logit_errors = {}; ///< the same image by image; logit_mse is their mean

    /// How many there are.
    [[nodiscard]] std::size_t images() const noexcept { return hits.size(); }
    /// Share of images whose class is right.
    [[nodiscard]] double accuracy() const noexcept {
        return static_cast<double>(correct) / static_cast<double>(hits.size());
    }

    /// The same on the first `count` images alone; all of them if there are no more.
    [[nodiscard]] measurement first(std::size_t count) const {
        measurement part;
        part.append(*this, count);
        return part;
    }
    /// Adds the first `count` images of another measurement of the same design.
    void append(const measurement& more, std::size_t count = static_cast<std::size_t>(-1)) {
        count = std::min(count, more.images());
        const auto end = static_cast<std::ptrdiff_t>(count);
        hits.insert(hits.end(), more.hits.begin(), more.hits.begin() + end);
        logit_errors.insert(logit_errors.end(), more.logit_errors.begin(), more.logit_errors.begin() + end);
        correct += static_cast<std::size_t>(std::count(more.hits.begin(), more.hits.begin() + end, true));
        logit_mse = hits.empty() ? 0
                                 : std::accumulate(logit_errors.begin(), logit_errors.end(), 0.0) /
                                       static_cast<double>(hits.size());
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
    for (std::size_t i = 0; i < results.size(); i += classes) {
        double squares = 0;
        for (std::size_t c = i; c < std::min(i + classes, exact_results.size()); ++c) {
            const double difference = static_cast<double>(results[c]) - static_cast<double>(exact_results[c]);
            squares += difference * difference;
        }
        found.logit_errors.push_back(static_cast<float>(squares / static_cast<double>(classes)));
    }
    found.logit_mse = std::accumulate(found.logit_errors.begin(), found.logit_errors.end(), 0.0) /
                      static_cast<double>(labels.size());
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
          exact_(score(exact_results_, network.classes(), data_.labels, exact_results_)) {
        fingerprint all;
        all.add(hash_of(data_.images));
        for (const int label : data_.labels) {
            all.add(label);
        }
        for (const float value : exact_results_) {
            all.add(static_cast<double>(value));
        }
        hash_ = all.value();
    }

    /// The exact 8-bit network.
    [[nodiscard]] const measurement& exact() const noexcept { return exact_; }
    /// How many there are.
    [[nodiscard]] std::size_t size() const noexcept { return data_.labels.size(); }
    /// The images.
    [[nodiscard]] const coded_images& codes() const noexcept { return data_.images; }
    /// Their classes.
    [[nodiscard]] const std::vector<int>& labels() const noexcept { return data_.labels; }
    /// A hash of images, labels and what the exact network makes of them.
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

    /// How far the exact network's results of an image are from their mean, squared, on average.
    [[nodiscard]] double logit_variance() const {
        const std::size_t classes = network_.classes();
        double squares = 0;
        for (auto row = exact_results_.begin(); row != exact_results_.end();
             row += static_cast<std::ptrdiff_t>(classes)) {
            const auto end = row + static_cast<std::ptrdiff_t>(classes);
            const double mean = std::accumulate(row, end, 0.0) / static_cast<double>(classes);
            squares = std::accumulate(row, end, squares, [mean](double sum, float value) {
                return sum + (value - mean) * (value - mean);
            });
        }
        return squares / static_cast<double>(std::max<std::size_t>(1, exact_results_.size()));
    }

    /// Scores results [image][class] of the images from `begin` on.
    [[nodiscard]] measurement score_part(const std::vector<float>& results, std::size_t begin) const {
        const auto from = static_cast<std::ptrdiff_t>(begin);
        const auto count = static_cast<std::ptrdiff_t>(results.size() / network_.classes());
        const auto classes = static_cast<std::ptrdiff_t>(network_.classes());
        return score(
            results, network_.classes(), {data_.labels.begin() + from, data_.labels.begin() + from + count},
            {exact_results_.begin() + from * classes, exact_results_.begin() + (from + count) * classes});
    }

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
    std::uint64_t hash_ = 0;
};

} // namespace alwann::inline ALWANN_ABI
