// SPDX-License-Identifier: MIT
// Temporary files, and damaged copies of them.
#pragma once

#include <alwann/core/error.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

/// A folder that goes with its owner.
class temporary_directory {
public:
    temporary_directory() {
        std::random_device seed;
        do {
            path_ = std::filesystem::temp_directory_path() / ("alwann-test-" + std::to_string(seed()));
        } while (!std::filesystem::create_directory(path_));
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, std::string_view bytes) const {
        std::ofstream(path_ / name, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

/// Whether `read` throws one of the library's exceptions. Others pass and fail the test.
template <class Read>
bool rejects(Read read) {
    try {
        static_cast<void>(read());
    } catch (const alwann::error&) {
        return true;
    }
    return false;
}

/// How many of the file's beginnings, from `shortest` bytes up to all but one, are read without an error.
template <class Read>
std::size_t accepted_prefixes(const temporary_directory& folder, const std::string& bytes, Read read,
                              std::size_t shortest = 0) {
    std::size_t accepted = 0;
    for (std::size_t length = shortest; length < bytes.size(); ++length) {
        const auto file = folder.write("prefix", std::string_view(bytes).substr(0, length));
        if (!rejects([&] { return read(file); })) {
            ++accepted;
        }
    }
    return accepted;
}

/// Reads copies with a few bits flipped. What comes of it does not matter, as long as nothing breaks.
template <class Read>
std::size_t fuzz(const temporary_directory& folder, const std::string& bytes, Read read, unsigned seed = 1,
                 std::chrono::milliseconds duration = std::chrono::milliseconds(1000)) {
    std::mt19937 random(seed);
    const auto end = std::chrono::steady_clock::now() + duration;
    std::size_t rounds = 0;
    for (; rounds < 20000 && std::chrono::steady_clock::now() < end; ++rounds) {
        std::string damaged = bytes;
        for (auto flips = 1 + random() % 4; flips-- > 0;) {
            const std::size_t bit = random() % (8 * damaged.size());
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        }
        const auto file = folder.write("damaged", damaged);
        static_cast<void>(rejects([&] { return read(file); }));
    }
    return rounds;
}
