// SPDX-License-Identifier: MIT
/// @file
/// What a design_evaluator is told, is asked, and reports of its work.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/nn/accuracy.hpp>
#include <alwann/search/archive.hpp>
#include <alwann/search/block_job.hpp>
#include <alwann/search/kept_activations.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace alwann::inline ALWANN_ABI {

/// How a design_evaluator goes about its work. Neither memory nor archive changes a result.
struct evaluator_options {
    std::size_t memory = std::size_t{1} << 29; ///< bytes of activations kept for designs that begin alike
    double drop_level = 0.01; ///< probability, up to 0.5, of wrongly dropping a design with a rival; 0: never
    std::size_t block = 0;    ///< images that go through a network together; 0: default_block()
    search_archive* archive =
        nullptr;                 ///< where evaluations are kept for later runs; must outlive the evaluator
    std::string variant = {};    ///< what tells the compensation from others of its name, for the archive
    std::uint64_t seed = 0;      ///< noted in the archive
    std::string engine = "auto"; ///< noted in the archive
    std::function<bool()> interrupted =
        {};                   ///< asked between pieces of work; true ends it by interrupted_error
    block_runner runner = {}; ///< works on blocks elsewhere; by default the executor does
};

/// A search that was asked to stop. What was finished before is known to the evaluator and its archive.
class interrupted_error : public error {
public:
    interrupted_error() : error("search: interrupted") {}
};

/// What an evaluator did and what it did not have to do. Products are multiplications on the images of the
/// search; compensation is not counted.
struct evaluation_counts {
    std::size_t requested = 0;    ///< designs asked for
    std::size_t known = 0;        ///< of these, computed the same as one measured before
    std::size_t archived = 0;     ///< taken from the archive, at least in part
    std::size_t dropped = 0;      ///< not measured on all images, since a rival is better beyond doubt
    double emulated = 0;          ///< products
    double saved_by_known = 0;    ///< products not emulated: the design was known
    double saved_by_prefixes = 0; ///< the activations before a layer were there
    double saved_by_drops = 0;    ///< images after a design was dropped
    double saved_by_archive = 0;  ///< images that another run had paid for
};

/// A design to measure, by the multiplier of each layer, and what it is up against: a measurement on all
/// images that is better than it if it is less accurate. Without one it is measured on all images.
struct design_request {
    layer_choice multipliers;           ///< that of each layer
    const measurement* rival = nullptr; ///< see above; may be null
};

} // namespace alwann::inline ALWANN_ABI
