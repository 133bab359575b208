// SPDX-License-Identifier: MIT
/// What most commands start from: a network, images and a library of multipliers, from options.
#pragma once

#include <alwann/alwann.hpp>
#include <alwann/core/tbb_executor.hpp>
#include <alwann/io/normalisation.hpp>
#include <alwann/nn/unfrozen_graph.hpp>
#include <alwann/report/json.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace program {

/// Options that commands share, as the user gave them.
struct common_options {
    std::string network;
    std::string dataset;
    std::string test_dataset;
    std::string normalize;
    std::vector<std::string> libraries;
    std::string compensation = "default";
    std::string engine;
    std::string weights = "per-channel";
    std::string ranges = "percentile";
    std::string weight_ranges = "minmax";
    std::string design_ranges; ///< empty: those of the exact network
    unsigned weight_bits = 8;
    unsigned activation_bits = 8;
    bool symmetric_weights = false;
    bool exact_first = false;
    bool exact_last = false;
    bool approximate_dense = false;
    std::optional<std::size_t> images; ///< not given: the command's default
    std::size_t calibration = 200;
    std::size_t samples = 32768;
    std::size_t threads = 0;
    bool json = false;
};

/// Accepts whole numbers from `least` to `most`; without it a minus sign would wrap around.
CLI::Validator whole_number(std::size_t least = 0,
                            std::size_t most = std::numeric_limits<std::size_t>::max());
/// Accepts finite numbers from `least` to `most`.
CLI::Validator number(double least, double most);
/// Threads, generations and their like: more of them is a slip.
inline constexpr std::size_t most_threads = 1024, most_steps = 1'000'000;

/// Throws value_error if `text`, which `what` names, is not UTF-8: results could not hold it.
void require_utf8(const std::string& what, const std::string& text);

/// Declares --network, --dataset, ... on a command.
void add_network_options(CLI::App& command, common_options& options);
void add_library_option(CLI::App& command, common_options& options);
void add_run_options(CLI::App& command, common_options& options);
/// Returns them, too.
std::vector<CLI::Option*> add_quantisation_options(CLI::App& command, common_options& options);
/// Declares --design-ranges, for commands that compensate designs.
void add_design_ranges_option(CLI::App& command, common_options& options);

/// The choices of post-training quantisation. Throws name_error or value_error for a range rule that is none.
alwann::quantize_options quantisation_of(const common_options& options);

/// The same as settings of a run, for its results.
alwann::json quantisation_settings(const common_options& options);

/// Images for calibration and search, and images for the final measurement.
struct image_sources {
    alwann::dataset tuning;
    alwann::dataset test;
    bool separate = false; ///< the test images come from a part or file of their own
};

/// Reads the data sets the options name. Without test images, `test` is a copy of `tuning`, still to be
/// split.
image_sources read_images(const common_options& options);

/// Reads the library that a text names: standard, tables:DIR, evoapprox:DIR, a folder of ours or of tables,
/// or the file of one multiplier. Says on stderr what of it cannot be read or is odd.
alwann::library read_library(const std::string& text);

/// Reads and joins the libraries the options name.
alwann::library read_libraries(const common_options& options);

/// The float network of a file, ONNX or (*.pb) TensorFlow's GraphDef.
///
/// Throws value_error for a GraphDef that is quantised already.
alwann::unfrozen_graph read_float_network(const std::string& file);

/// How pixels become numbers: as the options say, else as the network file does, else from 0 to 1.
alwann::normalisation normalisation_of(const common_options& options, const alwann::graph& network);

/// The network with everything measured on it so far: calibrated, quantised, and the calibration images in
/// its codes.
struct prepared_network : alwann::traced_network {
    alwann::graph trained;
    alwann::normalisation normalise;
    alwann::calibrator seen;
    alwann::coded_images calibration;

    /// The network that designs run on where --design-ranges names ranges of their own.
    struct clipped_network {
        alwann::network quantized;
        alwann::coded_images calibration;
    };
    std::optional<clipped_network> clipped = std::nullopt;

    const alwann::network& of_designs() const { return clipped ? clipped->quantized : quantized; }
    /// The calibration images in codes of that network.
    const alwann::coded_images& calibration_of_designs() const {
        return clipped ? clipped->calibration : calibration;
    }
};

/// Reads a network and quantises it on the first images of `tuning`. Batch normalisation in training mode
/// gets the statistics of the same images.
prepared_network prepare_network(const common_options& options, const alwann::dataset& tuning);

/// Throws value_error unless there are `count` images (at least 1) from `first` on.
void require_images(const alwann::dataset& from, std::size_t first, std::size_t count);

/// Images [first, first + count) with labels, as codes of the network's input.
alwann::labelled_images take_images(const prepared_network& prepared, const alwann::dataset& from,
                                    std::size_t first, std::size_t count);

/// Images to measure designs on, judged by what the exact network makes of them.
alwann::benchmark_images take_test_images(const prepared_network& prepared, const alwann::dataset& from,
                                          std::size_t first, std::size_t count,
                                          alwann::executor_ref workers = alwann::serial_executor{});
/// Images to search with, judged by what the network of the designs makes of them with exact products.
alwann::benchmark_images take_search_images(const prepared_network& prepared, const alwann::dataset& from,
                                            std::size_t first, std::size_t count,
                                            alwann::executor_ref workers = alwann::serial_executor{});

/// What layers are compensated with, each alone, for a search.
alwann::compensation_data search_calibration(const prepared_network& prepared, std::size_t samples,
                                             alwann::executor_ref workers = alwann::serial_executor{});
/// What whole designs are compensated with: aims at the exact network.
alwann::compensation_data design_calibration(const prepared_network& prepared, std::size_t samples,
                                             alwann::executor_ref workers = alwann::serial_executor{});

/// Sets the engine that all convolutions run on, if the options name one.
void choose_engine(const common_options& options);

/// A message to the user, on stderr.
void inform(const std::string& message);

/// A progress line on a terminal, with rate and time left; nothing when stderr is not a terminal.
class progress_line {
public:
    progress_line();
    ~progress_line() { finish(); }
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    /// `done` of `all` steps of something are behind us; `items` counts what the rate is of.
    void show(const std::string& what, double done, double all, std::size_t items, const std::string& unit);
    void finish();

private:
    bool visible_;
    bool dirty_ = false;
    double start_;
    double last_ = 0;
};

/// Seconds of a steady clock.
double now();

} // namespace program
