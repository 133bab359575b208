// SPDX-License-Identifier: MIT
/// @file
/// How well a design classifies, and how far its results are from the exact network's.
#pragma once

#include <alwann/nn/inference.hpp>
#include <alwann/nn/network_fingerprint.hpp>

#include <cstddef>
#include <cstdint>
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
    ALWANN_SEPARABLE void append(const measurement& more, std::size_t count = static_cast<std::size_t>(-1));
};

/// Scores results [image][class] against labels and against the exact network's results (none: no logit_mse).
///
/// Throws shape_error if counts do not fit and value_error for a label that is no class or for no images.
[[nodiscard]] ALWANN_SEPARABLE measurement score(const std::vector<float>& results, std::size_t classes,
                                                 const std::vector<int>& labels,
                                                 const std::vector<float>& exact_results = {});

/// Labelled images with the exact network's results on them, for measuring designs.
class benchmark_images {
public:
    /// Runs the exact network once. The network must outlive this object.
    template <executor Executor = serial_executor>
    benchmark_images(const network& network, labelled_images images, const Executor& workers = {})
        : network_(network),
          data_(std::move(images)),
          exact_results_(run(network, exact_setting(network), data_.images, workers)),
          exact_(score(exact_results_, network.classes(), data_.labels, exact_results_)),
          hash_(hash_of_all()) {}

    /// For designs on another quantisation of the same network: its codes for the images of `reference`, with
    /// the labels and the exact results that `reference` has, which is what designs are judged by. The
    /// network must outlive this object. Throws shape_error for another number of images or classes.
    benchmark_images(const network& network, coded_images codes, const benchmark_images& reference)
        : network_(network),
          data_{std::move(codes), reference.labels()},
          exact_results_(reference.exact_results_),
          exact_(reference.exact_) {
        if (data_.images.count != reference.size() || network.classes() != reference.network_.classes()) {
            throw shape_error(network.source() + ": expected " + std::to_string(reference.size()) +
                              " images of " + std::to_string(reference.network_.classes()) +
                              " classes, found " + std::to_string(data_.images.count) + " of " +
                              std::to_string(network.classes()));
        }
        hash_ = hash_of_all();
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
    [[nodiscard]] ALWANN_SEPARABLE double logit_variance() const;

    /// Scores results [image][class] of the images from `begin` on.
    [[nodiscard]] ALWANN_SEPARABLE measurement score_part(const std::vector<float>& results,
                                                          std::size_t begin) const;

    /// A design; the same for any executor.
    template <executor Executor = serial_executor>
    [[nodiscard]] measurement measure(const design_setting& design, const Executor& workers = {}) const {
        return score(run(network_, design, data_.images, workers), network_.classes(), data_.labels,
                     exact_results_);
    }

private:
    [[nodiscard]] std::uint64_t hash_of_all() const {
        fingerprint all;
        all.add(hash_of(data_.images));
        for (const int label : data_.labels) {
            all.add(label);
        }
        for (const float value : exact_results_) {
            all.add(static_cast<double>(value));
        }
        return all.value();
    }

    const network& network_;
    labelled_images data_;
    std::vector<float> exact_results_;
    measurement exact_;
    std::uint64_t hash_ = 0;
};

} // namespace alwann::inline ALWANN_ABI

#if !defined(ALWANN_SEPARATE)
#include <alwann/nn/detail/define_accuracy.hpp>
#endif
