// SPDX-License-Identifier: MIT
/// @file
/// Images that choose designs must not judge them.
#pragma once

#include <alwann/core/error.hpp>
#include <alwann/core/fingerprint.hpp>
#include <alwann/nn/inference.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// How many images of one set are in another, by their codes; labels do not count. O(bytes).
[[nodiscard]] inline std::size_t shared_images(const coded_images& one, const coded_images& other) {
    if (one.shape != other.shape) {
        return 0;
    }
    const auto hash = [](const coded_images& from, std::size_t i) {
        return fingerprint().add(std::span<const std::uint8_t>(from.image(i), from.shape.size())).value();
    };
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> known;
    for (std::size_t i = 0; i < one.count; ++i) {
        known[hash(one, i)].push_back(i);
    }
    std::size_t count = 0;
    for (std::size_t i = 0; i < other.count; ++i) {
        const auto place = known.find(hash(other, i));
        if (place == known.end()) {
            continue;
        }
        for (const auto candidate : place->second) {
            if (std::equal(one.image(candidate), one.image(candidate) + one.shape.size(), other.image(i))) {
                ++count;
                break;
            }
        }
    }
    return count;
}

/// Throws value_error if images are in both sets, of which `one` and `other` are the names in the message. A
/// few of them pass, `tolerated` of the smaller set: collections of pictures do repeat some. Returns how
/// many.
inline std::size_t require_disjoint(const coded_images& a, const coded_images& b, const std::string& one,
                                    const std::string& other, double tolerated = 0.01) {
    const std::size_t count = shared_images(a, b);
    if (static_cast<double>(count) > tolerated * static_cast<double>(std::min(a.count, b.count))) {
        throw value_error("images: " + std::to_string(count) + " of the " + std::to_string(b.count) + " " +
                          other + " images are also " + one +
                          " images; designs would be judged by what they were chosen for");
    }
    return count;
}

} // namespace alwann::inline ALWANN_ABI
