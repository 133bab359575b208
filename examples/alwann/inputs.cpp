// SPDX-License-Identifier: MIT
#include "inputs.hpp"

#include <alwann/core/parse_number.hpp>
#include <alwann/io/cifar10.hpp>
#include <alwann/io/idx.hpp>
#include <alwann/io/npy.hpp>
#include <alwann/io/onnx.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace program {

namespace aw = alwann;

CLI::Validator whole_number(std::size_t least, std::size_t most) {
    return CLI::Validator(
        [least, most](std::string& text) {
            const auto value = aw::parse_number<std::size_t>(text);
            const bool bounded = most != std::numeric_limits<std::size_t>::max();
            return value && *value >= least && *value <= most
                       ? std::string()
                       : "expected a whole number from " + std::to_string(least) +
                             (bounded ? " to " + std::to_string(most) : " on") + ", found " + text;
        },
        "NUMBER");
}

CLI::Validator number(double least, double most) {
    return CLI::Validator(
        [least, most](std::string& text) {
            const auto value = aw::parse_number<double>(text);
            return value && *value >= least && *value <= most
                       ? std::string()
                       : "expected a number from " + aw::format_number(least) + " to " +
                             aw::format_number(most) + ", found " + text;
        },
        "NUMBER");
}

void require_utf8(const std::string& what, const std::string& text) {
    try {
        (void)aw::json(text).dump();
    } catch (const aw::json::exception&) {
        throw aw::value_error(what + " " + aw::detail::quoted(text) + ": expected UTF-8");
    }
}

void add_network_options(CLI::App& command, common_options& options) {
    command
        .add_option("--network", options.network,
                    "trained network: ONNX, or a frozen TensorFlow graph (*.pb)")
        ->required();
    command
        .add_option("--dataset", options.dataset,
                    "images for calibration and search: fashion-mnist[:DIR], cifar10:FILE[,FILE...], "
                    "idx:IMAGES,LABELS or npy:IMAGES,LABELS; files may be compressed by gzip or xz")
        ->required();
    command.add_option(
        "--test-dataset", options.test_dataset,
        "images for the final measurement; default: the data set's own test part, else a part of "
        "the images of --dataset that nothing else uses");
    command.add_option(
        "--normalize", options.normalize,
        "none (0..1), raw (0..255), imagenet, cifar10, or means/deviations; default: what the network "
        "file's metadata says, else none");
}

void add_run_options(CLI::App& command, common_options& options) {
    command.add_option("--calibration", options.calibration, "images for ranges and compensation")
        ->check(whole_number(1))
        ->capture_default_str();
    command
        .add_option("--compensation", options.compensation,
                    "none, weight-tuning, histogram-map, centred-map, closed-bias, control-variate, "
                    "channel-bias, channel-affine, channel-ls3, tcd, joined with +; or default[:SECONDS]")
        ->capture_default_str();
    command.add_option("--samples", options.samples, "output positions per layer that compensation looks at")
        ->check(whole_number(1, aw::compensation_data::most_samples))
        ->capture_default_str();
    command.add_option("--threads", options.threads, "threads; default: all cores")
        ->check(whole_number(0, most_threads));
    command.add_option("--engine", options.engine, "force an engine (see alwann doctor)");
}

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (true) {
        const auto end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        if (end == text.size()) {
            return parts;
        }
        begin = end + 1;
    }
}

/// What a data set specification names; `part` matters for sets that have a test part of their own.
aw::dataset read_dataset(const std::string& text, aw::dataset_part part) {
    const auto colon = std::min(text.find(':'), text.size());
    const std::string kind = text.substr(0, colon);
    const std::string rest = text.substr(std::min(colon + 1, text.size()));
    const auto files = split(rest, ',');
    const bool named =
        std::none_of(files.begin(), files.end(), [](const auto& file) { return file.empty(); });
    if (kind == "fashion-mnist") {
        return rest.empty() ? aw::read_fashion_mnist(part) : aw::read_fashion_mnist(part, rest);
    }
    if (kind == "cifar10" && named) {
        return aw::read_cifar10({files.begin(), files.end()});
    }
    if (kind == "idx" && named && files.size() == 2) {
        return aw::read_idx_dataset(files[0], files[1]);
    }
    if (kind == "npy" && named && files.size() == 2) {
        return aw::read_npy_dataset(files[0], files[1]);
    }
    throw aw::value_error("data set '" + text +
                          "': expected fashion-mnist[:DIR], cifar10:FILE[,FILE...], idx:IMAGES,LABELS or "
                          "npy:IMAGES,LABELS");
}

} // namespace

image_sources read_images(const common_options& options) {
    image_sources sources;
    sources.tuning = read_dataset(options.dataset, aw::dataset_part::train);
    const bool has_test_part = options.dataset.rfind("fashion-mnist", 0) == 0;
    sources.separate = has_test_part || !options.test_dataset.empty();
    sources.test = !options.test_dataset.empty() ? read_dataset(options.test_dataset, aw::dataset_part::test)
                   : has_test_part               ? read_dataset(options.dataset, aw::dataset_part::test)
                                                 : sources.tuning;
    return sources;
}

void choose_engine(const common_options& options) {
    if (options.engine.empty()) {
        return;
    }
    const auto which = aw::engine_from_string(options.engine);
    if (!aw::is_available(which)) {
        throw aw::value_error("engine '" + options.engine +
                              "' needs instructions that this processor does not have");
    }
    setenv("ALWANN_ENGINE", options.engine.c_str(), 1); // read by the library on first use
}

void inform(const std::string& message) {
    std::fprintf(stderr, "%s\n", message.c_str());
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

progress_line::progress_line() : visible_(isatty(STDERR_FILENO) != 0), start_(now()) {}

void progress_line::show(const std::string& what, double done, double all, std::size_t items,
                         const std::string& unit) {
    const double time = now();
    if (!visible_ || time - last_ < 0.2) {
        return;
    }
    last_ = time;
    const double elapsed = time - start_;
    std::string text = what;
    if (elapsed > 0 && items > 0) {
        text += ", " + aw::format_fixed(static_cast<double>(items) / elapsed, 1) + " " + unit + "/s";
    }
    if (done > 0 && all > done) {
        text += ", " + aw::format_fixed(elapsed * (all - done) / done, 0) + " s left";
    }
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    dirty_ = true;
}

void progress_line::finish() {
    if (dirty_) {
        std::fprintf(stderr, "\r\033[K");
        std::fflush(stderr);
        dirty_ = false;
    }
}

} // namespace program
