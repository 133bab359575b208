// SPDX-License-Identifier: MIT
// Runs the program as a user does: arguments in, exit status and two streams out.
#pragma once

#include "../io/files.hpp"

#include <alwann/core/random.hpp>
#include <alwann/library/standard.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace program_test {

using json = nlohmann::json;

inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The program; empty if it was not built.
inline std::string program() {
    const char* file = std::getenv("ALWANN_PROGRAM");
    return file != nullptr && std::filesystem::exists(file) ? file : "";
}

inline const std::string network =
    (std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "examples" / "networks" /
     "resnet8_fashion_mnist.onnx")
        .string();

/// What one call of the program left behind.
struct outcome {
    int status = -1;
    std::string out;
    std::string err;

    /// Standard output as one JSON document; throws if it is anything else.
    [[nodiscard]] json document() const { return json::parse(out); }
    [[nodiscard]] std::size_t error_lines() const {
        return static_cast<std::size_t>(std::count(err.begin(), err.end(), '\n'));
    }
};

/// Calls the program, by another one if `through` is not empty.
inline outcome run(const std::vector<std::string>& arguments, const std::string& through = "") {
    const temporary_directory folder;
    std::string command = through + " '" + program() + "'";
    for (const auto& argument : arguments) {
        command += " '" + argument + "'";
    }
    const auto out = folder.path() / "out", err = folder.path() / "err";
    command += " >'" + out.string() + "' 2>'" + err.string() + "' </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(out), read_text(err)};
}

/// Images of 28 x 28 pixels with a bright rectangle each, as idx files: the network takes them for something,
/// and which class it is depends on the image.
class image_files {
public:
    explicit image_files(std::size_t count = 60) {
        alwann::random_generator random(1);
        const auto below = [&random](std::uint64_t bound) { return alwann::uniform_below(random, bound); };
        std::string images = header(3, {count, 28, 28}), labels = header(1, {count});
        for (std::size_t n = 0; n < count; ++n) {
            const auto left = below(14), right = 14 + below(14), top = below(14), bottom = 14 + below(14);
            const auto shade = 100 + below(156);
            for (std::uint64_t y = 0; y < 28; ++y) {
                for (std::uint64_t x = 0; x < 28; ++x) {
                    const bool inside = left <= x && x <= right && top <= y && y <= bottom;
                    images += static_cast<char>(inside ? shade - below(60) : 0);
                }
            }
            labels += static_cast<char>(below(10));
        }
        specification_ = "idx:" + folder_.write("images", images).string() + "," +
                         folder_.write("labels", labels).string();
    }

    /// For --dataset.
    [[nodiscard]] const std::string& specification() const { return specification_; }
    [[nodiscard]] const temporary_directory& folder() const { return folder_; }

private:
    static std::string header(char rank, const std::vector<std::size_t>& extents) {
        std::string bytes{0, 0, 8, rank};
        for (const auto extent : extents) {
            for (const int shift : {24, 16, 8, 0}) {
                bytes += static_cast<char>(extent >> shift & 0xFF);
            }
        }
        return bytes;
    }

    temporary_directory folder_;
    std::string specification_;
};

/// Four multipliers of the standard library, for --library: searches of a second.
inline std::string small_library(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    std::ofstream costs(folder / "costs.csv");
    costs << "name,power_mW,area_um2,delay_ns\n";
    for (const char* name : {"exact_dadda", "lowor_8", "bamvc_0_11", "evo_mae2"}) {
        const auto& part = alwann::standard().find(name);
        const auto products = part.products.products();
        std::ofstream(folder / (std::string(name) + ".bin"), std::ios::binary)
            .write(reinterpret_cast<const char*>(products.data()),
                   static_cast<std::streamsize>(products.size() * sizeof(products[0])));
        costs << name << ',' << part.price.power_mw << ',' << part.price.area_um2 << ','
              << part.price.delay_ns << '\n';
    }
    return "tables:" + folder.string();
}

} // namespace program_test
