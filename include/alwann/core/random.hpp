// SPDX-License-Identifier: MIT
/// @file
/// Random numbers that are the same with every compiler and standard library.
///
/// The std:: distributions may differ between implementations, and "same seed, same front" has to hold
/// everywhere; so generator and distributions are our own.
#pragma once

#include <alwann/core/config.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

namespace alwann::inline ALWANN_ABI {

/// The generator xoshiro256** of Blackman and Vigna (2018), seeded by SplitMix64. Period 2^256 - 1.
///
/// Models std::uniform_random_bit_generator.
class random_generator {
public:
    /// 64 bits.
    using result_type = std::uint64_t;

    /// The sequence of a seed, the same on every machine.
    explicit constexpr random_generator(std::uint64_t seed = 0) noexcept {
        for (auto& word : state_) {
            seed += 0x9E3779B97F4A7C15u;
            std::uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
            word = z ^ (z >> 31);
        }
    }

    /// The least number.
    static constexpr result_type min() noexcept { return 0; }
    /// The greatest number.
    static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

    /// The next 64 bits.
    constexpr result_type operator()() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    friend constexpr bool operator==(const random_generator&, const random_generator&) = default;

private:
    std::array<std::uint64_t, 4> state_{};
};

/// A uniform integer in [0, bound), without bias; bound > 0.
constexpr std::uint64_t uniform_below(random_generator& random, std::uint64_t bound) noexcept {
    const std::uint64_t reject_below = (0 - bound) % bound; // 2^64 mod bound
    std::uint64_t value = random();
    while (value < reject_below) {
        value = random();
    }
    return value % bound;
}

/// A uniform double in [0, 1) with 53 random bits.
constexpr double uniform_unit(random_generator& random) noexcept {
    return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

/// True with the given probability (0 to 1).
constexpr bool chance(random_generator& random, double probability) noexcept {
    return uniform_unit(random) < probability;
}

/// Fisher-Yates shuffle of a random-access range.
template <class Range>
constexpr void shuffle(Range& range, random_generator& random) {
    for (std::size_t left = range.size(); left > 1; --left) {
        std::swap(range[left - 1], range[uniform_below(random, left)]);
    }
}

} // namespace alwann::inline ALWANN_ABI
