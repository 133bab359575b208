// SPDX-License-Identifier: MIT
#include "explore_ranks.hpp"

#ifdef ALWANN_WITH_MPI

#include <alwann/core/mpi_workers.hpp>
#include <alwann/io/bytes.hpp>
#include <alwann/search/remote_evaluation.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <unistd.h>

namespace program {

namespace aw = alwann;

struct rank_pool::state {
    aw::mpi_session session;
    aw::mpi_workers ranks;
    std::optional<aw::remote_evaluation<evaluator, aw::mpi_workers>> remote;
    bool distributed = false;
};

rank_pool::rank_pool() : state_(aw::mpi_session::launched() ? std::make_unique<state>() : nullptr) {}

rank_pool::~rank_pool() {
    if (state_ && is_root() && !state_->distributed) {
        (void)state_->ranks.broadcast({}); // nothing comes
    }
}

bool rank_pool::is_root() const {
    return !state_ || state_->ranks.rank() == 0;
}

std::size_t rank_pool::size() const {
    return state_ ? static_cast<std::size_t>(state_->ranks.size()) : 1;
}

namespace {

void pack(aw::packer& to, const aw::dataset& images) {
    to.put_all(images.name).put(images.shape).put_all(images.pixels).put_all(images.labels);
    to.put(std::uint64_t{images.classes});
}

aw::dataset unpack_dataset(aw::unpacker& from) {
    auto name = from.get_all<std::string>();
    const auto shape = from.get<aw::image_shape>();
    auto pixels = from.get_all<std::vector<std::uint8_t>>();
    auto labels = from.get_all<std::vector<int>>();
    const auto classes = static_cast<std::size_t>(from.get<std::uint64_t>());
    return aw::make_dataset(std::move(name), shape, std::move(pixels), std::move(labels), classes);
}

} // namespace

void rank_pool::distribute(const explore_options& options, const aw::dataset& tuning, const aw::dataset& test,
                           std::size_t uniform_count, const aw::library& parts) {
    if (!state_) {
        return;
    }
    std::ifstream stream(options.network, std::ios::binary);
    if (!stream) {
        throw aw::io_error(options.network, "cannot be opened");
    }
    const aw::byte_vector network{std::istreambuf_iterator<char>(stream), {}};
    aw::packer to;
    to.put_all(network);
    pack(to, tuning.slice(0, options.calibration + options.images.value()));
    pack(to, test);
    to.put(std::uint64_t{uniform_count}).put(std::uint64_t{parts.size()});
    for (const auto& component : parts) {
        const auto products = component.products.products();
        to.put_all(component.name).put(component.products.form());
        to.put_all(std::vector<std::uint16_t>(products.begin(), products.end()));
    }
    (void)state_->ranks.broadcast(to.take());
    state_->distributed = true;
}

aw::block_runner rank_pool::runner() {
    if (!state_ || size() == 1) {
        return {};
    }
    state_->remote.emplace(state_->ranks);
    return state_->remote->runner();
}

void rank_pool::attach(const evaluator& with, std::vector<const aw::benchmark_images*> images) {
    if (state_ && state_->remote) {
        state_->remote->attach(with, std::move(images));
    }
}

void rank_pool::serve(const explore_options& given) {
    std::signal(SIGINT, SIG_IGN); // rank 0 decides when to stop
    const auto bytes = state_->ranks.broadcast({});
    if (bytes.empty()) {
        return;
    }
    aw::unpacker from(bytes);
    auto options = given;
    // The reader wants a file.
    const auto copy = std::filesystem::temp_directory_path() /
                      ("alwann-" + std::to_string(getpid()) + "-" + std::to_string(state_->ranks.rank()) +
                       std::filesystem::path(given.network).extension().string());
    const auto network_bytes = from.get_all<aw::byte_vector>();
    std::ofstream(copy, std::ios::binary)
        .write(reinterpret_cast<const char*>(network_bytes.data()),
               static_cast<std::streamsize>(network_bytes.size()));
    options.network = copy.string();
    const auto tuning = unpack_dataset(from), test = unpack_dataset(from);
    const auto uniform_count = static_cast<std::size_t>(from.get<std::uint64_t>());
    aw::library parts;
    const auto count = from.get<std::uint64_t>();
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto part_name = from.get_all<std::string>();
        const auto form = from.get<aw::multiplier_form>();
        const auto products = from.get_all<std::vector<std::uint16_t>>();
        parts.add(aw::make_component(aw::table(part_name, products, form)));
    }
    const auto prepared = prepare_network(options, tuning);
    std::filesystem::remove(copy);
    const auto images = take_search_images(prepared, tuning, options.calibration, options.images.value());
    const auto final_images =
        prepared.clipped ? take_test_images(prepared, tuning, options.calibration, options.images.value())
                         : images;
    const auto calibration = search_calibration(prepared, samples_of_search(options));
    const auto final_calibration = design_calibration(prepared, options.samples);
    const auto test_images = take_test_images(prepared, test, 0, test.size());
    const auto uniform_images = take_test_images(prepared, test, 0, uniform_count);
    evaluator worker(prepared.of_designs(), parts, calibration,
                     aw::compensation_from_string(options.compensation, aw::search_budget), images,
                     {.memory = bytes_from_string(options.memory)});
    worker.use_finally(aw::compensation_from_string(options.compensation), {}, &final_calibration,
                       &final_images);
    aw::remote_evaluation<evaluator, aw::mpi_workers>::serve(worker, state_->ranks,
                                                             {&final_images, &test_images, &uniform_images});
}

std::string rank_pool::summary(double seconds) const {
    if (!state_ || size() == 1) {
        return "";
    }
    const auto& moved = state_->ranks.moved();
    return std::to_string(size()) + " MPI ranks: " + std::to_string(moved.jobs) + " jobs elsewhere, " +
           aw::format_fixed(static_cast<double>(moved.bytes) / 1e6, 1) + " MB; work that they share took " +
           aw::format_fixed(seconds > 0 ? 100 * moved.running / seconds : 0, 1) + " % of the time, " +
           aw::format_fixed(moved.running > 0 ? 100 * moved.seconds / moved.running : 0, 2) +
           " % of that in communication.\n";
}

} // namespace program

#else

#include <alwann/core/error.hpp>

#include <cstdlib>
#include <string>

namespace program {

struct rank_pool::state {};

/// Several processes that do not know of each other would write to the same files.
rank_pool::rank_pool() {
    for (const char* size : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"}) {
        const char* found = std::getenv(size);
        if (found != nullptr && std::string(found) != "1") {
            throw alwann::error(std::string("explore: started by MPI as one of ") + found +
                                " processes, but this program was built without MPI (Debian, Ubuntu: apt "
                                "install libopenmpi-dev openmpi-bin, then configure and build again)");
        }
    }
}
rank_pool::~rank_pool() = default;
bool rank_pool::is_root() const {
    return true;
}
std::size_t rank_pool::size() const {
    return 1;
}
void rank_pool::distribute(const explore_options&, const alwann::dataset&, const alwann::dataset&,
                           std::size_t, const alwann::library&) {}
alwann::block_runner rank_pool::runner() {
    return {};
}
void rank_pool::attach(const evaluator&, std::vector<const alwann::benchmark_images*>) {}
void rank_pool::serve(const explore_options&) {}
std::string rank_pool::summary(double) const {
    return "";
}

} // namespace program

#endif
