// SPDX-License-Identifier: MIT
/// @file
/// Weight tuning of the ALWANN paper (Mrazek et al., ICCAD 2019, section III-C).
#pragma once

#include <alwann/compensation/concept.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace alwann::inline ALWANN_ABI {

/// For each weight code, the code given to the multiplier in its place.
using weight_map = std::array<std::uint8_t, 256>;

/// map(w) = the u that minimises sum over x of |x * w - M[x][u]|, all activations counting alike. Of signed
/// operands x and w are the numbers that the codes stand for.
///
/// Of several best codes w itself is taken if it is among them, else the smallest. 2^24 steps, milliseconds.
[[nodiscard]] inline weight_map tuned_weights(const table& multiplier) {
    weight_map map{};
    const auto& form = multiplier.form();
    std::array<std::int32_t, 256> activation{};
    std::vector<std::int32_t> products(operand_pairs); // [u][x]
    for (std::size_t x = 0; x < 256; ++x) {
        activation[x] = form.activation.value(x);
        for (std::size_t u = 0; u < 256; ++u) {
            products[256 * u + x] =
                multiplier.product(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(u));
        }
    }
    for (std::int32_t w = 0; w < 256; ++w) {
        const std::int32_t weight = form.weight.value(static_cast<std::size_t>(w));
        const auto distance = [&](std::int32_t u) {
            const std::int32_t* of_weight = products.data() + 256 * u;
            std::int32_t sum = 0; // at most 256 * 65535
            for (std::size_t x = 0; x < 256; ++x) {
                sum += std::abs(activation[x] * weight - of_weight[x]);
            }
            return sum;
        };
        std::int32_t best = w;
        std::int32_t least = distance(w);
        for (std::int32_t u = 0; u < 256; ++u) {
            const std::int32_t found = distance(u);
            if (found < least) {
                best = u;
                least = found;
            }
        }
        map[static_cast<std::size_t>(w)] = static_cast<std::uint8_t>(best);
    }
    return map;
}

/// The paper's compensation: data-free, one map per multiplier. The zero points' corrections keep the
/// original weights. Maps are computed once per multiplier and shared by copies of this object.
class weight_tuning {
public:
    /// The name in listings and messages.
    [[nodiscard]] static std::string name() { return "weight-tuning"; }
    /// Whether it has to see samples of a layer's work.
    [[nodiscard]] static constexpr bool needs_samples() noexcept { return false; }

    /// Refines the setting of a layer; see the concept `compensation`.
    void compensate(const layer_context&, layer_setting& setting) const {
        const weight_map& map = map_of(setting.multiplier);
        for (auto& weight : setting.weights) {
            weight = map[weight];
        }
    }

    /// The map of a multiplier. The reference stays valid as long as any copy of this object.
    [[nodiscard]] const weight_map& map_of(const table& multiplier) const {
        const std::lock_guard lock(cache_->access);
        const auto known = cache_->maps.find(multiplier.hash());
        return known != cache_->maps.end()
                   ? known->second
                   : cache_->maps.emplace(multiplier.hash(), tuned_weights(multiplier)).first->second;
    }

private:
    struct cache {
        std::mutex access;
        std::map<std::uint64_t, weight_map> maps; // by hash of the table; nodes never move
    };
    std::shared_ptr<cache> cache_ = std::make_shared<cache>();
};
static_assert(compensation<weight_tuning>);

} // namespace alwann::inline ALWANN_ABI
