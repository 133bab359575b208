// SPDX-License-Identifier: MIT
/// @file
/// The definitions of nn/accuracy.hpp.
#pragma once

#include <alwann/nn/accuracy.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace alwann::inline ALWANN_ABI {

ALWANN_SEPARABLE measurement score(const std::vector<float>& results, std::size_t classes,
                                   const std::vector<int>& labels, const std::vector<float>& exact_results) {
    if (labels.empty() || classes == 0) {
        throw value_error("accuracy: expected at least one image and one class");
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

ALWANN_SEPARABLE void measurement::append(const measurement& more, std::size_t count) {
    count = std::min(count, more.images());
    const auto end = static_cast<std::ptrdiff_t>(count);
    hits.insert(hits.end(), more.hits.begin(), more.hits.begin() + end);
    logit_errors.insert(logit_errors.end(), more.logit_errors.begin(), more.logit_errors.begin() + end);
    correct += static_cast<std::size_t>(std::count(more.hits.begin(), more.hits.begin() + end, true));
    logit_mse = hits.empty() ? 0
                             : std::accumulate(logit_errors.begin(), logit_errors.end(), 0.0) /
                                   static_cast<double>(hits.size());
}

ALWANN_SEPARABLE double benchmark_images::logit_variance() const {
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

ALWANN_SEPARABLE measurement benchmark_images::score_part(const std::vector<float>& results,
                                                          std::size_t begin) const {
    if (begin > data_.labels.size() || results.size() / network_.classes() > data_.labels.size() - begin) {
        throw shape_error("accuracy: results of " + std::to_string(results.size() / network_.classes()) +
                          " images from number " + std::to_string(begin) + " on, but there are " +
                          std::to_string(data_.labels.size()) + " labels");
    }
    const auto from = static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(results.size() / network_.classes());
    const auto classes = static_cast<std::ptrdiff_t>(network_.classes());
    return score(
        results, network_.classes(), {data_.labels.begin() + from, data_.labels.begin() + from + count},
        {exact_results_.begin() + from * classes, exact_results_.begin() + (from + count) * classes});
}

} // namespace alwann::inline ALWANN_ABI
