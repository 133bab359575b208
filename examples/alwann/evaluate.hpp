// SPDX-License-Identifier: MIT
/// What the ways to evaluate designs have in common: which designs, on which images, and what is reported.
#pragma once

#include "inputs.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace program {

struct evaluate_options : common_options {
    std::string multiplier;
    std::vector<std::string> layers;
    std::string designs;
    std::string sums = "float32";
    std::size_t offset = 0;
    std::size_t batch = 1000;
    bool batch_statistics = false;
    bool with_float = false;
};

/// Designs as indices into the library, layer by layer, as the options name them for a network of so many
/// layers. Throws io_error, format_error, shape_error and name_error for what is not there.
std::vector<std::vector<std::size_t>> chosen_designs(const evaluate_options& options,
                                                     const alwann::library& parts, std::size_t layers);

/// Images of the test set that designs are measured on.
struct image_range {
    std::size_t first = 0, count = 0;
};

/// The images the options ask for. Where test and tuning images are the same file, those `calibrated` at its
/// beginning are left out, which is said on stderr. Throws value_error if there are not as many.
image_range measured_images(const evaluate_options& options, const image_sources& sources,
                            std::size_t calibrated);

/// The engines that a design's layers run on: each once, in the order of the layers.
std::string engines_of(const std::vector<alwann::convolution_shape>& shapes,
                       const std::vector<alwann::table>& tables);

/// One design, measured.
struct evaluated_design {
    alwann::measurement found;
    double seconds = 0;
    std::string engine;
};

/// All that was asked for, measured.
struct evaluation {
    std::vector<std::vector<std::size_t>> designs; ///< indices into the library
    std::vector<evaluated_design> results;         ///< of each design
    alwann::measurement exact;                     ///< the exact 8-bit network
    std::vector<std::uint64_t> macs, macs_paper;   ///< by layer
    std::string compensation;
    std::string statistics; ///< where ranges and moments come from; empty: frozen in the network
    std::optional<alwann::measurement> real; ///< the float network
};

/// Prints an evaluation as the options ask for it.
void report(const evaluate_options& options, const alwann::library& parts, const evaluation& found);

/// Evaluates a frozen graph of TensorFlow's, float or quantised, whose statistics come from the batch.
void evaluate_graph(const evaluate_options& options);

/// Whether evaluate_graph() is for this: quantised graphs, and float ones with statistics of the batch.
bool is_batch_graph(const evaluate_options& options);

/// The float network on images of the test set.
alwann::measurement measure_float(const alwann::graph& network, const alwann::normalisation& how,
                                  const alwann::dataset& images, const image_range& range,
                                  std::size_t threads);

} // namespace program
